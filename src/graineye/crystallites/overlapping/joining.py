"""Pieces of one bent or wedge-shaped crystal: they touch, share disks, and pass gradually into each other."""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array, triu
from scipy.sparse.csgraph import connected_components

from graineye.crystallites.overlapping.mixture import Mixture
from graineye.crystallites.overlapping.support import dilated, supports

_ALIKE, _VERY_ALIKE = 0.3, 0.55
"""Cosine of the spectra."""
_GRADUAL, _LESS_GRADUAL = 0.15, 0.25
"""Change of the share a scan position at most, between pieces that are alike, and very alike."""
_REACH = 2
_LEAST_TOUCHING, _LEAST_PASSING = 6, 3
"""Scan positions."""


def pieces_of_crystals(mixture: Mixture) -> NDArray[np.int64]:
    """(n) number of the crystal, from 0, to which each part of the mixture belongs."""
    n, nx = len(mixture), mixture.shape[1]
    unit = mixture.spectra / (np.linalg.norm(mixture.spectra, axis=1, keepdims=True) + 1e-9)
    reach = dilated(supports(mixture.amounts, nx), mixture.shape, _REACH)
    touching = coo_array(triu(reach.T @ reach, 1))
    joined = []
    for i, j, common in zip(*touching.coords, touching.data, strict=True):
        cosine = float(unit[i] @ unit[j])
        if cosine <= _ALIKE or common < _LEAST_TOUCHING:
            continue
        near = np.flatnonzero((reach[:, [i]] + reach[:, [j]]).toarray()[:, 0] == 2)
        if _slope(mixture, int(i), int(j), near) < (_LESS_GRADUAL if cosine > _VERY_ALIKE else _GRADUAL):
            joined.append((i, j))
    first, second = np.array(joined, np.int64).reshape(-1, 2).T
    graph = csr_array((np.ones(len(first)), (first, second)), shape=(n, n))
    return np.asarray(connected_components(graph, directed=False)[1], np.int64)


def _slope(mixture: Mixture, i: int, j: int, near: NDArray[np.int64]) -> float:
    """Change of the share of i in i and j a scan position, where they pass into each other; infinite if they do not."""
    first, second = (mixture.amounts[:, [k]].toarray().reshape(mixture.shape) for k in (i, j))
    y, x = np.divmod(near, mixture.shape[1])
    box = tuple(slice(max(axis.min() - 1, 0), axis.max() + 2) for axis in (y, x))
    share = (first / np.maximum(first + second, 0.2))[box]
    within: NDArray[np.bool_] = np.zeros(mixture.shape, bool)
    within[y, x] = True
    passing = (share > 0.3) & (share < 0.7) & within[box]
    if passing.sum() < _LEAST_PASSING:
        return np.inf
    along = [np.gradient(share, axis=axis) if share.shape[axis] > 1 else 0 * share for axis in range(2)]
    return float(np.median(np.hypot(*along)[passing]))
