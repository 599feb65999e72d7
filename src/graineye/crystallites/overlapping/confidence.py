"""How sure a crystallite is, and how many there are: probabilities that were held against the truth of simulated scans.

Fitted on 1,600 crystallites of 45 simulated scans of all kinds and doses (`benchmarks/accuracy/confidence.py`), and checked on
scans of other seeds; docs/accuracy.md shows the reliability.
"""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

_CONSTANT, _OF_QUALITY, _OF_SIZE = 1.83, 2.77, 0.74
"""Of a logistic regression on the logarithms of quality and size."""
_LEAST_QUALITY = 0.01
_CERTAIN, _LIKELY, _POSSIBLE = 0.7, 0.4, 0.2
"""Share of the column by which a crystallite exceeds the next one where it certainly, likely, possibly dominates."""
_LEAST_SIZE = 10
"""Scan positions in which it does so."""
_BLUR = 0.7
_ROWS, _HALO = 32, 4
"""Rows of the scan that are averaged at a time, and rows beside them from which these averages take something."""


def confidence_of(quality: NDArray[np.float64], sizes: NDArray[np.integer]) -> NDArray[np.float64]:
    """Probability that each crystallite matches a grain of the specimen, by half or more of their common area.

    Parameters
    ----------
    quality
        (n) of the evidence, 0 to 1.
    sizes
        (n) scan positions of the masks.
    """
    size = np.log(np.maximum(sizes, 1))
    odds = np.exp(_CONSTANT + _OF_QUALITY * np.log(quality + _LEAST_QUALITY) + _OF_SIZE * size)
    return np.asarray(odds / (1 + odds))


def dominating(fractions: NDArray[np.float32]) -> tuple[int, int, int]:
    """How many crystallites clearly take the largest share somewhere: the likely number, and a 90 % interval.

    Where several share the column, which one dominates is uncertain, and so is how many do.

    Parameters
    ----------
    fractions
        (ny, nx, n) share of the column.

    Returns
    -------
    (likely, low, high).
    """
    n = fractions.shape[-1]
    if not n:
        return 0, 0, 0
    largest, ahead = np.empty(fractions.shape[:2], np.int64), np.empty(fractions.shape[:2], np.float32)
    for top in range(0, len(fractions), _ROWS):  # the shares of all rows together take much memory
        first, rows = max(top - _HALO, 0), slice(top, top + _ROWS)
        smooth = ndimage.gaussian_filter(fractions[first : top + _ROWS + _HALO], (_BLUR, _BLUR, 0))
        smooth = smooth[top - first :][:_ROWS]
        smooth /= np.maximum(smooth.sum(axis=-1, keepdims=True), 1)
        largest[rows] = smooth.argmax(axis=-1)
        two = np.partition(np.pad(smooth, ((0, 0), (0, 0), (1, 0))), -2, axis=-1)
        ahead[rows] = two[..., -1] - two[..., -2]
    low, likely, high = (
        int((np.bincount(largest[ahead > by], minlength=n) >= _LEAST_SIZE).sum())
        for by in (_CERTAIN, _LIKELY, _POSSIBLE)
    )
    return likely, low, high
