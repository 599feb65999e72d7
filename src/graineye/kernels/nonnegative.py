"""Non-negative least squares with few unknowns, many times over: which amounts of known spectra make up a signal.

Solved on the normal equations by going round the unknowns in turn (coordinate descent; Franc, Hlavac and Navara 2005,
10.1007/11556121_50), which for the handful of unknowns of a scan position converges in a few rounds.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray


@njit(nogil=True, cache=True)
def solve_nonnegative(
    gram: NDArray[np.float64], target: NDArray[np.float64], chosen: NDArray[np.int64], rounds: int, close: float
) -> NDArray[np.float64]:
    """The x >= 0 that makes x' G x / 2 - b' x least, G = gram[chosen, chosen], b = target[chosen].

    Parameters
    ----------
    gram
        (n, n) inner products of all spectra.
    target
        (n) inner products of the spectra with the signal.
    chosen
        (m) indices of the spectra that may contribute.
    rounds
        At most.
    close
        Ends when no unknown changes in a round by more than this share of the largest.

    Returns
    -------
    (m).
    """
    x = np.zeros(chosen.size)
    slope = np.empty(chosen.size)  # G x - b, kept up to date
    for i in range(chosen.size):
        slope[i] = -target[chosen[i]]
    for _ in range(rounds):
        largest, changed = 0.0, 0.0
        for i in range(chosen.size):
            curvature = gram[chosen[i], chosen[i]]
            if curvature <= 0:
                continue
            new = max(0.0, x[i] - slope[i] / curvature)
            step = new - x[i]
            if step != 0.0:
                for j in range(chosen.size):
                    slope[j] += step * gram[chosen[i], chosen[j]]
                x[i] = new
                changed = max(changed, abs(step))
            largest = max(largest, x[i])
        if changed <= close * largest:
            break
    return x


@njit(nogil=True, cache=True, fastmath={"reassoc", "contract"})
def _dot(a: NDArray[np.float32], b: NDArray[np.float32]) -> float:
    total = np.float32(0)
    for i in range(a.size):
        total += a[i] * b[i]
    return float(total)


@njit(nogil=True, cache=True)
def amounts_of_spectra(
    signals: NDArray[np.float32],
    spectra: NDArray[np.float32],
    gram: NDArray[np.float64],
    allowed: NDArray[np.bool_],
    rounds: int,
    close: float,
) -> NDArray[np.float32]:
    """Amounts of spectra that make up each signal, by `solve_nonnegative`.

    Parameters
    ----------
    signals
        (n_positions, n_numbers); what is negative counts as zero.
    spectra
        (n, n_numbers).
    gram
        (n, n) their inner products.
    allowed
        (n_positions, n) which spectra may contribute.
    rounds, close
        As of `solve_nonnegative`.

    Returns
    -------
    (n_positions, n); zero where not allowed.
    """
    result = np.zeros(allowed.shape, np.float32)
    target = np.zeros(allowed.shape[1])
    for p in range(allowed.shape[0]):
        chosen = np.flatnonzero(allowed[p])
        if chosen.size:
            signal = np.maximum(signals[p], np.float32(0))
            for k in chosen:
                target[k] = _dot(signal, spectra[k])
            x = solve_nonnegative(gram, target, chosen, rounds, close)
            for i in range(chosen.size):
                result[p, chosen[i]] = x[i]
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
