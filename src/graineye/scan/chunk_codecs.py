"""What HDF5's filters did to a chunk, undone without HDF5 and its lock.

The codecs are those of imagecodecs: they let other threads run, write straight into a given array, and never beyond it.
Blosc stays with HDF5, since no codec of it bears damaged data.
"""

import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import h5py
import imagecodecs
import numpy as np
from numpy.typing import NDArray

from graineye.scan.bitshuffle_blocks import BLOCK, HEADER, packed_blocks
from graineye.scan.shuffled import bits_unshuffled, unshuffled

Bytes = NDArray[np.uint8]
Parameters = tuple[int, ...]

_DEFLATE, _SHUFFLE, _FLETCHER, _LZF, _LZ4, _BITSHUFFLE, _ZSTD = 1, 2, 3, 32000, 32004, 32008, 32015
_CHECKSUM = 4
"""Bytes of a checksum behind a chunk."""
_PACKED_BY_LZ4 = 2


@dataclass(frozen=True)
class Pipeline:
    """The filters of a dataset.

    Attributes
    ----------
    filters
        (number, parameters) of each, in the order in which they were applied.
    item
        Bytes of a number.
    """

    filters: tuple[tuple[int, Parameters], ...]
    item: int

    def decode(self, data: Bytes, skipped: int, out: Bytes) -> None:
        """Undo the filters of a chunk.

        Parameters
        ----------
        data
            The chunk as stored.
        skipped
            Bit i says that filter i was not applied.
        out
            Written; as long as the chunk is by its shape.

        Raises
        ------
        OSError
            If it does not decode, or not to that length.
        """
        applied = [each for number, each in enumerate(self.filters) if not skipped >> number & 1]
        try:
            while applied:
                code, parameters = applied.pop()
                if code == _FLETCHER:
                    data = _without_checksum(data)
                    continue
                checksums = sum(earlier == _FLETCHER for earlier, _ in applied)
                length = len(data) if code == _SHUFFLE else len(out) + _CHECKSUM * checksums
                into = np.empty(length, np.uint8) if applied or length != len(out) else out
                _UNDO[code](data, parameters, self.item, into)
                data = into
        except (RuntimeError, ValueError) as error:  # what codecs raise
            raise OSError(f"damaged, or more than its shape ({error})") from error
        if len(data) != len(out):
            raise OSError(f"{len(data)} bytes where a chunk has {len(out)}")
        if data is not out:
            out[:] = data


def pipeline_of(dataset: h5py.Dataset) -> Pipeline | None:
    """The filters of a dataset; None if one of them is left to HDF5."""
    stored = dataset.id.get_create_plist()
    found = [stored.get_filter(number) for number in range(stored.get_nfilters())]
    filters = tuple((int(code), tuple(parameters)) for code, _, parameters, _ in found)
    codes = [code for code, _ in filters]
    known = all(code in (*_UNDO, _FLETCHER) for code in codes)
    # Of what is packed twice nobody knows how long it is in between.
    packings = [place for place, code in enumerate(codes) if code not in (_SHUFFLE, _FLETCHER)]
    first = _BITSHUFFLE not in codes or codes[0] == _BITSHUFFLE
    return Pipeline(filters, dataset.dtype.itemsize) if known and first and len(packings) <= 1 else None


def _without_checksum(data: Bytes) -> Bytes:
    size = len(data) - _CHECKSUM
    if size < 0:
        raise OSError("it is shorter than its checksum")
    found, stated = imagecodecs.h5checksum_fletcher32(data[:size].tobytes()), int.from_bytes(data[size:].data, "little")
    # HDF5 1.6.2 wrote the bytes of each half the other way round.
    if stated not in (found, (found & 0x00FF00FF) << 8 | (found & 0xFF00FF00) >> 8):
        raise OSError("its checksum is another one")
    return data[:size]


def _packed_by(codec: Callable[..., Any]) -> Callable[[Bytes, Parameters, int, Bytes], None]:
    def undo(data: Bytes, parameters: Parameters, item: int, out: Bytes) -> None:
        _unpack(codec, data, out)

    return undo


def _unpack(codec: Callable[..., Any], data: Bytes, out: Bytes) -> None:
    made = len(codec(data, out=out))
    if made != len(out):
        raise OSError(f"it unpacks to {made} bytes, not {len(out)}")


def _sorted_bytes(data: Bytes, parameters: Parameters, item: int, out: Bytes) -> None:
    unshuffled(data, item, out)


def _sorted_bits(data: Bytes, parameters: Parameters, item: int, out: Bytes) -> None:
    """Undo bitshuffle, which may have packed each of its blocks by LZ4 or Zstandard."""
    _, _, _, numbers, packing = (*parameters, 0, 0)[:5]
    if packing:
        data, block = _unpacked_blocks(data, packing, item, len(out))
    else:
        block = numbers * item or BLOCK
    if len(data) != len(out):
        raise OSError(f"{len(data)} bytes where a chunk has {len(out)}")
    bits_unshuffled(data, item, block, out)


def _unpacked_blocks(data: Bytes, packing: int, item: int, declared: int) -> tuple[Bytes, int]:
    """What bitshuffle packed, and the bytes of its blocks."""
    blocks = packed_blocks(data, declared, item)
    sizes, whole = blocks.unpacked, int(blocks.unpacked.sum())
    unpacked = np.empty(declared, np.uint8)
    unpacked[whole:] = data[blocks.end : blocks.end + declared - whole]
    if packing == _PACKED_BY_LZ4 and len(sizes) and (blocks.packed < sizes).all():
        # The filter LZ4 has the same layout, but that blocks of their own size are not packed, and that all is.
        packed = data[: blocks.end].copy()
        packed[:HEADER] = np.frombuffer(struct.pack(">QI", whole, blocks.block), np.uint8)
        _unpack(imagecodecs.lz4h5_decode, packed, unpacked[:whole])
        return unpacked, blocks.block
    codec = imagecodecs.lz4_decode if packing == _PACKED_BY_LZ4 else imagecodecs.zstd_decode
    place, made = HEADER, 0
    for length, size in zip(blocks.packed.tolist(), sizes.tolist(), strict=True):
        _unpack(codec, data[place + 4 : place + 4 + length], unpacked[made : made + size])
        place, made = place + 4 + length, made + size
    return unpacked, blocks.block


_UNDO: dict[int, Callable[[Bytes, Parameters, int, Bytes], None]] = {
    _DEFLATE: _packed_by(imagecodecs.deflate_decode),
    _SHUFFLE: _sorted_bytes,
    _LZF: _packed_by(imagecodecs.lzf_decode),
    _LZ4: _packed_by(imagecodecs.lz4h5_decode),
    _BITSHUFFLE: _sorted_bits,
    _ZSTD: _packed_by(imagecodecs.zstd_decode),
}
