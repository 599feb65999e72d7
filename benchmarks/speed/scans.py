"""The scans that are timed: one simulated, and the same frames rewritten in other layouts, number types and lengths."""

from pathlib import Path
from typing import Any

import h5py
import hdf5plugin
import numpy as np

import graineye as ge
from graineye.progress import silent

DS_PATH = "/4DSTEM_experiment/data/datacubes/simulated/data"

_GZIP = {"compression": "gzip", "compression_opts": 4}
_BITSHUFFLE = dict(hdf5plugin.Bitshuffle(cname="lz4"))
_FRAME, _FOUR_FRAMES, _QUARTERS = (1, 1, 1, 1), (1, 4, 1, 1), (2, 2, 2, 2)

LAYOUTS: dict[str, tuple[tuple[int, int, int, int], dict[str, Any]]] = {
    "chunked": (_FRAME, {}),
    "gzip": (_FRAME, _GZIP),
    "bitshuffle-LZ4": (_FRAME, _BITSHUFFLE),
    "gzip-of-4-frames": (_FOUR_FRAMES, _GZIP),
    "gzip-of-2x2-quarters": (_QUARTERS, _GZIP),
    "bitshuffle-LZ4-of-4-frames": (_FOUR_FRAMES, _BITSHUFFLE),
}
"""Scan positions of a chunk along y and x, into how many parts frames are cut along y and x, and h5py's filter."""


def simulated(folder: Path, scan: str, detector: int) -> Path:
    """A polycrystal in contiguous uint16, made once a folder; the pattern fills the detector whatever its size."""
    path = folder / f"contiguous-{scan}-{detector}.h5"
    if not path.exists():
        options = ge.SimulationOptions(
            scan=scan, detector=detector, dose=20_000, detector_pixel=0.1667 * 250 / detector
        )
        ge.simulate_scan(path, options, silent)
    return path


def rewritten(source: Path, layout: str) -> Path:
    """The same frames in chunks of that layout, with the dataset at the same place."""
    path = source.with_name(source.name.replace("contiguous", layout))
    if not path.exists():
        (rows, columns, *parts), filters = LAYOUTS[layout]
        with h5py.File(source) as old, h5py.File(path, "w") as new:
            frames = old[DS_PATH]
            sides = [-(-length // part) for length, part in zip(frames.shape[2:], parts, strict=True)]
            chunks = (rows, columns, *sides)
            stored = new.create_dataset(DS_PATH, frames.shape, frames.dtype, chunks=chunks, **filters)
            for y in range(0, frames.shape[0], rows):
                stored[y : y + rows] = frames[y : y + rows]
    return path


def converted(source: Path, dtype: str) -> Path:
    """The same frames, contiguous, as another number type; counts above its largest are cut off."""
    path = source.with_name(source.name.replace("contiguous", dtype))
    if not path.exists():
        limit = np.iinfo(dtype).max if np.dtype(dtype).kind in "ui" else np.inf
        with h5py.File(source) as old, h5py.File(path, "w") as new:
            frames = old[DS_PATH]
            stored = new.create_dataset(DS_PATH, frames.shape, dtype)
            for y in range(frames.shape[0]):
                stored[y] = np.minimum(frames[y].astype(np.float64), limit)
    return path


def repeated(source: Path, rows: int, columns: int) -> Path:
    """The scan of `source` over and over, contiguous, until it has so many rows and columns; whoever asks removes it."""
    path = source.with_name(f"repeated-{rows}x{columns}-of-{source.name}")
    with h5py.File(source) as old, h5py.File(path, "w") as new:
        frames = old[DS_PATH]
        ny, nx = frames.shape[:2]
        stored = new.create_dataset(DS_PATH, (rows, columns, *frames.shape[2:]), frames.dtype)
        for y in range(rows):
            stored[y] = np.take(frames[y % ny], np.arange(columns) % nx, axis=0)
    return path


def memory_map(path: Path) -> np.memmap:
    """The frames of a contiguous scan as they lie in its file, (n_frames, qy * qx)."""
    with h5py.File(path) as file:
        frames = file[DS_PATH]
        ny, nx, qy, qx = frames.shape
        return np.memmap(path, frames.dtype, "r", int(frames.id.get_offset()), (ny * nx, qy * qx))
