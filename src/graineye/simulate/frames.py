"""Expected frames: what the specimen, the microscope and the support make of the beam at each scan position, without noise.

A flat crystal diffracts alike wherever it stands; of a bent one the excitation errors are computed anew at every position.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from graineye.simulate.amorphous import Halo, halo
from graineye.simulate.aperture import Aperture, add_disks
from graineye.simulate.crystal import Reflections, reflections, wavelength
from graineye.simulate.detector import add_diffuse, diffuse
from graineye.simulate.diffraction import GrainDisks, Optics, compete, disk_shares, grain_disks, shown_at_any
from graineye.simulate.distortion import distortion
from graineye.simulate.options import SimulationOptions
from graineye.simulate.specimen import Specimen

Floats = NDArray[np.float64]

_SURELY_SHOWN = 0.1
"""Degrees between the turns of a bent grain at which reflections are looked for; each lasts for longer."""


@dataclass(frozen=True)
class Patterns:
    """What the grains of a specimen diffract.

    Attributes
    ----------
    specimen
        The grains.
    optics
        The microscope.
    thickness
        The most that there is of any grain, nm.
    flat
        The disks of each grain, if nothing is bent.
    bent
        Those reflections of each grain that show somewhere, if it is.
    """

    specimen: Specimen
    optics: Optics
    thickness: float
    flat: list[GrainDisks]
    bent: list[Reflections]

    def at(self, grain: int, angle: float) -> GrainDisks:
        """The disks of a grain where the foil has turned by `angle` degrees."""
        if not self.specimen.bend:
            return self.flat[grain]
        orientation = self.specimen.bend.rotation(angle) @ self.specimen.columns.orientation[grain]
        return grain_disks(self.bent[grain], orientation, self.thickness, self.optics)


def patterns_of(specimen: Specimen, options: SimulationOptions, aperture: Aperture, furthest: float) -> Patterns:
    """The disks of every grain that reach the detector.

    Parameters
    ----------
    specimen
        Of the options.
    options
        Of the simulation.
    aperture
        What a disk looks like.
    furthest
        The largest descan along y or x, px.
    """
    stretch = distortion(options.ellipticity, options.ellipticity_angle)
    reach = options.detector / 2 + aperture.reach + options.offset + furthest
    optics = Optics(
        wavelength=wavelength(options.beam_energy),
        detector_pixel=options.detector_pixel,
        aperture_radius=aperture.radius,
        reach=reach,
        precession=1e-3 * options.precession,
        stretch=stretch,
    )
    shrunk = 1.0 if stretch is None else float(np.linalg.norm(np.linalg.inv(stretch), 2))
    furthest_g = np.sqrt(2) * reach * options.detector_pixel * max(shrunk, 1.0)
    crystals = [
        reflections(phase.lattice_parameter, phase.centring, furthest_g, options.beam_energy, phase.atomic_number)
        for phase in options.crystals
    ]
    of_grain = [crystals[phase] for phase in specimen.phase]
    grains = zip(of_grain, specimen.columns.orientation, strict=True)
    if not specimen.bend:
        flat = [grain_disks(crystal, orientation, options.thickness, optics) for crystal, orientation in grains]
        return Patterns(specimen, optics, options.thickness, flat, [])
    bent = [
        shown_at_any(
            crystal,
            [specimen.bend.rotation(angle) @ orientation for angle in _steps(*turns)],
            options.thickness,
            optics,
        )
        for turns, (crystal, orientation) in zip(specimen.turns(), grains, strict=True)
    ]
    return Patterns(specimen, optics, options.thickness, [], bent)


def _steps(low: float, high: float) -> Floats:
    return np.linspace(low, high, 2 + int((high - low) / _SURELY_SHOWN))


@dataclass(frozen=True)
class Scene:
    """Everything that expected frames follow from.

    Attributes
    ----------
    patterns
        Of the grains.
    aperture
        What a disk looks like.
    beam
        (positions, 2) where the beam stands, px as (y, x).
    background
        (positions,) share of the dose in the diffuse background.
    diffuse
        The background.
    support
        The carbon's halo, or None.
    shape
        (qy, qx) px.
    """

    patterns: Patterns
    aperture: Aperture
    beam: Floats
    background: Floats
    diffuse: Floats
    support: Halo | None
    shape: tuple[int, int]


def scene_of(options: SimulationOptions, patterns: Patterns, aperture: Aperture, beam: Floats) -> Scene:
    """The scene of the options: the background grows with the thickness, the support is everywhere."""
    shape = (options.detector, options.detector)
    support = None
    if options.carbon:
        image = aperture.shifted[0, 0]
        stretch = patterns.optics.stretch
        support = halo(shape, options.carbon, options.beam_energy, options.detector_pixel, image, stretch)
    return Scene(
        patterns=patterns,
        aperture=aperture,
        beam=beam,
        background=options.background * (patterns.specimen.thickness / options.thickness),
        diffuse=diffuse(shape, aperture.radius, patterns.optics.stretch),
        support=support,
        shape=shape,
    )


def expected_frame(scene: Scene, position: int) -> Floats:
    """Shares of the dose on every pixel (qy, qx) at a scan position (row-major index), without noise."""
    specimen, beam = scene.patterns.specimen, scene.beam[position]
    grains, parts = specimen.columns.at(position)
    thickness = specimen.thickness[position]
    found = [scene.patterns.at(grain, specimen.bend.angle[position]) for grain in grains]
    shares = [disk_shares(disks, np.array([part * thickness]))[0] for disks, part in zip(found, parts, strict=True)]
    diffracted, left = compete(np.concatenate([np.zeros(0), *shares]))
    centres = np.concatenate([np.zeros((1, 2)), *(disks.position for disks in found)]) + beam
    background = scene.background[position]
    sharp = 1 - background
    image = np.zeros(scene.shape)
    if scene.support:
        add_diffuse(image, scene.support.image, beam, sharp * scene.support.share)
        sharp *= 1 - scene.support.share
    add_disks(image, scene.aperture.shifted, centres, sharp * np.concatenate([[left], diffracted]))
    if background:
        add_diffuse(image, scene.diffuse, beam, background)
    return image
