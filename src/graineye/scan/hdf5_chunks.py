"""The chunks of an HDF5 dataset, looked at before they are decoded: which are missing, which are larger than they may be.

HDF5 reads a chunk that was never written as zeros, and decodes a small one to any size without a word.
"""

import zlib
from dataclasses import dataclass
from itertools import product
from math import prod
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from graineye.errors import ScanError
from graineye.scan import bitshuffle
from graineye.scan.stored_chunks import StoredChunks

MOST_CHUNKS = 100_000_000
"""A damaged header may speak of any number; of a terabyte in chunks of 10 kB there are as many."""
_DEFLATE = 1
_GROWTH = 1032
"""Deflate makes at most so many bytes of one."""
LARGE = 4 * 1024**3
"""Bytes of a dataset of which more than a hundredth must be there."""
_SOUND: set[tuple[object, ...]] = set()
"""Chunks that were looked at and found sound, with the time of the file's last change."""
_HARMLESS = 256 * 1024 * 1024
"""Bytes that one chunk may grow to before it is looked at."""


@dataclass(frozen=True)
class Chunks:
    """What a dataset's index of chunks says.

    Attributes
    ----------
    missing, total
        Chunks that were never written, and all of them.
    frames_missing, frames
        Frames of which a part was never written, and all of them.
    largest
        Size of the largest chunk as stored, bytes.
    """

    missing: int
    total: int
    frames_missing: int
    frames: int
    largest: int


def look_at_chunks(path: Path, dataset: h5py.Dataset, stored: StoredChunks, detector_axes: tuple[int, ...]) -> Chunks:
    """Count a dataset's chunks; `detector_axes` are those of a frame.

    Raises
    ------
    ScanError
        If there are more than any scan has.
    """
    total = prod(stored.grid)
    if total > MOST_CHUNKS:
        raise ScanError(
            f"{path}: {dataset.name} of shape {dataset.shape} has {total} chunks, more than a scan may have: "
            "is the file whole? else store it in chunks of whole frames"
        )
    written = stored.offsets_on_grid() != 0
    incomplete = ~written.all(axis=detector_axes)
    for axis in sorted(set(range(written.ndim)) - set(detector_axes), reverse=True):
        extents = np.full(written.shape[axis], stored.chunk[axis])
        extents[-1] = stored.shape[axis] - stored.chunk[axis] * (written.shape[axis] - 1)
        incomplete = incomplete @ extents  # the last axis that is left
    frames = prod(length for axis, length in enumerate(stored.shape) if axis not in detector_axes)
    missing = written.size - int(np.count_nonzero(written))
    return Chunks(missing, written.size, int(incomplete), frames, int(stored.sizes.max(initial=0)))


def check_sizes(path: Path, dataset: h5py.Dataset, chunks: Chunks) -> None:
    """Refuse chunks that are stored larger than they are once decoded, by more than what any filter adds.

    Raises
    ------
    ScanError
        If there is one.
    """
    declared = prod(dataset.chunks) * dataset.dtype.itemsize
    if chunks.largest > declared + declared // 8 + 65536:
        raise ScanError(
            f"{path}: {dataset.name} has a chunk of {chunks.largest} bytes where its shape allows {declared}: "
            "the file is damaged or made to do harm; do not read it"
        )


def missing_chunks_note(path: Path, dataset: h5py.Dataset, chunks: Chunks) -> tuple[str, ...]:
    """A sentence on the chunks that were never written, none if all were.

    Raises
    ------
    ScanError
        If of a large dataset nearly nothing was written: its shape cannot be meant.
    """
    if not chunks.missing:
        return ()
    if dataset.nbytes > LARGE and chunks.missing > 0.99 * chunks.total:
        raise ScanError(
            f"{path}: {dataset.name} has shape {dataset.shape}, and {chunks.missing} of its {chunks.total} chunks were never "
            "written: is the file whole? else copy the part that is there into another file"
        )
    return (
        f"{chunks.missing} of {chunks.total} chunks were never written, so that {chunks.frames_missing} of {chunks.frames} "
        "frames count as zero, all or in part: was the recording stopped?",
    )


def check_chunks(dataset: h5py.Dataset, where: tuple[slice, ...]) -> None:
    """Make sure that no chunk of a region does harm when HDF5 decodes it; each is looked at once.

    Deflated chunks could grow to any size, and those of bitshuffle and LZ4 end the process if they are damaged.

    Raises
    ------
    OSError
        If one would.
    """
    if dataset.chunks is None:
        return
    filters = _filters(dataset)
    declared = prod(dataset.chunks) * dataset.dtype.itemsize
    # Smaller ones do no harm: no chunk may be stored larger than its shape.
    growing = _DEFLATE in filters and declared * _GROWTH > _HARMLESS
    if not growing and bitshuffle.FILTER not in filters:
        return
    file = dataset.file.filename
    key = (file, Path(file).stat().st_mtime_ns, dataset.name)
    for offset in _chunk_offsets(dataset, where):
        if (*key, offset) in _SOUND:
            continue
        info = dataset.id.get_chunk_info_by_coord(offset)
        if info.byte_offset is not None and info.filter_mask == 0:
            if bitshuffle.FILTER in filters:
                if next(iter(filters)) != bitshuffle.FILTER or len(filters) > 1:
                    continue  # packed once more by another filter
                _, raw = dataset.id.read_direct_chunk(offset)
                bitshuffle.check_chunk(raw, filters[bitshuffle.FILTER], declared, dataset.dtype.itemsize)
            elif info.size * _GROWTH > max(_HARMLESS, 4 * declared):
                _, raw = dataset.id.read_direct_chunk(offset)
                if len(zlib.decompressobj().decompress(raw, declared + 65)) > declared + 64:  # a checksum may follow
                    raise OSError(f"the chunk at {offset} decodes to more than its shape")
        _SOUND.add((*key, offset))


def _filters(dataset: h5py.Dataset) -> dict[int, tuple[int, ...]]:
    """The settings of a dataset's filters by their number.

    Raises
    ------
    OSError
        If those of bitshuffle make no sense.
    """
    stored = dataset.id.get_create_plist()
    found = [stored.get_filter(number) for number in range(stored.get_nfilters())]
    filters = {code: tuple(settings) for code, _, settings, _ in found}
    if bitshuffle.FILTER in filters:
        bitshuffle.check_settings(filters[bitshuffle.FILTER], dataset.dtype.itemsize)
    return filters


def _chunk_offsets(dataset: h5py.Dataset, where: tuple[slice, ...]) -> Any:
    whole = [slice(0, length) for length in dataset.shape]
    parts = [*where, *whole[len(where) :]]
    steps = (
        range(part.start // chunk * chunk, part.stop, chunk) for part, chunk in zip(parts, dataset.chunks, strict=True)
    )
    return product(*steps)
