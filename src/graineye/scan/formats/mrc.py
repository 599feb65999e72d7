"""MRC stacks of images or volumes: a header of 1024 bytes, then frames of plain numbers.

The scan's shape is not in the file; movies of Direct Electron mean other numbers by the same header and are refused.
"""

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graineye.errors import ScanError
from graineye.scan.formats.interface import Format, Source, listed, source_scan
from graineye.scan.scan import Scan

_HEADER = 1024
_MODES = {0: "i1", 1: "i2", 2: "f4", 6: "u2"}
_NAMES = {3: "complex numbers", 4: "complex numbers", 12: "floating-point numbers of 16 bits", 101: "numbers of 4 bits"}


@dataclass(frozen=True)
class Header:
    """What an MRC header says: frames of a shape and number type, and where they begin in the file."""

    frames: int
    frame_shape: tuple[int, int]
    dtype: np.dtype[Any]
    offset: int


def read_header(path: Path) -> Header:
    """The header of an MRC file whose frames are all there.

    Raises
    ------
    ScanError
        If it makes no sense, or the file is too short for it.
    """
    with path.open("rb") as file:
        start = file.read(_HEADER)
    if len(start) < _HEADER:
        raise ScanError(f"{path}: ends within its MRC header: the file is truncated; copy it again")
    order = ">" if start[212:213] == b"\x11" else "<"
    nx, ny, nz, mode = struct.unpack(order + "4i", start[:16])
    (extended,) = struct.unpack(order + "i", start[92:96])
    if b"Direct Electron" in start[224:]:
        raise ScanError(
            f"{path}: a movie of a Direct Electron camera, which the MRC header does not describe: "
            "save it as .hspy or .zspy with RosettaSciIO"
        )
    if mode not in _MODES:
        raise ScanError(f"{path}: holds {_NAMES.get(mode, f'numbers of mode {mode}')}: save it as 16-bit MRC or npy")
    if min(nx, ny, nz) < 1 or extended < 0:
        raise ScanError(f"{path}: its MRC header speaks of {nz} frames of {ny} x {nx} px: is the file whole?")
    dtype = np.dtype(order + _MODES[mode])
    if mode == 0 and not _signed(start, order):
        dtype = np.dtype("u1")
    wanted, size = _HEADER + extended + nx * ny * nz * dtype.itemsize, path.stat().st_size
    if size < wanted:
        raise ScanError(f"{path}: has {size} of {wanted} bytes: the file is truncated; copy it again")
    return Header(nz, (ny, nx), dtype, _HEADER + extended)


def _signed(start: bytes, order: str) -> bool:
    """Whether bytes are signed: MRC2014 says so, IMOD's own mark may say otherwise."""
    stamp, flags = struct.unpack(order + "2i", start[152:160])
    return stamp != 1146047817 or bool(flags & 1)


def read_image(path: Path) -> NDArray[Any]:
    """The only image of an MRC file, (qy, qx)."""
    header = read_header(path)
    if header.frames != 1:
        raise ScanError(f"{path}: holds {header.frames} images where one is wanted: save one alone")
    return np.fromfile(path, header.dtype, header.frame_shape[0] * header.frame_shape[1], offset=header.offset).reshape(
        header.frame_shape
    )


def _open(source: Source) -> Scan:
    from graineye.scan.sources import StridedFrames

    header = read_header(source.path)
    stride = header.frame_shape[0] * header.frame_shape[1] * header.dtype.itemsize
    frames = StridedFrames(
        str(source.path),
        listed(source, header.frames),
        header.frame_shape,
        header.dtype,
        header.offset + max(source.sync_offset, 0) * stride,
        stride,
    )
    return source_scan(source, "MRC", frames)


FORMAT = Format("MRC", lambda source: source.start[208:211] == b"MAP", _open)
