"""The reflections of a cubic crystal: which there are, where they lie in reciprocal space, and how strongly they scatter.

Structure factors give the extinction rules; extinction distances (nm) say how fast a reflection takes electrons from the beam.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

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

# Gold, Doyle and Turner 1968 (Acta Cryst. A24, 390): f(s) = sum a exp(-b s2), s = g / 2 up to 20 1/nm; a in nm, b in nm2.
_GOLD_A = np.array([0.2388, 0.4226, 0.2689, 0.1255])
_GOLD_B = np.array([0.42866, 0.09743, 0.02264, 0.00307])
_GOLD_DEBYE_WALLER = 0.0062  # nm2, at room temperature

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


def scattering_factor(g: Floats) -> Floats:
    """How strongly a gold atom at room temperature scatters electrons of low energy to |g| (1/nm): nm, same shape.

    A sum of Gaussians (Doyle and Turner 1968) times the Debye-Waller factor exp(-B g2 / 4).
    """
    s2 = (g[..., None] / 2) ** 2
    return np.asarray((_GOLD_A * np.exp(-(_GOLD_B + _GOLD_DEBYE_WALLER) * s2)).sum(-1))


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


def reflections(lattice_parameter: float, centring: str, radius: float, beam_energy: float) -> Reflections:
    """All reflections allowed to a cubic crystal of gold atoms with |g| up to `radius` (1/nm), 000 left out.

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
    """
    most = int(radius * lattice_parameter)
    hkl = np.stack(np.meshgrid(*[np.arange(-most, most + 1)] * 3, indexing="ij"), -1).reshape(-1, 3)
    square = (hkl**2).sum(1)
    hkl = hkl[(square > 0) & (square <= (radius * lattice_parameter) ** 2)]
    atoms = structure_factor(hkl, centring)
    hkl, atoms = hkl[atoms > 0.5], atoms[atoms > 0.5]
    g = hkl / lattice_parameter
    gamma = 1 + beam_energy / _REST_ENERGY
    scattered = atoms * scattering_factor(np.linalg.norm(g, axis=1)) * gamma
    return Reflections(g, hkl, np.pi * lattice_parameter**3 / (wavelength(beam_energy) * scattered))
