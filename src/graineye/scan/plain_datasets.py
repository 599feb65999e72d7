"""LiberTEM data sets over files of plain numbers, npy and raw, in either byte order and with frames missing at the start.

LiberTEM swaps the bytes of whole numbers only, and gives a pass over whole partitions no frames where none are stored.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
from libertem.io.dataset.base import BasePartition, DataTile
from libertem.io.dataset.base.decode import DtypeConversionDecoder
from libertem.io.dataset.npy import NPYDataSet
from libertem.io.dataset.raw import RawFileDataSet


class _Swapping(DtypeConversionDecoder):  # type: ignore[misc]  # LiberTEM is untyped
    """Swaps floating-point numbers as well, where nothing else is to be converted."""

    def get_decode(self, native_dtype: Any, read_dtype: Any) -> Any:
        stored, read = np.dtype(native_dtype), np.dtype(read_dtype)
        if stored.kind == "f" and stored != read and stored.newbyteorder() == read:
            return self._swap_only_decode(stored)
        return super().get_decode(stored, read)


class _PlainPartition(BasePartition):  # type: ignore[misc]  # LiberTEM is untyped
    """A partition that a pass over whole partitions gets whole: frames that are not stored are zero."""

    def get_tiles(
        self, tiling_scheme: Any, dest_dtype: Any = "float32", roi: Any = None, array_backend: Any = None
    ) -> Iterator[DataTile]:
        tiles = super().get_tiles(tiling_scheme, dest_dtype, roi, array_backend)
        if tiling_scheme.intent != "partition" or self._start_frame >= 0:
            yield from tiles
            return
        whole = self.slice.adjust_for_roi(roi)
        frames = np.zeros(tuple(whole.shape), dest_dtype)
        for tile in tiles:
            first = tile.tile_slice.origin[0] - whole.origin[0]
            frames[first : first + len(tile.data)] = tile.data
        yield DataTile(frames, tile_slice=whole, scheme_idx=0)


class _Plain:
    """What npy and raw files have in common."""

    def get_decoder(self: Any) -> _Swapping | None:
        """What turns stored numbers into native ones; None if they are."""
        return None if self.dtype.isnative else _Swapping()

    def get_partitions(self: Any) -> Iterator[_PlainPartition]:
        """The partitions of LiberTEM's data set, read in our way."""
        fileset = self._get_fileset()
        for part, start, stop in self.get_slices():
            yield _PlainPartition(
                meta=self._meta,
                fileset=fileset,
                partition_slice=part,
                start_frame=start,
                num_frames=stop - start,
                io_backend=self.get_io_backend(),
                decoder=self.get_decoder(),
            )


class PlainNPY(_Plain, NPYDataSet):  # type: ignore[misc]  # LiberTEM is untyped
    """A npy file."""


class PlainRaw(_Plain, RawFileDataSet):  # type: ignore[misc]  # LiberTEM is untyped
    """A file of raw numbers."""
