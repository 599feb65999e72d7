"""Where the dendrogram divides a crystallite: the part that its highest merge of any weight has joined to the rest.

Crystallites that were found as objects or edited are no branch of the tree, so single positions from elsewhere are passed over.
"""

import numpy as np
from numpy.typing import NDArray

from graineye.crystallites.dendrogram import Dendrogram
from graineye.errors import SettingsError

_LEAST_SHARE = 0.05
"""Of a crystallite's scan positions that a merge must join for it to count; else the one that joins most."""


def part_along_tree(tree: Dendrogram, region: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The smaller of the two parts into which the dendrogram divides a region.

    Parameters
    ----------
    tree
        Of the scan positions.
    region
        (ny, nx) of a crystallite.

    Returns
    -------
    (ny, nx) scan positions of the part, all of the region; `split` takes it.

    Raises
    ------
    SettingsError
        If the region is of fewer than two scan positions.
    """
    total = int(region.sum())
    if total < 2:
        raise SettingsError(f"{total} scan positions cannot be split: choose a larger crystallite")
    leaves, children = region.size, tree.children.tolist()
    counts = [*region.ravel().astype(int).tolist(), *[0] * len(children)]
    for i, (left, right) in enumerate(children, leaves):
        counts[i] = counts[left] + counts[right]
    node, part, joined = leaves + len(children) - 1, 0, 0
    while node >= leaves and joined < _LEAST_SHARE * total:
        smaller, larger = sorted(children[node - leaves], key=lambda side: (counts[side], side))
        if counts[smaller] > joined:
            part, joined = smaller, counts[smaller]
        node = larger
    below = np.zeros(leaves + len(children), bool)
    below[part] = True
    for i in range(part, leaves - 1, -1):
        if below[i]:
            below[children[i - leaves]] = True
    return np.asarray(below[:leaves].reshape(region.shape) & region)
