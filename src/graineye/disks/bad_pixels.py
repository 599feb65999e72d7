"""Dead and hot detector pixels, found in the statistics of a scan.

A dead pixel has no standard deviation and a hot one the largest; left alone, both make disk positions.
"""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

_RING = np.array([[1, 1, 1], [1, 0, 1], [1, 1, 1]], bool)
_OUTSHINES = 2.5
"""A hot pixel is so many times brighter than its third brightest neighbour; no disk's edge is that steep."""
_SIGNIFICANT = 6.0
"""Standard errors of the mean by which it does so."""


def find_bad_pixels(mean: NDArray[np.float32], std: NDArray[np.float32], n_frames: int) -> NDArray[np.bool_]:
    """Pixels that tell nothing of the specimen.

    Parameters
    ----------
    mean, std
        (qy, qx) over the scan.
    n_frames
        How many frames they are of.

    Returns
    -------
    (qy, qx) true where dead (no change at all amid pixels that change) or hot (far above its neighbours, of which two
    may be hot as well, in mean or standard deviation).
    """
    dead = (std == 0) & (ndimage.median_filter(std, size=5, mode="nearest") > 0)
    # Without any count in its surroundings a single electron outshines them: its own error is at least that of one count.
    error = np.maximum(std, np.sqrt(np.maximum(mean, 1.0 / n_frames))) / np.sqrt(n_frames)
    hot = _outshines(mean, error) | _outshines(std, error)
    return np.asarray(dead | hot)


def _outshines(image: NDArray[np.float32], error: NDArray[np.float32]) -> NDArray[np.bool_]:
    third = ndimage.rank_filter(image, rank=-3, footprint=_RING, mode="nearest")
    return np.asarray((image > _OUTSHINES * np.maximum(third, 0)) & (image > third + _SIGNIFICANT * error))


def replace_bad_pixels(image: NDArray[np.float32], bad: NDArray[np.bool_]) -> NDArray[np.float32]:
    """`image` with each bad pixel replaced by the median of the good ones within two pixels.

    Parameters
    ----------
    image, bad
        (qy, qx).

    Returns
    -------
    (qy, qx); a bad pixel without a good one near keeps its value.
    """
    mended = image.copy()
    for y, x in np.argwhere(bad):
        near = np.s_[max(y - 2, 0) : y + 3, max(x - 2, 0) : x + 3]
        good = image[near][~bad[near]]
        if good.size:
            mended[y, x] = np.median(good)
    return mended
