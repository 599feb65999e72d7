"""The halo of an amorphous carbon support: electrons scattered once, without lattice, in broad rings.

Rings come from the distances of neighbouring atoms (Debye's formula); the convergent beam smears them over the aperture.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.signal import fftconvolve

from graineye.simulate.crystal import mass_factor, wavelength
from graineye.simulate.distortion import undistorted
from graineye.simulate.scattering import CARBON, scattering_factor

Floats = NDArray[np.float64]

# Evaporated carbon (Robertson 1986, Adv. Phys. 35, 317), of 2.0 g/cm3.
_ATOMS = 100.0  # a nm3
_SHELLS = ((0.143, 3.3, 0.006), (0.253, 8.8, 0.016))
"""Distance (nm), number and spread (nm) of the atoms around one."""


@dataclass(frozen=True)
class Halo:
    """What a support adds to every frame.

    Attributes
    ----------
    share
        Of the beam that goes into it.
    image
        (2 qy, 2 qx) of sum 1, about the middle.
    """

    share: float
    image: Floats


def interference(g: Floats) -> Floats:
    """Structure factor of amorphous carbon: how much |g| (1/nm) is favoured over the scattering of lone atoms; near 1 far out.

    Debye's sum over two shells of neighbours, and no structure beyond the sphere that holds as many atoms on average
    (so that there is no forward scattering of the support's shape).
    """
    x = 2 * np.pi * np.asarray(g, float)
    neighbours = 1 + sum(number for _, number, _ in _SHELLS)
    sphere = x * (3 * neighbours / (4 * np.pi * _ATOMS)) ** (1 / 3)
    total = np.ones_like(x)
    for distance, number, spread in _SHELLS:
        total += number * np.sinc(x * distance / np.pi) * np.exp(-((x * spread) ** 2) / 2)
    # 3 (sin x - x cos x) / x3, which at 0 is 1
    safe = np.maximum(sphere, 1e-3)
    total -= neighbours * 3 * (np.sin(safe) - safe * np.cos(safe)) / safe**3
    return np.maximum(total, 0)


def halo(
    shape: tuple[int, int],
    thickness: float,
    beam_energy: float,
    detector_pixel: float,
    aperture: Floats,
    stretch: Floats | None = None,
) -> Halo:
    """The halo of a support on a detector.

    Parameters
    ----------
    shape
        (qy, qx) px.
    thickness
        Of the support, nm.
    beam_energy
        kV.
    detector_pixel
        1/nm.
    aperture
        (size, size) image of the disk, of sum 1.
    stretch
        (2, 2) distortion of the pattern, or None.
    """
    y, x = (np.arange(2 * n, dtype=np.float64) - n for n in shape)
    g = np.hypot(*undistorted(y[:, None], x[None, :], stretch)) * detector_pixel
    # Mean number of electrons scattered into a pixel by 1 nm: atoms times cross section, (gamma f)2 times the solid angle.
    amplitude = (
        mass_factor(beam_energy) * scattering_factor(g, CARBON, at_rest=True) * wavelength(beam_energy) * detector_pixel
    )
    rate = _ATOMS * amplitude**2 * interference(g)
    if stretch is not None:
        rate /= np.linalg.det(stretch)
    smeared = np.maximum(fftconvolve(rate, aperture, mode="same"), 0)
    return Halo(float(-np.expm1(-thickness * rate.sum())), smeared / smeared.sum())
