"""Sums over crystallites and scan positions where most crystallites are at few positions.

Amounts are held by scan position: those at position p are `amounts[starts[p] : starts[p + 1]]`, of the crystallites
`present[starts[p] : starts[p + 1]]`.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray


@njit(nogil=True, cache=True)
def weighted_rows(
    stack: NDArray[np.float32], rows: NDArray[np.integer], weights: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Sum of chosen rows of a stack (n_positions, n_numbers) by weight, without a copy: weights @ stack[rows], (n_numbers)."""
    result = np.zeros(stack.shape[1], np.float32)
    for i in range(rows.size):
        row, weight = stack[rows[i]], weights[i]
        for k in range(row.size):
            result[k] += weight * row[k]
    return result


@njit(nogil=True, cache=True)
def weighted_amounts(
    starts: NDArray[np.integer],
    present: NDArray[np.integer],
    amounts: NDArray[np.float32],
    n: int,
    rows: NDArray[np.integer],
    weights: NDArray[np.float32],
) -> NDArray[np.float32]:
    """Sum of the amounts of all `n` crystallites at chosen scan positions by weight: (n)."""
    result = np.zeros(n, np.float32)
    for i in range(rows.size):
        for at in range(starts[rows[i]], starts[rows[i] + 1]):
            result[present[at]] += weights[i] * amounts[at]
    return result


@njit(nogil=True, cache=True)
def sums_by_amount(
    starts: NDArray[np.integer],
    present: NDArray[np.integer],
    amounts: NDArray[np.float32],
    n: int,
    signals: NDArray[np.float32],
) -> NDArray[np.float32]:
    """Sum of the positive part of signals (n_positions, n_numbers) by the amounts of each crystallite: (n, n_numbers)."""
    result = np.zeros((n, signals.shape[1]), np.float32)
    for p in range(signals.shape[0]):
        if starts[p] < starts[p + 1]:
            positive = np.maximum(signals[p], np.float32(0))
            for at in range(starts[p], starts[p + 1]):
                into, amount = result[present[at]], amounts[at]
                for i in range(positive.size):
                    into[i] += amount * positive[i]
    return result


@njit(nogil=True, cache=True)
def left_by_others(
    signals: NDArray[np.float32],
    starts: NDArray[np.integer],
    present: NDArray[np.integer],
    amounts: NDArray[np.float32],
    spectra: NDArray[np.float32],
    one: int,
    positions: NDArray[np.integer],
    numbers: NDArray[np.integer],
) -> NDArray[np.float32]:
    """What all spectra but one leave of some numbers of some signals.

    Parameters
    ----------
    signals
        (n_positions, n_numbers).
    starts, present, amounts
        Of the spectra at each position.
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
        for m in range(numbers.size):
            left[i, m] = signals[positions[i], numbers[m]]
        for at in range(starts[positions[i]], starts[positions[i] + 1]):
            if present[at] != one:
                for m in range(numbers.size):
                    left[i, m] -= amounts[at] * spectra[present[at], numbers[m]]
    return left
