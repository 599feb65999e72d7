"""The image of the aperture that every disk is, drawn at any sub-pixel place.

Images for a grid of sub-pixel shifts are made once; a disk in between is their bilinear mean.
"""

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from graineye.errors import TemplateError
from graineye.probe import level_probe, read_probe, shapes
from graineye.simulate.options import SimulationOptions

Floats = NDArray[np.float64]

_STEPS = 8
"""Shifts a pixel; the bilinear mean of images 1/8 px apart is off by less than 1/512 of an edge's height."""


@dataclass(frozen=True)
class Aperture:
    """What one disk looks like.

    Attributes
    ----------
    shifted
        (steps + 1, steps + 1, size, size) images of sum 1, the centre moved by (i, j) / steps px from the middle pixel.
    radius
        px, outermost bright edge.
    """

    shifted: Floats
    radius: float


def aperture(options: SimulationOptions) -> Aperture:
    """The aperture of the options: a bullseye, a plain disk, or what an image of the probe shows.

    Raises
    ------
    TemplateError
        If the probe's image cannot be read or shows no probe, or nothing of the bullseye is bright.
    """
    if options.probe in ("bullseye", "disk"):
        radius = options.ring_outer
        half = int(np.ceil(radius)) + 2
        y, x = shapes.offsets(half)

        def image(dy: float, dx: float) -> Floats:
            if options.probe == "disk":
                return shapes.disk(y - dy, x - dx, radius)
            return shapes.bullseye(
                y - dy,
                x - dx,
                options.spot_radius,
                options.ring_inner,
                options.ring_outer,
                options.bar_width,
                options.bar_count,
                options.bar_angle,
            )
    else:
        probe = level_probe(read_probe(options.probe), options.probe)
        radius = probe.bright_radius
        half = int(np.ceil(radius)) + 2

        def image(dy: float, dx: float) -> Floats:
            return probe.window(half, (dy, dx))

    steps = np.arange(_STEPS + 1) / _STEPS
    shifted = np.array([[image(dy, dx) for dx in steps] for dy in steps])
    brightness = shifted.sum(axis=(2, 3), keepdims=True)
    if not brightness.all():
        raise TemplateError("nothing of the aperture is bright: give it a larger spot or ring, or narrower bars")
    return Aperture(shifted / brightness, radius)


@njit(nogil=True, cache=True)
def add_disks(image: Floats, shifted: Floats, centres: Floats, shares: Floats) -> None:
    """Add a disk of each share at each centre to an image; equals `add_disks_slow`.

    Parameters
    ----------
    image
        (qy, qx) added to; what of a disk lies outside is lost.
    shifted
        Of `Aperture`.
    centres
        (k, 2) as (y, x), px.
    shares
        (k) sum of each disk.
    """
    steps = shifted.shape[0] - 1
    size = shifted.shape[2]
    half = size // 2
    for k in range(len(shares)):
        low_y, low_x = int(np.floor(centres[k, 0])), int(np.floor(centres[k, 1]))
        fine_y, fine_x = (centres[k, 0] - low_y) * steps, (centres[k, 1] - low_x) * steps
        i, j = min(int(fine_y), steps - 1), min(int(fine_x), steps - 1)
        v, u = fine_y - i, fine_x - j
        for row in range(max(half - low_y, 0), min(size, image.shape[0] + half - low_y)):
            for column in range(max(half - low_x, 0), min(size, image.shape[1] + half - low_x)):
                value = (1 - v) * ((1 - u) * shifted[i, j, row, column] + u * shifted[i, j + 1, row, column])
                value += v * ((1 - u) * shifted[i + 1, j, row, column] + u * shifted[i + 1, j + 1, row, column])
                image[low_y - half + row, low_x - half + column] += shares[k] * value


def add_disks_slow(image: Floats, shifted: Floats, centres: Floats, shares: Floats) -> None:
    """What `add_disks` computes, as plain array expressions."""
    steps, size = shifted.shape[0] - 1, shifted.shape[2]
    padded = np.zeros((image.shape[0] + 2 * size, image.shape[1] + 2 * size))
    for (y, x), share in zip(centres, shares, strict=True):
        low = np.floor([y, x]).astype(int)
        fine = ([y, x] - low) * steps
        (i, j), (v, u) = fine.astype(int), fine % 1
        disk = (1 - v) * (1 - u) * shifted[i, j] + v * u * shifted[min(i + 1, steps), min(j + 1, steps)]
        disk += (1 - v) * u * shifted[i, min(j + 1, steps)] + v * (1 - u) * shifted[min(i + 1, steps), j]
        top, left = low - size // 2 + size
        if 0 <= top <= padded.shape[0] - size and 0 <= left <= padded.shape[1] - size:
            padded[top : top + size, left : left + size] += share * disk
    image += padded[size:-size, size:-size]
