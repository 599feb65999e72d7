"""The tree of merges of neighbouring regions, built once; every cut through it is a label map.

Ward's criterion: the pair whose union adds least variance merges first (Ward 1963, 10.1080/01621459.1963.10500845).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from graineye.kernels.interruptible import interruptible
from graineye.kernels.tree import subtree_heights, subtree_sizes
from graineye.kernels.ward import ward_merges


@dataclass(frozen=True)
class Dendrogram:
    """Merges in the order in which they were made.

    Node i < ny * nx is scan position i in row-major order, node ny * nx + m the region made by merge m.

    Attributes
    ----------
    shape
        (ny, nx).
    children
        (ny * nx - 1, 2) the two nodes that each merge joins.
    heights
        (ny * nx - 1) of each merge: sqrt(2 added variance), in units of feature distance. A merge can be lower than
        one before it (an inversion), because neighbours only become neighbours by merging.
    sizes
        (ny * nx - 1) scan positions of each merge's region.
    neighbour_distance
        Median feature distance of neighbouring scan positions: the noise of one frame, against which a relative cut is
        measured.
    """

    shape: tuple[int, int]
    children: NDArray[np.int32]
    heights: NDArray[np.float64]
    sizes: NDArray[np.int32]
    neighbour_distance: float

    def subtree_heights(self) -> NDArray[np.float64]:
        """The highest merge at or below each merge, (ny * nx - 1): what a proper cut goes by."""
        return subtree_heights(self.children, self.heights)


def neighbours(shape: tuple[int, int]) -> NDArray[np.int32]:
    """Pairs of scan positions next to each other along y or x: (n_pairs, 2) row-major indices, the larger first."""
    index = np.arange(shape[0] * shape[1], dtype=np.int32).reshape(shape)
    beside = np.stack([index[:, 1:].ravel(), index[:, :-1].ravel()], axis=1)
    below = np.stack([index[1:].ravel(), index[:-1].ravel()], axis=1)
    return np.concatenate([beside, below])


def dendrogram(features: NDArray[np.float32]) -> Dendrogram:
    """Ward clustering of scan positions in which only neighbours merge.

    Parameters
    ----------
    features
        (ny, nx, n_features).

    Returns
    -------
    Dendrogram
        scikit-learn's `ward_tree` on a grid gives the same merges.
    """
    ny, nx, n_features = features.shape
    flat = features.reshape(ny * nx, n_features)
    pairs = neighbours((ny, nx))
    children, heights = interruptible(ward_merges, flat, pairs)
    return Dendrogram((ny, nx), children, heights, subtree_sizes(children), _median_distance(flat, pairs))


def _median_distance(flat: NDArray[np.float32], pairs: NDArray[np.int32], block: int = 4096) -> float:
    if not len(pairs):
        return 0.0
    distances = [
        np.linalg.norm(flat[pairs[i : i + block, 0]] - flat[pairs[i : i + block, 1]], axis=1)
        for i in range(0, len(pairs), block)
    ]
    return float(np.median(np.concatenate(distances)))
