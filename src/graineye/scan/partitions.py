"""How a scan is divided for passes: by its size and by how it is stored, never by the number of cores.

Sums of floating-point numbers depend on how they are grouped, so the same scan is always grouped the same way.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import prod

import numpy as np

PARTITION_BYTES = 64 * 1024 * 1024
"""Frames of about this size are worked on at a time by one worker."""
_AT_MOST = 4
"""Times as large a partition may be so that it ends where a chunk ends; larger chunks are read again for each part."""


def partition_count(scan_shape: tuple[int, ...], frame_shape: tuple[int, ...], dtype: np.dtype[np.generic]) -> int:
    """Number of partitions of a scan, at least one and at most one a frame."""
    frames = prod(scan_shape)
    frame_bytes = prod(frame_shape) * dtype.itemsize
    return max(1, min(frames, -(-frames * frame_bytes // PARTITION_BYTES)))


@dataclass(frozen=True)
class Box:
    """A rectangle of scan positions whose frames follow each other: whole rows, or a part of one row."""

    y: slice
    x: slice

    @property
    def count(self) -> int:
        """Number of its frames."""
        rows, columns = self.y.stop - self.y.start, self.x.stop - self.x.start
        return int(rows * columns)


def boxes_of(scan_shape: tuple[int, int], frame_bytes: int, together: tuple[int, int] = (1, 1)) -> Iterator[Box]:
    """The boxes that a scan is divided into, in the order of its frames.

    Parameters
    ----------
    scan_shape
        (ny, nx).
    frame_bytes
        Size of a frame.
    together
        (rows, columns) of scan positions that a file stores as one piece: boxes end where pieces end, as far as that
        keeps them under four times `PARTITION_BYTES`.
    """
    ny, nx = scan_shape
    rows = _step(PARTITION_BYTES // (nx * frame_bytes), together[0], nx * frame_bytes)
    columns = nx if nx * frame_bytes <= _AT_MOST * PARTITION_BYTES else None
    if columns is None:
        rows, columns = 1, _step(PARTITION_BYTES // frame_bytes, together[1], frame_bytes)
    for y in range(0, ny, rows):
        for x in range(0, nx, columns):
            yield Box(slice(y, min(y + rows, ny)), slice(x, min(x + columns, nx)))


def _step(wanted: int, together: int, size: int) -> int:
    """`wanted` things of this size, in whole multiples of `together` where that is not too large."""
    if together * size > _AT_MOST * PARTITION_BYTES:
        return max(1, wanted)
    return max(1, wanted // together) * together
