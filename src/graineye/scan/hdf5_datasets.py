"""LiberTEM data sets over a dataset of an HDF5 file: a memory map where that is possible, else HDF5's own reading.

Both are divided into the same partitions on any number of cores.
"""

import warnings
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from libertem.io.dataset.base import DataSetMeta, DataTile
from libertem.io.dataset.hdf5 import H5DataSet, H5Partition
from libertem.io.dataset.raw import RawFile, RawFileDataSet, RawFileSet
from numpy.typing import NDArray

from graineye.scan.partitions import PARTITION_BYTES, partition_count


class MappedHDF5(RawFileDataSet):  # type: ignore[misc]  # LiberTEM is untyped
    """A contiguous dataset, read as views of a memory map from its offset in the file."""

    def __init__(self, path: str, offset: int, shape: tuple[int, ...], dtype: np.dtype[np.generic]) -> None:
        scan_shape, frame_shape = shape[:-2], shape[-2:]
        super().__init__(
            path,
            dtype,
            nav_shape=scan_shape,
            sig_shape=frame_shape,
            num_partitions=partition_count(scan_shape, frame_shape, dtype),
        )
        self._offset = offset

    def initialize(self, executor: Any) -> "MappedHDF5":
        """Take the number of frames from the dataset's shape; the file's size says nothing of it."""
        super().initialize(executor)
        known = self.meta
        self._image_count = int(np.prod(self._nav_shape))
        self._meta = DataSetMeta(
            shape=known.shape,
            raw_dtype=known.raw_dtype,
            sync_offset=0,
            image_count=self._image_count,
        )
        return self

    def _get_fileset(self) -> RawFileSet:
        whole = RawFile(
            path=self._path,
            start_idx=0,
            end_idx=self._image_count,
            sig_shape=self.shape.sig,
            native_dtype=self._meta.raw_dtype,
            file_header=self._offset,
        )
        return RawFileSet([whole])


class ReadHDF5(H5DataSet):  # type: ignore[misc]  # LiberTEM is untyped
    """A dataset that HDF5 must read: chunked, compressed, virtual, or of another byte order."""

    def set_num_cores(self, cores: int) -> None:
        """Ignore the number of cores: partitions depend on the scan alone."""
        super().set_num_cores(1)

    def initialize(self, executor: Any) -> "ReadHDF5":
        """As LiberTEM does, without its warning that compressed files are slow."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)
            super().initialize(executor)
        return self

    def get_partitions(self) -> Iterator["_ReadPartition"]:
        """LiberTEM's partitions, each read at once."""
        for known in super().get_partitions():
            yield _ReadPartition(
                meta=known.meta,
                reader=known.reader,
                partition_slice=known.slice,
                slice_nd=known.slice_nd,
                io_backend=self.get_io_backend(),
                chunks=self._chunks,
                decoder=None,
            )


class _ReadPartition(H5Partition):  # type: ignore[misc]  # LiberTEM is untyped
    """A partition that a pass over whole partitions gets in one piece.

    LiberTEM's own reading cuts it up along chunks, and frame by frame with a region of interest, which such a pass
    cannot take.
    """

    def get_tiles(
        self, tiling_scheme: Any, dest_dtype: Any = "float32", roi: Any = None, array_backend: Any = None
    ) -> Iterator[DataTile]:
        if tiling_scheme.intent != "partition":
            yield from super().get_tiles(tiling_scheme, dest_dtype, roi, array_backend)
            return
        where = self.slice_nd.get(nav_only=True)
        if roi is None:
            frames = self._read(where)
        else:
            # Of a region of interest only the box round its frames is read.
            mask = np.asarray(roi).reshape(tuple(self.meta["ds_raw_shape"].nav))
            found = [part.start + np.flatnonzero(line) for part, line in zip(where, _along(mask[where]), strict=True)]
            box = tuple(slice(int(line[0]), int(line[-1]) + 1) for line in found)
            frames = self._read(box)[mask[box].ravel()]
        frames = frames.astype(dest_dtype, copy=False)
        yield DataTile(frames, tile_slice=self.slice.adjust_for_roi(roi), scheme_idx=0)

    def _read(self, where: tuple[slice, ...]) -> NDArray[Any]:
        """Frames (n, qy, qx) at these scan positions."""
        with self._get_h5ds() as dataset:
            try:
                return np.asarray(dataset[where]).reshape(-1, *dataset.shape[-2:])
            except OSError as error:
                raise OSError(f"{_undecoded(dataset, where)}{error}") from error


def _undecoded(dataset: h5py.Dataset, where: tuple[slice, ...]) -> str:
    """Which of these frames do not decode, in words; empty if each does by itself."""
    bad = []
    for position in product(*(range(part.start, part.stop) for part in where)):
        try:
            dataset[position]
        except OSError:
            bad.append(position)
    return f"{len(bad)} frames do not decode, the first at {bad[0]}: " if bad else ""


def _along(mask: NDArray[np.bool_]) -> list[NDArray[np.bool_]]:
    """For each axis, where along it anything is true."""
    axes = range(mask.ndim)
    return [np.asarray(mask.any(axis=tuple(other for other in axes if other != axis))) for axis in axes]


def mapped_offset(dataset: h5py.Dataset) -> int | None:
    """Where a dataset's bytes begin in its file; None if they cannot be mapped as they are."""
    dtype = dataset.dtype
    plain = dataset.chunks is None and not dataset.is_virtual and dataset.external is None and dtype.isnative
    number = dtype.kind in "iu" or (dtype.kind == "f" and dtype.itemsize in (4, 8))
    return dataset.id.get_offset() if plain and number else None


def hdf5_dataset(path: Path, dataset: h5py.Dataset, scan_shape: tuple[int, int]) -> MappedHDF5 | ReadHDF5:
    """The data set of an open HDF5 dataset, not yet initialised.

    Parameters
    ----------
    path
        The HDF5 file.
    dataset
        Of shape (..., qy, qx).
    scan_shape
        (ny, nx).
    """
    shape = (*scan_shape, *dataset.shape[-2:])
    offset = mapped_offset(dataset)
    if offset is not None:
        return MappedHDF5(str(path), offset, shape, dataset.dtype)
    return ReadHDF5(
        str(path),
        ds_path=dataset.name,
        nav_shape=scan_shape,
        sig_shape=dataset.shape[-2:],
        target_size=PARTITION_BYTES,
        min_num_partitions=1,
    )
