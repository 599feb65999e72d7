"""NumPy's npy, which knows its type and shape; of a stack the user gives the scan positions.

Fortran order is read as it stands where memory can hold the file; Python objects are refused, never unpickled.
"""

from math import prod
from tokenize import TokenError

import numpy as np

from graineye.errors import ScanError
from graineye.scan.axes import dropped, scan_axes
from graineye.scan.formats.interface import (
    NUMBERS,
    Format,
    Source,
    fitting,
    is_number,
    source_scan,
)
from graineye.scan.scan import Scan

LARGEST_REVERSED = 2 * 1024**3
"""Bytes of a file with its axes in reverse that is still read: every partition reads all of it."""


def _open(source: Source) -> Scan:
    from graineye.scan.sources import StridedFrames

    path, positions = source.path, source.positions
    try:
        array = np.load(path, mmap_mode="r", allow_pickle=False)
    # Whatever its header holds: of one that is no Python, NumPy's own reader of old headers says so.
    except (ValueError, OSError, SyntaxError, EOFError, OverflowError, TypeError, TokenError) as error:
        if "Python objects" in str(error):
            raise ScanError(f"{path}: holds Python objects: a scan holds {NUMBERS}; convert it with numpy") from error
        raise ScanError(f"{path}: NumPy cannot open it ({str(error)[:200]}): is the file whole?") from error
    axes = scan_axes(array.shape)
    if len(axes) < 3 or (len(axes) != 4 and positions is None):
        raise ScanError(
            f"{path}: has shape {array.shape}: a scan has four axes (y, x, qy, qx); "
            "of a stack of frames give the scan positions with --nav-shape NY,NX"
        )
    if array.size == 0:
        raise ScanError(f"{path}: has shape {array.shape} and holds nothing: was the recording stopped?")
    spare = path.stat().st_size - array.offset - array.nbytes
    if spare:
        raise ScanError(f"{path}: has {spare} bytes more than its shape {array.shape} takes: is its header right?")
    if not is_number(array.dtype):
        raise ScanError(f"{path}: holds {array.dtype}: a scan holds {NUMBERS}; convert it with numpy")
    scan_shape = fitting(path, prod(axes[:-2]), axes[:-2], positions)
    if array.flags.f_contiguous and not array.flags.c_contiguous:
        return _reversed(source, array, scan_shape)
    frame_bytes = prod(axes[-2:]) * array.dtype.itemsize
    frames = StridedFrames(str(path), scan_shape, (axes[-2], axes[-1]), array.dtype, array.offset, frame_bytes)
    return source_scan(source, "NumPy", frames, notes=dropped(array.shape, axes))


def _reversed(
    source: Source, array: "np.memmap[tuple[int, ...], np.dtype[np.generic]]", scan_shape: tuple[int, int]
) -> Scan:
    from graineye.scan.sources import ReversedFrames

    axes = scan_axes(array.shape)
    if array.nbytes > LARGEST_REVERSED or len(axes) != 4 or axes[:2] != scan_shape:
        raise ScanError(
            f"{source.path}: stored in Fortran order, so that a frame lies scattered over the whole file: "
            "save it again with numpy.ascontiguousarray"
        )
    frames = ReversedFrames(str(source.path), scan_shape, (axes[2], axes[3]), array.dtype, array.offset)
    note = "the file is in Fortran order, which is slow to read: saved again with numpy.ascontiguousarray it is fast"
    return source_scan(source, "NumPy", frames, notes=(*dropped(array.shape, axes), note))


FORMAT = Format("NumPy npy", lambda source: source.start.startswith(b"\x93NUMPY"), _open)
