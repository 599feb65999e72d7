"""What HDF5's filters take on trust: sizes in the file that make them read or write beyond their memory if they are wrong.

A damaged file would end the whole process, so these sizes are looked at before a filter is.
"""

from math import prod

import h5py

_DEFLATE, _SHUFFLE, _FLETCHER, _SZIP, _BITSHUFFLE = 1, 2, 3, 4, 32008
_CHECKSUM = 4
"""Bytes of a Fletcher checksum behind a chunk."""
_PACKED = (2, 3)
"""Bitshuffle's numbers for LZ4 and Zstandard."""


def what_cannot_be(dataset: h5py.Dataset, file_size: int) -> str:
    """Why a dataset must not be read, in words; empty if nothing speaks against it.

    Parameters
    ----------
    dataset
        Stored in this file, and written.
    file_size
        Bytes.
    """
    stored = dataset.id.get_storage_size()
    if dataset.chunks is None:
        return "" if stored == dataset.nbytes else f"{stored} bytes, its shape {dataset.shape} {dataset.nbytes}"
    item = dataset.dtype.itemsize
    filters = _filters(dataset)
    for code, values in filters.items():
        if not _fitting(code, values, item):
            return f"filter {code} with the parameters {values}"
    held = prod(dataset.chunks) * item
    least = _CHECKSUM + 1 if _FLETCHER in filters else 1
    wrong: list[str] = []

    def look(chunk: h5py.h5d.StoreInfo) -> None:
        plain = chunk.filter_mask + 1 == 1 << len(filters)
        sound = chunk.size == held if plain else least <= chunk.size
        if chunk.filter_mask >> len(filters) or not sound or chunk.byte_offset + chunk.size > file_size:
            wrong.append(f"a chunk of {chunk.size} bytes at byte {chunk.byte_offset}")
        # HDF5 removes chunks when a dataset shrinks.
        elif any(start >= length for start, length in zip(chunk.chunk_offset, dataset.shape, strict=True)):
            wrong.append(f"a chunk at {chunk.chunk_offset}, outside of its shape {dataset.shape}")

    dataset.id.chunk_iter(look)
    return wrong[0] if wrong else ""


def _filters(dataset: h5py.Dataset) -> dict[int, tuple[int, ...]]:
    """The parameters of each filter, in the order in which they pack."""
    pipeline = dataset.id.get_create_plist()
    return {code: values for code, _, values, _ in map(pipeline.get_filter, range(pipeline.get_nfilters()))}


def _fitting(code: int, values: tuple[int, ...], item: int) -> bool:
    """Whether a filter's parameters can be those of numbers of `item` bytes."""
    if code == _DEFLATE:
        return len(values) == 1 and values[0] <= 9
    if code == _SHUFFLE:
        return values == (item,)
    if code == _SZIP:
        return len(values) >= 2
    if code == _BITSHUFFLE:
        block, kind = (*values[3:5], 0, 0)[:2]
        return len(values) >= 3 and values[2] == item and block % 8 == 0 and kind in (0, *_PACKED)
    return True
