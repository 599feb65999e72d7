"""Frames in a dataset of an HDF5 file: a memory map where that is possible, else HDF5's own reading.

Both are divided into the same partitions on any number of cores.
"""

from dataclasses import dataclass
from functools import partial
from itertools import product
from math import prod
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from graineye.scan.array_regions import read_rectangle
from graineye.scan.chunk_codecs import pipeline_of
from graineye.scan.chunked_frames import ChunkedHDF5
from graineye.scan.hdf5_chunks import check_chunks
from graineye.scan.sources import SourceDataSet, StridedFrames
from graineye.scan.stored_chunks import StoredChunks
from graineye.scan.whole_partitions import WholeDataSet


@dataclass(frozen=True)
class HDF5Frames:
    """Frames that HDF5 must read: virtual, of another byte order, or packed by a filter that is left to it.

    Attributes
    ----------
    path, name
        The file and the dataset in it.
    scan_shape, frame_shape, dtype
        (ny, nx), (qy, qx) and the number type as stored.
    stored
        The dataset's shape, (..., qy, qx) or, reversed, (qx, qy, x, y); its frames are scan positions in that order.
    together
        (rows, columns) of scan positions in a chunk.
    reversed
        Whether its axes stand in reverse.
    """

    path: str
    name: str
    scan_shape: tuple[int, int]
    frame_shape: tuple[int, int]
    dtype: np.dtype[Any]
    stored: tuple[int, ...]
    together: tuple[int, int] = (1, 1)
    reversed: bool = False

    def read(self, y: slice, x: slice) -> NDArray[Any]:
        """Read a rectangle of scan positions in native byte order, each of its chunks once."""
        import hdf5plugin  # noqa: F401  # registers its filters with HDF5

        with h5py.File(self.path, "r") as file:
            dataset = file[self.name]
            if self.reversed:
                where = (slice(0, self.stored[0]), slice(0, self.stored[1]), x, y)
                return np.ascontiguousarray(self._checked(dataset, where).T)
            return read_rectangle(partial(self._checked, dataset), self.stored, self.scan_shape, y, x)

    def _checked(self, dataset: h5py.Dataset, where: tuple[slice, ...]) -> NDArray[Any]:
        try:
            check_chunks(dataset, where)
            return np.asarray(dataset[where])
        except (OSError, ValueError, TypeError, RuntimeError, KeyError) as error:  # what h5py raises of a damaged file
            said = "" if self.reversed else _undecoded(dataset, where)
            raise OSError(f"{said}{error}") from error


def _undecoded(dataset: h5py.Dataset, where: tuple[slice, ...]) -> str:
    """Which of these frames do not decode, in words; empty if each does by itself."""
    bad = []
    for position in product(*(range(part.start, part.stop) for part in where)):
        try:
            check_chunks(dataset, tuple(slice(index, index + 1) for index in position))
            dataset[position]
        except (OSError, ValueError, TypeError, RuntimeError, KeyError):
            bad.append(position)
    return f"{len(bad)} frames do not decode, the first at {bad[0]}: " if bad else ""


def mapped_offset(dataset: h5py.Dataset) -> int | None:
    """Where a contiguous dataset's bytes begin in its file; None if they cannot be mapped as they are."""
    plain = dataset.chunks is None and not dataset.is_virtual and dataset.external is None
    return dataset.id.get_offset() if plain and _is_native(dataset.dtype) and _in_full_bytes(dataset) else None


def _is_native(dtype: np.dtype[Any]) -> bool:
    """Whether passes can take such numbers as they are stored."""
    return dtype.isnative and (dtype.kind in "iu" or (dtype.kind == "f" and dtype.itemsize in (4, 8)))


def hdf5_dataset(
    path: Path,
    dataset: h5py.Dataset,
    chunks: StoredChunks | None,
    scan_shape: tuple[int, int],
    reverse: bool = False,
) -> WholeDataSet:
    """The data set of an open HDF5 dataset, not yet initialised.

    Parameters
    ----------
    path
        The HDF5 file.
    dataset
        Of shape (..., qy, qx), or (qx, qy, x, y).
    chunks
        Of the dataset; None if it has none.
    scan_shape
        (ny, nx).
    reverse
        Whether its axes stand in reverse.
    """
    name, shape, dtype = dataset.name, dataset.shape, dataset.dtype
    if reverse:
        return SourceDataSet(HDF5Frames(str(path), name, scan_shape, shape[1::-1], dtype, shape, reversed=True))
    offset, pipeline = mapped_offset(dataset), None
    if chunks is not None and _in_full_bytes(dataset):
        pipeline = pipeline_of(dataset)
        if pipeline is not None and not pipeline.filters and _is_native(dtype):
            offset = chunks.contiguous_from(prod(chunks.chunk) * dtype.itemsize)
    if offset is not None:
        return SourceDataSet(
            StridedFrames(str(path), scan_shape, shape[-2:], dtype, offset, prod(shape[-2:]) * dtype.itemsize)
        )
    if chunks is not None and pipeline is not None:
        return ChunkedHDF5(str(path), scan_shape, chunks, pipeline, dtype, dataset.fillvalue)
    axes, chunk = shape[:-2], (dataset.chunks or (1,) * dataset.ndim)[:-2]
    together = (chunk[-2], chunk[-1]) if axes[-2:] == scan_shape else (1, 1)
    return SourceDataSet(HDF5Frames(str(path), name, scan_shape, shape[-2:], dtype, shape, together=together))


def _in_full_bytes(dataset: h5py.Dataset) -> bool:
    """Whether numbers are stored as memory holds them, not of fewer bits or in another format of floating point."""
    return bool(dataset.id.get_type().equal(h5py.h5t.py_create(dataset.dtype, logical=True)))
