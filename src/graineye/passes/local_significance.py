"""Where on the detector a disk is anywhere in the scan, however few scan positions show it.

Frames of neighbouring scan positions are summed in small blocks, so that at low dose a disk rises above the noise; the highest
significance over all blocks is kept for every detector pixel. A block that lies in several partitions is summed where partial
results are joined, so that the result depends on no partition.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from graineye.kernels.highest_significance import keep_highest
from graineye.kernels.mending import mending_of
from graineye.kernels.moved_sums import add_moved
from graineye.passes.frames import OrderedUDF, run_pass
from graineye.progress import Progress, silent
from graineye.scan import Scan

BLOCK = 3
"""Scan positions along y and x of a block."""
_ONE_COUNT = 0.5
"""Counts that are added to every variance: where none fell, nothing is certain."""
_WAITING_BYTES = 256 * 1024 * 1024
"""Sums of blocks whose other frames are yet to come take no more; the oldest are then used as they are."""


class _SignificanceUDF(OrderedUDF):
    """Parameters: `template`, `mending`, `one_electron`; of every block its `sizes`, number of frames, and `middles`, mean shift.

    `members` are three whole numbers a frame: its block, and by how many pixels (y, x) it is shifted from the block's middle.
    """

    def __init__(self, **parameters: Any) -> None:
        super().__init__(**parameters)
        self._sums: dict[int, NDArray[np.float32]] = {}
        self._missing = np.array(parameters["sizes"])
        self._correlating: _Correlating | None = None

    def get_result_buffers(self) -> dict[str, Any]:
        return self.span_buffers() | {
            "highest": self.buffer("sig", dtype=np.float32),
            "begun": self.buffer("single", dtype=object),
        }

    def process_frames(self, frames: NDArray[Any]) -> None:
        members = np.asarray(self.params.members).reshape(len(frames), 3)
        order = np.argsort(members[:, 0], kind="stable")
        begun: list[tuple[int, int, NDArray[np.float32]]] = []
        for some in np.split(order, np.flatnonzero(np.diff(members[order, 0])) + 1):
            block, total = int(members[some[0], 0]), np.zeros(frames.shape[1:], np.float32)
            for f in some.tolist():
                add_moved(frames[f], self.params.mending, members[f, 1:], total)
            if len(some) == self.params.sizes[block]:
                self._finish(block, total, self.results.highest)
            else:
                begun.append((block, len(some), total))
        self.results.begun[0] = begun

    def add(self, dest: Any, partial: Mapping[str, NDArray[Any]]) -> None:
        np.maximum(dest.highest, partial["highest"], out=dest.highest)
        for block, count, total in partial["begun"][0]:
            self._missing[block] -= count
            self._sums[block] = self._sums[block] + total if block in self._sums else total
            if not self._missing[block]:
                self._finish(block, self._sums.pop(block), dest.highest)
        while len(self._sums) * dest.highest.nbytes > _WAITING_BYTES:
            oldest = next(iter(self._sums))
            self._finish(oldest, self._sums.pop(oldest), dest.highest)

    def _finish(self, block: int, total: NDArray[np.float32], highest: NDArray[np.float32]) -> None:
        if self._correlating is None:
            self._correlating = _Correlating(self.params.template, total.shape)
        value, variance = self._correlating(total / self.params.one_electron)
        keep_highest(value, variance, self.params.middles[block], _ONE_COUNT, highest)


class _Correlating:
    """Correlates frames with a template and with its square."""

    def __init__(self, template: NDArray[np.float32], frame_shape: tuple[int, ...]) -> None:
        size = [fft.next_fast_len(a + b - 1, real=True) for a, b in zip(frame_shape, template.shape, strict=True)]
        before = [length // 2 for length in template.shape]
        self._size = size
        self._margins = [(b, s - b - n) for b, s, n in zip(before, size, frame_shape, strict=True)]
        self._spectra = [np.conj(fft.rfft2(image, size)) for image in (template, template**2)]

    def __call__(self, frame: NDArray[np.float32]) -> list[NDArray[np.float32]]:
        """Sum of template times frame, and of the template's square, with the template's middle at each pixel; and more."""
        spectrum = fft.rfft2(np.pad(frame, self._margins, "edge"))
        return [
            np.asarray(fft.irfft2(spectrum * other, self._size, overwrite_x=True), np.float32)
            for other in self._spectra
        ]


def local_significance(
    scan: Scan,
    template: NDArray[np.float32],
    shifts: NDArray[np.floating[Any]],
    progress: Progress = silent,
    one_electron: float = 1.0,
) -> NDArray[np.float32]:
    """The highest significance of a disk at every detector pixel, over blocks of 3 x 3 scan positions.

    Parameters
    ----------
    scan
        An open scan; excluded detector pixels are mended from their neighbours.
    template
        (height, width), zero sum, no larger than a frame.
    shifts
        (ny, nx, 2) of each frame's pattern, (y, x) in px.
    progress
        Told how many frames are done.
    one_electron
        What one electron adds to a frame; 1 where electrons are counted.

    Returns
    -------
    (qy, qx) in standard errors of counted electrons (Poisson), at least 0. Counts of a block sum exactly up to 2^24 a pixel.
    Where frames are so large, or rows of the scan so long, that a row of blocks takes more than 256 MB, blocks may be parted.

    Raises
    ------
    ScanError
        If frames cannot be read.
    """
    blocks = blocks_of(scan.scan_shape)
    chosen = np.ones(scan.scan_shape, bool) if scan.excluded_frames is None else ~scan.excluded_frames
    known = np.nan_to_num(shifts)
    sizes = np.bincount(blocks[chosen], minlength=blocks.max() + 1)
    sums = [np.bincount(blocks[chosen], known[chosen, axis], len(sizes)) for axis in range(2)]
    middles = (np.stack(sums, axis=1) / np.maximum(sizes, 1)[:, None]).astype(np.float32)
    of_file = np.zeros((scan.dataset.shape.nav.size, 3), np.int64)
    of_file[scan.positions, 0] = blocks
    of_file[scan.positions, 1:] = np.round(known - middles[blocks])
    udf = _SignificanceUDF(
        template=np.ascontiguousarray(template, np.float32),
        mending=mending_of(scan.excluded_pixels),
        sizes=sizes,
        middles=middles,
        one_electron=np.float32(one_electron),
        members=_SignificanceUDF.aux_data(of_file.ravel(), kind="nav", extra_shape=(3,), dtype=np.int64),
        bad_values=scan.bad_values,
    )
    return run_pass(scan, udf, "disk positions", progress)["highest"].reshape(scan.frame_shape)


def blocks_of(scan_shape: tuple[int, int]) -> NDArray[np.int64]:
    """(ny, nx) number of the block that each scan position belongs to, counted row by row of blocks."""
    rows, columns = np.indices(scan_shape) // BLOCK
    return rows * (int(columns.max()) + 1) + columns
