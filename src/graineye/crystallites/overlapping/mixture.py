"""Crystallites as objects that may overlap: the spectrum of each, and how much of it is at every scan position.

Most crystallites are at few scan positions, and so amounts are sparse: a large scan takes no more memory for each than a
small one.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_array, csr_array, hstack

from graineye.crystallites.overlapping.support import Maps


@dataclass(frozen=True)
class Mixture:
    """Crystallites that add up to the signals of a scan.

    Attributes
    ----------
    shape
        (ny, nx) of the scan.
    amounts
        (ny * nx, n) of each crystallite, 1 where it fills the column as much as it ever does.
    spectra
        (n, n_disks) signal of each disk at amount 1.
    """

    shape: tuple[int, int]
    amounts: Maps
    spectra: NDArray[np.float64]

    @classmethod
    def of_maps(cls, maps: NDArray[np.float32], spectra: NDArray[np.float64]) -> "Mixture":
        """From amounts (ny, nx, n)."""
        ny, nx, n = maps.shape
        return cls((ny, nx), csc_array(maps.reshape(ny * nx, n)), spectra)

    def __len__(self) -> int:
        return len(self.spectra)

    @cached_property
    def by_position(self) -> csr_array[np.float32]:
        """The amounts, for looking up what is at a scan position."""
        rows = csr_array(self.amounts)
        rows.sort_indices()
        return rows

    def select(self, chosen: NDArray[np.bool_]) -> "Mixture":
        """Some of the crystallites."""
        return Mixture(self.shape, csc_array(self.amounts[:, np.flatnonzero(chosen)]), self.spectra[chosen])

    def joined(self, other: "Mixture") -> "Mixture":
        """The crystallites of both."""
        amounts = csc_array(hstack([self.amounts, other.amounts], format="csc"))
        return Mixture(self.shape, amounts, np.concatenate([self.spectra, other.spectra]))

    def at(self, positions: NDArray[np.integer], more_than: float) -> NDArray[np.integer]:
        """The crystallites of which any of the scan positions (p) has more than an amount."""
        rows = self.by_position[positions]
        return np.unique(rows.indices[rows.data > more_than])

    def signals(self, disks: slice) -> NDArray[np.float32]:
        """(ny, nx, n_disks) what they add up to, of some of the disks."""
        total = self.by_position @ self.spectra[:, disks].astype(np.float32)
        return np.asarray(total, np.float32).reshape(*self.shape, -1)
