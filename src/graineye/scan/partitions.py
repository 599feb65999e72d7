"""How a scan is divided for passes: by its size and by how it is stored, never by the number of cores.

Sums of floating-point numbers depend on how they are grouped, so the same scan is always grouped the same way.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from math import prod

import numpy as np

PARTITION_BYTES = 64 * 1024 * 1024
"""Frames of about this size are worked on at a time by one worker."""
_SMALLER = 2
"""Times as small are partitions whose frames must be decoded: workers that take longer over each end closer together."""
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


def pieces_of(axes: tuple[int, ...], chunk: tuple[int, ...], frame_bytes: int) -> Iterator[tuple[slice, ...]]:
    """The rectangles of frames that a dataset in chunks is divided into, in the order of its frames.

    They end where chunks end, so that each chunk is decoded once a pass, as far as that keeps them under four times
    `PARTITION_BYTES`.

    Parameters
    ----------
    axes
        Shape of the dataset without that of a frame.
    chunk
        Shape of a chunk along these axes.
    frame_bytes
        Size of a frame.
    """
    wanted, most = PARTITION_BYTES // _SMALLER, _AT_MOST * PARTITION_BYTES
    for cut in range(len(axes)):  # the axis that is cut; of those before it a piece has one index
        each, together = prod(axes[cut + 1 :]) * frame_bytes, min(chunk[cut], axes[cut])
        if each <= wanted or together > 1 or cut == len(axes) - 1:
            break
    if together * each > most:
        step = max(1, most // each)
    else:
        step = max(1, round(wanted / (together * each))) * together
    for before in product(*(range(length) for length in axes[:cut])):
        for start in range(0, axes[cut], step):
            fixed = (slice(index, index + 1) for index in before)
            behind = (slice(0, length) for length in axes[cut + 1 :])
            yield (*fixed, slice(start, min(start + step, axes[cut])), *behind)


def _step(wanted: int, together: int, size: int) -> int:
    """`wanted` things of this size, in whole multiples of `together` where that is not too large."""
    if together * size > _AT_MOST * PARTITION_BYTES:
        return max(1, wanted)
    return max(1, wanted // together) * together
