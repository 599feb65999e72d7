"""Merges of a scan with holes: excluded scan positions join nothing and divide what only they would connect.

A tree is kept whole all the same: what never merges is joined at infinite height, behind all other merges.
"""

import heapq

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from graineye.kernels.interruptible import interruptible
from graineye.kernels.ward import ward_merges


def merges_round_holes(
    flat: NDArray[np.float32], pairs: NDArray[np.int32], excluded: NDArray[np.bool_]
) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    """Ward merges of the scan positions that are not excluded, then merges of infinite height that make one tree.

    Each connected part merges by itself; of all parts' next merges the cheapest comes first, as it would in one run.

    Parameters
    ----------
    flat
        (n, n_features); what stands at excluded positions is not looked at.
    pairs
        (n_pairs, 2) neighbouring positions of which none is excluded, the larger index first.
    excluded
        (ny, nx).

    Returns
    -------
    children, heights
        (n - 1, 2) and (n - 1), as of `ward_merges`.
    """
    n = excluded.size
    part_of, parts = ndimage.label(~excluded)
    part_of = part_of.ravel()
    runs = [_merges_of_part(flat, pairs, part_of == part, part_of[pairs[:, 0]] == part) for part in range(1, parts + 1)]
    nodes = [np.concatenate([leaves, np.empty(len(heights), np.int64)]) for leaves, _, heights in runs]
    children: list[tuple[int, int]] = []
    order: list[float] = []
    waiting = [(heights[0], part, 0) for part, (_, _, heights) in enumerate(runs) if len(heights)]
    heapq.heapify(waiting)
    while waiting:
        height, part, merge = heapq.heappop(waiting)
        leaves, joined, heights = runs[part]
        nodes[part][len(leaves) + merge] = n + len(children)
        a, b = nodes[part][joined[merge]]
        children.append((a, b))
        order.append(height)
        if merge + 1 < len(heights):
            heapq.heappush(waiting, (heights[merge + 1], part, merge + 1))
    roots = [part[-1] for part in nodes] + np.flatnonzero(excluded).tolist()
    whole = roots[0] if roots else 0
    for root in roots[1:]:
        children.append((whole, root))
        whole = n + len(children) - 1
    never = np.full(n - 1 - len(order), np.inf)
    return np.array(children, np.int32).reshape(-1, 2), np.concatenate([order, never])


def _merges_of_part(
    flat: NDArray[np.float32], pairs: NDArray[np.int32], inside: NDArray[np.bool_], of_part: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float64]]:
    """Positions of a connected part, and its merges under numbers of its own."""
    leaves = np.flatnonzero(inside)
    number = np.zeros(len(inside), np.int32)
    number[leaves] = np.arange(len(leaves))
    if len(leaves) == 1:
        return leaves, np.empty((0, 2), np.int32), np.empty(0)
    children, heights = interruptible(ward_merges, flat[leaves], number[pairs[of_part]])
    return leaves, children, heights
