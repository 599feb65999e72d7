"""The frames of a rectangle of scan positions out of an array, whatever axes stand before those of a frame.

A scan's shape may be another one than the array's, so that a rectangle may lie in several regions, each of them read once.
"""

from collections.abc import Callable, Iterator
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

Region = tuple[slice, ...]


def read_rectangle(
    read: Callable[[Region], NDArray[Any]], stored: tuple[int, ...], scan_shape: tuple[int, int], y: slice, x: slice
) -> NDArray[Any]:
    """The frames (rows, columns, qy, qx) of a rectangle of scan positions.

    Parameters
    ----------
    read
        Reads a region of the array, which is given along the axes before those of a frame.
    stored
        Shape of the array, (..., qy, qx); its frames are scan positions in that order.
    scan_shape
        (ny, nx).
    y, x
        The rectangle, both ends of each given.
    """
    frame_shape = stored[-2:]
    parts = [read(region).reshape(-1, *frame_shape) for region in _regions(stored[:-2], scan_shape, y, x)]
    frames = parts[0] if len(parts) == 1 else np.concatenate(parts)
    return frames.reshape(y.stop - y.start, x.stop - x.start, *frame_shape)


def _regions(axes: tuple[int, ...], scan_shape: tuple[int, int], y: slice, x: slice) -> Iterator[Region]:
    """Regions of an array of these axes that hold a rectangle of scan positions, in order."""
    if axes[-2:] == scan_shape and prod(axes[:-2]) == 1:
        yield (*(slice(0, 1),) * (len(axes) - 2), y, x)
        return
    nx = scan_shape[1]
    if x == slice(0, nx):
        yield from _stretches(y.start * nx, y.stop * nx, axes)
    else:
        for row in range(y.start, y.stop):
            yield from _stretches(row * nx + x.start, row * nx + x.stop, axes)


def _stretches(start: int, stop: int, axes: tuple[int, ...]) -> Iterator[Region]:
    """Regions of an array of these axes that hold its items from `start` to `stop`, in order."""
    if len(axes) == 1:
        yield (slice(start, stop),)
        return
    size = prod(axes[1:])
    while start < stop:
        index, within = divmod(start, size)
        if within == 0 and stop - start >= size:
            end = index + (stop - start) // size
            yield (slice(index, end), *(slice(0, length) for length in axes[1:]))
            start = end * size
        else:
            end = min(stop - index * size, size)
            yield from ((slice(index, index + 1), *rest) for rest in _stretches(within, end, axes[1:]))
            start = index * size + end
