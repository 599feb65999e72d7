"""How bitshuffle lays out a chunk whose blocks it packed: a header, each block behind its length, and a rest as it is.

What does not fit the chunk's shape is refused before any block is unpacked.
"""

import struct
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

HEADER = 12
"""Bytes before the first packed block: the unpacked size of the chunk, and of a block."""
BLOCK = 8192
"""Bytes of a block, unless it is told otherwise."""


@dataclass(frozen=True)
class PackedBlocks:
    """The packed blocks of a chunk, one after the other behind its header, each behind four bytes of its length.

    Attributes
    ----------
    block
        Bytes of a block once it is unpacked; the last may have less.
    unpacked, packed
        Bytes of each block, once unpacked and as stored.
    end
        Where the last ends in the chunk; the rest, less than eight numbers, is not packed.
    """

    block: int
    unpacked: NDArray[np.int64]
    packed: NDArray[np.int64]
    end: int


def packed_blocks(data: NDArray[np.uint8], declared: int, item: int) -> PackedBlocks:
    """Where the packed blocks of a chunk stand.

    Parameters
    ----------
    data
        The chunk as stored.
    declared
        Bytes of the chunk by its shape.
    item
        Bytes of a number.

    Raises
    ------
    OSError
        If it says that it unpacks to another size, or ends too early.
    """
    if len(data) < HEADER:
        raise OSError("it ends within its header")
    total, block = struct.unpack(">QI", data[:HEADER].tobytes())
    block = block or BLOCK
    if total != declared or block % (8 * item):
        raise OSError(f"it says that it unpacks to {total} bytes, in blocks of {block}, where a chunk has {declared}")
    whole = total // (8 * item) * (8 * item)
    unpacked = np.full(-(-whole // block), block)
    unpacked[-1:] = whole - block * (len(unpacked) - 1)
    packed, end = _lengths(data, len(unpacked))
    if end < 0 or len(data) - end < total - whole:
        raise OSError("it ends within its blocks")
    return PackedBlocks(block, unpacked, packed, end)


@njit(nogil=True, cache=True)
def _lengths(data: NDArray[np.uint8], count: int) -> tuple[NDArray[np.int64], int]:
    """Bytes of each packed block, which stand before it, and where the last ends; -1 if that is not within the data."""
    lengths = np.zeros(count, np.int64)
    place = HEADER
    for number in range(count):
        if place + 4 > len(data):
            return lengths, -1
        for i in range(4):
            lengths[number] = lengths[number] * 256 + data[place + i]
        place += 4 + lengths[number]
    return lengths, place if place <= len(data) else -1
