"""Mean signals of regions of the scan, and which regions touch."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

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
    """

    mean: NDArray[np.float64]
    variance: NDArray[np.float64]
    sizes: NDArray[np.int64]


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
    return Regions(sums[0] / n, sums[1] / n**2, sizes)


def neighbours_of(labels: NDArray[np.int32]) -> dict[int, set[int]]:
    """The labels that touch each label of (ny, nx); 0 is none."""
    adjacent: dict[int, set[int]] = {int(k): set() for k in np.unique(labels[labels > 0])}
    for a, b in np.unique(touching(labels), axis=0).tolist():
        adjacent[a].add(b)
        adjacent[b].add(a)
    return adjacent
