"""The image of the aperture that every disk is, drawn at any sub-pixel place.

Images for a grid of sub-pixel shifts are made once; a disk in between is their bilinear mean.
"""

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy import ndimage

from graineye.errors import TemplateError
from graineye.simulate.aperture_shapes import Shape, shape_of
from graineye.simulate.distortion import distortion, undistorted
from graineye.simulate.options import SimulationOptions

Floats = NDArray[np.float64]

_STEPS = 8
"""Shifts a pixel; the bilinear mean of images 1/8 px apart is off by less than 1/512 of an edge's height."""
_BLUR_REACH = 4.0
"""The camera's point spread is cut off here, in standard deviations."""


@dataclass(frozen=True)
class Aperture:
    """What one disk looks like.

    Attributes
    ----------
    shifted
        (steps + 1, steps + 1, size, size) images of sum 1, the centre moved by (i, j) / steps px from the middle pixel.
    radius
        px, outermost bright edge before the pattern is distorted.
    reach
        px, nothing is bright further from the centre, distorted and blurred.
    """

    shifted: Floats
    radius: float
    reach: float


def aperture(options: SimulationOptions) -> Aperture:
    """The aperture of the options, distorted as the whole pattern is and blurred by the camera.

    Raises
    ------
    TemplateError
        If the probe's image cannot be read or shows no probe, or nothing of the aperture is bright.
    """
    shape = shape_of(options)
    stretch = distortion(options.ellipticity, options.ellipticity_angle)
    widest = shape.reach * (1.0 if stretch is None else float(np.linalg.norm(stretch, 2)))
    widest += _BLUR_REACH * options.blur
    half = int(np.ceil(widest)) + 2
    steps = np.arange(_STEPS + 1) / _STEPS
    shifted = np.array([[_image(shape, half, (dy, dx), stretch, options.blur) for dx in steps] for dy in steps])
    brightness = shifted.sum(axis=(2, 3), keepdims=True)
    if not brightness.all():
        raise TemplateError("nothing of the aperture is bright: give it a larger spot or ring, or narrower bars")
    return Aperture(shifted / brightness, shape.radius, widest)


def _image(shape: Shape, half: int, shift: tuple[float, float], stretch: Floats | None, blur: float) -> Floats:
    """(2 half + 1,) * 2 pixels of the aperture, its centre moved by `shift` (y, x) px from the middle one."""
    y, x = np.mgrid[-half : half + 1, -half : half + 1].astype(np.float64)
    image = shape.brightness(*undistorted(y - shift[0], x - shift[1], stretch))
    return ndimage.gaussian_filter(image, blur, mode="constant", truncate=_BLUR_REACH) if blur else image


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
