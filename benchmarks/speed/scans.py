"""The scans that are timed: one simulated, and the same frames rewritten in other layouts and number types."""

from pathlib import Path

import h5py
import hdf5plugin
import numpy as np

import graineye as ge
from graineye.progress import silent

DS_PATH = "/4DSTEM_experiment/data/datacubes/simulated/data"

LAYOUTS = {
    "chunked": {},
    "gzip": {"compression": "gzip", "compression_opts": 4},
    "bitshuffle-LZ4": dict(hdf5plugin.Bitshuffle(cname="lz4")),
}
"""How h5py is told to write chunks of one frame."""


def simulated(folder: Path, scan: str, detector: int) -> Path:
    """A polycrystal in contiguous uint16, made once a folder."""
    path = folder / f"contiguous-{scan}-{detector}.h5"
    if not path.exists():
        ge.simulate_scan(path, ge.SimulationOptions(scan=scan, detector=detector, dose=20_000), silent)
    return path


def rewritten(source: Path, layout: str) -> Path:
    """The same frames in chunks of one frame, with the dataset at the same place."""
    path = source.with_name(source.name.replace("contiguous", layout))
    if not path.exists():
        with h5py.File(source) as old, h5py.File(path, "w") as new:
            frames = old[DS_PATH]
            chunks = (1, 1, *frames.shape[2:])
            stored = new.create_dataset(DS_PATH, frames.shape, frames.dtype, chunks=chunks, **LAYOUTS[layout])
            for y in range(frames.shape[0]):
                stored[y] = frames[y]
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
