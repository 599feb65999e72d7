"""The dendrogram as a picture: its highest merges as brackets, and what a cut makes of them.

Only the top of the tree is drawn; thousands of merges below it would be one black line.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from graineye.crystallites import Dendrogram
from graineye.results import CrystalliteMap

_STEADY = 0.8
"""Share of crystallites that are left at the upper end of a range in which a cut changes little."""
_FEWEST = 4
"""Crystallites below which a range of cuts says little of the map."""


@dataclass(frozen=True)
class Treetop:
    """The highest merges of a dendrogram.

    Attributes
    ----------
    lefts, rights
        (m) places of the two nodes that each merge joins, leaves at whole numbers.
    tops, left_bottoms, right_bottoms
        (m) heights of the merge, and of the two nodes; a leaf of the picture stands on the floor.
    left_positions, right_positions
        (m) a scan position, row-major, below each of the two nodes.
    leaves
        (n) a scan position below each leaf of the picture, from left to right.
    floor
        Height on which leaves stand.
    """

    lefts: NDArray[np.float64]
    rights: NDArray[np.float64]
    tops: NDArray[np.float64]
    left_bottoms: NDArray[np.float64]
    right_bottoms: NDArray[np.float64]
    left_positions: NDArray[np.int64]
    right_positions: NDArray[np.int64]
    leaves: NDArray[np.int64]
    floor: float


def treetop(tree: Dendrogram, most: int = 150) -> Treetop:
    """The highest merges, at most `most`, without those of infinite height, which no cut carries out."""
    heights, n = tree.subtree_heights(), tree.shape[0] * tree.shape[1]
    finite = np.flatnonzero(np.isfinite(heights))
    drawn = np.zeros(len(heights), bool)
    # of equal heights the later merge goes first: it is never inside an earlier one
    drawn[finite[np.argsort(heights[finite], kind="stable")[-most:]]] = True
    first = first_positions(tree)
    floor = float(heights[drawn].min()) * 0.9 if drawn.any() else 0.0
    place, bottom = np.zeros(2 * n - 1), np.full(2 * n - 1, floor)
    leaves: list[int] = []
    rows = []
    has_parent = np.zeros(2 * n - 1, bool)
    has_parent[tree.children[drawn].ravel()] = True
    roots = [n + m for m in np.flatnonzero(drawn).tolist() if not has_parent[n + m]]
    stack = [(root, False) for root in reversed(roots)]
    while stack:
        node, seen = stack.pop()
        merge = node - n
        if merge < 0 or not drawn[merge]:
            place[node] = len(leaves)
            leaves.append(int(first[node]))
        elif not seen:
            left, right = tree.children[merge].tolist()
            stack += [(node, True), (right, False), (left, False)]
        else:
            left, right = tree.children[merge].tolist()
            place[node], bottom[node] = (place[left] + place[right]) / 2, heights[merge]
            rows.append(
                (place[left], place[right], heights[merge], bottom[left], bottom[right], first[left], first[right])
            )
    columns = np.array(rows, np.float64).reshape(-1, 7).T
    lefts, rights, tops, left_bottoms, right_bottoms = columns[:5]
    left_positions, right_positions = columns[5:].astype(np.int64)
    return Treetop(
        lefts, rights, tops, left_bottoms, right_bottoms, left_positions, right_positions, np.array(leaves), floor
    )


def first_positions(tree: Dendrogram) -> NDArray[np.int64]:
    """(2 ny nx - 1) the scan position, row-major, that is the first leaf down the left side of every node."""
    n = tree.shape[0] * tree.shape[1]
    first = np.arange(2 * n - 1)
    for merge, left in enumerate(tree.children[:, 0].tolist()):
        first[n + merge] = first[left]
    return first


def chosen_range(result: CrystalliteMap) -> tuple[float, float, str] | None:
    """Lowest and highest cut that the data speak for, and why in words; None if there is none."""
    heights, regions = result.dendrogram.regions_by_height()
    if result.dominating is not None:
        _, low, high = result.dominating
        inside = heights[(regions >= low - 1) & (regions <= high)]
        if len(inside) > 1 and inside.max() > inside.min():
            words = f"shaded: {low} to {high} crystallites, as many as dominate (90 % interval)"
            return float(inside.min()), float(inside.max()), words
        return None
    return _steady_range(heights, regions, result.dendrogram.neighbour_distance)


def _steady_range(
    heights: NDArray[np.float64], regions: NDArray[np.int64], noise: float
) -> tuple[float, float, str] | None:
    """The range of cuts, in a logarithmic scale the widest, over which the number of crystallites falls by a fifth."""
    used = (heights > noise) & (regions >= _FEWEST)
    heights, regions = heights[used], regions[used]
    if len(heights) < 2:
        return None
    # heights fall and numbers rise: the lower end of a range that begins at i is the last with few enough regions more
    end = np.searchsorted(regions, regions / _STEADY, side="right") - 1
    best = int((heights / heights[end]).argmax())
    if heights[best] <= heights[end[best]]:
        return None
    words = f"shaded: the steadiest range, {regions[best] + 1} to {regions[end[best]]} crystallites"
    return float(heights[end[best]]), float(heights[best]), words
