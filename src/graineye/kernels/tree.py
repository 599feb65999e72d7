"""Walks over a tree of merges, from the leaves up and from the root down.

Node i < n is leaf i, node n + m is the union made by merge m; a merge's children come before it.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray


@njit(nogil=True, cache=True)
def subtree_heights(children: NDArray[np.int32], heights: NDArray[np.float64]) -> NDArray[np.float64]:
    """The highest merge at or below each merge; equals `heights` where the tree has no inversion.

    Parameters
    ----------
    children, heights
        (m, 2) and (m).

    Returns
    -------
    (m), never lower than a child's.
    """
    leaves = heights.size + 1
    highest = heights.copy()
    for merge in range(heights.size):
        for child in children[merge]:
            if child >= leaves:
                highest[merge] = max(highest[merge], highest[child - leaves])
    return highest


@njit(nogil=True, cache=True)
def subtree_sizes(children: NDArray[np.int32]) -> NDArray[np.int32]:
    """Number of leaves below each merge: (m)."""
    leaves = len(children) + 1
    sizes = np.empty(2 * leaves - 1, np.int32)
    sizes[:leaves] = 1
    for merge in range(leaves - 1):
        sizes[leaves + merge] = sizes[children[merge, 0]] + sizes[children[merge, 1]]
    return sizes[leaves:]


@njit(nogil=True, cache=True)
def regions_below(children: NDArray[np.int32], kept: NDArray[np.bool_]) -> NDArray[np.int32]:
    """The region of every leaf when only some merges are carried out.

    Parameters
    ----------
    children
        (m, 2).
    kept
        (m) which merges are carried out; a kept merge's children are kept.

    Returns
    -------
    (m + 1) region of each leaf, numbered from 1 in the order of their first leaves.
    """
    leaves = kept.size + 1
    top = np.empty(leaves + kept.size, np.int64)
    for node in range(top.size):
        top[node] = node
    for merge in range(kept.size - 1, -1, -1):
        if kept[merge]:
            for child in children[merge]:
                top[child] = top[leaves + merge]
    number = np.zeros(top.size, np.int32)
    regions = np.empty(leaves, np.int32)
    count = 0
    for leaf in range(leaves):
        if number[top[leaf]] == 0:
            count += 1
            number[top[leaf]] = count
        regions[leaf] = number[top[leaf]]
    return regions
