"""Dead and hot detector pixels, found in the statistics of a scan.

A dead pixel has no standard deviation and a hot one the largest; left alone, both make disk positions.
"""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from graineye.passes.filling import fill_rim
from graineye.probe.hot_pixels import hot_pixels

_NOT_BY_CHANCE = 16.0
"""A sound pixel that is to get so many counts gets none at all once in ten million times."""


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
    may be hot as well, at the border one, in mean or standard deviation).
    """
    one = one_count(mean, std)
    changing = _most_change(std)
    # At low dose, or at the edge of a disk, a sound pixel may be left without a count: the dimmest one near it tells how
    # many are due. Where means are negative, frames are no counts.
    dimmest = ndimage.minimum_filter(np.where(std > 0, mean, np.inf), size=5, mode="nearest")
    dead = (std == 0) & changing & ((n_frames * dimmest > _NOT_BY_CHANCE * one) | (mean.min() < 0))
    # Without any count in its surroundings a single electron outshines them: the errors are at least those of one count.
    error_of_mean = np.maximum(std, np.sqrt(np.maximum(mean, 1.0 / n_frames))) / np.sqrt(n_frames)
    error_of_std = np.sqrt((std**2 + one**2 / 2) / 2 / n_frames)
    return np.asarray(dead | hot_pixels((mean, std), (error_of_mean, error_of_std)))


def _most_change(std: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Where most of the pixels within two pixels change: their median is above 0."""
    count = (std > 0).astype(np.int8)
    for axis in (0, 1):
        count = ndimage.correlate1d(count, np.ones(5), axis, mode="nearest")
    return np.asarray(count > 12)


def one_count(mean: NDArray[np.float32], std: NDArray[np.float32]) -> float:
    """What one electron adds to a frame: variance / mean, as counts follow Poisson's law; 0 where it cannot be told."""
    ratio = variance_over_mean(mean, std)
    return float(np.median(ratio)) if len(ratio) else 0.0


def variance_over_mean(mean: NDArray[np.float32], std: NDArray[np.float32]) -> NDArray[np.float32]:
    """(n) of the pixels of (qy, qx) that saw anything and change: what one electron adds, where nothing but counts varies."""
    lit = (mean > 0) & (std > 0)
    return std[lit] ** 2 / mean[lit]


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
    return fill_rim(image, bad)[0]
