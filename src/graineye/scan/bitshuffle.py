"""Chunks packed by bitshuffle and LZ4, looked through before they are decoded.

The HDF5 filter trusts what it unpacks: of a damaged chunk it would read and write beyond its memory and end the process.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from graineye.scan.bitshuffle_blocks import BLOCK, HEADER, packed_blocks

FILTER = 32008
_LZ4 = 2


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
            raise OSError("it is shorter than its shape")
        return
    data = np.frombuffer(raw, np.uint8)
    blocks = packed_blocks(data, declared, item)
    if blocks.block > max(declared, BLOCK * item):
        raise OSError(f"it has blocks of {blocks.block} bytes where a chunk has {declared}")
    if packing == _LZ4 and not _are_sound(data, blocks.packed, blocks.unpacked):
        raise OSError("it does not unpack to its shape")


@njit(nogil=True, cache=True)
def _are_sound(raw: NDArray[np.uint8], packed: NDArray[np.int64], unpacked: NDArray[np.int64]) -> bool:
    """Whether all blocks of a chunk unpack to their sizes."""
    place = HEADER
    for number in range(len(packed)):
        begin = place + 4
        place = begin + packed[number]
        if not _is_sound(raw, begin, place, unpacked[number]):
            return False
    return True


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
