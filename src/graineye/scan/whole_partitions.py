"""What graineye's LiberTEM data sets have in common: a partition is loaded in one piece, then cut as a pass wants it.

So passes over whole partitions get whole partitions from every format, also where LiberTEM's own readers cut them up.
"""

from collections.abc import Iterator
from math import prod
from typing import Any

import numpy as np
from libertem.common import Shape, Slice
from libertem.io.dataset.base import DataSet, DataSetMeta, DataTile, Partition
from numpy.typing import NDArray
from sparseconverter import NUMPY, for_backend  # type: ignore[import-untyped]


class WholePartition(Partition):  # type: ignore[misc]  # LiberTEM is untyped
    """A partition that is loaded in one piece.

    Parameters
    ----------
    meta
        Of the data set.
    first
        Index of the first frame.
    count
        Number of frames.
    """

    def __init__(self, meta: DataSetMeta, first: int, count: int) -> None:
        where = Slice(origin=(first, 0, 0), shape=Shape((count, *meta.shape.sig), sig_dims=2))
        super().__init__(meta=meta, partition_slice=where, io_backend=None, decoder=None)

    def load(self, roi: NDArray[np.bool_] | None) -> NDArray[Any]:
        """The partition's frames (n, qy, qx), only those of a region of interest if there is one.

        Parameters
        ----------
        roi
            (ny, nx) of the whole data set.
        """
        raise NotImplementedError

    def get_tiles(
        self, tiling_scheme: Any, dest_dtype: Any = "float32", roi: Any = None, array_backend: Any = None
    ) -> Iterator[DataTile]:
        """The frames in tiles as the scheme has them, or in one if whole partitions are wanted."""
        frames = self.load(None if roi is None else np.asarray(roi).reshape(tuple(self.meta.shape.nav)))
        if not len(frames):
            return
        frames = frames.astype(dest_dtype, copy=False)
        whole = self.slice.adjust_for_roi(roi)
        if tiling_scheme.intent == "partition":
            yield DataTile(_for(frames, array_backend), tile_slice=whole, scheme_idx=0)
            return
        depth = tiling_scheme.depth
        for start in range(0, len(frames), depth):
            for index, part in tiling_scheme.slices:
                tile = np.ascontiguousarray(frames[(slice(start, start + depth), *part.get())])
                where = Slice(origin=(whole.origin[0] + start, *part.origin), shape=Shape(tile.shape, sig_dims=2))
                yield DataTile(_for(tile, array_backend), tile_slice=where, scheme_idx=index)

    def get_locations(self) -> None:
        """Any worker may read it."""

    def set_corrections(self, corrections: Any) -> None:
        """Refuse LiberTEM's corrections: graineye has its own."""
        if corrections is not None and corrections.have_corrections():
            raise NotImplementedError("give dark and gain images to open_scan")


def plain(tile: Any) -> NDArray[Any]:
    """A tile as a plain array, also if it is sparse; what a damaged one points at must lie in it."""
    if hasattr(tile, "check_format"):
        tile.check_format(full_check=True)
    return np.asarray(for_backend(tile, NUMPY))


def _for(tile: NDArray[Any], backend: Any) -> Any:
    return tile if backend is None or backend == NUMPY else for_backend(tile, backend)


class WholeDataSet(DataSet):  # type: ignore[misc]  # LiberTEM is untyped
    """A data set whose partitions are `WholePartition`; `get_partitions` is a subclass's.

    Parameters
    ----------
    scan_shape, frame_shape
        (ny, nx) and (qy, qx).
    dtype
        Of the frames as they are handed out.
    """

    def __init__(self, scan_shape: tuple[int, ...], frame_shape: tuple[int, ...], dtype: np.dtype[Any]) -> None:
        super().__init__()
        self._image_count = prod(scan_shape)
        self._nav_shape_product = self._image_count
        self._sync_offset_info = self.get_sync_offset_info()
        self._meta = DataSetMeta(
            shape=Shape((*scan_shape, *frame_shape), sig_dims=2),
            array_backends=(NUMPY,),
            raw_dtype=dtype,
            sync_offset=0,
            image_count=self._image_count,
        )

    def initialize(self, executor: Any) -> "WholeDataSet":
        """Nothing is left to do."""
        return self

    def check_valid(self) -> bool:
        """What can be checked was checked when the file was opened."""
        return True

    @property
    def dtype(self) -> np.dtype[Any]:
        """Of the frames as they are handed out."""
        kind: np.dtype[Any] = np.dtype(self._meta.raw_dtype)
        return kind

    @property
    def shape(self) -> Shape:
        """(ny, nx, qy, qx)."""
        return self._meta.shape

    @property
    def array_backends(self) -> tuple[str, ...]:
        """Plain arrays."""
        return (NUMPY,)

    def need_decode(self, read_dtype: Any, roi: Any, corrections: Any) -> bool:
        """Partitions are never handed out as LiberTEM's own memory maps."""
        return True

    def get_io_backend(self) -> None:
        """None of LiberTEM's."""
