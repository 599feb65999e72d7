"""Sums over frames for mean, standard deviation and log-sum, each frame read once.

Logarithms are summed as logarithms of products: log a + log b = log ab, so that one logarithm serves a group of frames.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

GROUP = 32
"""Frames whose product is taken before a logarithm: 32 factors of 2^31 stay below float64's 2^1023."""
_BLOCK = 512
"""Pixels worked on at a time, so that their sums stay in the first-level cache."""


@njit(nogil=True, cache=True, error_model="numpy", fastmath={"reassoc"})
def add_frames(
    frames: NDArray[np.generic],
    pivot: NDArray[np.float64],
    totals: NDArray[np.float64],
    sums: NDArray[np.float64],
    squares: NDArray[np.float64],
    log_sums: NDArray[np.float64],
) -> None:
    """Add frames to running sums; equals `add_frames_slow`.

    For whole numbers of up to 16 bits all sums but `log_sums` are exact while they stay below 2^53, that is for two
    million saturated frames.

    Parameters
    ----------
    frames
        (n, qy * qx) real numbers of any type.
    pivot
        (qy * qx) taken off every frame before squares are summed, so that no precision is lost in a large offset.
    totals
        (n) written: sum of each frame.
    sums, squares
        (qy * qx) added to: sums of frame - pivot and of its square.
    log_sums
        (qy * qx) added to: sum of log(frame - minimum of this frame + 1).
    """
    n, pixels = frames.shape
    minima = np.empty(GROUP)
    product = np.empty(_BLOCK)
    block_sums = np.empty(_BLOCK)
    block_squares = np.empty(_BLOCK)
    for first in range(0, n, GROUP):
        last = min(first + GROUP, n)
        widest = 1.0
        for f in range(first, last):
            frame = frames[f]
            low = frame[0]
            high = frame[0]
            total = 0.0
            for value in frame:
                low = min(low, value)
                high = max(high, value)
                total += value
            minima[f - first] = low
            totals[f] = total
            widest = max(widest, float(high) - float(low) + 1.0)
        span = GROUP if widest < 2.0**31 else max(1, int(1000.0 / np.log2(min(widest, 1e300))))
        for start in range(0, pixels, _BLOCK):
            count = min(_BLOCK, pixels - start)
            block_sums[:count] = 0.0
            block_squares[:count] = 0.0
            for group in range(first, last, span):
                product[:count] = 1.0
                for f in range(group, min(group + span, last)):
                    row = frames[f, start : start + count]
                    base = 1.0 - minima[f - first]
                    for i in range(count):
                        value = float(row[i])
                        deviation = value - pivot[start + i]
                        block_sums[i] += deviation
                        block_squares[i] += deviation * deviation
                        # In huge floating-point numbers the 1 is lost; the smallest factor is 1 all the same.
                        product[i] *= max(value + base, 1.0)
                for i in range(count):
                    log_sums[start + i] += np.log(product[i])
            for i in range(count):
                sums[start + i] += block_sums[i]
                squares[start + i] += block_squares[i]


def add_frames_slow(
    frames: NDArray[np.generic],
    pivot: NDArray[np.float64],
    totals: NDArray[np.float64],
    sums: NDArray[np.float64],
    squares: NDArray[np.float64],
    log_sums: NDArray[np.float64],
) -> None:
    """What `add_frames` computes, as plain array expressions."""
    values = frames.astype(np.float64)
    deviations = values - pivot
    totals[:] = values.sum(axis=1)
    sums += deviations.sum(axis=0)
    squares += (deviations**2).sum(axis=0)
    log_sums += np.log(values - values.min(axis=1, keepdims=True) + 1).sum(axis=0)
