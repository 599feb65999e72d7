"""TIFF stacks: a page a frame, the scan positions from the user unless the file is an image of four axes.

Uncompressed pages in a row are read as a memory map, others page by page.
"""

import logging
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from graineye.errors import ScanError
from graineye.scan.axes import dropped, scan_axes
from graineye.scan.formats.interface import NUMBERS, Format, Source, is_number, listed, source_scan
from graineye.scan.scan import Scan

if TYPE_CHECKING:
    from tifffile import TiffFile


@dataclass(frozen=True)
class TiffPages:
    """Frames that are the pages of a TIFF file, decoded by tifffile.

    Attributes
    ----------
    path
        The file.
    scan_shape, frame_shape, dtype
        (ny, nx), (qy, qx) and the number type of the pages.
    first
        Page of the scan's first frame.
    together
        Scan positions that are stored as one piece.
    """

    path: str
    scan_shape: tuple[int, int]
    frame_shape: tuple[int, int]
    dtype: np.dtype[Any]
    first: int = 0
    together: tuple[int, int] = (1, 1)

    def read(self, y: slice, x: slice) -> NDArray[Any]:
        """Decode a rectangle of scan positions."""
        import tifffile

        nx = self.scan_shape[1]
        frames = np.empty((y.stop - y.start, x.stop - x.start, *self.frame_shape), self.dtype)
        with tifffile.TiffFile(self.path) as file:
            for row, column in np.ndindex(frames.shape[:2]):
                number = self.first + (y.start + row) * nx + x.start + column
                try:
                    frames[row, column] = file.pages[number].asarray().reshape(self.frame_shape)
                except Exception as error:  # tifffile and the codecs below it raise their own
                    raise OSError(f"page {number} cannot be decoded: {error}") from error
        return frames


def _open(source: Source) -> Scan:
    import tifffile

    path = source.path
    logging.getLogger("tifffile").addHandler(logging.NullHandler())  # what it finds odd would end up among our lines
    try:
        with tifffile.TiffFile(path) as file:
            return _scan_of(source, file)
    except ScanError:
        raise
    except Exception as error:  # tifffile raises whatever a damaged file makes it meet
        raise ScanError(
            f"{path}: tifffile cannot open it ({error or type(error).__name__}): is the file whole?"
        ) from error


def _scan_of(source: Source, file: "TiffFile") -> Scan:
    from graineye.scan.sources import StridedFrames

    path, series = source.path, file.series
    if len(series) != 1:
        shapes = ", ".join(str(one.shape) for one in series[:8])
        raise ScanError(
            f"{path}: a TIFF file with images of different shapes ({shapes}): save the scan alone as a stack"
        )
    stack = series[0]
    shape, dtype = tuple(stack.shape), np.dtype(stack.dtype)
    axes = scan_axes(shape)
    if len(axes) < 3 or stack.axes.endswith("S") or prod(axes) == 0:
        raise ScanError(f"{path}: a TIFF image of shape {shape}: a scan is a stack of grey frames, one a page")
    if not is_number(dtype):
        raise ScanError(f"{path}: holds {dtype}: a scan holds {NUMBERS}")
    frame_shape = (axes[-2], axes[-1])
    if len(axes) == 4 and source.positions is None and not source.sync_offset:
        scan_shape = (axes[0], axes[1])
    else:
        scan_shape = listed(source, prod(axes[:-2]))
    first, notes = max(source.sync_offset, 0), dropped(shape, axes)
    size = prod(frame_shape) * dtype.itemsize
    if stack.dataoffset is not None:
        if path.stat().st_size < stack.dataoffset + prod(axes[:-2]) * size:
            raise ScanError(f"{path}: ends within its pages: the file is truncated; copy it again")
        stored = dtype.newbyteorder(file.byteorder)
        frames = StridedFrames(str(path), scan_shape, frame_shape, stored, stack.dataoffset + first * size, size)
        return source_scan(source, "TIFF", frames, notes=notes)
    page = file.pages[0]
    if prod(page.shape) != prod(frame_shape):
        raise ScanError(f"{path}: pages of shape {page.shape}: a scan is a stack of grey frames, one a page")
    last = file.pages[len(file.pages) - 1]
    ends = [offset + count for offset, count in zip(last.dataoffsets, last.databytecounts, strict=True)]
    if len(file.pages) < prod(axes[:-2]) or max(ends, default=0) > path.stat().st_size:
        raise ScanError(f"{path}: ends within its pages: the file is truncated; copy it again")
    return source_scan(source, "TIFF", TiffPages(str(path), scan_shape, frame_shape, dtype, first), notes=notes)


FORMAT = Format("TIFF", lambda source: source.start.startswith((b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")), _open)
