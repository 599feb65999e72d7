"""Sums over frames for mean, standard deviation and log-sum, and of every frame by itself, each frame read once.

Logarithms are summed as logarithms of products: log a + log b = log ab, so that one logarithm serves many frames.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from graineye.kernels.moments import add_up_narrow, add_up_wide, moments_fit, rows_together

GROUP = 16
"""Frames that are worked on together: with some more they would leave the caches, and 33 factors of 2^31 pass 2^1023."""
_BLOCK = 512
"""Pixels worked on at a time, so that their sums stay in the first-level cache."""
_FEW = 8192
"""Counts below this have squares whose sum over a group fits into 32 bits."""
_MANTISSA = np.int64(0x000FFFFFFFFFFFFF)
_ONE = np.int64(0x3FF0000000000000)
"""Bits of float64's mantissa, and of the number 1."""
_BIAS = np.int32(1023)


def add_frames(
    frames: NDArray[np.generic],
    columns: int,
    pivot: NDArray[np.float64],
    totals: NDArray[np.float64],
    moments: NDArray[np.float64],
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
    columns
        qx.
    pivot
        (qy * qx) taken off every frame before squares are summed, so that no precision is lost in a large offset; whole
        numbers where the frames are.
    totals
        (n) written: sum of each frame.
    moments
        (n, 2) written: sums of each frame times the index of its rows and columns, (y, x).
    sums, squares
        (qy * qx) added to: sums of frame - pivot and of its square.
    log_sums
        (qy * qx) added to: sum of log(frame - minimum of this frame + 1).
    """
    if not frames.size:
        totals[:], moments[:] = 0.0, 0.0
        return
    whole = frames.dtype.kind in "ui"
    narrow = whole and frames.dtype.itemsize <= 2 and moments_fit(frames.shape[1] // columns, columns)
    _add_frames(frames, columns, whole, narrow, pivot, totals, moments, sums, squares, log_sums)


@njit(nogil=True, cache=True, error_model="numpy", fastmath={"reassoc"})
def _add_frames(
    frames: NDArray[np.generic],
    columns: int,
    whole: bool,
    narrow: bool,
    pivot: NDArray[np.float64],
    totals: NDArray[np.float64],
    moments: NDArray[np.float64],
    sums: NDArray[np.float64],
    squares: NDArray[np.float64],
    log_sums: NDArray[np.float64],
) -> None:
    n, pixels = frames.shape
    product = np.ones(pixels)
    exponent = np.zeros(pixels, np.int32)
    minima = np.empty(GROUP, frames.dtype)
    together = rows_together(columns) * columns
    counts_of_rows, numbers_of_rows = np.empty(together, np.int32), np.empty(together)
    for first in range(0, n, GROUP):
        group = frames[first : first + GROUP]
        widest, highest, lowest = 1.0, group[0, 0], group[0, 0]
        for f in range(len(group)):
            if narrow:
                low, high, total, y, x = add_up_narrow(group[f], columns, counts_of_rows)
            else:
                low, high, total, y, x = add_up_wide(group[f], columns, numbers_of_rows)
            minima[f] = low
            totals[first + f] = total
            moments[first + f, 0], moments[first + f, 1] = y, x
            widest = max(widest, float(high) - float(low) + 1.0)
            highest, lowest = max(highest, high), min(lowest, low)
        if whole and lowest >= 0 and highest < _FEW:
            _add_counts(group, minima, int(31.0 / np.log2(max(widest, 2.0))), pivot, sums, squares, product)
            _take_out_exponents(product.view(np.int64), exponent)
        elif widest < 2.0**31:
            _add_numbers(group, minima, pivot, sums, squares, product)
            _take_out_exponents(product.view(np.int64), exponent)
        else:
            _add_far_apart(group, minima, widest, pivot, sums, squares, log_sums)
    for i in range(pixels):
        log_sums[i] += np.log(product[i]) + exponent[i] * np.log(2.0)


@njit(nogil=True, cache=True, error_model="numpy", fastmath={"reassoc"})
def _add_counts(
    group: NDArray[np.generic],
    minima: NDArray[np.generic],
    together: int,
    pivot: NDArray[np.float64],
    sums: NDArray[np.float64],
    squares: NDArray[np.float64],
    product: NDArray[np.float64],
) -> None:
    """Add whole numbers from 0 to below `_FEW`, exactly; multiply `product` by all factors of the logarithm.

    So many of these factors as `together` says have a product that fits into 31 bits.
    """
    pixels = group.shape[1]
    count = np.float64(len(group))
    factors = np.empty(_BLOCK, np.int32)
    block_sums = np.empty(_BLOCK, np.uint32)
    block_squares = np.empty(_BLOCK, np.uint32)
    for start in range(0, pixels, _BLOCK):
        size = min(_BLOCK, pixels - start)
        block_sums[:size] = 0
        block_squares[:size] = 0
        of_block = product[start : start + size]
        for some in range(0, len(group), together):
            factors[:size] = 1
            for f in range(some, min(some + together, len(group))):
                row = group[f, start : start + size]
                less = np.int32(minima[f]) - np.int32(1)
                for i in range(size):
                    value = np.uint32(row[i])
                    block_sums[i] += value
                    block_squares[i] += value * value
                    factors[i] *= np.int32(row[i]) - less
            for i in range(size):
                of_block[i] *= np.float64(factors[i])
        for i in range(size):
            p, total = pivot[start + i], np.float64(block_sums[i])
            sums[start + i] += total - count * p
            squares[start + i] += np.float64(block_squares[i]) - 2.0 * p * total + count * p * p


@njit(nogil=True, cache=True)
def _take_out_exponents(bits: NDArray[np.int64], exponent: NDArray[np.int32]) -> None:
    """Bring positive float64 numbers, given by their bits, between 1 and 2, and add what was taken out to their exponents."""
    for i in range(len(bits)):
        exponent[i] += np.int32(bits[i] >> 52) - _BIAS
        bits[i] = (bits[i] & _MANTISSA) | _ONE


@njit(nogil=True, cache=True, error_model="numpy", fastmath={"reassoc"})
def _add_numbers(
    group: NDArray[np.generic],
    minima: NDArray[np.generic],
    pivot: NDArray[np.float64],
    sums: NDArray[np.float64],
    squares: NDArray[np.float64],
    product: NDArray[np.float64],
) -> None:
    """Add any real numbers; multiply `product` by all factors of the logarithm, each below 2^31."""
    pixels = group.shape[1]
    for start in range(0, pixels, _BLOCK):
        end = min(start + _BLOCK, pixels)
        block_sums, block_squares = sums[start:end], squares[start:end]
        of_block, of_pivot = product[start:end], pivot[start:end]
        for f in range(len(group)):
            row = group[f, start:end]
            base = 1.0 - float(minima[f])
            for i in range(end - start):
                value = float(row[i])
                deviation = value - of_pivot[i]
                block_sums[i] += deviation
                block_squares[i] += deviation * deviation
                factor = value + base
                of_block[i] *= factor if factor > 1.0 else 1.0


@njit(nogil=True, cache=True, error_model="numpy", fastmath={"reassoc"})
def _add_far_apart(
    group: NDArray[np.generic],
    minima: NDArray[np.generic],
    widest: float,
    pivot: NDArray[np.float64],
    sums: NDArray[np.float64],
    squares: NDArray[np.float64],
    log_sums: NDArray[np.float64],
) -> None:
    """Add any real numbers; `widest` is the largest factor of the logarithm, so large that few have a product."""
    pixels = group.shape[1]
    product = np.empty(_BLOCK)
    block_sums = np.empty(_BLOCK)
    block_squares = np.empty(_BLOCK)
    span = max(1, int(1000.0 / np.log2(min(widest, 1e300))))
    for start in range(0, pixels, _BLOCK):
        size = min(_BLOCK, pixels - start)
        block_sums[:size] = 0.0
        block_squares[:size] = 0.0
        for some in range(0, len(group), span):
            product[:size] = 1.0
            for f in range(some, min(some + span, len(group))):
                row = group[f, start : start + size]
                base = 1.0 - float(minima[f])
                for i in range(size):
                    value = float(row[i])
                    deviation = value - pivot[start + i]
                    block_sums[i] += deviation
                    block_squares[i] += deviation * deviation
                    # In huge floating-point numbers the 1 is lost; the smallest factor is 1 all the same.
                    product[i] *= max(value + base, 1.0)
            for i in range(size):
                log_sums[start + i] += np.log(product[i])
        for i in range(size):
            sums[start + i] += block_sums[i]
            squares[start + i] += block_squares[i]


def add_frames_slow(
    frames: NDArray[np.generic],
    columns: int,
    pivot: NDArray[np.float64],
    totals: NDArray[np.float64],
    moments: NDArray[np.float64],
    sums: NDArray[np.float64],
    squares: NDArray[np.float64],
    log_sums: NDArray[np.float64],
) -> None:
    """What `add_frames` computes, as plain array expressions."""
    values = frames.astype(np.float64)
    deviations = values - pivot
    totals[:] = values.sum(axis=1)
    moments[:] = values @ np.stack(np.divmod(np.arange(values.shape[1]), columns), axis=1)
    sums += deviations.sum(axis=0)
    squares += (deviations**2).sum(axis=0)
    log_sums += np.log(values - values.min(axis=1, keepdims=True) + 1).sum(axis=0)
