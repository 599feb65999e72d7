"""Chunks packed by bitshuffle and LZ4, looked through before they are decoded.

The HDF5 filter trusts what it unpacks: of a damaged chunk it would read and write beyond its memory and end the process.
"""

import struct

import numpy as np
from numba import njit
from numpy.typing import NDArray

FILTER = 32008
_LZ4 = 2
_DEFAULT_BLOCK = 8192
_HEADER = 12


def check_settings(settings: tuple[int, ...], item: int) -> None:
    """Make sure that the filter's settings are of numbers of `item` bytes.

    Raises
    ------
    OSError
        If they are not.
    """
    known = len(settings) >= 5 and settings[4] in (0, 2, 3)
    if (
        len(settings) < 3
        or settings[2] != item
        or (len(settings) > 3 and settings[3] % 8)
        or (len(settings) > 4 and not known)
    ):
        raise OSError(f"the settings of the bitshuffle filter are {settings}, of numbers of {item} bytes")


def check_chunk(raw: bytes, settings: tuple[int, ...], declared: int, item: int) -> None:
    """Make sure that a chunk unpacks to its shape.

    Parameters
    ----------
    raw
        The chunk as stored.
    settings
        Of the filter, as in the file.
    declared
        Bytes of the chunk by its shape.
    item
        Bytes of a number.

    Raises
    ------
    OSError
        If it does not.
    """
    packing = settings[4] if len(settings) > 4 else 0
    if packing == 0:
        if len(raw) < declared:
            raise OSError("a chunk is shorter than its shape")
        return
    if len(raw) < _HEADER:
        raise OSError("a chunk ends within its header")
    total, block = struct.unpack_from(">QI", raw)
    if total != declared or block % (8 * item) or block > max(declared, _DEFAULT_BLOCK * item):
        raise OSError(f"a chunk says that it unpacks to {total} bytes where its shape has {declared}")
    if packing == _LZ4 and not _blocks_are_sound(np.frombuffer(raw, np.uint8), total, block or _DEFAULT_BLOCK, item):
        raise OSError("a chunk does not unpack to its shape")


@njit(nogil=True, cache=True)
def _blocks_are_sound(raw: NDArray[np.uint8], total: int, block: int, item: int) -> bool:
    """Whether all blocks of a chunk are there and unpack to their size; less than eight numbers at the end are not packed."""
    left, place = total // (8 * item) * (8 * item), 12
    while left > 0:
        if place + 4 > len(raw):
            return False
        length = 0
        for i in range(4):
            length = length * 256 + raw[place + i]
        place += 4
        if length > len(raw) - place or not _is_sound(raw, place, place + length, min(block, left)):
            return False
        place += length
        left -= min(block, left)
    return len(raw) - place >= total % (8 * item)


@njit(nogil=True, cache=True)
def _is_sound(raw: NDArray[np.uint8], place: int, end: int, size: int) -> bool:
    """Whether LZ4 data unpack to exactly `size` bytes, and copy nothing from before their beginning."""
    made = 0
    while place < end:
        token = raw[place]
        place += 1
        literals, place = _length(raw, place, end, token >> 4)
        if literals > end - place or literals > size - made:
            return False
        place += literals
        made += literals
        if place == end:
            return made == size
        if place + 2 > end:
            return False
        back = raw[place] + 256 * raw[place + 1]
        place += 2
        copied, place = _length(raw, place, end, token & 15)
        copied += 4
        if back == 0 or back > made or copied > size - made:
            return False
        made += copied
    return False


@njit(nogil=True, cache=True)
def _length(raw: NDArray[np.uint8], place: int, end: int, first: int) -> tuple[int, int]:
    """A length that goes on in further bytes as long as they are 255, and where it ends."""
    length = int(first)
    if first == 15:
        while place < end:
            more = raw[place]
            place += 1
            length += more
            if more != 255:
                break
    return length, place
