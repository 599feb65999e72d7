"""File formats: each a small module that says which files are its own and how they become a `Scan`.

A new format is a module with a `Format`, and its entry in `FORMATS`; nothing else knows of it.
"""

from graineye.scan.formats import (
    by_libertem,
    empad,
    hdf5,
    merlin,
    mrc,
    npy,
    raw,
    tiff,
    zarr_stores,
    zipped,
)
from graineye.scan.formats.interface import Format, Source

FORMATS: tuple[Format, ...] = (
    raw.FORMAT,
    zarr_stores.FORMAT,
    hdf5.FORMAT,
    npy.FORMAT,
    merlin.FORMAT,
    merlin.HEADER,
    tiff.FORMAT,
    mrc.FORMAT,
    zipped.FORMAT,
    empad.FORMAT,
    *by_libertem.FORMATS,
)
"""In the order in which they are asked: what the user says, what a file's first bytes say, what its name says."""

__all__ = ["FORMATS", "Format", "Source"]
