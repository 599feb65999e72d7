"""Sums of the frames of every region: what mean patterns are made of.

Frames are added in blocks of pixels, so that the sums of all regions of a block stay in cache.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

_BLOCK = 1024
"""Pixels worked on at a time."""


@njit(nogil=True, cache=True)
def add_to_regions(frames: NDArray[np.generic], rows: NDArray[np.int64], sums: NDArray[np.float64]) -> None:
    """Add every frame to the sum of its region; equals `add_to_regions_slow`.

    Whole numbers of up to 16 bits sum exactly.

    Parameters
    ----------
    frames
        (n, qy * qx) real numbers of any type.
    rows
        (n) row of `sums` that a frame belongs to; negative for none.
    sums
        (n_regions, qy * qx) added to.
    """
    n, pixels = frames.shape
    for start in range(0, pixels, _BLOCK):
        end = min(start + _BLOCK, pixels)
        for f in range(n):
            if rows[f] >= 0:
                into = sums[rows[f], start:end]
                frame = frames[f, start:end]
                for i in range(end - start):
                    into[i] += float(frame[i])


def add_to_regions_slow(frames: NDArray[np.generic], rows: NDArray[np.int64], sums: NDArray[np.float64]) -> None:
    """What `add_to_regions` computes, as plain array expressions."""
    for row in range(len(sums)):
        sums[row] += frames[rows == row].sum(axis=0, dtype=np.float64)
