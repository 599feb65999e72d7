"""Gatan's DigitalMicrograph, DM3 and DM4: a tree of tags, of which each entry of ImageList is an image of up to four axes.

LiberTEM reads one of the two orders in which programs write a scan, and no calibration; here the tags are walked once, and
frames are read where they stand.
"""

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from math import isfinite, prod
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from graineye.errors import ScanError, SeveralScans
from graineye.scan.axes import dropped, scan_axes
from graineye.scan.calibration import AxisScale, Calibration
from graineye.scan.formats.interface import Format, Pair, Source, fitting, listed, source_scan
from graineye.scan.formats.npy import LARGEST_REVERSED
from graineye.scan.scan import Scan
from graineye.scan.units import axis_scale, length_in_mm

Tree = dict[str, Any]

_GROUP, _DATA = 20, 21
_STRUCT, _STRING, _ARRAY = 15, 18, 20
_SIMPLE = {2: "i2", 3: "i4", 4: "u2", 5: "u4", 6: "f4", 7: "f8", 8: "u1", 9: "i1", 10: "u1", 11: "i8", 12: "u8"}
"""Number types of tags."""
_PIXELS = {1: "i2", 2: "f4", 6: "u1", 7: "i4", 9: "i1", 10: "u2", 11: "u4", 12: "f8", 14: "u1"}
"""Number types of images, by their DataType."""
_COLOURED = (8, 23)
_PIXELS_TAG = "Data"
_DEEPEST = 64
_LONGEST_INFO = 4096
_LONGEST_TEXT = 4096
_SCAN, _DETECTOR = ("nm",), ("1/nm", "mrad")


class _Broken(Exception):
    """The tags make no sense, or end too early."""


@dataclass(frozen=True)
class _Array:
    """A longer array of numbers, which stays in the file."""

    offset: int
    count: int
    dtype: np.dtype[Any]


@dataclass(frozen=True)
class _Image:
    """An image: the lengths of its axes as stored, the last running fastest, and their scales."""

    name: str
    shape: tuple[int, ...]
    scales: tuple[AxisScale, ...]
    kind: int
    pixels: _Array
    tags: Tree


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


class _Reader:
    """Reads tags of either version, in either byte order."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        self.size = os.fstat(file.fileno()).st_size
        (version,) = struct.unpack(">I", self._bytes(4))
        if version not in (3, 4):
            raise _Broken("it does not begin as DM3 and DM4 do")
        self.long = version == 4
        self._count()  # the file's size, which some programs do not write
        (little,) = struct.unpack(">I", self._bytes(4))
        self.order = "<" if little else ">"

    def tree(self, depth: int = 0) -> Tree:
        """The tags of a group; those without a name are numbered."""
        if depth > _DEEPEST:
            raise _Broken("its tags are nested too deeply")
        self._bytes(2)
        tags: Tree = {}
        for number in range(self._count()):
            kind, length = struct.unpack(">BH", self._bytes(3))
            name = self._bytes(length).decode("latin-1") or str(number)
            if self.long:
                self._count()  # bytes of the tag
            if kind == _GROUP:
                tags[name] = self.tree(depth + 1)
            elif kind == _DATA:
                tags[name] = self._value(name)
            else:
                raise _Broken(f"a tag of kind {kind}")
        return tags

    def _value(self, name: str) -> Any:
        """A number, a text, or where an array stands; None of what no scan needs."""
        if self._bytes(4) != b"%%%%":
            raise _Broken("a tag that does not begin as tags do")
        length = self._count()
        if not 1 <= length <= _LONGEST_INFO:
            raise _Broken(f"a tag whose type takes {length} numbers")
        kind, *info = (self._count() for _ in range(length))
        if kind in _SIMPLE and not info:
            return self._array(kind, 1)[0].item()
        if kind == _ARRAY and len(info) == 2:
            return self._stored(name, *info)
        self._skip(self._size_of(kind, info))
        return None

    def _stored(self, name: str, kind: int, count: int) -> Any:
        dtype = self._dtype(kind)
        if kind == 4 and name != _PIXELS_TAG and count <= _LONGEST_TEXT:  # else whole numbers of 16 bits
            text = self._array(kind, count).tobytes()
            return text.decode("utf-16-le" if self.order == "<" else "utf-16-be", "replace").rstrip("\0")
        array = _Array(self.file.tell(), count, dtype)
        self._skip(count * dtype.itemsize)
        return array

    def _size_of(self, kind: int, info: list[int]) -> int:
        """Bytes of a value of another type, by the numbers that describe the type."""
        if not info:
            return self._dtype(kind).itemsize
        if kind == _STRING and len(info) == 1:
            return info[0]
        if kind == _STRUCT and len(info) >= 2 and len(info) == 2 + 2 * info[1]:
            return sum(self._dtype(field).itemsize for field in info[3::2])
        if kind == _ARRAY and len(info) >= 2:
            return info[-1] * self._size_of(info[0], info[1:-1])
        raise _Broken(f"a tag of type {kind}")

    def _dtype(self, kind: int) -> np.dtype[Any]:
        if kind not in _SIMPLE:
            raise _Broken(f"numbers of type {kind}")
        return np.dtype(self.order + _SIMPLE[kind])

    def _array(self, kind: int, count: int) -> NDArray[Any]:
        dtype = self._dtype(kind)
        return np.frombuffer(self._bytes(count * dtype.itemsize), dtype)

    def _count(self) -> int:
        number: int
        (number,) = struct.unpack(">Q", self._bytes(8)) if self.long else struct.unpack(">I", self._bytes(4))
        return number

    def _bytes(self, count: int) -> bytes:
        found = self.file.read(count) if self.file.tell() + count <= self.size else b""
        if len(found) != count:
            raise _Broken("it ends within its tags")
        return found

    def _skip(self, count: int) -> None:
        if self.file.tell() + count > self.size:
            raise _Broken("it ends within its tags")
        self.file.seek(count, os.SEEK_CUR)


def _images(tags: Tree) -> Iterator[_Image]:
    """All images but thumbnails."""
    small = [tag.get("ImageIndex") for tag in _groups(tags.get("Thumbnails"))]
    for number, entry in enumerate(_groups(tags.get("ImageList"))):
        data = entry.get("ImageData")
        pixels = data.get(_PIXELS_TAG) if isinstance(data, dict) else None
        if number in small or not isinstance(data, dict) or not isinstance(pixels, _Array):
            continue
        sizes = list(_values(data.get("Dimensions")))
        kind = data.get("DataType")
        if kind in _COLOURED:
            continue
        if not all(isinstance(size, int) and size > 0 for size in sizes) or not isinstance(kind, int):
            raise _Broken("an image without a size")
        calibrations = data.get("Calibrations")
        named = list(_groups(calibrations.get("Dimension"))) if isinstance(calibrations, dict) else []
        scales = [_scale(axis) for axis in named[: len(sizes)]]
        scales += [AxisScale()] * (len(sizes) - len(scales))
        own = entry.get("ImageTags")
        yield _Image(
            f"ImageList/{number}",
            tuple(sizes[::-1]),
            tuple(scales[::-1]),
            kind,
            pixels,
            own if isinstance(own, dict) else {},
        )


def _values(group: object) -> Iterator[Any]:
    yield from group.values() if isinstance(group, dict) else ()


def _groups(group: object) -> Iterator[Tree]:
    yield from (value for value in _values(group) if isinstance(value, dict))


def _scale(axis: Tree) -> AxisScale:
    step, unit = axis.get("Scale"), axis.get("Units")
    return axis_scale(step, unit) if isinstance(step, float) and isinstance(unit, str) else AxisScale()


def tag(tags: Tree, *names: str) -> Any:
    """What stands in nested groups; None if it does not."""
    found: Any = tags
    for name in names:
        found = found.get(name) if isinstance(found, dict) else None
    return found


def read_tags(path: Path) -> Tree:
    """All tags of a file, but for long arrays.

    Raises
    ------
    ScanError
        If they make no sense.
    """
    try:
        with path.open("rb") as file:
            return _Reader(file).tree()
    except _Broken as error:
        raise _senseless(path, error) from error


def _senseless(path: Path, error: _Broken) -> ScanError:
    return ScanError(f"{path}: the tags of DigitalMicrograph make no sense ({error}): is the file whole?")


def _open(source: Source) -> Scan:
    path = source.path
    try:
        images = list(_images(read_tags(path)))
    except _Broken as error:
        raise _senseless(path, error) from error
    image = _chosen(source, images)
    axes, skipped = scan_axes(image.shape), max(source.sync_offset, 0)
    if len(axes) > 4:
        raise ScanError(f"{path}: {image.name} has shape {image.shape}: a scan has four axes (y, x, qy, qx)")
    if tag(image.tags, "Meta Data", "Format") in ("Spectrum image", "Spectrum"):
        raise ScanError(
            f"{path}: {image.name} is a spectrum image: a scan holds a diffraction pattern at each position"
        )
    dtype = _checked_dtype(source, image)
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
    source: Source, image: _Image, axes: tuple[int, ...], dtype: np.dtype[Any], notes: tuple[str, ...]
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


def _chosen(source: Source, images: list[_Image]) -> _Image:
    path = source.path
    if source.ds_path is not None:
        for image in images:
            if image.name == source.ds_path.strip("/"):
                break
        else:
            names = ", ".join(image.name for image in images[:8]) or "none"
            raise ScanError(f"{path}: no image {source.ds_path}: it has {names}")
        if len(scan_axes(image.shape)) < 3:
            raise ScanError(f"{path}: {image.name} has shape {image.shape}: a scan is a stack of frames")
        return image
    for least in (4, 3):
        found = [image for image in images if len(scan_axes(image.shape)) >= least]
        if len(found) == 1:
            return found[0]
        if found:
            names = ", ".join(f"{image.name} {image.shape}" for image in found[:8])
            raise SeveralScans(f"{path}: holds several scans: {names}: name one with --ds-path")
    shapes = ", ".join(str(image.shape) for image in images[:8])
    raise ScanError(
        f"{path}: holds no scan, but {f'images of {shapes}' if images else 'no image'}: "
        "a scan is one file; save images of single positions together, as a stack"
    )


def _checked_dtype(source: Source, image: _Image) -> np.dtype[Any]:
    """The number type of an image that is all there."""
    if image.kind not in _PIXELS:
        raise ScanError(
            f"{source.path}: {image.name} holds numbers of type {image.kind} of DigitalMicrograph: "
            "convert it to whole or real numbers"
        )
    pixels = image.pixels
    dtype = np.dtype(_PIXELS[image.kind]).newbyteorder(pixels.dtype.byteorder)
    if pixels.count * pixels.dtype.itemsize != prod(image.shape) * dtype.itemsize:
        raise ScanError(
            f"{source.path}: {image.name} has {pixels.count} numbers, not those of shape {image.shape}: is the file whole?"
        )
    return dtype


def _swapped(image: _Image) -> bool | None:
    """Whether a tag says that frame follows frame; None if it says nothing."""
    said = tag(image.tags, "Meta Data", "Data Order Swapped")
    if isinstance(said, str):  # as scripts write it
        return {"true": True, "1": True, "false": False, "0": False}.get(said.strip().lower())
    return bool(said) if isinstance(said, int | float) else None


def _scan_first(source: Source, image: _Image, axes: tuple[int, ...], scales: tuple[AxisScale, ...]) -> bool:
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
