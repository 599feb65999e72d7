"""Hot detector pixels: what no aperture's image can look like, so they are never taken for a beam or a disk."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

RING = np.array([[1, 1, 1], [1, 0, 1], [1, 1, 1]], bool)
"""The neighbours of a pixel."""
_OUTSHINES = 2.5
"""A hot pixel is so many times brighter than all but two of its neighbours; no disk's edge is that steep."""
_SIGNIFICANT = 6.0
"""Standard errors by which it does so."""


def hot_pixels(
    images: Sequence[NDArray[np.floating]], errors: Sequence[NDArray[np.floating] | float]
) -> NDArray[np.bool_]:
    """Pixels far above their neighbours, of which two may be hot as well, at the border one.

    Parameters
    ----------
    images
        Each (qy, qx), of one detector (its mean and standard deviation, say), their background near 0.
    errors
        The standard error of each; 0 where it is not known.

    Returns
    -------
    (qy, qx) true where a pixel is hot in any of the images.
    """
    outshining = [_outshines(image, error) for image, error in zip(images, errors, strict=True)]
    hot = np.any(outshining, axis=0)
    while True:
        # At the tip of a bright region the neighbours that outshine their own surroundings are not hot either.
        lonely = [_alone(image, hot) for image in images]
        left = np.any(np.logical_and(outshining, lonely), axis=0)
        if (left == hot).all():
            return np.asarray(hot)
        hot = left


def _outshines(image: NDArray[np.floating], error: NDArray[np.floating] | float) -> NDArray[np.bool_]:
    """Where a pixel is far brighter than all but two of its neighbours, at the border all but one."""
    next_one, rest = _second_and_third(image)
    rest[[0, -1]] = next_one[[0, -1]]
    rest[:, [0, -1]] = next_one[:, [0, -1]]
    return np.asarray((image > _OUTSHINES * np.maximum(rest, 0)) & (image > rest + _SIGNIFICANT * error))


def _second_and_third(image: NDArray[np.floating]) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
    """The second and the third brightest of each pixel's neighbours.

    The same as SciPy's rank filters of ranks -2 and -3 over the ring, in a tenth of their time.
    """
    # Nothing stands beyond the border: continued, a hot pixel would be its own neighbour.
    padded = np.pad(image, 1, constant_values=-np.inf)
    rows, columns = image.shape
    first, second, third = (np.full(image.shape, -np.inf, image.dtype) for _ in range(3))
    for y, x in np.argwhere(RING).tolist():
        neighbour = padded[y : y + rows, x : x + columns]
        dimmer = np.minimum(first, neighbour)
        np.maximum(first, neighbour, out=first)
        neighbour = np.minimum(second, dimmer)
        np.maximum(second, dimmer, out=second)
        np.maximum(third, neighbour, out=third)
    return second, third


def _alone(image: NDArray[np.floating], hot: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Where a pixel is far brighter than every neighbour that is not hot: not so at the tip of a bright region."""
    sound = np.where(hot, -np.inf, image)
    brightest = ndimage.maximum_filter(sound, footprint=RING, mode="constant", cval=-np.inf)
    return np.asarray(image > _OUTSHINES * np.maximum(brightest, 0))
