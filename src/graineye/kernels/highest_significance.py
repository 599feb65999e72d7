"""The highest significance so far at every detector pixel, where each image has wandered by its own part of a pixel."""

import numpy as np
from numba import njit
from numpy.typing import NDArray


@njit(nogil=True, cache=True, error_model="numpy")
def keep_highest(
    value: NDArray[np.float32],
    variance: NDArray[np.float32],
    by: NDArray[np.float32],
    least: float,
    highest: NDArray[np.float32],
) -> None:
    """Raise `highest` to value / sqrt(variance + least); equals `keep_highest_slow`.

    Parameters
    ----------
    value, variance
        At least (qy, qx), what is beyond counts nothing; sampled at each pixel + `by`, linear in between and continued by the
        nearest pixel. Variances below zero are zero.
    by
        (2) as (y, x), px.
    least
        Above zero.
    highest
        (qy, qx) raised.
    """
    rows, columns = highest.shape
    down, right = int(np.floor(by[0])), int(np.floor(by[1]))
    y_part, x_part = np.float32(by[0] - down), np.float32(by[1] - right)
    y_rest, x_rest = np.float32(1) - y_part, np.float32(1) - x_part
    floor, none = np.float32(least), np.float32(0)
    # Lines between two rows, continued by their ends to one pixel more than a row has.
    line, line_of_variance = np.empty(columns + 1, np.float32), np.empty(columns + 1, np.float32)
    begin, end = min(max(0, -right), columns + 1), min(max(0, columns - right), columns + 1)
    for y in range(rows):
        one, other = min(max(y + down, 0), rows - 1), min(max(y + down + 1, 0), rows - 1)
        for x in range(begin, end):
            line[x] = y_rest * value[one, x + right] + y_part * value[other, x + right]
            low, high = max(variance[one, x + right], none), max(variance[other, x + right], none)
            line_of_variance[x] = y_rest * low + y_part * high
        for x in range(columns + 1):
            if x < begin or x >= end:
                nearest = 0 if x < begin else columns - 1
                line[x] = y_rest * value[one, nearest] + y_part * value[other, nearest]
                low, high = max(variance[one, nearest], none), max(variance[other, nearest], none)
                line_of_variance[x] = y_rest * low + y_part * high
        for x in range(columns):
            height = x_rest * line[x] + x_part * line[x + 1]
            spread = np.sqrt(x_rest * line_of_variance[x] + x_part * line_of_variance[x + 1] + floor)
            highest[y, x] = max(highest[y, x], height / spread)


def keep_highest_slow(
    value: NDArray[np.float32],
    variance: NDArray[np.float32],
    by: NDArray[np.float32],
    least: float,
    highest: NDArray[np.float32],
) -> None:
    """What `keep_highest` does, as plain array expressions."""
    whole = np.floor(by).astype(int)
    y, x = (float(part) for part in by - whole)
    rows, columns = (np.clip(np.arange(n + 1) + step, 0, n - 1) for n, step in zip(highest.shape, whole, strict=True))

    def moved(image: NDArray[np.float32]) -> NDArray[np.float64]:
        window = image[np.ix_(rows, columns)].astype(np.float64)
        along_y = (1 - y) * window[:-1] + y * window[1:]
        return (1 - x) * along_y[:, :-1] + x * along_y[:, 1:]

    np.maximum(highest, moved(value) / np.sqrt(moved(np.maximum(variance, 0)) + least), out=highest)
