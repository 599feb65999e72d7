"""The reflections of a cubic crystal: which there are, where they lie in reciprocal space, and how strongly they scatter.

Structure factors give the extinction rules; extinction distances (nm) say how fast a reflection takes electrons from the beam.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from graineye.simulate.phases import GOLD
from graineye.simulate.scattering import scattering_factor

__all__ = ["BASES", "Reflections", "mass_factor", "reflections", "scattering_factor", "structure_factor", "wavelength"]

Floats = NDArray[np.float64]

BASES = {
    "primitive": [(0, 0, 0)],
    "bcc": [(0, 0, 0), (2, 2, 2)],
    "fcc": [(0, 0, 0), (0, 2, 2), (2, 0, 2), (2, 2, 0)],
    "diamond": [
        (0, 0, 0), (0, 2, 2), (2, 0, 2), (2, 2, 0),
        (1, 1, 1), (1, 3, 3), (3, 1, 3), (3, 3, 1),
    ],
}  # fmt: skip
"""Atoms of the cubic cell, in quarters of its edge."""

_REST_ENERGY = 510.99895  # of the electron, keV
_PLANCK_TIMES_C = 1.23984198  # keV nm


@dataclass(frozen=True)
class Reflections:
    """The reflections of a crystal within a radius of reciprocal space.

    Attributes
    ----------
    g
        (m, 3) reciprocal vectors in the crystal's axes, 1/nm.
    hkl
        (m, 3) Miller indices.
    extinction_distance
        (m,) nm.
    """

    g: Floats
    hkl: NDArray[np.int64]
    extinction_distance: Floats


def wavelength(beam_energy: float) -> float:
    """The electrons' wavelength, nm, at `beam_energy` kV: hc / sqrt(E (E + 2 m c2)) (relativistic de Broglie)."""
    return float(_PLANCK_TIMES_C / np.sqrt(beam_energy * (beam_energy + 2 * _REST_ENERGY)))


def mass_factor(beam_energy: float) -> float:
    """How much heavier than at rest the electrons are at `beam_energy` kV; they scatter so much more strongly."""
    return 1 + beam_energy / _REST_ENERGY


def structure_factor(hkl: NDArray[np.int64], centring: str) -> Floats:
    """|sum over the cell's atoms of exp(2 pi i h.r)|: how many atoms scatter in phase; zero where the centring forbids it.

    Parameters
    ----------
    hkl
        (m, 3) Miller indices.
    centring
        One of `BASES`.

    Returns
    -------
    (m,) between 0 and the number of atoms.
    """
    quarters = hkl @ np.array(BASES[centring]).T
    return np.asarray(np.abs(np.array([1, 1j, -1, -1j])[quarters % 4].sum(1)))


def reflections(
    lattice_parameter: float, centring: str, radius: float, beam_energy: float, atomic_number: int = GOLD
) -> Reflections:
    """All reflections allowed to a cubic crystal with |g| up to `radius` (1/nm), 000 left out.

    The extinction distance is pi V / (lambda gamma F) with the electrons' relativistic mass factor gamma (Hirsch et al.,
    Electron Microscopy of Thin Crystals, chapter 4; the Bragg angle's cosine is 1 here).

    Parameters
    ----------
    lattice_parameter
        nm.
    centring
        One of `BASES`.
    radius
        1/nm.
    beam_energy
        kV.
    atomic_number
        Of its atoms.
    """
    most = int(radius * lattice_parameter)
    hkl = np.stack(np.meshgrid(*[np.arange(-most, most + 1)] * 3, indexing="ij"), -1).reshape(-1, 3)
    square = (hkl**2).sum(1)
    hkl = hkl[(square > 0) & (square <= (radius * lattice_parameter) ** 2)]
    atoms = structure_factor(hkl, centring)
    hkl, atoms = hkl[atoms > 0.5], atoms[atoms > 0.5]
    g = hkl / lattice_parameter
    scattered = atoms * scattering_factor(np.linalg.norm(g, axis=1), atomic_number) * mass_factor(beam_energy)
    return Reflections(g, hkl, np.pi * lattice_parameter**3 / (wavelength(beam_energy) * scattered))
