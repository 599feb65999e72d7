"""Mean signals of regions of the scan, and which regions touch."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from graineye.crystallites.cut import touching
from graineye.kernels.region_sums import add_to_regions


@dataclass(frozen=True)
class Regions:
    """Regions of a label map.

    Attributes
    ----------
    mean, variance
        (n + 1, n_disks) of the signals of each label's scan positions and of these means' noise; row 0 for label 0.
    sizes
        (n + 1) scan positions.
    first, last
        (n + 1, 2) corners (y, x) of the box round each region.
    """

    mean: NDArray[np.float64]
    variance: NDArray[np.float64]
    sizes: NDArray[np.int64]
    first: NDArray[np.int64]
    last: NDArray[np.int64]

    def near(self, chosen: NDArray[np.int64], distance: int) -> NDArray[np.bool_]:
        """(m, m) which of the chosen regions (m) have boxes so many scan positions apart, or less, along y and along x."""
        first, last = self.first[chosen], self.last[chosen]
        apart = np.maximum(first[:, None] - last[None], first[None] - last[:, None])
        return np.asarray((apart <= distance).all(axis=-1))


def mean_signals(labels: NDArray[np.int32], values: NDArray[np.float32], variance: NDArray[np.float32]) -> Regions:
    """Mean over each region of `labels` (ny, nx) of the signals (ny, nx, n_disks), and the variance of that mean."""
    sizes = np.bincount(labels.ravel())
    rows = labels.ravel().astype(np.int64)
    sums = []
    for stack in (values, variance):
        total = np.zeros((len(sizes), stack.shape[-1]))
        add_to_regions(stack.reshape(labels.size, stack.shape[-1]), rows, total)
        sums.append(total)
    n = np.maximum(sizes, 1)[:, None]
    first, last = np.zeros((2, len(sizes), 2), np.int64)
    for k, box in enumerate(ndimage.find_objects(labels), 1):
        if box is not None:
            first[k], last[k] = [part.start for part in box], [part.stop - 1 for part in box]
    return Regions(sums[0] / n, sums[1] / n**2, sizes, first, last)


def neighbours_of(labels: NDArray[np.int32]) -> dict[int, set[int]]:
    """The labels that touch each label of (ny, nx); 0 is none."""
    adjacent: dict[int, set[int]] = {int(k): set() for k in np.unique(labels[labels > 0])}
    for a, b in np.unique(touching(labels), axis=0).tolist():
        adjacent[a].add(b)
        adjacent[b].add(a)
    return adjacent
