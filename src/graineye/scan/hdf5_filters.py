"""What HDF5's filters take on trust: sizes in the file that make them read or write beyond their memory if they are wrong.

A damaged file would end the whole process, so these sizes are looked at before a filter is.
"""

from math import prod

import h5py
import numpy as np

from graineye.scan.stored_chunks import StoredChunks, stored_chunks

_DEFLATE, _SHUFFLE, _FLETCHER, _SZIP, _BITSHUFFLE = 1, 2, 3, 4, 32008
_CHECKSUM = 4
"""Bytes of a Fletcher checksum behind a chunk."""
_PACKED = (2, 3)
"""Bitshuffle's numbers for LZ4 and Zstandard."""


def what_cannot_be(dataset: h5py.Dataset, file_size: int, stored: StoredChunks | None = None) -> str:
    """Why a dataset must not be read, in words; empty if nothing speaks against it.

    Parameters
    ----------
    dataset
        Stored in this file, and written.
    file_size
        Bytes.
    stored
        Its chunks if they are known.
    """
    if dataset.chunks is None:
        size = dataset.id.get_storage_size()
        return "" if size == dataset.nbytes else f"{size} bytes, its shape {dataset.shape} {dataset.nbytes}"
    item = dataset.dtype.itemsize
    filters = _filters(dataset)
    for code, values in filters.items():
        if not _fitting(code, values, item):
            return f"filter {code} with the parameters {values}"
    stored = stored or stored_chunks(dataset)
    held = prod(dataset.chunks) * item
    least = _CHECKSUM + 1 if _FLETCHER in filters else 1
    offsets, sizes, skipped = stored.offsets, stored.sizes, stored.skipped
    sound = np.where(skipped + 1 == 1 << len(filters), sizes == held, sizes >= least)
    wrong = (skipped >> len(filters) != 0) | ~sound | (offsets <= 0) | (offsets > file_size - sizes)
    if wrong.any():
        first = int(np.argmax(wrong))
        return f"a chunk of {sizes[first]} bytes at byte {offsets[first]}"
    # HDF5 removes chunks when a dataset shrinks.
    outside = ((stored.places < 0) | (stored.places >= np.array(stored.shape))).any(axis=1)
    if outside.any():
        return f"a chunk at {tuple(stored.places[np.argmax(outside)].tolist())}, outside of its shape {stored.shape}"
    return ""


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
