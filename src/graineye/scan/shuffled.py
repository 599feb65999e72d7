"""Bytes and bits that a filter sorted by their place in a number, put back into numbers.

Both filters make counts compress well: the high bytes, or bits, of small counts are zero and come to stand together.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]

_ONE, _TWO, _FOUR = np.uint64(0x00AA00AA00AA00AA), np.uint64(0x0000CCCC0000CCCC), np.uint64(0x00000000F0F0F0F0)
"""Bits above the diagonal of 8 x 8, 4 x 4 and 2 x 2 parts of a table of 8 x 8 bits."""


def unshuffled(data: Bytes, item: int, out: Bytes) -> None:
    """Put back bytes that stand sorted by their place in numbers of `item` bytes; what is no whole number stays at the end.

    Parameters
    ----------
    data
        (n) all first bytes, then all second ones, and so on.
    item
        Bytes of a number: 1, 2, 4 or 8.
    out
        (n) written.
    """
    count = len(data) // item
    if item > 1:
        _join_bytes(data[: count * item], _numbers(out[: count * item], item))
    else:
        out[:] = data
    out[count * item :] = data[count * item :]


def bits_unshuffled(data: Bytes, item: int, block: int, out: Bytes) -> None:
    """Put back bits that stand sorted by their place in numbers of `item` bytes, a block at a time.

    Parameters
    ----------
    data
        (n) in blocks, of which each has all lowest bits first; less than eight numbers at the end are as they were.
    item
        Bytes of a number: 1, 2, 4 or 8.
    block
        Bytes of a block, a multiple of eight numbers; the last may be shorter.
    out
        (n) written.
    """
    sorted_ = len(data) // (8 * item) * (8 * item)
    if sorted_:
        _join_bits(data[:sorted_], _numbers(out[:sorted_], item), item, min(block, sorted_))
    out[sorted_:] = data[sorted_:]


def _numbers(data: Bytes, item: int) -> NDArray[np.generic]:
    return data.view(f"u{item}")


@njit(nogil=True, cache=True)
def _join_bytes(data: Bytes, numbers: NDArray[np.generic]) -> None:
    count = len(numbers)
    for place in range(len(data) // count if count else 0):
        _add_byte(data[place * count : (place + 1) * count], place, numbers)


@njit(nogil=True, cache=True)
def _join_bits(data: Bytes, numbers: NDArray[np.generic], item: int, block: int) -> None:
    words = np.empty(block // (8 * item), np.uint64)
    for start in range(0, len(data), block):
        part = data[start : start + block]
        eights = len(part) // (8 * item)
        for place in range(item):
            _turn_bits(part[8 * eights * place : 8 * eights * (place + 1)], words[:eights])
            first = start // item
            _add_byte(words[:eights].view(np.uint8), place, numbers[first : first + 8 * eights])


@njit(nogil=True, cache=True)
def _add_byte(data: Bytes, place: int, numbers: NDArray[np.generic]) -> None:
    """Make `data` the bytes at a place of numbers whose lower places are there."""
    if place == 0:
        for i in range(len(numbers)):
            numbers[i] = data[i]
        return
    weight = 1 << (8 * place)
    for i in range(len(numbers)):
        numbers[i] += data[i] * weight


@njit(nogil=True, cache=True)
def _turn_bits(data: Bytes, words: NDArray[np.uint64]) -> None:
    """Of all first bits, all second ones and so on make bytes, eight a word.

    The eight strips of `data` are named one by one, so that LLVM works on many words at a time.
    """
    n = len(words)
    a, b, c, d = data[:n], data[n : 2 * n], data[2 * n : 3 * n], data[3 * n : 4 * n]
    e, f, g, h = data[4 * n : 5 * n], data[5 * n : 6 * n], data[6 * n : 7 * n], data[7 * n : 8 * n]
    for i in range(n):
        low = _word(a[i], b[i], c[i], d[i])
        table = low | (_word(e[i], f[i], g[i], h[i]) << np.uint64(32))
        swapped = (table ^ (table >> np.uint64(7))) & _ONE
        table ^= swapped ^ (swapped << np.uint64(7))
        swapped = (table ^ (table >> np.uint64(14))) & _TWO
        table ^= swapped ^ (swapped << np.uint64(14))
        swapped = (table ^ (table >> np.uint64(28))) & _FOUR
        words[i] = table ^ swapped ^ (swapped << np.uint64(28))


@njit(nogil=True, inline="always")
def _word(a: int, b: int, c: int, d: int) -> np.uint64:
    lower = np.uint64(a) | (np.uint64(b) << np.uint64(8))
    return lower | (np.uint64(c) << np.uint64(16)) | (np.uint64(d) << np.uint64(24))


def bits_unshuffled_slow(data: Bytes, item: int, block: int) -> Bytes:
    """What `bits_unshuffled` writes, as plain array expressions."""
    whole = len(data) // (8 * item) * (8 * item)
    parts = []
    for start in range(0, whole, block):
        bits = np.unpackbits(data[start : min(start + block, whole)], bitorder="little").reshape(8 * item, -1)
        parts.append(np.packbits(bits.T.ravel(), bitorder="little"))
    return np.concatenate([*parts, data[whole:]])
