"""Crystallites in what a first fit leaves: those that are nowhere the dominant one.

The residual is partitioned like the scan itself, damped where the fit is strong, for there small errors of it look large.
"""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.sparse import csc_array, csr_array

from graineye.crystallites.cut import cut_relative
from graineye.crystallites.dendrogram import dendrogram
from graineye.crystallites.overlapping.explaining import explain
from graineye.crystallites.overlapping.fitting import blurred
from graineye.crystallites.overlapping.mixture import Mixture
from graineye.crystallites.overlapping.regions import mean_signals
from graineye.crystallites.overlapping.signals import DiskSignals
from graineye.crystallites.overlapping.support import LEAST_SIZE

_BLUR = 0.8
_CUT = 3.0
"""Times the feature distance of neighbouring scan positions."""
_DAMPING = 1.0
_LEAST_DISKS = 3
_LIT = 4.0
"""Standard errors by which a disk stands out of what is left."""
_SHARE = 0.5
"""Of the fit, by which it must stand out too."""
_NEW = 0.5
"""Share of a candidate's energy that crystallites beside it must leave unexplained."""
_NEAR = 3
"""Scan positions."""
_PRESENT = 0.25
_MOST_COUNTED = 9
_DISKS_AT_ONCE = 64


def candidates(mixture: Mixture, signals: DiskSignals) -> Mixture:
    """Regions of the residual that show disks of their own.

    Parameters
    ----------
    mixture
        A fit.
    signals
        That it was fitted to.
    """
    labels = _partition(mixture, signals)
    regions = mean_signals(labels, signals.values, signals.variance)
    of_fit = _mean_fit(mixture, labels, regions.sizes)
    left, noise = regions.mean - of_fit, np.sqrt(regions.variance)
    found = []
    for k in np.flatnonzero(regions.sizes >= LEAST_SIZE).tolist():
        lit = (left[k] > _LIT * noise[k]) & (left[k] > _SHARE * of_fit[k])
        if count_apart(signals.positions[lit], left[k][lit], signals.bright_radius) >= _LEAST_DISKS:
            bright = np.maximum(left[k], 0)
            spectrum = bright**2 / (bright + _DAMPING * of_fit[k] + noise[k])
            found.append((float(regions.sizes[k] * (spectrum**2).sum()), k, spectrum))
    found.sort(key=lambda candidate: -candidate[0])
    owner = np.zeros(labels.shape, np.int32)  # which of the accepted ones is where, from 1
    accepted: list[NDArray[np.float64]] = []
    for _, k, spectrum in found:
        here = labels == k
        near = ndimage.binary_dilation(here, iterations=_NEAR)
        beside = np.unique(owner[near])
        known = list(mixture.spectra[mixture.at(np.flatnonzero(near), _PRESENT)])
        known += [accepted[number - 1] for number in beside[beside > 0].tolist()]
        if _unexplained(spectrum, np.array(known).reshape(-1, len(spectrum))) > _NEW:
            accepted.append(spectrum)
            owner[here] = len(accepted)
    at = np.flatnonzero(owner).astype(np.int32)  # as in all other sparse maps, or kernels are compiled twice
    amounts = csc_array((np.ones(len(at), np.float32), (at, owner.ravel()[at] - 1)), shape=(labels.size, len(accepted)))
    return Mixture(mixture.shape, amounts, np.array(accepted).reshape(-1, signals.values.shape[-1]))


def _partition(mixture: Mixture, signals: DiskSignals) -> NDArray[np.int32]:
    """Regions of what is left, made from some disks at a time: each array of all is as large as all dark fields."""
    weighed = np.empty_like(signals.values)
    for start in range(0, weighed.shape[-1], _DISKS_AT_ONCE):
        some = slice(start, start + _DISKS_AT_ONCE)
        fitted = mixture.signals(some)
        noise = np.sqrt(blurred(signals.variance[..., some], _BLUR) / np.float32(4 * np.pi * _BLUR**2))
        above = np.maximum(blurred(signals.values[..., some] - fitted, _BLUR), 0)
        above = np.maximum(above - noise, 0)
        weight = np.float32(_DAMPING) * blurred(fitted, _BLUR) + above + noise + np.float32(1e-12)
        weighed[..., some] = np.sqrt(above**2 / weight)
    return cut_relative(dendrogram(weighed), _CUT)


def _mean_fit(mixture: Mixture, labels: NDArray[np.int32], sizes: NDArray[np.int64]) -> NDArray[np.float64]:
    """Mean over each region of `labels` (ny, nx) of what the mixture adds up to: (n + 1, n_disks)."""
    positions = np.arange(labels.size)
    of_region = csr_array((1.0 / sizes[labels.ravel()], (labels.ravel(), positions)), shape=(len(sizes), labels.size))
    return np.asarray(csr_array(of_region @ mixture.by_position) @ mixture.spectra)


def _unexplained(spectrum: NDArray[np.float64], known: NDArray[np.float64]) -> float:
    """Share of a spectrum's energy that is no non-negative sum of the known ones (n, n_disks)."""
    energy = float(spectrum @ spectrum)
    if not len(known):
        return 1.0
    _, left = explain(energy, known @ known.T, known @ spectrum, np.arange(len(known)))
    return left / max(energy, 1e-30)


def count_apart(positions: NDArray[np.float64], strength: NDArray[np.float64], distance: float) -> int:
    """How many of the positions (n, 2) are different disks: farther than `distance` from all stronger ones; 9 at most."""
    kept: list[NDArray[np.float64]] = []
    for i in np.argsort(-strength, kind="stable"):
        if all(np.hypot(*(positions[i] - other)) > distance for other in kept):
            kept.append(positions[i])
            if len(kept) == _MOST_COUNTED:
                break
    return len(kept)
