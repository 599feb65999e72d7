"""Detector pixels that tell nothing, replaced in a frame by the mean of those near them.

What a template then gives differs little from its fit to the good pixels alone, wherever the frame's pattern has wandered.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray


class Mending(NamedTuple):
    """Which pixels are replaced, and by the mean of which.

    Attributes
    ----------
    pixels
        (n, 2) as (y, x), in the order in which they are mended: from the rim of a gap inwards.
    first
        (n + 1) where each one's neighbours begin.
    neighbours
        (m, 2) good pixels, or such that are mended before.
    """

    pixels: NDArray[np.int64]
    first: NDArray[np.int64]
    neighbours: NDArray[np.int64]


def rim_of(missing: NDArray[np.bool_]) -> Iterator[tuple[tuple[int, int], NDArray[np.int64]]]:
    """The missing pixels (y, x) with good ones within two pixels, and these, (n, 2)."""
    for y, x in np.argwhere(missing).tolist():
        top, side = max(y - 2, 0), max(x - 2, 0)
        good = np.argwhere(~missing[top : y + 3, side : x + 3])
        if len(good):
            yield (y, x), good + (top, side)


def mending_of(missing: NDArray[np.bool_] | None) -> Mending:
    """How to mend missing pixels (qy, qx) by those within two pixels; None for nothing to mend."""
    pixels, first, neighbours = [], [0], []
    left = np.zeros((0, 0), bool) if missing is None else missing
    while left.any() and not left.all():
        rest = left.copy()
        for pixel, good in rim_of(left):
            pixels.append(pixel)
            neighbours += good.tolist()
            first.append(len(neighbours))
            rest[pixel] = False
        left = rest
    return Mending(
        np.array(pixels, np.int64).reshape(-1, 2),
        np.array(first, np.int64),
        np.array(neighbours, np.int64).reshape(-1, 2),
    )


@njit(nogil=True, cache=True)
def mend(frame: NDArray[np.float32], mending: Mending) -> None:
    """Replace the missing pixels of a frame (qy, qx); equals `mend_slow`."""
    for i in range(mending.pixels.shape[0]):
        total = np.float32(0)
        for k in range(mending.first[i], mending.first[i + 1]):
            total += frame[mending.neighbours[k, 0], mending.neighbours[k, 1]]
        frame[mending.pixels[i, 0], mending.pixels[i, 1]] = total / np.float32(mending.first[i + 1] - mending.first[i])


def mend_slow(frame: NDArray[np.float32], mending: Mending) -> None:
    """What `mend` does, as plain array expressions."""
    for pixel, begin, end in zip(mending.pixels, mending.first, mending.first[1:], strict=False):
        frame[tuple(pixel)] = frame[tuple(mending.neighbours[begin:end].T)].mean(dtype=np.float64)
