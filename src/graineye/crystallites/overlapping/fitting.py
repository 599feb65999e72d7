"""Crystallites as objects that may overlap: spectra, and how much of each is at every scan position.

Amounts and spectra are fitted in turns, both without negative values, each crystallite only near where it is.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.sparse import csr_array

from graineye.crystallites.overlapping.signals import DiskSignals
from graineye.crystallites.overlapping.support import dilated
from graineye.kernels.mixtures import sums_by_amount
from graineye.kernels.nonnegative import amounts_of_spectra

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


@dataclass(frozen=True)
class Mixture:
    """Crystallites that add up to the signals of a scan.

    Attributes
    ----------
    amounts
        (ny, nx, n) of each crystallite, 1 where it fills the column as much as it ever does.
    spectra
        (n, n_disks) signal of each disk at amount 1.
    """

    amounts: NDArray[np.float32]
    spectra: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.spectra)

    def select(self, chosen: NDArray[np.bool_]) -> "Mixture":
        """Some of the crystallites."""
        return Mixture(self.amounts[..., chosen], self.spectra[chosen])

    def joined(self, other: "Mixture") -> "Mixture":
        """The crystallites of both."""
        return Mixture(
            np.concatenate([self.amounts, other.amounts], axis=-1), np.concatenate([self.spectra, other.spectra])
        )

    def signals(self) -> NDArray[np.float32]:
        """(ny, nx, n_disks) what they add up to."""
        return np.asarray(self.amounts @ self.spectra.astype(np.float32))


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
        present = np.moveaxis(mixture.amounts > _PRESENT, -1, 0)
        allowed = np.moveaxis(dilated(present, _GROWTH), 0, -1).reshape(ny * nx, len(mixture))
        spectra = mixture.spectra.astype(np.float32)
        gram = mixture.spectra @ mixture.spectra.T
        amounts = amounts_of_spectra(smooth, spectra, gram, allowed, _ROUNDS, _CLOSE)
        mixture = _scaled(amounts.reshape(ny, nx, -1), _spectra(amounts, values, spectra))
    return mixture


def _spectra(
    amounts: NDArray[np.float32], values: NDArray[np.float32], spectra: NDArray[np.float32]
) -> NDArray[np.float64]:
    """Some multiplicative steps towards the spectra that fit the amounts best (Lee and Seung 1999, 10.1038/44565)."""
    target, gram = sums_by_amount(amounts, values), _overlaps(amounts)
    turned = spectra.copy()
    for _ in range(_SPECTRUM_TURNS):
        turned *= target / (gram @ turned + np.float32(1e-6))
    return turned.astype(np.float64)


def _overlaps(amounts: NDArray[np.float32]) -> csr_array[np.float32]:
    """amounts.T @ amounts (n, n), mostly zero: most crystallites never meet."""
    sparse = csr_array(amounts)
    return csr_array(sparse.T @ sparse)


def _scaled(amounts: NDArray[np.float32], spectra: NDArray[np.float64]) -> Mixture:
    """Amounts and spectra scaled so that the whole column is 1."""
    full = np.ones(len(spectra), np.float32)
    for k, amount in enumerate(np.ascontiguousarray(np.moveaxis(amounts, -1, 0))):
        most = amount.max()
        if most > 0:
            full[k] = np.quantile(amount[amount > 0.2 * most], _FULL)
    return Mixture(amounts / full, spectra * full[:, None])
