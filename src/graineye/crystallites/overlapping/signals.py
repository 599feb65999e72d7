"""What is fitted: the counts of every disk at every scan position, weighted so that strong disks do not dominate.

Each disk is divided by a power of its mean, and its shot noise with it.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from graineye.crystallites.features import mean_magnitude

_POWER = 0.9
"""Between 0 (counts as they are: strong disks rule) and 1 (every disk counts the same, noise too)."""
_REACH, _LEAST_WEIGHT = 1.0, 0.05
"""Scan positions over which what is near an excluded one is averaged, and the share of them that must be known."""


@dataclass(frozen=True)
class DiskSignals:
    """Weighted counts of every disk at every scan position.

    Attributes
    ----------
    values
        (ny, nx, n_disks), electrons; at excluded scan positions the average of what is near.
    variance
        (ny, nx, n_disks) of their shot noise.
    weight
        (n_disks) by which counts were multiplied.
    positions
        (n_disks, 2) of the disks as (y, x), px.
    bright_radius
        Of a disk, px: positions nearer to each other than this belong to one disk.
    """

    values: NDArray[np.float32]
    variance: NDArray[np.float32]
    weight: NDArray[np.float32]
    positions: NDArray[np.float64]
    bright_radius: float


def disk_signals(
    counts: NDArray[np.float32],
    variance: NDArray[np.float32],
    least_variance: float,
    positions: NDArray[np.int64],
    bright_radius: float,
    one_electron: float = 1.0,
) -> DiskSignals:
    """Weigh the counts of disks by their means.

    Parameters
    ----------
    counts
        (ny, nx, n_disks) of each disk above its surroundings, NaN where a scan position is excluded.
    variance
        (ny, nx, n_disks) of their shot noise; negative ones, of frames that are no counts, are taken as zero.
    least_variance
        Added to it: where no electron fell, nothing is certain.
    positions
        (n_disks, 2) as (y, x), px.
    bright_radius
        Of a disk, px.
    one_electron
        What one electron adds to a frame; 1 where electrons are counted.
    """
    one = np.float32(one_electron)
    weight = ((mean_magnitude(counts) / one + np.float32(1e-9)) ** -_POWER).astype(np.float32)
    values = _filled(np.asarray(counts * (weight / one), np.float32))
    electrons = np.asarray(np.maximum(variance, 0) / one, np.float32)
    noise = _filled((electrons + np.float32(least_variance)) * weight**2)
    return DiskSignals(values, noise, weight / one, np.asarray(positions, np.float64), bright_radius)


def _filled(stack: NDArray[np.float32]) -> NDArray[np.float32]:
    """A stack (ny, nx, n_disks) with the average of what is near in the place of excluded scan positions.

    A crystallite goes on behind a few of them; where nothing is near, there is nothing.
    """
    known = np.isfinite(stack).all(axis=-1)
    if known.all() or not known.any():
        return np.nan_to_num(stack, copy=False)
    filled = np.nan_to_num(stack)
    weight = ndimage.gaussian_filter(known.astype(np.float32), _REACH)[..., None]
    around = ndimage.gaussian_filter(filled, (_REACH, _REACH, 0)) / np.maximum(weight, _LEAST_WEIGHT)
    filled[~known] = around[~known]
    return filled
