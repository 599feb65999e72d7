"""How much of a signal is a non-negative sum of others, on inner products alone."""

import numpy as np
from numpy.typing import NDArray

from graineye.kernels.nonnegative import solve_nonnegative, unexplained_energy

_ROUNDS, _CLOSE = 100, 1e-4


def explain(
    energy: float, gram: NDArray[np.float64], target: NDArray[np.float64], chosen: NDArray[np.int64]
) -> tuple[NDArray[np.float64], float]:
    """Amounts of the chosen spectra that explain a signal best, and the energy that they leave.

    Parameters
    ----------
    energy
        Inner product of the signal with itself.
    gram
        (n, n) inner products of all spectra.
    target
        (n) inner products of the spectra with the signal.
    chosen
        (m) indices of those that may contribute.
    """
    amounts = solve_nonnegative(gram, target, chosen, _ROUNDS, _CLOSE)
    return amounts, float(unexplained_energy(energy, gram, target, chosen, amounts))
