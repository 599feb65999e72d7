"""Sparse frames: a .toml that names three files of plain numbers, the rows of a matrix of scan positions by detector pixels.

Each partition's indices are looked at before they are used, since they would lead out of memory.
"""

import tomllib
from dataclasses import dataclass, replace
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graineye.errors import ScanError
from graineye.scan.formats.interface import NUMBERS, Format, Pair, Source, is_number, listed, source_scan
from graineye.scan.scan import Scan

_LARGEST_HEADER = 1024 * 1024
_LONGEST_ROW = 65536
"""Pixels along an axis of a frame; no detector has more."""


@dataclass(frozen=True)
class _Numbers:
    """A file of plain numbers."""

    path: str
    dtype: np.dtype[Any]

    def __len__(self) -> int:
        return Path(self.path).stat().st_size // self.dtype.itemsize

    def __getitem__(self, where: slice) -> NDArray[Any]:
        return np.memmap(self.path, self.dtype, "r", shape=(len(self),))[where]


@dataclass(frozen=True)
class _SparseFrames:
    """Frames of which only the pixels that counted are stored.

    Attributes
    ----------
    rows
        Where each frame's pixels begin among all of them, and one more.
    pixels, counts
        The pixels' numbers in their frame, and what they hold.
    skipped
        Frames in front of the scan.
    scan_shape, frame_shape
        (ny, nx) and (qy, qx).
    """

    rows: _Numbers
    pixels: _Numbers
    counts: _Numbers
    skipped: int
    scan_shape: Pair
    frame_shape: Pair
    together: Pair = (1, 1)

    @property
    def dtype(self) -> np.dtype[Any]:
        return self.counts.dtype.newbyteorder("=")

    def read(self, y: slice, x: slice) -> NDArray[Any]:
        """Dense frames of a rectangle of scan positions."""
        nx = self.scan_shape[1]
        starts = range(y.start * nx + x.start, y.stop * nx, nx)
        parts = [self._frames(start + self.skipped, x.stop - x.start) for start in starts]
        return np.concatenate(parts).reshape(len(starts), x.stop - x.start, *self.frame_shape)

    def _frames(self, first: int, count: int) -> NDArray[Any]:
        from scipy.sparse import csr_array

        bounds = self.rows[first : first + count + 1].astype(np.int64)
        if bounds[0] < 0 or bounds[-1] > len(self.pixels) or (np.diff(bounds) < 0).any():
            raise OSError(f"frames {first} to {first + count - 1} do not follow each other in {self.rows.path}")
        where = slice(int(bounds[0]), int(bounds[-1]))
        pixels = self.pixels[where]
        size = prod(self.frame_shape)
        if pixels.size and not 0 <= pixels.min() <= pixels.max() < size:
            raise OSError(f"a pixel of frames {first} to {first + count - 1} lies outside of its frame")
        stored = (self.counts[where].astype(self.dtype), pixels.astype(np.int64), bounds - bounds[0])
        return csr_array(stored, shape=(count, size)).toarray()


def _recognises(source: Source) -> bool:
    return source.suffix == ".toml" and b"raw_csr" in source.start


def _open(source: Source) -> Scan:
    path = source.path
    try:
        stated, positions, frame = _header(path)
        rows, pixels, counts = (_numbers(path, stated, name) for name in ("indptr", "indices", "data"))
    except (
        KeyError,
        TypeError,
        ValueError,
        SyntaxError,
        AttributeError,
        OSError,
    ) as error:  # of whatever a .toml may hold
        said = f"nothing on {error}" if isinstance(error, KeyError) else str(error)
        raise ScanError(f"{path}: no header of sparse frames ({said[:200]!r}): is the file whole?") from error
    if rows.dtype.kind not in "iu" or pixels.dtype.kind not in "iu" or not is_number(counts.dtype):
        raise ScanError(
            f"{path}: indices in {rows.dtype} and {pixels.dtype}, frames in {counts.dtype}: "
            f"indices are whole numbers, and a scan holds {NUMBERS}: is the file whole?"
        )
    if len(pixels) != len(counts):
        raise ScanError(
            f"{path}: {len(pixels)} pixels with {len(counts)} counts, of which each has one: is one of the files cut off?"
        )
    if source.frame is not None and prod(source.frame) != prod(frame):
        raise ScanError(f"{path}: frames of {frame[0]} x {frame[1]} px, not {source.frame}: check --sig-shape")
    found = listed(replace(source, positions=source.positions or positions), len(rows) - 1)
    frames = _SparseFrames(rows, pixels, counts, source.sync_offset, found, source.frame or frame)
    return source_scan(source, "raw CSR", frames)


def _header(path: Path) -> tuple[dict[str, Any], Pair | None, Pair]:
    """What it says of the three files, (ny, nx) if these are two numbers, and (qy, qx)."""
    if path.stat().st_size > _LARGEST_HEADER:
        raise ValueError("too long")
    told = tomllib.loads(path.read_text("utf-8"))
    params = told["params"]
    positions, frame = ([_length(n) for n in params[name]] for name in ("nav_shape", "sig_shape"))
    if len(frame) != 2 or max(frame) > _LONGEST_ROW:
        raise ValueError(f"frames of {' x '.join(map(str, frame))} px")
    ny_nx = (positions[0], positions[1]) if len(positions) == 2 else None
    return told[params["filetype"]], ny_nx, (frame[0], frame[1])


def _length(value: object) -> int:
    if not isinstance(value, int) or value < 1:
        raise ValueError(f"an axis of length {value}")
    return value


def _numbers(path: Path, stated: dict[str, Any], name: str) -> _Numbers:
    file, dtype = path.parent / stated[f"{name}_file"], np.dtype(str(stated[f"{name}_dtype"]))
    if not file.is_file():
        raise ValueError(f"{file} is missing")
    size = file.stat().st_size
    if not size or not dtype.itemsize or size % dtype.itemsize:
        raise ValueError(f"{file} has {size} bytes, not a number of {dtype}")
    return _Numbers(str(file), dtype)


FORMAT = Format("raw CSR", _recognises, _open)
