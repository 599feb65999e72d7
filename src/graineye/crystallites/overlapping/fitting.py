"""Amounts and spectra of crystallites that explain the signals of a scan best.

They are fitted in turns, both without negative values, each crystallite only near where it is.
"""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.sparse import csc_array, csr_array

from graineye.crystallites.overlapping.mixture import Mixture
from graineye.crystallites.overlapping.signals import DiskSignals
from graineye.crystallites.overlapping.support import Maps, dilated, of_entries, with_values
from graineye.kernels.mixtures import sums_by_amount
from graineye.kernels.nonnegative import amounts_of_spectra, inner_products

_PRESENT = 0.15
"""Amount from which a crystallite counts as present when its support is grown."""
_GROWTH = 3
"""Scan positions by which a support grows in a turn."""
_FULL = 0.8
"""Quantile of the amounts above a fifth of the largest that is taken for the whole column."""
_BLUR = 0.6
"""Scan positions over which signals are averaged for amounts."""
_SPECTRUM_TURNS = 15
_ROUNDS, _CLOSE = 60, 1e-4


def blurred(stack: NDArray[np.float32], positions: float = _BLUR) -> NDArray[np.float32]:
    """Gaussian average over scan positions of (ny, nx, n)."""
    return ndimage.gaussian_filter(stack, (positions, positions, 0))


def fit(mixture: Mixture, signals: DiskSignals, blurred_values: NDArray[np.float32], turns: int = 1) -> Mixture:
    """Fit amounts and spectra in turns.

    Parameters
    ----------
    mixture
        To begin with.
    signals
        Of the scan.
    blurred_values
        (ny, nx, n_disks) `blurred` of them.
    turns
        How often.
    """
    if not len(mixture):
        return mixture
    ny, nx, n_disks = signals.values.shape
    smooth, values = (a.reshape(ny * nx, n_disks) for a in (blurred_values, signals.values))
    for _ in range(turns):
        amounts = _amounts(mixture, smooth)
        mixture = _scaled(mixture.shape, amounts, _spectra(amounts, values, mixture.spectra.astype(np.float32)))
    return mixture


def _amounts(mixture: Mixture, smooth: NDArray[np.float32]) -> Maps:
    """The amounts of the spectra that fit signals (ny * nx, n_disks) best, near where crystallites are."""
    present = of_entries(mixture.amounts, mixture.amounts.data > _PRESENT)
    allowed = csr_array(dilated(present, mixture.shape, _GROWTH))
    allowed.sort_indices()
    together = csr_array(allowed.T @ allowed)
    together.sort_indices()
    found: NDArray[np.float32] = amounts_of_spectra(
        smooth,
        mixture.spectra.astype(np.float32),
        together.indptr,
        together.indices,
        inner_products(mixture.spectra, together.indptr, together.indices),
        allowed.indptr,
        allowed.indices,
        _ROUNDS,
        _CLOSE,
    )
    amounts: csr_array[np.float32] = csr_array((found, allowed.indices, allowed.indptr), shape=allowed.shape)
    amounts.eliminate_zeros()
    return csc_array(amounts)


def _spectra(amounts: Maps, values: NDArray[np.float32], spectra: NDArray[np.float32]) -> NDArray[np.float64]:
    """Some multiplicative steps towards the spectra that fit the amounts best (Lee and Seung 1999, 10.1038/44565)."""
    by_position = csr_array(amounts)
    target = sums_by_amount(by_position.indptr, by_position.indices, by_position.data, len(spectra), values)
    gram = csr_array(amounts.T @ amounts)  # most crystallites never meet
    turned = spectra.copy()
    for _ in range(_SPECTRUM_TURNS):
        turned *= target / (gram @ turned + np.float32(1e-6))
    return turned.astype(np.float64)


def _scaled(shape: tuple[int, int], amounts: Maps, spectra: NDArray[np.float64]) -> Mixture:
    """Amounts and spectra scaled so that the whole column is 1."""
    full = np.ones(len(spectra), np.float32)
    for k, (first, last) in enumerate(zip(amounts.indptr[:-1], amounts.indptr[1:], strict=True)):
        amount = amounts.data[first:last]
        if len(amount):
            full[k] = np.quantile(amount[amount > 0.2 * amount.max()], _FULL)
    scaled = np.asarray(amounts.data / np.repeat(full, np.diff(amounts.indptr)), np.float32)
    return Mixture(shape, with_values(amounts, scaled), spectra * full[:, None])
