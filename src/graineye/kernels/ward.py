"""Ward clustering of scan positions in which only neighbouring regions may merge.

Regions of several positions are kept as sums of their features; a heap holds each region's cheapest merge.
"""

import heapq

import numpy as np
from numba import njit
from numpy.typing import NDArray

_NONE = -1


@njit(nogil=True, cache=True, fastmath={"reassoc", "contract"}, error_model="numpy")
def merge_cost(sum_a: NDArray[np.floating], size_a: float, sum_b: NDArray[np.floating], size_b: float) -> float:
    """Variance that a merge adds: |mean_a - mean_b|^2 size_a size_b / (size_a + size_b) (Ward 1963)."""
    scale_a = 1.0 / size_a
    scale_b = 1.0 / size_b
    total = 0.0
    for k in range(sum_a.size):
        difference = sum_a[k] * scale_a - sum_b[k] * scale_b
        total += difference * difference
    return total * (size_a * size_b) / (size_a + size_b)


@njit(nogil=True, cache=True, fastmath={"reassoc", "contract"})
def edge_lengths(features: NDArray[np.floating], edges: NDArray[np.int32]) -> NDArray[np.float64]:
    """Feature distance of the two scan positions of every edge; equals `edge_lengths_slow`.

    Parameters
    ----------
    features
        (n, n_features).
    edges
        (n_edges, 2).
    """
    lengths = np.empty(len(edges))
    for e in range(len(edges)):
        a, b = features[edges[e, 0]], features[edges[e, 1]]
        total = 0.0
        for k in range(a.size):
            difference = np.float64(a[k]) - np.float64(b[k])
            total += difference * difference
        lengths[e] = np.sqrt(total)
    return lengths


def edge_lengths_slow(features: NDArray[np.floating], edges: NDArray[np.int32]) -> NDArray[np.float64]:
    """What `edge_lengths` computes."""
    exact = features.astype(np.float64)
    return np.asarray(np.linalg.norm(exact[edges[:, 0]] - exact[edges[:, 1]], axis=1))


@njit(nogil=True, cache=True)
def _add(a: NDArray[np.floating], b: NDArray[np.floating], total: NDArray[np.float64]) -> None:
    """`total[:] = a + b`, which takes Numba a second to compile."""
    for k in range(total.size):
        total[k] = np.float64(a[k]) + np.float64(b[k])


@njit(nogil=True, cache=True)
def _live(parent: NDArray[np.int32], node: int) -> int:
    """The region that `node` has become part of, shortening the way for the next call."""
    while parent[node] != _NONE:
        above = parent[node]
        if parent[above] != _NONE:
            parent[node] = parent[above]
        node = above
    return node


@njit(nogil=True, cache=True)
def _cheapest(
    cell: int,
    neighbour: NDArray[np.int32],
    cost: NDArray[np.float64],
    following: NDArray[np.int32],
    parent: NDArray[np.int32],
) -> tuple[float, np.int32]:
    """Cost and partner of the cheapest merge with a region that is still there, from the list that begins with `cell`."""
    cheapest, partner = np.inf, np.int32(_NONE)
    while cell != _NONE:
        other = neighbour[cell]
        if parent[other] == _NONE and (
            cost[cell] < cheapest or (cost[cell] == cheapest and cost[cell] < np.inf and other < partner)
        ):
            cheapest, partner = cost[cell], other
        cell = following[cell]
    return cheapest, partner


@njit(nogil=True, cache=True)
def _linked_neighbours(
    edges: NDArray[np.int32], features: NDArray[np.floating], nodes: int
) -> tuple[NDArray[np.int32], NDArray[np.float64], NDArray[np.int32], NDArray[np.int32]]:
    """The neighbours of every scan position as linked lists of cells, two for each edge.

    A cell holds the neighbour, the cell that follows, and, in the list of the younger of the two, the cost of their merge.
    The last array returned holds the first cell of each of `nodes` regions.
    """
    n_edges = edges.shape[0]
    neighbour = np.empty(2 * n_edges, np.int32)
    cost = np.empty(2 * n_edges)
    cost[:] = np.inf
    following = np.empty(2 * n_edges, np.int32)
    first = np.empty(nodes, np.int32)
    first[:] = _NONE
    for e in range(n_edges):
        for side in range(2):
            cell = 2 * e + side
            node = edges[e, side]
            neighbour[cell] = edges[e, 1 - side]
            following[cell] = first[node]
            first[node] = cell
        cost[2 * e] = merge_cost(features[edges[e, 0]], 1.0, features[edges[e, 1]], 1.0)
    return neighbour, cost, following, first


@njit(nogil=True, cache=True)
def _join_lists(
    union: np.int32,
    a: np.int32,
    b: np.int32,
    neighbour: NDArray[np.int32],
    cost: NDArray[np.float64],
    following: NDArray[np.int32],
    first: NDArray[np.int32],
    parent: NDArray[np.int32],
    seen: NDArray[np.int32],
    features: NDArray[np.floating],
    sums: NDArray[np.float64],
    row: NDArray[np.int32],
    size: NDArray[np.float64],
) -> tuple[float, np.int32]:
    """Make the list of a union out of its parts' lists, without doubles; return the cost and partner of its cheapest merge."""
    seen[union] = union
    head = np.int32(_NONE)
    cheapest, partner = np.inf, np.int32(_NONE)
    total = sums[row[union]]
    for part in (a, b):
        cell = first[part]
        while cell != _NONE:
            next_cell = following[cell]
            other = np.int32(_live(parent, neighbour[cell]))
            if seen[other] != union:
                seen[other] = union
                neighbour[cell] = other
                following[cell] = head
                head = cell
                if row[other] == _NONE:
                    added = merge_cost(total, size[union], features[other], 1.0)
                else:
                    added = merge_cost(total, size[union], sums[row[other]], size[other])
                cost[cell] = added
                if added < cheapest or (added == cheapest and other < partner):
                    cheapest, partner = added, other
            cell = next_cell
    first[union] = head
    return cheapest, partner


def ward_merges(
    features: NDArray[np.floating], edges: NDArray[np.int32]
) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    """Merge neighbouring regions, always the pair whose union adds least variance; equals `ward_merges_slow`.

    Ties go to the pair of lower node numbers. The tree is that of scikit-learn's `ward_tree`: node i < n is scan
    position i, node n + m is the union made by merge m.

    Parameters
    ----------
    features
        (n, n_features).
    edges
        (n_edges, 2) pairs of neighbouring scan positions, the larger index first; they connect all positions.

    Returns
    -------
    children
        (n - 1, 2) nodes that each merge joins.
    heights
        (n - 1) sqrt(2 merge cost), the distance of the two where both are single positions.
    """
    # Half as many sums as positions are ever needed. An array of NumPy's has large pages, which Numba's has not.
    return _merges(features, edges, np.empty((len(features) // 2, features.shape[1])))


@njit(nogil=True, cache=True)
def _sum_up(
    union: np.int32,
    a: np.int32,
    b: np.int32,
    features: NDArray[np.floating],
    sums: NDArray[np.float64],
    row: NDArray[np.int32],
    free: NDArray[np.int32],
    n_free: int,
) -> int:
    """Write the sum of a union, in the row of one of its parts if these have any; return how many rows are `free` then."""
    if row[a] == _NONE and row[b] == _NONE:
        n_free -= 1
        row[union] = free[n_free]
        _add(features[a], features[b], sums[row[union]])
    elif row[b] == _NONE:
        row[union] = row[a]
        _add(sums[row[a]], features[b], sums[row[union]])
    elif row[a] == _NONE:
        row[union] = row[b]
        _add(features[a], sums[row[b]], sums[row[union]])
    else:
        row[union] = row[a]
        _add(sums[row[a]], sums[row[b]], sums[row[union]])
        free[n_free] = row[b]
        n_free += 1
    return n_free


@njit(nogil=True, cache=True)
def _merges(
    features: NDArray[np.floating], edges: NDArray[np.int32], sums: NDArray[np.float64]
) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    """What `ward_merges` gives; `sums` (n // 2, n_features) is room for those of regions."""
    n = features.shape[0]
    nodes = 2 * n - 1
    size = np.empty(nodes)
    row, parent, seen = np.empty(nodes, np.int32), np.empty(nodes, np.int32), np.empty(nodes, np.int32)
    row[:], size[:], parent[:], seen[:] = _NONE, 1.0, _NONE, _NONE
    n_free = len(sums)
    free = np.empty(n_free, np.int32)
    for i in range(n_free):
        free[i] = n_free - 1 - i

    neighbour, cost, following, first = _linked_neighbours(edges, features, nodes)

    # Every region stands in the heap once, with its cheapest merge among those with older ones.
    heap = [(np.inf, np.int32(0), np.int32(0)) for _ in range(0)]
    for node in range(n):
        cheapest, partner = _cheapest(first[node], neighbour, cost, following, parent)
        if partner != _NONE:
            heap.append((cheapest, np.int32(node), partner))
    heapq.heapify(heap)
    children = np.empty((n - 1, 2), np.int32)
    heights = np.empty(n - 1)
    for merge in range(n - 1):
        cheapest, a, b = heapq.heappop(heap)
        while parent[a] != _NONE or parent[b] != _NONE:
            if parent[a] == _NONE:
                cheapest, b = _cheapest(first[a], neighbour, cost, following, parent)
                if b != _NONE:
                    heapq.heappush(heap, (cheapest, a, b))
            cheapest, a, b = heapq.heappop(heap)
        union = np.int32(n + merge)
        parent[a] = union
        parent[b] = union
        children[merge, 0] = a
        children[merge, 1] = b
        heights[merge] = np.sqrt(2.0 * cheapest)
        size[union] = size[a] + size[b]
        n_free = _sum_up(union, a, b, features, sums, row, free, n_free)

        cheapest, partner = _join_lists(
            union, a, b, neighbour, cost, following, first, parent, seen, features, sums, row, size
        )
        if partner != _NONE:
            heapq.heappush(heap, (cheapest, union, partner))
    return children, heights


def ward_merges_slow(
    features: NDArray[np.floating], edges: NDArray[np.int32]
) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    """What `ward_merges` computes: every possible merge is priced anew at every step."""
    n = len(features)
    members = {i: [i] for i in range(n)}
    pairs = {(int(a), int(b)) for a, b in edges}
    children, heights = [], []
    for union in range(n, 2 * n - 1):
        priced = []
        for a, b in pairs:
            apart = sum(((features[m] - features[m].mean(0)) ** 2).sum() for m in (members[a], members[b]))
            joined = features[members[a] + members[b]]
            priced.append((((joined - joined.mean(0)) ** 2).sum() - apart, a, b))
        cost, a, b = min(priced)
        children.append((a, b))
        heights.append(np.sqrt(2 * cost))
        members[union] = members.pop(a) + members.pop(b)
        moved = {tuple(union if node in (a, b) else node for node in pair) for pair in pairs - {(a, b)}}
        pairs = {(max(pair), min(pair)) for pair in moved if pair[0] != pair[1]}
    return np.array(children, np.int32).reshape(-1, 2), np.array(heights)
