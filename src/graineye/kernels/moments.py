"""Least, largest, sum and first moments of a frame, read once.

Some rows at a time are added up pixel by pixel: long loops without any carry, from whose sums both moments follow.
"""

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

_TOGETHER = 2048
"""Pixels of about so many rows are added up at a time."""
_LONGEST = 2**15 - 1
"""So many numbers of 16 bits have a sum within 32 bits."""


@njit(nogil=True, cache=True)
def rows_together(columns: int) -> int:
    """How many rows are added up at a time."""
    return max(1, _TOGETHER // columns)


def moments_fit(rows: int, columns: int) -> bool:
    """Whether `add_up_narrow` may be used on frames of this shape: up to 32767 rows and columns."""
    return max(rows, columns) <= _LONGEST


@njit(nogil=True, cache=True)
def add_up_narrow(
    frame: NDArray[np.generic], columns: int, sums: NDArray[np.int32]
) -> tuple[Any, Any, float, float, float]:
    """Least, largest, sum, and moments (y, x) of a frame of whole numbers of up to 16 bits, exact; equals `add_up_slow`.

    Parameters
    ----------
    frame
        (qy * qx).
    columns
        qx.
    sums
        (rows_together * qx) overwritten.
    """
    low, high = frame[0], frame[0]
    total, y = np.int64(0), np.int64(0)
    sums[:] = 0
    step = rows_together(columns)
    for row in range(0, frame.size // columns, step):
        some = frame[row * columns : (row + step) * columns]
        total_of_some = np.int32(0)
        for i in range(some.size):
            value = np.int32(some[i])
            low, high = min(low, some[i]), max(high, some[i])
            total_of_some += value
            sums[i] += value
        total += np.int64(total_of_some)
        y += np.int64(total_of_some) * row
    x = np.int64(0)
    for row in range(step):
        for column in range(columns):
            of_pixel = np.int64(sums[row * columns + column])
            y += row * of_pixel
            x += column * of_pixel
    return low, high, float(total), float(y), float(x)


@njit(nogil=True, cache=True, fastmath={"reassoc"})
def add_up_wide(
    frame: NDArray[np.generic], columns: int, sums: NDArray[np.float64]
) -> tuple[Any, Any, float, float, float]:
    """What `add_up_narrow` gives, of any real numbers, in float64.

    The least and largest of floating-point numbers are kept pixel by pixel as well: LLVM takes no shorter way that may meet
    NaN.
    """
    lowest, highest = np.empty(sums.size, frame.dtype), np.empty(sums.size, frame.dtype)
    lowest[:], highest[:] = frame[0], frame[0]
    total, y, x = 0.0, 0.0, 0.0
    sums[:] = 0.0
    step = rows_together(columns)
    for row in range(0, frame.size // columns, step):
        some = frame[row * columns : (row + step) * columns]
        total_of_some = 0.0
        for i in range(some.size):
            value = float(some[i])
            lowest[i] = some[i] if some[i] < lowest[i] else lowest[i]
            highest[i] = some[i] if some[i] > highest[i] else highest[i]
            total_of_some += value
            sums[i] += value
        total += total_of_some
        y += total_of_some * row
    low, high = lowest[0], highest[0]
    for row in range(step):
        for column in range(columns):
            i = row * columns + column
            y += row * sums[i]
            x += column * sums[i]
            low, high = min(low, lowest[i]), max(high, highest[i])
    return low, high, total, y, x


def moments_of(frames: NDArray[np.generic], columns: int) -> NDArray[np.float64]:
    """First moments (n, 2) as (y, x) of frames (n, qy * qx) of any real numbers."""
    moments = np.empty((len(frames), 2))
    _write_moments(frames, columns, moments)
    return moments


@njit(nogil=True, cache=True)
def _write_moments(frames: NDArray[np.generic], columns: int, moments: NDArray[np.float64]) -> None:
    sums = np.empty(rows_together(columns) * columns)
    for f in range(len(frames)):
        _, _, _, y, x = add_up_wide(frames[f], columns, sums)
        moments[f, 0], moments[f, 1] = y, x


def add_up_slow(frame: NDArray[np.generic], columns: int) -> tuple[Any, Any, float, float, float]:
    """What both compute, as plain array expressions."""
    values = frame.reshape(-1, columns).astype(np.float64)
    y, x = np.indices(values.shape)
    return frame.min(), frame.max(), values.sum(), (y * values).sum(), (x * values).sum()
