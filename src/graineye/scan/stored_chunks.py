"""Where the chunks of an HDF5 dataset lie in its file: read once when the file is opened, in one walk through its index."""

from array import array
from dataclasses import dataclass

import h5py
import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class StoredChunks:
    """The chunks that were written, in the order of the index.

    Attributes
    ----------
    shape, chunk
        Of the dataset and of a chunk.
    places
        (n, axes) index of each chunk's first number in the dataset.
    offsets, sizes
        (n) where each begins in the file, and its bytes as stored.
    skipped
        (n) bit i says that the dataset's filter i was not applied.
    """

    shape: tuple[int, ...]
    chunk: tuple[int, ...]
    places: NDArray[np.int64]
    offsets: NDArray[np.int64]
    sizes: NDArray[np.int64]
    skipped: NDArray[np.int64]

    @property
    def grid(self) -> tuple[int, ...]:
        """How many chunks there would be along each axis if all were written."""
        return tuple(-(-length // chunk) for length, chunk in zip(self.shape, self.chunk, strict=True))

    def on_grid(self, numbers: NDArray[np.int64]) -> NDArray[np.int64]:
        """One number for each chunk that was written, on the grid of all; 0 where none was."""
        placed: NDArray[np.int64] = np.zeros(self.grid, np.int64)
        placed[tuple((self.places // np.array(self.chunk)).T)] = numbers
        return placed

    def offsets_on_grid(self) -> NDArray[np.int64]:
        """Where each chunk begins in the file; 0 where none was written."""
        return self.on_grid(self.offsets)

    def contiguous_from(self, chunk_bytes: int) -> int | None:
        """Where the dataset begins in the file if its chunks, none packed, stand in it as one array does; else None."""
        inner = next((axis for axis, length in enumerate(self.chunk) if length > 1), len(self.chunk) - 1)
        offsets = self.offsets_on_grid().ravel()
        whole = all(length % chunk == 0 for length, chunk in zip(self.shape, self.chunk, strict=True))
        if not whole or self.chunk[inner + 1 :] != self.shape[inner + 1 :] or not offsets.size or not offsets.all():
            return None
        return int(offsets[0]) if (np.diff(offsets) == chunk_bytes).all() else None


def stored_chunks(dataset: h5py.Dataset) -> StoredChunks:
    """Walk through the index of a chunked dataset.

    Raises
    ------
    OSError
        If its index cannot be read.
    """
    places, offsets, sizes, skipped = array("q"), array("q"), array("q"), array("q")

    def note(chunk: h5py.h5d.StoreInfo) -> None:
        if chunk.chunk_offset is None or chunk.byte_offset is None:  # of a damaged index
            raise OSError("its index of chunks cannot be read")
        try:
            places.extend(chunk.chunk_offset)
            offsets.append(chunk.byte_offset)
            sizes.append(chunk.size)
            skipped.append(chunk.filter_mask)
        except OverflowError:
            raise OSError(f"its index speaks of a chunk of {chunk.size} bytes at byte {chunk.byte_offset}") from None

    dataset.id.chunk_iter(note)
    return StoredChunks(
        dataset.shape,
        dataset.chunks,
        np.array(places, np.int64).reshape(-1, dataset.ndim),
        *(np.array(numbers, np.int64) for numbers in (offsets, sizes, skipped)),
    )
