"""Sums of frames whose patterns have wandered, each put back by whole pixels."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from graineye.kernels.mending import Mending, mend


@njit(nogil=True, cache=True)
def add_moved(frame: NDArray[np.generic], mending: Mending, by: NDArray[np.int64], total: NDArray[np.float32]) -> None:
    """Add to `total` (qy, qx) the mended frame sampled at each pixel + `by` (y, x); equals `add_moved_slow`."""
    rows, columns = total.shape
    mended = frame.astype(np.float32)
    mend(mended, mending)
    begin, end = (
        min(max(0, -by[1]), columns),
        min(max(0, columns - by[1]), columns),
    )  # the frame may be moved off itself
    for y in range(rows):
        source = mended[min(max(y + by[0], 0), rows - 1)]
        for x in range(0, begin):
            total[y, x] += source[0]
        for x in range(begin, end):
            total[y, x] += source[x + by[1]]
        for x in range(end, columns):
            total[y, x] += source[columns - 1]


def add_moved_slow(frame: NDArray[np.float32], by: tuple[int, int], total: NDArray[np.float32]) -> None:
    """What `add_moved` adds of a frame without pixels to mend, as plain array expressions."""
    rows, columns = (np.clip(np.arange(n) + step, 0, n - 1) for n, step in zip(total.shape, by, strict=True))
    total += frame[np.ix_(rows, columns)]
