"""The adjusted Rand index: how well two partitions agree (Hubert & Arabie 1985, 10.1007/BF01908075).

It counts pairs of scan positions and matches no objects, so that it tells what matching at one half does not.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from graineye.errors import ScoreError


def adjusted_rand_index(first: ArrayLike, second: ArrayLike) -> float:
    """Agreement of two partitions of the same positions: 0 by chance, 1 for equal ones (Hubert & Arabie 1985).

    Parameters
    ----------
    first, second
        Region numbers, of equal shape; 0 is a region like any other.

    Returns
    -------
    float
        NaN for fewer than two positions; 1 where both partitions are trivial in the same way.

    Raises
    ------
    ScoreError
        If the shapes differ.
    """
    a, b = np.asarray(first), np.asarray(second)
    if a.shape != b.shape:
        raise ScoreError(f"partitions of shapes {a.shape} and {b.shape} cannot be compared: both must be of one scan")
    if a.size < 2:
        return float("nan")
    _, rows, row_sizes = np.unique(a, return_inverse=True, return_counts=True)
    _, columns, column_sizes = np.unique(b, return_inverse=True, return_counts=True)
    _, shared = np.unique(rows.ravel() * len(column_sizes) + columns.ravel(), return_counts=True)
    together, in_first, in_second = _pairs(shared), _pairs(row_sizes), _pairs(column_sizes)
    by_chance = in_first * in_second / _pairs(np.array([a.size]))
    at_most = (in_first + in_second) / 2
    return 1.0 if at_most == by_chance else (together - by_chance) / (at_most - by_chance)


def _pairs(sizes: NDArray[np.int64]) -> float:
    """Number of pairs of positions that lie in one region, as a float because it outgrows 64 bits' precision only slowly."""
    counts = sizes.astype(np.float64)
    return float((counts * (counts - 1) / 2).sum())
