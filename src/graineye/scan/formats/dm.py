"""Gatan's DigitalMicrograph, DM3 and DM4: a scan in an image of up to four axes, in either order in which programs write them.

LiberTEM reads one of the two orders, and no calibration; here frames are read where they stand.
"""

from dataclasses import dataclass
from math import isfinite, prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graineye.errors import ScanError
from graineye.scan.axes import dropped, scan_axes
from graineye.scan.calibration import AxisScale, Calibration
from graineye.scan.formats.dm_images import Image, image_of_scan, number_type
from graineye.scan.formats.dm_tags import Tree, tag
from graineye.scan.formats.interface import Format, Pair, Source, fitting, listed, source_scan
from graineye.scan.formats.npy import LARGEST_REVERSED
from graineye.scan.scan import Scan
from graineye.scan.units import length_in_mm

_SCAN, _DETECTOR = ("nm",), ("1/nm", "mrad")


@dataclass(frozen=True)
class ScanFirstFrames:
    """Frames of a file whose axes are (qy, qx, y, x): each detector pixel has an image of the scan.

    A frame lies scattered over the whole file, so that each partition reads all of it: fit for files that memory holds.
    """

    path: str
    scan_shape: Pair
    frame_shape: Pair
    dtype: np.dtype[Any]
    offset: int
    together: Pair = (1, 1)

    def read(self, y: slice, x: slice) -> NDArray[Any]:
        """A copy, frame after frame."""
        mapped = np.memmap(self.path, np.uint8, "r")
        stored: NDArray[Any] = np.ndarray((*self.frame_shape, *self.scan_shape), self.dtype, mapped, self.offset)
        return np.ascontiguousarray(stored[:, :, y, x].transpose(2, 3, 0, 1))


def _open(source: Source) -> Scan:
    path, image = source.path, image_of_scan(source)
    axes, skipped = scan_axes(image.shape), max(source.sync_offset, 0)
    if len(axes) > 4:
        raise ScanError(f"{path}: {image.name} has shape {image.shape}: a scan has four axes (y, x, qy, qx)")
    if tag(image.tags, "Meta Data", "Format") in ("Spectrum image", "Spectrum"):
        raise ScanError(
            f"{path}: {image.name} is a spectrum image: a scan holds a diffraction pattern at each position"
        )
    dtype = number_type(source, image)
    scales = image.scales[-len(axes) :]
    notes = dropped(image.shape, axes)
    offset = image.pixels.offset
    if len(axes) == 3:
        if _swapped(image) is False or scales[0].unit in _DETECTOR:
            raise ScanError(
                f"{path}: {image.name} of shape {axes} is no stack of frames, its first axis is the detector's: "
                "save it as .hspy or .zspy with RosettaSciIO"
            )
        frames = _in_order(source, listed(source, axes[0]), axes[1:], dtype, offset, skipped)
        calibration = _calibration((AxisScale(), AxisScale(), *scales[1:]), image.tags)
        return source_scan(source, _NAME, frames, calibration, notes, image.name)
    if _scan_first(source, image, axes, scales):
        return _scattered(source, image, axes, dtype, notes)
    if source.sync_offset:
        scan_shape, scales = listed(source, prod(axes[:2])), (AxisScale(), AxisScale(), *scales[2:])
    else:
        scan_shape = fitting(path, prod(axes[:2]), axes[:2], source.positions)
        if scan_shape != axes[:2]:  # the stored axes say nothing of scan positions in another shape
            scales = (AxisScale(), AxisScale(), *scales[2:])
    frames = _in_order(source, scan_shape, axes[2:], dtype, offset, skipped)
    return source_scan(source, _NAME, frames, _calibration(scales, image.tags), notes, image.name)


def _in_order(
    source: Source, scan_shape: Pair, frame: tuple[int, ...], dtype: np.dtype[Any], offset: int, skipped: int
) -> Any:
    from graineye.scan.sources import StridedFrames

    stride = prod(frame) * dtype.itemsize
    return StridedFrames(str(source.path), scan_shape, (frame[0], frame[1]), dtype, offset + skipped * stride, stride)


def _scattered(
    source: Source, image: Image, axes: tuple[int, ...], dtype: np.dtype[Any], notes: tuple[str, ...]
) -> Scan:
    scan_shape, frame_shape = (axes[2], axes[3]), (axes[0], axes[1])
    if prod(axes) * dtype.itemsize > LARGEST_REVERSED:
        raise ScanError(
            f"{source.path}: holds an image of the scan for each detector pixel, so that a frame lies scattered over the "
            "whole file: turn it with libertem.contrib.convert_transposed.convert_dm4_transposed, and open the npy"
        )
    if source.positions not in (None, scan_shape) or source.sync_offset:
        raise ScanError(
            f"{source.path}: has {scan_shape[0]} x {scan_shape[1]} scan positions: leave out --nav-shape and --sync-offset"
        )
    frames = ScanFirstFrames(str(source.path), scan_shape, frame_shape, dtype, image.pixels.offset)
    scales = image.scales[-4:]
    note = f"the detector's axes come first in the file: {axes} is read as {(*scan_shape, *frame_shape)}"
    calibration = _calibration(scales[2:] + scales[:2], image.tags)
    return source_scan(source, _NAME, frames, calibration, (*notes, note), image.name)


def _swapped(image: Image) -> bool | None:
    """Whether a tag says that frame follows frame; None if it says nothing."""
    said = tag(image.tags, "Meta Data", "Data Order Swapped")
    if isinstance(said, str):  # as scripts write it
        return {"true": True, "1": True, "false": False, "0": False}.get(said.strip().lower())
    return bool(said) if isinstance(said, int | float) else None


def _scan_first(source: Source, image: Image, axes: tuple[int, ...], scales: tuple[AxisScale, ...]) -> bool:
    """Whether an image is (qy, qx, y, x): by its tag, else by its units, else by the shapes that are given.

    Raises
    ------
    ScanError
        If none of them tells.
    """
    swapped = _swapped(image)
    if swapped is not None:
        return not swapped
    units = [scale.unit for scale in scales]
    as_read = all(u in _SCAN for u in units[:2]) or all(u in _DETECTOR for u in units[2:])
    turned = all(u in _DETECTOR for u in units[:2]) or all(u in _SCAN for u in units[2:])
    if as_read != turned:
        return turned
    given = (source.positions, source.frame)
    as_read, turned = (
        all(wanted in (None, found) for wanted, found in zip(given, pairs, strict=True)) and given != (None, None)
        for pairs in ((axes[:2], axes[2:]), (axes[2:], axes[:2]))
    )
    if as_read != turned:
        return turned
    raise ScanError(
        f"{source.path}: has shape {axes} and does not say which axes are the scan's: "
        "give --nav-shape NY,NX and --sig-shape QY,QX; where these do not tell, save it as .hspy or .zspy with RosettaSciIO"
    )


def _calibration(scales: tuple[AxisScale, ...], tags: Tree) -> Calibration:
    y, x = (scale if scale.unit in _SCAN else AxisScale() for scale in scales[:2])
    qy, qx = (scale if scale.unit in _DETECTOR else AxisScale() for scale in scales[2:])
    volts, length = tag(tags, "Microscope Info", "Voltage"), tag(tags, "Microscope Info", "STEM Camera Length")
    return Calibration(
        y,
        x,
        qy,
        qx,
        beam_energy=volts / 1e3 if isinstance(volts, int | float) and isfinite(volts) and 1e4 <= volts <= 3e6 else None,
        camera_length=length_in_mm(length, "mm") if isinstance(length, int | float) else None,
    )


def _recognises(source: Source) -> bool:
    """By version and byte order, or by its name: LiberTEM's own reader chokes on what has lost them."""
    version, order = source.start[:4], source.start[8:12] if source.start[3:4] == b"\3" else source.start[12:16]
    signed = version in (b"\0\0\0\3", b"\0\0\0\4") and order in (b"\0\0\0\0", b"\0\0\0\1")
    return signed or source.suffix in (".dm3", ".dm4")


_NAME = "DigitalMicrograph"
FORMAT = Format(_NAME, _recognises, _open)
