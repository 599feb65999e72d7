"""Crystallites in what a first fit leaves: those that are nowhere the dominant one.

The residual is partitioned like the scan itself, damped where the fit is strong, for there small errors of it look large.
"""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.sparse import csc_array

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


def candidates(mixture: Mixture, signals: DiskSignals) -> Mixture:
    """Regions of the residual that show disks of their own.

    Parameters
    ----------
    mixture
        A fit.
    signals
        That it was fitted to.
    """
    fitted = mixture.signals()
    left = signals.values - fitted
    labels = _partition(left, fitted, signals.variance)
    of_left = mean_signals(labels, left, signals.variance)
    of_fit = mean_signals(labels, fitted, signals.variance).mean
    noise = np.sqrt(of_left.variance)
    found = []
    for k in np.flatnonzero(of_left.sizes >= LEAST_SIZE).tolist():
        lit = (of_left.mean[k] > _LIT * noise[k]) & (of_left.mean[k] > _SHARE * of_fit[k])
        if count_apart(signals.positions[lit], of_left.mean[k][lit], signals.bright_radius) >= _LEAST_DISKS:
            bright = np.maximum(of_left.mean[k], 0)
            spectrum = bright**2 / (bright + _DAMPING * of_fit[k] + noise[k])
            found.append((float(of_left.sizes[k] * (spectrum**2).sum()), k, spectrum))
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


def _partition(
    left: NDArray[np.float32], fitted: NDArray[np.float32], variance: NDArray[np.float32]
) -> NDArray[np.int32]:
    # In place: each of these arrays is as large as all dark fields.
    noise = blurred(variance, _BLUR)
    noise /= 4 * np.pi * _BLUR**2
    np.sqrt(noise, out=noise)
    above = blurred(left, _BLUR)
    np.maximum(above, 0, out=above)
    above -= noise
    np.maximum(above, 0, out=above)
    weight = blurred(fitted, _BLUR)
    weight *= _DAMPING
    weight += above
    weight += noise
    weight += 1e-12
    del noise
    above *= above
    above /= weight
    del weight
    return cut_relative(dendrogram(np.sqrt(above, out=above)), _CUT)


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
