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
    near, aims = np.empty((n, n)), np.empty(n)  # side by side: the whole matrix may not fit in cache
    for i in range(n):
        aims[i] = target[chosen[i]]
        for j in range(n):
            near[i, j] = gram[chosen[i], chosen[j]]
    return _solved(near, aims, rounds, close)


@njit(nogil=True, cache=True)
def _solved(gram: NDArray[np.float64], target: NDArray[np.float64], rounds: int, close: float) -> NDArray[np.float64]:
    n = target.size
    x = np.zeros(n)
    slope = -target  # G x - b, kept up to date
    for _ in range(rounds):
        largest, changed = 0.0, 0.0
        for i in range(n):
            if gram[i, i] <= 0:
                continue
            new = max(0.0, x[i] - slope[i] / gram[i, i])
            step = new - x[i]
            if step != 0.0:
                for j in range(n):
                    slope[j] += step * gram[i, j]
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


@njit(nogil=True, cache=True, fastmath={"reassoc", "contract"})
def inner_products(
    spectra: NDArray[np.float64], starts: NDArray[np.integer], partners: NDArray[np.integer]
) -> NDArray[np.float64]:
    """Inner products of some pairs of spectra (n, n_numbers): those of spectrum k with `partners[starts[k] : starts[k + 1]]`."""
    products = np.empty(partners.size)
    for k in range(spectra.shape[0]):
        for i in range(starts[k], starts[k + 1]):
            other, total = spectra[partners[i]], 0.0
            for m in range(other.size):
                total += spectra[k, m] * other[m]
            products[i] = total
    return products


@njit(nogil=True, cache=True)
def amounts_of_spectra(
    signals: NDArray[np.float32],
    spectra: NDArray[np.float32],
    gram_starts: NDArray[np.integer],
    gram_partners: NDArray[np.integer],
    gram: NDArray[np.float64],
    starts: NDArray[np.integer],
    allowed: NDArray[np.integer],
    rounds: int,
    close: float,
) -> NDArray[np.float32]:
    """Amounts of spectra that make up each signal, as `solve_nonnegative` finds them.

    Parameters
    ----------
    signals
        (n_positions, n_numbers); what is negative counts as zero.
    spectra
        (n, n_numbers).
    gram_starts, gram_partners, gram
        Their inner products, for spectrum k those with the spectra `gram_partners[gram_starts[k] : gram_starts[k + 1]]`, in
        rising order; for all pairs that are allowed anywhere together.
    starts, allowed
        The spectra that may contribute to signal p are `allowed[starts[p] : starts[p + 1]]`, in rising order.
    rounds, close
        As of `solve_nonnegative`.

    Returns
    -------
    (len(allowed)).
    """
    result = np.zeros(allowed.size, np.float32)
    for p in range(signals.shape[0]):
        chosen = allowed[starts[p] : starts[p + 1]]
        if chosen.size:
            signal = np.maximum(signals[p], np.float32(0))
            target = np.empty(chosen.size)
            near = np.zeros((chosen.size, chosen.size))
            for i in range(chosen.size):
                target[i] = _dot(signal, spectra[chosen[i]])
                at = gram_starts[chosen[i]]
                for j in range(chosen.size):
                    while gram_partners[at] != chosen[j]:
                        at += 1
                    near[i, j] = gram[at]
            x = _solved(near, target, rounds, close)
            for i in range(chosen.size):
                result[starts[p] + i] = x[i]
    return result
