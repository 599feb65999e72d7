"""The mean frame of every region of scan positions, in one pass.

A partition sends only the regions that it meets, so memory grows with neighbours, not with the number of regions.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graineye.kernels.region_sums import add_to_regions
from graineye.passes.filling import filled
from graineye.passes.frames import OrderedUDF, run_pass
from graineye.progress import Progress, silent
from graineye.scan import Scan


class _RegionsUDF(OrderedUDF):
    """The parameter `labels` is the region of every frame as auxiliary data; label 0 is left out.

    `means` stands where the partial results are joined only, so no worker holds it; there a region's sum is kept from its
    first frame to its last of `sizes`.
    """

    means: NDArray[np.float32]
    sizes: NDArray[np.int64]

    def __init__(self, **parameters: Any) -> None:
        super().__init__(**parameters)
        self._begun: dict[int, tuple[int, NDArray[np.float64]]] = {}

    def get_result_buffers(self) -> dict[str, Any]:
        return self.span_buffers() | {
            "met": self.buffer("single", dtype=object),
            "counts": self.buffer("single", dtype=object),
            "partial": self.buffer("single", dtype=object),
        }

    def process_frames(self, frames: NDArray[Any]) -> None:
        labels = np.asarray(self.params.labels).reshape(-1)
        met, counts = np.unique(labels[labels > 0], return_counts=True)
        rows = np.where(labels > 0, np.searchsorted(met, labels), -1)
        partial = np.zeros((len(met), frames[0].size))
        add_to_regions(frames.reshape(len(frames), -1), rows, partial)
        self.results.met[0], self.results.counts[0] = met, counts
        self.results.partial[0] = partial.reshape(len(met), *frames.shape[1:])

    def add(self, dest: Any, partial: Mapping[str, NDArray[Any]]) -> None:
        met, counts = partial["met"][0].tolist(), partial["counts"][0].tolist()
        for label, more, sum_of_more in zip(met, counts, partial["partial"][0], strict=True):
            before, known = self._begun.pop(label, (0, 0.0))
            count, total = before + more, known + sum_of_more
            if count < self.sizes[label]:
                self._begun[label] = count, total
            else:
                self.means[label - 1] = total / count


def region_means(scan: Scan, labels: NDArray[np.int32], progress: Progress = silent) -> NDArray[np.float32]:
    """Mean frame of each label from 1 to the highest.

    Parameters
    ----------
    scan
        An open scan.
    labels
        (ny, nx); scan positions of label 0 are left out.
    progress
        Told how many frames are done.

    Returns
    -------
    (highest label, qy, qx) float32, counts a frame; zero for a label that no position carries. Excluded detector pixels
    are filled from their neighbours; excluded scan positions count for no label.

    Raises
    ------
    ScanError
        If frames cannot be read.
    """
    if scan.excluded_frames is not None:
        labels = np.where(scan.excluded_frames, 0, labels)
    of_file = np.zeros(scan.dataset.shape.nav.size, np.int32)
    of_file[scan.positions] = labels
    udf = _RegionsUDF(labels=_RegionsUDF.aux_data(of_file, kind="nav", dtype=np.int32), bad_values=scan.bad_values)
    udf.sizes = np.bincount(labels.ravel())
    udf.means = np.zeros((len(udf.sizes) - 1, *scan.frame_shape), np.float32)
    run_pass(scan, udf, "mean patterns", progress)
    return udf.means if scan.excluded_pixels is None else filled(udf.means, scan.excluded_pixels)
