"""Frames in chunks of an HDF5 dataset: read from the file in long runs and decoded by whoever asks, without HDF5's lock."""

from collections.abc import Iterator
from dataclasses import dataclass
from io import FileIO
from math import prod
from typing import Any

import numpy as np
from libertem.io.dataset.base import DataSetMeta
from numpy.typing import NDArray

from graineye.scan.chunk_codecs import Bytes, Pipeline
from graineye.scan.partitions import pieces_of
from graineye.scan.stored_chunks import StoredChunks
from graineye.scan.whole_partitions import WholeDataSet, WholePartition

_RUN = 8 * 1024 * 1024
"""Bytes that are read in one go if chunks lie side by side."""
_GAP = 64 * 1024
"""Bytes between two chunks that are rather read than skipped."""


@dataclass(frozen=True)
class ChunkedRegion:
    """Part of a chunked dataset.

    Attributes
    ----------
    path
        The file.
    where
        Its part of each axis of the dataset, (..., qy, qx).
    chunk
        Shape of a chunk.
    offsets, sizes, skipped
        Of the chunks that it meets, on their grid: where each begins in the file (0: never written), its bytes as stored,
        and the filters that were not applied.
    pipeline, dtype, fill
        The filters, the number type as stored, and the number that was never written.
    """

    path: str
    where: tuple[slice, ...]
    chunk: tuple[int, ...]
    offsets: NDArray[np.int64]
    sizes: NDArray[np.int64]
    skipped: NDArray[np.int64]
    pipeline: Pipeline
    dtype: np.dtype[Any]
    fill: Any

    def read(self, wanted: NDArray[np.bool_] | None) -> tuple[NDArray[Any], dict[int, str]]:
        """Its frames (..., qy, qx), and why some chunks do not decode.

        Parameters
        ----------
        wanted
            (...) frames of which the chunks are read; the others may hold anything. None for all.
        """
        frames = np.empty(self._lengths, self.dtype)
        flat = frames.reshape(-1).view(np.uint8)
        size = prod(self.chunk) * self.dtype.itemsize
        meets = np.ones(self.offsets.size, bool) if wanted is None else self._meeting(wanted)
        for number in np.flatnonzero(meets & (self.offsets.ravel() == 0)).tolist():
            frames[self._place(number)[0]] = self.fill
        written = np.flatnonzero(meets & (self.offsets.ravel() != 0))
        in_order, bad = self._in_order, {}
        spare = np.empty(0 if in_order else size, np.uint8)
        with FileIO(self.path) as file:
            if in_order and not self.pipeline.filters:
                self._read_plain(file, written, flat, size)
                return frames, {}
            for number, data in self._stored(file, written):
                out = flat[number * size : (number + 1) * size] if in_order else spare
                try:
                    self.pipeline.decode(data, int(self.skipped.flat[number]), out)
                except OSError as error:
                    bad[number] = str(error)
                    continue
                if not in_order:
                    to, of_chunk = self._place(number)
                    frames[to] = spare.view(self.dtype).reshape(self.chunk)[of_chunk]
        return frames, bad

    def frames_of(self, number: int) -> tuple[slice, ...]:
        """The frames of this region that a chunk has a part of."""
        return self._place(number)[0][:-2]

    @property
    def _lengths(self) -> tuple[int, ...]:
        return tuple(part.stop - part.start for part in self.where)

    @property
    def _in_order(self) -> bool:
        """Whether the region is its chunks one after the other."""
        fits = all(
            part.start % chunk == 0 and (part.stop - part.start) % chunk == 0
            for part, chunk in zip(self.where, self.chunk, strict=True)
        )
        first = next((axis for axis, chunk in enumerate(self.chunk) if chunk > 1), len(self.chunk))
        return fits and self.chunk[first + 1 :] == self._lengths[first + 1 :]

    def _meeting(self, wanted: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Which chunks have a part of the wanted frames."""
        meets: NDArray[np.bool_] = np.zeros(self.offsets.shape, bool)
        starts = np.array([part.start for part in self.where[:-2]])
        chunk = np.array(self.chunk[:-2])
        meets[tuple(((np.argwhere(wanted) + starts) // chunk - starts // chunk).T)] = True
        return meets.ravel()

    def _place(self, number: int) -> tuple[tuple[slice, ...], tuple[slice, ...]]:
        """Where a chunk stands in the region, and which part of it does."""
        index = np.unravel_index(number, self.offsets.shape)
        to, of_chunk = [], []
        for part, chunk, i in zip(self.where, self.chunk, index, strict=True):
            first = (part.start // chunk + int(i)) * chunk
            start, stop = max(first, part.start), min(first + chunk, part.stop)
            to.append(slice(start - part.start, stop - part.start))
            of_chunk.append(slice(start - first, stop - first))
        return tuple(to), tuple(of_chunk)

    def _read_plain(self, file: FileIO, numbers: NDArray[np.int64], out: Bytes, size: int) -> None:
        """Read chunks without filters to their places."""
        offsets = self.offsets.ravel()[numbers]
        breaks = np.flatnonzero((np.diff(offsets) != size) | (np.diff(numbers) != 1)) + 1
        for first, last in zip([0, *breaks.tolist()], [*breaks.tolist(), len(numbers)], strict=True):
            if first < last:
                begin = int(numbers[first]) * size
                _read(file, int(offsets[first]), out[begin : begin + (last - first) * size])

    def _stored(self, file: FileIO, numbers: NDArray[np.int64]) -> Iterator[tuple[int, Bytes]]:
        """Chunks as stored, in the order of the file."""
        numbers = numbers[np.argsort(self.offsets.ravel()[numbers], kind="stable")]
        offsets, sizes = self.offsets.ravel()[numbers].tolist(), self.sizes.ravel()[numbers].tolist()
        first = 0
        while first < len(offsets):
            last, end = first, offsets[first] + sizes[first]
            while last + 1 < len(offsets) and offsets[last + 1] - end <= _GAP and end - offsets[first] < _RUN:
                last += 1
                end = max(end, offsets[last] + sizes[last])
            run = np.empty(end - offsets[first], np.uint8)
            _read(file, offsets[first], run)
            for i in range(first, last + 1):
                begin = offsets[i] - offsets[first]
                yield int(numbers[i]), run[begin : begin + sizes[i]]
            first = last + 1


def _read(file: FileIO, offset: int, out: Bytes) -> None:
    file.seek(offset)
    rest = out.data
    while rest:
        count = file.readinto(rest)
        if not count:
            raise OSError(f"the file ends within a chunk, before byte {offset + len(out)}")
        rest = rest[count:]


class ChunkedHDF5(WholeDataSet):
    """A LiberTEM data set over a chunked dataset.

    Parameters
    ----------
    path
        The file.
    scan_shape
        (ny, nx); frames of the dataset (..., qy, qx) are scan positions in its order.
    chunks
        Of the dataset.
    pipeline, dtype, fill
        As in `ChunkedRegion`.
    """

    def __init__(
        self,
        path: str,
        scan_shape: tuple[int, int],
        chunks: StoredChunks,
        pipeline: Pipeline,
        dtype: np.dtype[Any],
        fill: Any,
    ) -> None:
        super().__init__(scan_shape, chunks.shape[-2:], dtype)
        self._path = path
        self._chunks = chunks
        self._maps = [chunks.on_grid(numbers) for numbers in (chunks.offsets, chunks.sizes, chunks.skipped)]
        self._pipeline = pipeline
        self._fill = fill

    def get_partitions(self) -> Iterator["_ChunkedPartition"]:
        """Pieces of about the same size that end where chunks end."""
        shape, chunk = self._chunks.shape, self._chunks.chunk
        detector = tuple(slice(0, length) for length in shape[-2:])
        first = 0
        for frames in pieces_of(shape[:-2], chunk[:-2], prod(shape[-2:]) * self.dtype.itemsize):
            where = (*frames, *detector)
            met = tuple(slice(part.start // c, -(-part.stop // c)) for part, c in zip(where, chunk, strict=True))
            offsets, sizes, skipped = (np.ascontiguousarray(numbers[met]) for numbers in self._maps)
            region = ChunkedRegion(
                self._path, where, chunk, offsets, sizes, skipped, self._pipeline, self.dtype, self._fill
            )
            part = _ChunkedPartition(self.meta, first, region)
            first += part.shape[0]
            yield part


class _ChunkedPartition(WholePartition):
    """A region of a chunked dataset."""

    def __init__(self, meta: DataSetMeta, first: int, region: ChunkedRegion) -> None:
        self._shape = tuple(part.stop - part.start for part in region.where[:-2])
        super().__init__(meta, first, prod(self._shape))
        self._first = first
        self._region = region

    def load(self, roi: NDArray[np.bool_] | None) -> NDArray[Any]:
        """Of a region of interest, only the chunks that meet it are read."""
        frame_shape = tuple(self.meta.shape.sig)
        count = prod(self._shape)
        wanted = None if roi is None else roi.reshape(-1)[self._first : self._first + count].reshape(self._shape)
        if wanted is not None and not wanted.any():
            return np.empty((0, *frame_shape), self.meta.raw_dtype)
        frames, bad = self._region.read(wanted)
        if bad:
            self._refuse(bad, wanted)
        frames = frames.reshape(count, *frame_shape)
        return frames if wanted is None or wanted.all() else frames[wanted.reshape(-1)]

    def _refuse(self, bad: dict[int, str], wanted: NDArray[np.bool_] | None) -> None:
        hit: NDArray[np.bool_] = np.zeros(self._shape, bool)
        for number in bad:
            hit[self._region.frames_of(number)] = True
        if wanted is not None:
            hit &= wanted
        first = np.unravel_index(self._first + int(np.argmax(hit)), tuple(self.meta.shape.nav))
        where = ", ".join(str(int(i)) for i in first)
        raise OSError(f"{int(hit.sum())} frames do not decode, the first at ({where}): {next(iter(bad.values()))}")
