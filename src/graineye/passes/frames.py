"""How a pass over all frames is run: whole partitions go to a kernel, partial results are joined in the frames' order.

LiberTEM joins partial results in the order in which workers finish; sums of floating-point numbers would then differ
from run to run, so they are held back until all before them have come.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from libertem.common.progress import ProgressReporter, ProgressState
from libertem.io.dataset.base import DataSetException
from libertem.udf import UDF
from numpy.typing import NDArray

from graineye.errors import GraineyeError, ScanError
from graineye.progress import Progress
from graineye.scan import Scan
from graineye.scan.engine import check_workers, drop_waiting_work


class FramesUDF(UDF):  # type: ignore[misc]  # LiberTEM is untyped
    """A pass that takes the frames of a partition as stored, NaN and Inf replaced where that was asked for.

    A subclass implements `process_frames`; the parameter `bad_values` is that of `Scan`.
    """

    def get_preferred_input_dtype(self) -> Any:
        """Frames come as stored: kernels convert while they read."""
        return self.USE_NATIVE_DTYPE

    def get_backends(self) -> tuple[str, ...]:
        """Kernels want plain arrays."""
        return (self.BACKEND_NUMPY,)

    def process_partition(self, partition: NDArray[Any]) -> None:
        """Hand all frames of the partition to the kernel."""
        frames = partition.view(np.uint8) if partition.dtype == bool else partition
        if self.params.bad_values == "zero" and frames.dtype.kind == "f":
            frames = np.nan_to_num(frames, nan=0.0, posinf=0.0, neginf=0.0)
        if frames.dtype.kind == "f" and frames.dtype.itemsize not in (4, 8):
            frames = frames.astype(np.float32 if frames.dtype.itemsize < 4 else np.float64)
        if not frames.dtype.isnative:
            frames = frames.astype(frames.dtype.newbyteorder("="))
        self.process_frames(np.ascontiguousarray(frames))

    def process_frames(self, frames: NDArray[Any]) -> None:
        """Work on `frames` (n, qy, qx)."""
        raise NotImplementedError


class OrderedUDF(FramesUDF):
    """A pass whose partial results are added in the order of the frames, whichever worker finishes first.

    A subclass implements `add`, and declares the buffers of `span_buffers` beside its own.
    """

    def __init__(self, **parameters: Any) -> None:
        super().__init__(**parameters)
        self._next_frame = 0
        self._waiting: dict[int, tuple[int, dict[str, Any]]] = {}

    @property
    def frames_added(self) -> int:
        """How many frames, from the first on, are in the result so far."""
        return self._next_frame

    def span_buffers(self) -> dict[str, Any]:
        """Where a partial result's frames begin, and how many they are."""
        return {"first_frame": self.buffer("single", dtype=np.int64), "n_frames": self.buffer("single", dtype=np.int64)}

    def process_partition(self, partition: NDArray[Any]) -> None:
        """Note which frames these are, then work on them."""
        self.results.first_frame[:] = self.meta.slice.origin[0]
        self.results.n_frames[:] = len(partition)
        super().process_partition(partition)

    def merge(self, dest: Any, src: Any) -> None:
        """Add `src` and all that waited for it; hold it back if earlier frames are missing."""
        self.keep(dest, src)
        first, n_frames = int(src.first_frame[0]), int(src.n_frames[0])
        partial = {name: getattr(src, name) for name in set(self.get_result_buffers()) - {"first_frame", "n_frames"}}
        if first != self._next_frame:
            self._waiting[first] = n_frames, {name: np.array(values) for name, values in partial.items()}
            return
        self.add(dest, partial)
        self._next_frame += n_frames
        while self._next_frame in self._waiting:
            n_frames, ready = self._waiting.pop(self._next_frame)
            self.add(dest, ready)
            self._next_frame += n_frames

    def keep(self, dest: Any, src: Any) -> None:
        """Copy what belongs to single frames, whose order does not matter."""

    def add(self, dest: Any, partial: Mapping[str, NDArray[Any]]) -> None:
        """Add a partial result to `dest`."""
        raise NotImplementedError


class _Reporter(ProgressReporter):  # type: ignore[misc]  # LiberTEM is untyped
    """Hands LiberTEM's progress to graineye's."""

    def __init__(self, stage: str, progress: Progress) -> None:
        self._stage = stage
        self._progress = progress

    def start(self, state: ProgressState) -> None:
        self._progress(self._stage, 0, state.num_frames_total)

    def update(self, state: ProgressState) -> None:
        self._progress(self._stage, int(state.num_frames_complete), state.num_frames_total)

    def end(self, state: ProgressState) -> None:
        """The last update has said it."""


def run_pass(scan: Scan, udf: UDF, stage: str, progress: Progress) -> dict[str, NDArray[Any]]:
    """Run a pass over the frames of a scan.

    Parameters
    ----------
    scan
        An open scan.
    udf
        What to compute.
    stage
        Name of the pass for the progress report.
    progress
        Told how many frames are done.

    Returns
    -------
    dict
        Each result buffer as a plain array; buffers of one entry a frame are flat, in the order of scan positions, without
        those that are excluded.

    Raises
    ------
    ScanError
        If frames cannot be read.
    """
    roi = None if scan.frames_read is None else scan.frames_read.reshape(tuple(scan.dataset.shape.nav))
    check_workers(scan.context, scan.path)  # some may have come since the scan was opened
    try:
        results = scan.context.run_udf(dataset=scan.dataset, udf=udf, roi=roi, progress=_Reporter(stage, progress))
    except (KeyboardInterrupt, SystemExit):
        drop_waiting_work(scan.context)
        raise
    except GraineyeError:
        raise
    except (OSError, DataSetException) as error:
        raise ScanError(f"{scan.path}: frames cannot be read ({error}): is the file whole?") from error
    n_frames = scan.frame_count
    if isinstance(udf, OrderedUDF) and udf.frames_added != n_frames:
        raise ScanError(f"{scan.path}: {udf.frames_added} of {n_frames} frames could be read: is the file whole?")
    progress(stage, n_frames, n_frames)
    return {name: np.asarray(buffer.raw_data) for name, buffer in results.items()}
