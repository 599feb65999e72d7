"""The apertures that a simulation can have, as brightness over the distance from their centre.

A bullseye, a disk, an annulus, three holes, a Gaussian spot, or what an image of a probe shows.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from graineye.probe import level_probe, read_probe, shapes
from graineye.simulate.options import SimulationOptions

Floats = NDArray[np.float64]

_HOLES = 3
_GAUSS_REACH = 2.0
"""A Gaussian spot is cut off here, in its nominal radii: 3e-4 of the middle's brightness."""


@dataclass(frozen=True)
class Shape:
    """An aperture.

    Attributes
    ----------
    brightness
        Of pixels at offsets (y, x) px from the centre, 0 to 1.
    radius
        px, outermost bright edge.
    reach
        px, nothing is bright further out.
    """

    brightness: Callable[[Floats, Floats], Floats]
    radius: float
    reach: float


def shape_of(options: SimulationOptions) -> Shape:
    """The aperture that the options name.

    Raises
    ------
    TemplateError
        If it is an image that cannot be read or shows no probe.
    """
    outer = options.ring_outer
    if options.probe == "bullseye":
        return Shape(
            lambda y, x: shapes.bullseye(
                y,
                x,
                options.spot_radius,
                options.ring_inner,
                outer,
                options.bar_width,
                options.bar_count,
                options.bar_angle,
            ),
            outer,
            outer,
        )
    if options.probe == "disk":
        return Shape(lambda y, x: shapes.disk(y, x, outer), outer, outer)
    if options.probe == "annulus":
        return Shape(lambda y, x: shapes.ring(y, x, options.ring_inner, outer), outer, outer)
    if options.probe == "hole3":
        return Shape(lambda y, x: holes(y, x, options.spot_radius, outer, options.bar_angle), outer, outer)
    if options.probe == "gauss":
        return Shape(lambda y, x: np.exp(-2 * (y**2 + x**2) / outer**2), outer, _GAUSS_REACH * outer)
    return _measured(options.probe)


def holes(y: Floats, x: Floats, hole_radius: float, outer: float, angle: float) -> Floats:
    """Three round holes evenly on a circle, as the share of a pixel that they cover; the pattern has no inversion symmetry.

    Parameters
    ----------
    y, x
        Offsets from the centre, px.
    hole_radius
        Of each, px.
    outer
        Of the circle that touches all of them from outside, px.
    angle
        From the x axis towards y to the middle of the first, degrees.
    """
    covered = np.zeros(np.broadcast(y, x).shape)
    for turn in np.deg2rad(angle) + 2 * np.pi * np.arange(_HOLES) / _HOLES:
        away = outer - hole_radius
        covered = np.maximum(covered, shapes.disk(y - away * np.sin(turn), x - away * np.cos(turn), hole_radius))
    return covered


def _measured(path: str) -> Shape:
    """What an image of the probe shows, linear between its pixels."""
    probe = level_probe(read_probe(path), path)

    def brightness(y: Floats, x: Floats) -> Floats:
        at = [y + probe.centre[0], x + probe.centre[1]]
        return np.asarray(ndimage.map_coordinates(probe.image, at, order=1, mode="constant", cval=0.0))

    return Shape(brightness, probe.bright_radius, probe.bright_radius)
