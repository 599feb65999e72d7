"""Pieces of one bent or wedge-shaped crystal: they touch, share disks, and pass gradually into each other."""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from graineye.crystallites.overlapping.fitting import Mixture
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
    n = len(mixture)
    unit = mixture.spectra / (np.linalg.norm(mixture.spectra, axis=1, keepdims=True) + 1e-9)
    cosine = np.triu(unit @ unit.T, 1)
    reach = dilated(supports(mixture.amounts), _REACH)
    joined = []
    for i, j in np.argwhere(cosine > _ALIKE).tolist():
        slope = _slope(mixture.amounts[..., i], mixture.amounts[..., j], reach[i] & reach[j])
        if slope < (_LESS_GRADUAL if cosine[i, j] > _VERY_ALIKE else _GRADUAL):
            joined.append((i, j))
    first, second = np.array(joined, np.int64).reshape(-1, 2).T
    graph = csr_array((np.ones(len(first)), (first, second)), shape=(n, n))
    return np.asarray(connected_components(graph, directed=False)[1], np.int64)


def _slope(first: NDArray[np.float32], second: NDArray[np.float32], near: NDArray[np.bool_]) -> float:
    """Change of the first one's share of both a scan position, where they pass into each other; infinite if they do not."""
    if near.sum() < _LEAST_TOUCHING:
        return np.inf
    share = first / np.maximum(first + second, 0.2)
    passing = (share > 0.3) & (share < 0.7) & near
    if passing.sum() < _LEAST_PASSING:
        return np.inf
    along = [np.gradient(share, axis=axis) if share.shape[axis] > 1 else 0 * share for axis in range(2)]
    return float(np.median(np.hypot(*along)[passing]))
