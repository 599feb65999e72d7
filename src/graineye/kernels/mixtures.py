"""Sums over crystallites and scan positions where most crystallites are at few positions.

Signals are sums of spectra by amounts that are mostly zero, and a kernel that skips the zeros beats a matrix product.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray


@njit(nogil=True, cache=True)
def weighted_rows(
    stack: NDArray[np.float32], rows: NDArray[np.int64], weights: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Sum of chosen rows of a stack (n_positions, n_numbers) by weight, without a copy: weights @ stack[rows], (n_numbers)."""
    result = np.zeros(stack.shape[1], np.float32)
    for i in range(rows.size):
        row, weight = stack[rows[i]], weights[i]
        for k in range(row.size):
            result[k] += weight * row[k]
    return result


@njit(nogil=True, cache=True)
def sums_by_amount(amounts: NDArray[np.float32], signals: NDArray[np.float32]) -> NDArray[np.float32]:
    """amounts.T @ the positive part of signals, for amounts (n_positions, n) that are mostly zero: (n, n_numbers)."""
    result = np.zeros((amounts.shape[1], signals.shape[1]), np.float32)
    for p in range(amounts.shape[0]):
        positive = np.maximum(signals[p], np.float32(0))
        for k in range(amounts.shape[1]):
            amount = amounts[p, k]
            if amount != 0:
                for i in range(positive.size):
                    result[k, i] += amount * positive[i]
    return result


@njit(nogil=True, cache=True)
def left_by_others(
    signals: NDArray[np.float32],
    amounts: NDArray[np.float32],
    spectra: NDArray[np.float32],
    one: int,
    positions: NDArray[np.int64],
    numbers: NDArray[np.int64],
) -> NDArray[np.float32]:
    """What all spectra but one leave of some numbers of some signals.

    Parameters
    ----------
    signals
        (n_positions, n_numbers).
    amounts
        (n_positions, n), mostly zero.
    spectra
        (n, n_numbers).
    one
        The spectrum that is left out.
    positions, numbers
        (p) and (m) indices.

    Returns
    -------
    (p, m).
    """
    left = np.empty((positions.size, numbers.size), np.float32)
    for i in range(positions.size):
        at = positions[i]
        for m in range(numbers.size):
            left[i, m] = signals[at, numbers[m]]
        for k in range(amounts.shape[1]):
            amount = amounts[at, k]
            if amount != 0 and k != one:
                for m in range(numbers.size):
                    left[i, m] -= amount * spectra[k, numbers[m]]
    return left
