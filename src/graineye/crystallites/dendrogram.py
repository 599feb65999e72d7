"""The tree of merges of neighbouring regions, built once; every cut through it is a label map.

Ward's criterion: the pair whose union adds least variance merges first (Ward 1963, 10.1080/01621459.1963.10500845).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from graineye.crystallites.holes import merges_round_holes
from graineye.kernels.interruptible import interruptible
from graineye.kernels.tree import subtree_heights, subtree_sizes
from graineye.kernels.ward import edge_lengths, ward_merges


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
    excluded
        (ny, nx) true at scan positions that take no part; None for none. They, and parts of the scan that only they
        would connect, are joined by the last merges, whose height is infinite: no cut carries them out.
    """

    shape: tuple[int, int]
    children: NDArray[np.int32]
    heights: NDArray[np.float64]
    sizes: NDArray[np.int32]
    neighbour_distance: float
    excluded: NDArray[np.bool_] | None = None

    @property
    def positions(self) -> int:
        """How many scan positions take part."""
        excluded = 0 if self.excluded is None else int(self.excluded.sum())
        return self.shape[0] * self.shape[1] - excluded

    @property
    def parts(self) -> int:
        """Into how many parts, which never merge, excluded positions divide the scan; 1 without any."""
        return self.positions - int(np.isfinite(self.heights).sum())

    def regions_by_height(self) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Heights of a cut, falling, and how many regions a cut just above each leaves."""
        heights = np.sort(self.subtree_heights())[::-1]
        heights = heights[np.isfinite(heights)]
        return heights, np.arange(len(heights)) + self.parts

    def subtree_heights(self) -> NDArray[np.float64]:
        """The highest merge at or below each merge, (ny * nx - 1): what a proper cut goes by."""
        return subtree_heights(self.children, self.heights)


def neighbours(shape: tuple[int, int]) -> NDArray[np.int32]:
    """Pairs of scan positions next to each other along y or x: (n_pairs, 2) row-major indices, the larger first."""
    index = np.arange(shape[0] * shape[1], dtype=np.int32).reshape(shape)
    beside = np.stack([index[:, 1:].ravel(), index[:, :-1].ravel()], axis=1)
    below = np.stack([index[1:].ravel(), index[:-1].ravel()], axis=1)
    return np.concatenate([beside, below])


def dendrogram(features: NDArray[np.float32], excluded: NDArray[np.bool_] | None = None) -> Dendrogram:
    """Ward clustering of scan positions in which only neighbours merge.

    Parameters
    ----------
    features
        (ny, nx, n_features).
    excluded
        (ny, nx) true at scan positions that take no part: they merge with nothing and connect nothing.

    Returns
    -------
    Dendrogram
        scikit-learn's `ward_tree` on a grid gives the same merges.
    """
    ny, nx, n_features = features.shape
    flat = features.reshape(ny * nx, n_features)
    pairs = neighbours((ny, nx))
    if excluded is None:
        children, heights = interruptible(ward_merges, flat, pairs)
    else:
        pairs = pairs[~excluded.ravel()[pairs].any(axis=1)]
        children, heights = merges_round_holes(flat, pairs, excluded)
    distance = float(np.median(edge_lengths(flat, pairs))) if len(pairs) else 0.0
    return Dendrogram((ny, nx), children, heights, subtree_sizes(children), distance, excluded)
