"""Where on the detector disks appear anywhere in the scan.

The standard deviation is large where some frames have a disk and others not; its logarithm correlates with the template.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

_ROUNDING = 1e-6
"""Share of the highest peak below which a maximum is but the rounding of Fourier transforms."""


@dataclass(frozen=True)
class DiskPositions:
    """Detector positions, the strongest first.

    Attributes
    ----------
    positions
        (n, 2) as (y, x), px.
    correlation
        (n) height of the peak at each.
    """

    positions: NDArray[np.int64]
    correlation: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.positions)

    def first(self, count: int) -> "DiskPositions":
        """The strongest `count` of them."""
        return DiskPositions(self.positions[:count], self.correlation[:count])


def log_scaled(image: NDArray[np.float32]) -> NDArray[np.float32]:
    """log(image - minimum + 1), the notebook's scale for standard deviations."""
    return np.asarray(np.log1p(image - image.min()))


def find_disks(
    correlation: NDArray[np.float32], count: int = 500, min_distance: int = 1, border: float = 0.0
) -> DiskPositions:
    """The strongest local maxima of a correlation map.

    Parameters
    ----------
    correlation
        (qy, qx) correlation of log(std) with the template.
    count
        At most so many.
    min_distance
        Two positions differ by more than this along y or x, px.
    border
        Positions nearer to the border than this are left out, px.

    Returns
    -------
    DiskPositions
        Strongest first, ties by the lower pixel index; only where the correlation is above zero and above rounding errors.
    """
    highest = ndimage.maximum_filter(correlation, size=2 * min_distance + 1, mode="nearest")
    candidates = np.argwhere((correlation == highest) & (correlation > _ROUNDING * correlation.max(initial=0.0)))
    limits = np.array(correlation.shape) - 1 - border
    candidates = candidates[((candidates >= border) & (candidates <= limits)).all(axis=1)]
    heights = correlation[tuple(candidates.T)]
    order = np.argsort(-heights, kind="stable")
    kept = _apart(candidates[order], correlation.shape, min_distance, count)
    return DiskPositions(kept, correlation[tuple(kept.T)])


def _apart(candidates: NDArray[np.int64], shape: tuple[int, ...], min_distance: int, count: int) -> NDArray[np.int64]:
    """The first `count` candidates of which none is within `min_distance` of one before it (equal heights tie)."""
    taken = np.zeros(shape, bool)
    kept = []
    for y, x in candidates:
        near = np.s_[max(y - min_distance, 0) : y + min_distance + 1, max(x - min_distance, 0) : x + min_distance + 1]
        if not taken[near].any():
            taken[y, x] = True
            kept.append((y, x))
            if len(kept) == count:
                break
    return np.array(kept, np.int64).reshape(-1, 2)
