"""How bright the disks of a grain are, from its orientation and thickness.

Each reflection exchanges electrons with the beam alone (two beams), which bounds it; together they never exceed the beam.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from graineye.simulate.crystal import Reflections
from graineye.simulate.precession import over_cone

Floats = NDArray[np.float64]

_FAINTEST = 1e-5  # share of the beam; at 1e5 electrons one electron in a whole disk
_DIRECTIONS = 7  # of the convergent beam, over which an intensity is averaged


@dataclass(frozen=True)
class Optics:
    """How the microscope lights the crystal and where it puts the disks.

    Attributes
    ----------
    wavelength
        nm.
    detector_pixel
        1/nm.
    aperture_radius
        px.
    reach
        Disks whose centres are further than this from the beam, along y or x, cannot touch the detector, px.
    precession
        Half angle of the cone on which the beam is rocked, radians.
    stretch
        (2, 2) matrix of the pattern's distortion, or None.
    """

    wavelength: float
    detector_pixel: float
    aperture_radius: float
    reach: float
    precession: float = 0.0
    stretch: Floats | None = None


@dataclass(frozen=True)
class GrainDisks:
    """The disks that one grain can show.

    Attributes
    ----------
    position
        (m, 2) distance of each disk from the beam, px as (y, x).
    excitation_error
        (m,) 1/nm, of the middle of the beam.
    spread
        (m,) 1/nm, by how much it changes up to the rim of the convergent beam.
    rocking
        (m,) 1/nm, by how much it changes as the beam is rocked; 0 without precession.
    extinction_distance
        (m,) nm.
    """

    position: Floats
    excitation_error: Floats
    spread: Floats
    rocking: Floats
    extinction_distance: Floats


def excitation_errors(g: Floats, wavelength: float) -> Floats:
    """Distance along the beam from each reciprocal vector to the Ewald sphere, negative outside the sphere.

    s = sqrt(k2 - gt2) - k - gz with k = 1 / wavelength, gt across and gz along the beam (exact for an infinite foil).

    Parameters
    ----------
    g
        (m, 3) as (y, x, beam), 1/nm.
    wavelength
        nm.

    Returns
    -------
    (m,) 1/nm.
    """
    k = 1 / wavelength
    across2 = g[:, 0] ** 2 + g[:, 1] ** 2
    # sqrt(k2 - gt2) - k without the loss of digits
    return -across2 / (np.sqrt(np.maximum(k**2 - across2, 0)) + k) - g[:, 2]


def over_convergence(s: Floats, g: Floats, wavelength: float, half_angle: float) -> Floats:
    """Excitation errors for directions of a convergent beam: s - wavelength q.g for q over the aperture.

    The directions are the nodes of Gauss and Chebyshev (second kind): their weights are how much of a round aperture lies at
    each distance along g, so `averaged` is the mean over the disk.

    Parameters
    ----------
    s
        (m,) 1/nm, of the middle of the beam.
    g
        (m, 3) as (y, x, beam), 1/nm.
    wavelength
        nm.
    half_angle
        The aperture's radius, 1/nm.

    Returns
    -------
    (m, directions) 1/nm.
    """
    return _at_nodes(s, wavelength * half_angle * np.hypot(g[:, 0], g[:, 1]))


def _at_nodes(s: Floats, spread: Floats) -> Floats:
    nodes = np.cos(np.pi * np.arange(1, _DIRECTIONS + 1) / (_DIRECTIONS + 1))
    return s[:, None] - spread[:, None] * nodes


def averaged(values: Floats) -> Floats:
    """Mean over the disk of values at `over_convergence`'s directions, the last axis."""
    weights = np.sin(np.pi * np.arange(1, _DIRECTIONS + 1) / (_DIRECTIONS + 1)) ** 2 * 2 / (_DIRECTIONS + 1)
    return values @ weights


def two_beam(thickness: float | Floats, excitation_error: Floats, extinction_distance: Floats) -> Floats:
    """Share of the beam in a reflection: sin2(pi t w) / (xi w)2 with w2 = s2 + 1 / xi2; at most 1.

    The Howie-Whelan solution without absorption (Hirsch et al., Electron Microscopy of Thin Crystals, chapter 8); for
    thin or far-off crystals it becomes the kinematic (pi t / xi)2 sinc2(s t).

    Parameters
    ----------
    thickness
        t, nm.
    excitation_error
        s, 1/nm.
    extinction_distance
        xi, nm.

    Returns
    -------
    In the shape to which the arguments broadcast.
    """
    effective = np.sqrt(excitation_error**2 + extinction_distance**-2)
    return (np.sin(np.pi * thickness * effective) / (extinction_distance * effective)) ** 2


def grain_disks(crystal: Reflections, orientation: Floats, thickness: float, optics: Optics) -> GrainDisks:
    """The disks of a grain that can be brighter than a hundred-thousandth of the beam at some thickness.

    Parameters
    ----------
    crystal
        Its reflections.
    orientation
        (3, 3) rotation that takes crystal vectors to (y, x, beam).
    thickness
        The most that there is of it along the beam, nm.
    optics
        Of the microscope.
    """
    every = _all_disks(crystal, orientation, optics)
    kept = _shown(every, thickness, optics.reach)
    return GrainDisks(
        every.position[kept],
        every.excitation_error[kept],
        every.spread[kept],
        every.rocking[kept],
        every.extinction_distance[kept],
    )


def shown_at_any(crystal: Reflections, orientations: list[Floats], thickness: float, optics: Optics) -> Reflections:
    """Those reflections of a crystal that `grain_disks` keeps at one orientation (3, 3) at least."""
    shown = np.zeros(len(crystal.g), bool)
    for orientation in orientations:
        shown |= _shown(_all_disks(crystal, orientation, optics), thickness, optics.reach)
    return Reflections(crystal.g[shown], crystal.hkl[shown], crystal.extinction_distance[shown])


def _all_disks(crystal: Reflections, orientation: Floats, optics: Optics) -> GrainDisks:
    g = crystal.g @ orientation.T
    position = g[:, :2] / optics.detector_pixel
    across = np.hypot(g[:, 0], g[:, 1])
    return GrainDisks(
        position if optics.stretch is None else position @ optics.stretch.T,
        excitation_errors(g, optics.wavelength),
        optics.wavelength * (optics.aperture_radius * optics.detector_pixel) * across,
        optics.precession * across,
        crystal.extinction_distance,
    )


def _shown(disks: GrainDisks, thickness: float, reach: float) -> NDArray[np.bool_]:
    """Which disks (m,) can be bright enough, and touch the detector."""
    xi = disks.extinction_distance
    kinematic = (np.pi * thickness / xi) ** 2
    if disks.rocking.any():
        nearest = np.maximum(np.abs(disks.excitation_error) - disks.spread - disks.rocking, 0)
        highest = np.minimum(kinematic, 1 / (1 + (nearest * xi) ** 2))
    else:
        s = _at_nodes(disks.excitation_error, disks.spread)
        highest = averaged(np.minimum(kinematic[:, None], 1 / (1 + (s * xi[:, None]) ** 2)))
    return np.asarray((highest > _FAINTEST) & (np.abs(disks.position) < reach).all(1))


def disk_shares(disks: GrainDisks, thickness: Floats) -> Floats:
    """Share of the beam in each disk of a grain before the grain's reflections compete.

    Parameters
    ----------
    disks
        Of one grain.
    thickness
        (k,) nm.

    Returns
    -------
    (k, m).
    """
    if disks.rocking.any():
        return np.array(
            [
                over_cone(t, disks.excitation_error, disks.spread, disks.rocking, disks.extinction_distance)
                for t in thickness
            ]
        ).reshape(len(thickness), -1)
    s = _at_nodes(disks.excitation_error, disks.spread)
    return averaged(two_beam(thickness[:, None, None], s, disks.extinction_distance[:, None]))


def compete(shares: Floats) -> tuple[Floats, Floats]:
    """Reduce the shares of one column's disks so that with the beam they are 1.

    The beam is left with exp(-sum), as if each thin layer took its part of what still is in the beam; the disks keep their
    ratios. Electrons diffracted twice are not followed.

    Parameters
    ----------
    shares
        (..., m) of all disks of all grains in the column.

    Returns
    -------
    The shares (..., m), and that of the beam (...).
    """
    total = shares.sum(-1)
    factor = -np.expm1(-total) / np.maximum(total, 1e-300)
    return shares * factor[..., None], np.exp(-total)
