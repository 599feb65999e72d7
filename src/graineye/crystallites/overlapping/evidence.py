"""How good the evidence for each crystallite of a fit is.

Measured on what the others leave: whether its disks come and go together, whether they are its own, how strong they are
against what lies above and below, whether its neighbours could explain them, and whether it is compact.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.sparse import csr_array

from graineye.crystallites.overlapping.explaining import explain
from graineye.crystallites.overlapping.mixture import Mixture
from graineye.crystallites.overlapping.signals import DiskSignals
from graineye.crystallites.overlapping.support import LEAST_SIZE, LEVEL, dilated, in_largest_part, of_entries
from graineye.kernels.mixtures import left_by_others, weighted_amounts, weighted_rows

_LIT = 4.0
_STRONGEST = 12
_NEAR = 2
_AROUND = 3
_SHARED = 4
"""Scan positions round a crystallite that another must reach to be a neighbour."""
_BESIDE = 0.1
"""Share of the positions round a crystallite that must lie beside it."""


@dataclass(frozen=True)
class Evidence:
    """One number a crystallite each; 0 for one without a support.

    Attributes
    ----------
    size
        Scan positions of its support.
    own
        Share of its energy in disks that stand out of noise and of what others show there.
    contrast
        Its energy's root against that of the others at the same place, as a / (1 + a).
    unexplained
        Share of its energy that is no non-negative sum of its neighbours.
    coherence
        Mean correlation of its disks' residual maps with its amount, free of noise.
    compactness
        Radius of the largest circle in its support over that of the circle of the same area.
    """

    size: NDArray[np.float64]
    own: NDArray[np.float64]
    contrast: NDArray[np.float64]
    unexplained: NDArray[np.float64]
    coherence: NDArray[np.float64]
    compactness: NDArray[np.float64]

    @property
    def quality(self) -> NDArray[np.float64]:
        """(n) product of all, 0 to 1; 0 for what is smaller than six scan positions."""
        product = (
            np.maximum(self.coherence, 0) * self.contrast * self.own * self.compactness * np.sqrt(self.unexplained)
        )
        return np.asarray(product * (self.size >= LEAST_SIZE))


def gather_evidence(mixture: Mixture, signals: DiskSignals, wanted: NDArray[np.bool_] | None = None) -> Evidence:
    """The evidence for each crystallite of a mixture that was fitted to the signals.

    Parameters
    ----------
    mixture, signals
        The fit.
    wanted
        (n) true for those whose evidence is wanted; None for all. The others get zeros.
    """
    ny, nx, n_disks = signals.values.shape
    amounts, rows, n = mixture.amounts, mixture.by_position, len(mixture)
    inside_part = in_largest_part(amounts, nx, LEVEL)
    masks = of_entries(amounts, inside_part)
    near = csr_array(dilated(masks, mixture.shape, _NEAR))
    around = dilated(masks, mixture.shape, _AROUND)
    spectra = mixture.spectra.astype(np.float32)
    values = signals.values.reshape(ny * nx, n_disks)
    variance = signals.variance.reshape(ny * nx, n_disks)
    found = np.zeros((6, n))
    for k, size in enumerate(np.diff(masks.indptr).tolist()):
        if size < 4 or (wanted is not None and not wanted[k]):
            continue
        stored = slice(amounts.indptr[k], amounts.indptr[k + 1])
        inside = amounts.indices[stored][inside_part[stored]]
        weight = amounts.data[stored][inside_part[stored]]
        weight = weight / weight.sum()
        of_others = weighted_amounts(rows.indptr, rows.indices, rows.data, n, inside, weight)
        of_others[k] = 0
        others = np.flatnonzero(of_others)
        mean_of_others = of_others[others] @ spectra[others]
        mean = weighted_rows(values, inside, weight) - mean_of_others
        noise = np.sqrt(weighted_rows(variance, inside, weight**2))
        bright = np.maximum(mean - 2 * noise, 0).astype(np.float64)
        energy = float(bright @ bright) + 1e-9
        lit = np.flatnonzero((mean > _LIT * noise) & (mean > 0.5 * mean_of_others))
        strongest = lit[np.argsort(-mean[lit], kind="stable")][:_STRONGEST]
        here = around.indices[around.indptr[k] : around.indptr[k + 1]]
        shared = np.bincount(near[here].indices, minlength=n)
        shared[k] = 0
        left = left_by_others(values, rows.indptr, rows.indices, rows.data, spectra, k, here, strongest)
        amount = np.zeros(ny * nx, np.float32)
        amount[amounts.indices[stored]] = amounts.data[stored]
        ratio = np.sqrt(energy) / (np.linalg.norm(mean_of_others) + 1e-9)
        found[:, k] = (
            size,
            (mean[lit] ** 2).sum() / energy,
            ratio / (1 + ratio),
            _unexplained(bright, energy, mixture.spectra[shared >= _SHARED]),
            _coherence(amount[here], left, variance[here[:, None], strongest], mean[strongest]),
            _inradius(*np.divmod(inside, nx)) / np.sqrt(size / np.pi),
        )
    return Evidence(*found)


def _unexplained(spectrum: NDArray[np.float64], energy: float, beside: NDArray[np.float64]) -> float:
    if not len(beside):
        return 1.0
    _, left = explain(energy, beside @ beside.T, beside @ spectrum, np.arange(len(beside)))
    return max(0.0, left / energy)


def _coherence(
    amount: NDArray[np.float32], left: NDArray[np.float32], variance: NDArray[np.float32], strength: NDArray[np.float32]
) -> float:
    """Mean correlation of disks' residual maps (n_positions, n_disks) with the amount, weighted by the disks' strength."""
    if not len(strength):
        return 0.0
    shape, maps = amount, left
    if (amount < LEVEL).mean() > _BESIDE:
        # Else it fills the field: beside it there is nothing against which its disks could come and go.
        shape, maps = amount - amount.mean(), left - left.mean(axis=0)
    total = (maps**2).sum(axis=0)
    correlation = shape @ maps / (np.linalg.norm(shape) * np.sqrt(total) + 1e-9)
    correlation /= np.sqrt(np.clip(1 - variance.sum(axis=0) / np.maximum(total, 1e-30), 0.1, 1))
    return float(np.average(np.minimum(correlation, 1), weights=strength))


def _inradius(y: NDArray[np.integer], x: NDArray[np.integer]) -> float:
    """Radius of the largest circle in a region of scan positions."""
    top, left = y.min() - 1, x.min() - 1
    framed = np.zeros((y.max() - top + 2, x.max() - left + 2), bool)
    framed[y - top, x - left] = True
    return float(ndimage.distance_transform_edt(framed).max())
