"""Which regions of a fine partition are crystallites: those that their neighbours cannot explain.

A rim, a mixture and a zone in which two crystallites overlap are sums of what stands beside them.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from graineye.crystallites.overlapping.explaining import explain
from graineye.crystallites.overlapping.regions import Regions

_UNEXPLAINED = 0.4
"""Share of its energy, free of noise, that neighbours must leave unexplained for a region to stay."""
_SIGNIFICANT = 4.0
"""Standard errors."""
_REACH = 48
"""Scan positions between regions across which one may still explain the other, once all between them is gone."""
_MOST_NEIGHBOURS = 64
"""Neighbours that may explain a region, those most like it: of what went many others have become neighbours."""
_NOBODY, _NOTHING = np.empty(0, np.int64), np.empty(0)


@dataclass(frozen=True)
class Elimination:
    """What is left of the regions.

    Attributes
    ----------
    kept
        Labels of the regions that stay.
    shares
        (n_labels + 1, n_kept) by which sum of them each region is explained.
    """

    kept: list[int]
    shares: NDArray[np.float64]


@dataclass(frozen=True)
class _Explanation:
    unexplained: float
    energy: float
    by: NDArray[np.int64]
    amounts: NDArray[np.float64]


class _Explaining:
    """Explains regions as non-negative sums of others, on inner products computed once."""

    def __init__(self, regions: Regions) -> None:
        self._sizes = regions.sizes
        self._gram = regions.mean @ regions.mean.T
        self._noise = regions.variance.sum(axis=1)
        self._spread = np.sqrt(2 * (regions.variance**2).sum(axis=1) + 1e-12)
        self._noisiest = regions.variance.max(axis=1, initial=0.0)
        energy = np.diag(self._gram)
        self._length = np.sqrt(energy)
        self._significant = (energy - self._noise) / self._spread >= _SIGNIFICANT

    def explain(self, region: int, neighbours: set[int]) -> _Explanation:
        """How much of a region's energy its neighbours leave unexplained."""
        if not self._significant[region]:
            return _Explanation(0.0, 0.0, _NOBODY, _NOTHING)
        energy, noise = self._gram[region, region], self._noise[region]
        by = np.fromiter(neighbours, np.int64, len(neighbours))
        by = by[self._significant[by]]
        if len(by) > _MOST_NEIGHBOURS:
            alike = self._gram[region, by] / self._length[by]
            by = by[np.argpartition(-alike, _MOST_NEIGHBOURS)[:_MOST_NEIGHBOURS]]
        by = np.sort(by)
        if not len(by):
            return _Explanation(1.0, energy * self._sizes[region], _NOBODY, _NOTHING)
        x, residual = explain(energy, self._gram, self._gram[region], by)
        expected = noise + x**2 @ self._noise[by]  # the neighbours' own noise is in the residual, too
        left = max(0.0, residual - expected)
        share = left / max(energy - noise, 1e-9)
        error = np.sqrt(self._spread[region] ** 2 + 4 * self._noisiest[region] * left)
        if residual - expected < _SIGNIFICANT * error:
            share = min(share, 0.99 * _UNEXPLAINED)
        return _Explanation(share, left * self._sizes[region], by, x)


def eliminate(regions: Regions, neighbours: dict[int, set[int]]) -> Elimination:
    """Take out, one after the other, the region that its neighbours explain best, until none is explained.

    The neighbours of a region that goes become neighbours of each other, unless they are far apart.

    Parameters
    ----------
    regions
        Mean signals of a fine partition.
    neighbours
        The labels that touch each label.
    """
    adjacent = {k: set(v) for k, v in neighbours.items()}
    explaining = _Explaining(regions)
    explained = {k: explaining.explain(k, adjacent[k]) for k in adjacent}
    gone: dict[int, _Explanation] = {}
    while True:
        candidates = [(e.energy, k) for k, e in explained.items() if e.unexplained < _UNEXPLAINED]
        if not candidates:
            break
        _, region = min(candidates)
        gone[region] = explained.pop(region)
        beside = adjacent.pop(region)
        others = np.fromiter(beside, np.int64, len(beside))
        for k, near in zip(others.tolist(), regions.near(others, _REACH), strict=True):
            adjacent[k].update(others[near].tolist())
            adjacent[k] -= {k, region}
        for k in beside:
            explained[k] = explaining.explain(k, adjacent[k])
    kept = sorted(adjacent)
    return Elimination(kept, _shares(kept, gone, len(regions.sizes)))


def _shares(kept: list[int], gone: dict[int, _Explanation], n_labels: int) -> NDArray[np.float64]:
    shares = np.zeros((n_labels, len(kept)))
    shares[kept, np.arange(len(kept))] = 1
    for region in reversed(gone):  # what explained a region outlived it
        shares[region] = gone[region].amounts @ shares[gone[region].by]
    return shares
