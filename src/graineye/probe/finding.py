"""The zero-order beam in an image that no template has seen yet: the brightest thing that is wider than a pixel."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from graineye.errors import TemplateError
from graineye.probe.hot_pixels import RING, hot_pixels

Floats = NDArray[np.float64]

_SMOOTHED = (1.0, 2.0, 3.0)
"""px; the first that lifts the beam out of its noise is taken."""
_OUT_OF_NOISE = 6.0
"""Standard deviations of the noise of a smoothed pixel."""
_ALIKE = 0.7
"""Parts of one aperture are as bright as this share of the largest; diffracted disks are fainter in a mean."""
_NO_SMALLER = 0.2
"""And take as many pixels as this share of it; what a detector adds is smaller."""
_LEAST_AREA = 3
"""Pixels that a part has at least, smoothed; what is left of a hot pixel has fewer."""
_DEAD = 0.4
"""A pixel inside the beam that is so much darker than its darkest neighbour is dead."""


@dataclass(frozen=True)
class RoughBeam:
    """Where the beam stands in an image, to about a pixel.

    Attributes
    ----------
    image
        (qy, qx) less the level of its border, hot and dead pixels replaced by the median of their surroundings.
    noise
        (qy, qx) variance of each pixel's noise as far as it is known, else 0.
    sound
        (qy, qx) true where a pixel was neither hot nor dead.
    centre
        (y, x) px.
    radius
        Of the circle about the centre that holds all brighter than half the plateau, px.
    """

    image: Floats
    noise: Floats
    sound: NDArray[np.bool_]
    centre: tuple[float, float]
    radius: float


def find_rough_beam(
    image: NDArray[np.generic], source: str = "array", variance: NDArray[np.floating] | None = None
) -> RoughBeam:
    """The beam in a probe image or in the mean frame of a scan.

    Parameters
    ----------
    image
        (qy, qx) counts.
    source
        Where it comes from, for messages.
    variance
        (qy, qx) of the noise; by default whole numbers follow Poisson's law, and others have no noise.

    Raises
    ------
    TemplateError
        If the image is not two-dimensional, holds NaN, or nothing but single pixels stands out in it.
    """
    level, noise, sound = mended(image, source, variance)
    smooth, plateau = _smoothed(level, noise, source)
    darkest = ndimage.minimum_filter(level, footprint=RING, mode="nearest")
    dead = (darkest > 0.5 * plateau) & (level < _DEAD * darkest)
    labels, count = ndimage.label(smooth > 0.5 * plateau, np.ones((3, 3)))
    index = np.arange(1, count + 1)
    areas = np.bincount(labels.ravel(), minlength=count + 1)[1:]
    sums = np.asarray(ndimage.sum_labels(smooth, labels, index))
    wide = areas >= _LEAST_AREA
    if not wide.any():
        raise nothing_stands_out(source)
    largest = int(np.argmax(np.where(wide, sums, -np.inf)))
    alike = (sums / areas >= _ALIKE * sums[largest] / areas[largest]) & (areas >= _NO_SMALLER * areas[largest])
    beam = np.isin(labels, index[wide & alike])
    y, x = (float(c) for c in ndimage.center_of_mass(np.where(beam, smooth, 0.0)))
    rows, columns = np.nonzero(beam)
    radius = float(np.quantile(np.hypot(rows - y, columns - x), 0.995))
    return RoughBeam(_replaced(level, dead), noise, sound & ~dead, (y, x), radius)


def _smoothed(level: Floats, noise: Floats, source: str) -> tuple[Floats, float]:
    """The image smoothed until the beam stands out of the noise, and the beam's brightness in it."""
    smooth, plateau = level, 0.0
    for width in _SMOOTHED:
        smooth = ndimage.gaussian_filter(level, width, mode="nearest")
        highest = smooth.max()
        if not highest > 0:
            raise nothing_stands_out(source)
        bright = smooth > 0.5 * highest
        plateau = float(np.median(smooth[bright]))
        # A Gaussian of this width is the mean of about 4 pi width^2 pixels.
        if plateau > _OUT_OF_NOISE * np.sqrt(noise[bright].mean() / (4 * np.pi)) / width:
            break
    return smooth, plateau


def nothing_stands_out(source: str) -> TemplateError:
    """What is said of an image without a probe."""
    return TemplateError(f"{source}: no probe stands out in this image: take --probe.source bullseye")


def mended(
    image: NDArray[np.generic], source: str, variance: NDArray[np.floating] | None = None
) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    """An image less the level of its border and without hot pixels, the variance of its noise, and which pixels were not hot.

    Parameters
    ----------
    image
        (qy, qx) counts.
    source
        Where it comes from, for messages.
    variance
        (qy, qx) of the noise; by default whole numbers follow Poisson's law, and others have no noise.

    Raises
    ------
    TemplateError
        If it is no image of real, finite numbers.
    """
    if np.asarray(image).dtype.kind not in "biuf":
        raise TemplateError(f"{source}: a probe image holds real numbers, this one {np.asarray(image).dtype}")
    counts = np.asarray(image, dtype=np.float64)
    if counts.ndim != 2 or min(counts.shape) < 5:
        raise TemplateError(f"{source}: a probe image has two axes of at least 5 px, this has shape {counts.shape}")
    if not np.isfinite(counts).all():
        raise TemplateError(f"{source}: the probe image holds NaN or Inf: mend it, or take --probe.source bullseye")
    noise = _noise(counts) if variance is None else np.asarray(variance, np.float64)
    border = np.concatenate([counts[0], counts[-1], counts[:, 0], counts[:, -1]])
    level = counts - np.median(border)
    # Amid no counts at all a single electron outshines its surroundings.
    error = np.sqrt(np.maximum(noise, 1.0)) if variance is None and noise.any() else np.sqrt(noise)
    hot = hot_pixels([level], [error])
    return _replaced(level, hot), np.where(hot, 0.0, noise), ~hot


def _noise(counts: Floats) -> Floats:
    """Variance of each pixel as far as it can be told: whole numbers count electrons (of images of 0 and 1 nothing is known)."""
    whole = counts.min() >= 0 and counts.max() > 1 and (counts == np.rint(counts)).all()
    return counts if whole else np.zeros(counts.shape)


def _replaced(image: Floats, bad: NDArray[np.bool_]) -> Floats:
    """An image with each bad pixel replaced by the median of the nine about it."""
    return np.where(bad, ndimage.median_filter(image, size=3, mode="nearest"), image)
