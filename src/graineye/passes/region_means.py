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

    `sums`, (qy, qx) of each label met so far, stands where the partial results are joined only, so no worker holds it.
    """

    sums: dict[int, NDArray[np.float64]]

    def get_result_buffers(self) -> dict[str, Any]:
        return self.span_buffers() | {
            "met": self.buffer("single", dtype=object),
            "partial": self.buffer("single", dtype=object),
        }

    def process_frames(self, frames: NDArray[Any]) -> None:
        labels = np.asarray(self.params.labels).reshape(-1)
        met = np.unique(labels[labels > 0])
        rows = np.where(labels > 0, np.searchsorted(met, labels), -1)
        partial = np.zeros((len(met), frames[0].size))
        add_to_regions(frames.reshape(len(frames), -1), rows, partial)
        self.results.met[0] = met
        self.results.partial[0] = partial.reshape(len(met), *frames.shape[1:])

    def add(self, dest: Any, partial: Mapping[str, NDArray[Any]]) -> None:
        for label, total in zip(partial["met"][0].tolist(), partial["partial"][0], strict=True):
            if label in self.sums:
                self.sums[label] += total
            else:
                self.sums[label] = total.copy()


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
    udf.sums = {}
    run_pass(scan, udf, "mean patterns", progress)
    sizes = np.bincount(labels.ravel())
    means = np.zeros((len(sizes) - 1, *scan.frame_shape), np.float32)
    for label in sorted(udf.sums):  # taken out one by one: sums and means of all together take much memory
        means[label - 1] = udf.sums.pop(label) / sizes[label]
    return means if scan.excluded_pixels is None else filled(means, scan.excluded_pixels)
