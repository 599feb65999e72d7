"""Where frames come from: a source gives the frames of a rectangle of scan positions, whatever holds them.

`SourceDataSet` makes a LiberTEM data set of one; a source holds no open file, so that it can be sent to other machines.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import prod
from typing import Any, Protocol

import numpy as np
from libertem.io.dataset.base import DataSetMeta
from numpy.typing import NDArray

from graineye.scan.partitions import Box, boxes_of
from graineye.scan.whole_partitions import WholeDataSet, WholePartition


class FrameSource(Protocol):
    """Frames over scan positions, read a rectangle at a time."""

    @property
    def scan_shape(self) -> tuple[int, int]:
        """(ny, nx)."""

    @property
    def frame_shape(self) -> tuple[int, int]:
        """(qy, qx)."""

    @property
    def dtype(self) -> np.dtype[Any]:
        """Number type of the frames."""

    @property
    def together(self) -> tuple[int, int]:
        """(rows, columns) of scan positions that are stored as one piece."""

    def read(self, y: slice, x: slice) -> NDArray[Any]:
        """The frames (rows, columns, qy, qx) of a rectangle of scan positions, both its ends given."""


class SourceDataSet(WholeDataSet):
    """A LiberTEM data set over a source of frames."""

    def __init__(self, source: FrameSource) -> None:
        super().__init__(source.scan_shape, source.frame_shape, source.dtype)
        self.source = source

    def get_partitions(self) -> Iterator["_SourcePartition"]:
        """Boxes of frames of about the same size."""
        source, first = self.source, 0
        frame_bytes = prod(source.frame_shape) * source.dtype.itemsize
        for box in boxes_of(source.scan_shape, frame_bytes, source.together):
            yield _SourcePartition(self.meta, first, box, source)
            first += box.count


class _SourcePartition(WholePartition):
    """A box of a source."""

    def __init__(self, meta: DataSetMeta, first: int, box: Box, source: FrameSource) -> None:
        super().__init__(meta, first, box.count)
        self._box = box
        self._source = source

    def load(self, roi: NDArray[np.bool_] | None) -> NDArray[Any]:
        """Of a region of interest only the rectangle round its frames is read."""
        frame_shape = tuple(self.meta.shape.sig)
        y, x = self._box.y, self._box.x
        if roi is None:
            return self._source.read(y, x).reshape(-1, *frame_shape)
        wanted = roi[y, x]
        rows, columns = np.flatnonzero(wanted.any(axis=1)), np.flatnonzero(wanted.any(axis=0))
        if not rows.size:
            return np.empty((0, *frame_shape), self.meta.raw_dtype)
        inner = slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)
        y, x = (
            slice(whole.start + part.start, whole.start + part.stop) for whole, part in zip((y, x), inner, strict=True)
        )
        frames = self._source.read(y, x)
        chosen = wanted[inner]
        return frames.reshape(-1, *frame_shape) if chosen.all() else frames[chosen]


@dataclass(frozen=True)
class StridedFrames:
    """Frames of plain numbers at equal distances in a file, read as views of a memory map.

    Attributes
    ----------
    path
        The file.
    scan_shape, frame_shape, dtype
        (ny, nx), (qy, qx) and the number type as stored.
    offset
        Where the first frame of the scan begins, bytes.
    stride
        From one frame's beginning to the next, bytes.
    """

    path: str
    scan_shape: tuple[int, int]
    frame_shape: tuple[int, int]
    dtype: np.dtype[Any]
    offset: int
    stride: int
    together: tuple[int, int] = (1, 1)

    def read(self, y: slice, x: slice) -> NDArray[Any]:
        """A view, in the file's own byte order."""
        item = self.dtype.itemsize
        qy, qx = self.frame_shape
        steps = (self.scan_shape[1] * self.stride, self.stride, qx * item, item)
        mapped = np.memmap(self.path, np.uint8, "r")
        frames: NDArray[Any] = np.ndarray(
            (*self.scan_shape, qy, qx), self.dtype, buffer=mapped, offset=self.offset, strides=steps
        )
        return frames[y, x]


@dataclass(frozen=True)
class ReversedFrames:
    """A plain array whose axes stand in the file in reverse, (qx, qy, x, y), as Fortran has them.

    A frame lies scattered over the whole file, so that each partition reads all of it: fit for files that memory holds.
    """

    path: str
    scan_shape: tuple[int, int]
    frame_shape: tuple[int, int]
    dtype: np.dtype[Any]
    offset: int
    together: tuple[int, int] = (1, 1)

    def read(self, y: slice, x: slice) -> NDArray[Any]:
        """A copy, in C order."""
        shape = (*self.scan_shape, *self.frame_shape)
        mapped = np.memmap(self.path, self.dtype, "r", self.offset, shape, order="F")
        return np.ascontiguousarray(mapped[y, x])
