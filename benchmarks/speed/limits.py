"""What bounds a pass on this machine: reading memory, multiplying and adding, and LiberTEM's handing round of frames."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import scans
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits
from timing import Row, seconds

import graineye as ge
from graineye.passes.frames import FramesUDF, run_pass
from graineye.progress import silent

READ_BYTES = 1 << 29
"""Far more than any cache holds."""
SIDE = 2048
"""Of the matrices that are multiplied."""


class _NothingUDF(FramesUDF):
    """Takes every partition, reads no frame of it and gives one number a frame."""

    def get_result_buffers(self) -> dict[str, Any]:
        return {"nothing": self.buffer("nav", dtype=np.float32)}

    def process_frames(self, frames: NDArray[Any]) -> None:
        self.results.nothing[:] = 0


def limits(path: Path, repeats: int) -> Iterator[Row]:
    """Bytes and multiply-adds a second of one thread and of two, and an empty pass."""
    for what, unit, measured in (("reading memory", "GB/s", bandwidth), ("multiply-adds", "G/s", multiply_adds)):
        one, two = (measured(threads, repeats) for threads in (1, 2))
        yield Row(what, f"2 threads: {two:.1f} {unit}", f"1 thread: {one:.1f} {unit}", f"{two / one:.2f}", "")
    scan = ge.open_scan(path)
    empty = seconds(lambda: run_pass(scan, _NothingUDF(bad_values="refuse"), "nothing", silent), repeats)
    plain = seconds(lambda: scans.memory_map(path).sum(dtype=np.uint64), repeats)
    yield Row("a pass that reads nothing", f"{empty:.3f} s", f"numpy's sum: {plain:.3f} s", "", "")


def bandwidth(threads: int, repeats: int) -> float:
    """GB/s that so many threads read together: numpy's sums of their parts of a large array."""
    parts = np.array_split(np.ones(READ_BYTES // 8, np.int64), threads)
    with ThreadPoolExecutor(threads) as pool:
        return READ_BYTES / seconds(lambda: list(pool.map(np.sum, parts)), max(repeats, 1)) / 1e9


def multiply_adds(threads: int, repeats: int) -> float:
    """10^9 multiply-adds a second of so many threads: numpy's product of two float32 matrices."""
    matrix = np.ones((SIDE, SIDE), np.float32)
    with threadpool_limits(threads):
        return SIDE**3 / seconds(lambda: matrix @ matrix, max(repeats, 1)) / 1e9
