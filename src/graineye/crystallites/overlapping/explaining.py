"""How much of a signal is a non-negative sum of others, on inner products alone."""

import numpy as np
from numpy.typing import NDArray

from graineye.kernels.nonnegative import solve_nonnegative

_ROUNDS, _CLOSE = 100, 1e-4


def explain(energy: float, gram: NDArray[np.float64], target: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
    """Amounts of spectra that explain a signal best, and the energy that they leave.

    Parameters
    ----------
    energy
        Inner product of the signal with itself.
    gram
        (n, n) inner products of the spectra.
    target
        (n) inner products of the spectra with the signal.
    """
    amounts = solve_nonnegative(gram, target, np.arange(len(target)), _ROUNDS, _CLOSE)
    return amounts, float(energy - 2 * amounts @ target + amounts @ gram @ amounts)
