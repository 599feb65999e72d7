"""Where frames come from: a source gives the frames of a rectangle of scan positions, whatever holds them.

`SourceDataSet` makes a LiberTEM data set of one; a source holds no open file, so that it can be sent to other machines.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import Any, Protocol

import numpy as np
from libertem.io.dataset.base import DataSetMeta
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

from graineye.scan.mapped_file import MappedFile
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
        Where the first stored frame begins, bytes.
    stride
        From one frame's beginning to the next, bytes.
    missing
        Frames at the scan's start that are not stored; they are zero.
    """

    path: str
    scan_shape: tuple[int, int]
    frame_shape: tuple[int, int]
    dtype: np.dtype[Any]
    offset: int
    stride: int
    missing: int = 0
    together: tuple[int, int] = (1, 1)

    @cached_property
    def _file(self) -> MappedFile:
        return MappedFile(self.path)

    def read(self, y: slice, x: slice) -> NDArray[Any]:
        """A view, in the file's own byte order; a copy where frames are missing."""
        nx = self.scan_shape[1]
        first, last = y.start * nx + x.start, (y.stop - 1) * nx + x.stop - 1
        if first >= self.missing:
            stored = self._stored(first - self.missing, last - first + 1)
        else:
            stored = np.zeros((last - first + 1, *self.frame_shape), self.dtype)
            if last >= self.missing:
                stored[self.missing - first :] = self._stored(0, last - self.missing + 1)
        by_frame = stored.strides[0]
        shape = (y.stop - y.start, x.stop - x.start, *self.frame_shape)
        return as_strided(stored, shape, (nx * by_frame, by_frame, *stored.strides[1:]), writeable=False)

    def _stored(self, first: int, count: int) -> NDArray[Any]:
        """So many stored frames from this one on, (n, qy, qx)."""
        begin, item = self.offset + first * self.stride, self.dtype.itemsize
        qy, qx = self.frame_shape
        end = begin + (count - 1) * self.stride + qy * qx * item
        mapped = self._file.bytes_with(begin, end)
        return np.ndarray((count, qy, qx), self.dtype, mapped, begin, (self.stride, qx * item, item))


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
