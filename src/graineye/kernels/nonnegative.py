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
    n = chosen.size
    x = np.zeros(n)
    slope = np.empty(n)  # G x - b, kept up to date
    near = np.empty((n, n))  # those rows and columns side by side: the whole matrix may not fit in cache
    for i in range(n):
        slope[i] = -target[chosen[i]]
        for j in range(n):
            near[i, j] = gram[chosen[i], chosen[j]]
    for _ in range(rounds):
        largest, changed = 0.0, 0.0
        for i in range(n):
            if near[i, i] <= 0:
                continue
            new = max(0.0, x[i] - slope[i] / near[i, i])
            step = new - x[i]
            if step != 0.0:
                for j in range(n):
                    slope[j] += step * near[i, j]
                x[i] = new
                changed = max(changed, abs(step))
            largest = max(largest, x[i])
        if changed <= close * largest:
            break
    return x


@njit(nogil=True, cache=True)
def unexplained_energy(
    energy: float,
    gram: NDArray[np.float64],
    target: NDArray[np.float64],
    chosen: NDArray[np.int64],
    x: NDArray[np.float64],
) -> float:
    """What a signal of this energy keeps: energy - 2 b' x + x' G x, with G and b as of `solve_nonnegative`."""
    left = energy
    for i in range(chosen.size):
        if x[i] != 0.0:
            of_others = 0.0
            for j in range(chosen.size):
                of_others += x[j] * gram[chosen[i], chosen[j]]
            left += x[i] * (of_others - 2 * target[chosen[i]])
    return left


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
