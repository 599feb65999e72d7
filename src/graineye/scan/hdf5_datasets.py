"""LiberTEM data sets over a dataset of an HDF5 file: a memory map where that is possible, else LiberTEM's own reader.

Both are divided into the same partitions on any number of cores.
"""

from pathlib import Path
from typing import Any

import h5py
import numpy as np
from libertem.io.dataset.base import DataSetMeta
from libertem.io.dataset.hdf5 import H5DataSet
from libertem.io.dataset.raw import RawFile, RawFileDataSet, RawFileSet

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


def mapped_offset(dataset: h5py.Dataset) -> int | None:
    """Where a dataset's bytes begin in its file; None if they cannot be mapped as they are."""
    plain = dataset.chunks is None and not dataset.is_virtual and dataset.external is None
    return dataset.id.get_offset() if plain and dataset.dtype.isnative and dataset.dtype.kind in "iuf" else None


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
