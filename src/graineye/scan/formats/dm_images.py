"""The images that DigitalMicrograph's tags describe: each with its shape, its scales and where its numbers stand.

Of all images in a file one is the scan, which is found by its axes or named by the user.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from graineye.errors import ScanError, SeveralScans
from graineye.scan.axes import scan_axes
from graineye.scan.calibration import AxisScale
from graineye.scan.formats.dm_tags import PIXELS, StoredArray, Tree, groups, read_tags, senseless, values
from graineye.scan.formats.interface import Source
from graineye.scan.units import axis_scale

_NUMBERS = {1: "i2", 2: "f4", 6: "u1", 7: "i4", 9: "i1", 10: "u2", 11: "u4", 12: "f8", 14: "u1"}
"""Number types of images, by their DataType."""
_COLOURED = (8, 23)


@dataclass(frozen=True)
class Image:
    """An image: the lengths of its axes as stored, the last running fastest, and their scales."""

    name: str
    shape: tuple[int, ...]
    scales: tuple[AxisScale, ...]
    kind: int
    pixels: StoredArray
    tags: Tree


def image_of_scan(source: Source) -> Image:
    """The image that the user named, else the only one of four axes, else the only one of three.

    Raises
    ------
    SeveralScans
        If there are several.
    ScanError
        If there is none, or the tags make no sense.
    """
    path, images = source.path, list(_images(source.path))
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


def number_type(source: Source, image: Image) -> np.dtype[Any]:
    """The number type of an image that is all there.

    Raises
    ------
    ScanError
        If it is not, or of complex numbers or others that no scan holds.
    """
    if image.kind not in _NUMBERS:
        raise ScanError(
            f"{source.path}: {image.name} holds numbers of type {image.kind} of DigitalMicrograph: "
            "convert it to whole or real numbers"
        )
    pixels = image.pixels
    dtype = np.dtype(_NUMBERS[image.kind]).newbyteorder(pixels.dtype.byteorder)
    if pixels.count * pixels.dtype.itemsize != prod(image.shape) * dtype.itemsize:
        raise ScanError(
            f"{source.path}: {image.name} has {pixels.count} numbers, not those of shape {image.shape}: is the file whole?"
        )
    return dtype


def _images(path: Path) -> Iterator[Image]:
    """All images of a file but thumbnails."""
    tags = read_tags(path)
    small = [tag.get("ImageIndex") for tag in groups(tags.get("Thumbnails"))]
    for number, entry in enumerate(groups(tags.get("ImageList"))):
        data = entry.get("ImageData")
        pixels = data.get(PIXELS) if isinstance(data, dict) else None
        if number in small or not isinstance(data, dict) or not isinstance(pixels, StoredArray):
            continue
        sizes = list(values(data.get("Dimensions")))
        kind = data.get("DataType")
        if kind in _COLOURED:
            continue
        if not all(isinstance(size, int) and size > 0 for size in sizes) or not isinstance(kind, int):
            raise senseless(path, "an image without a size")
        calibrations = data.get("Calibrations")
        named = list(groups(calibrations.get("Dimension"))) if isinstance(calibrations, dict) else []
        scales = [_scale(axis) for axis in named[: len(sizes)]]
        scales += [AxisScale()] * (len(sizes) - len(scales))
        own = entry.get("ImageTags")
        yield Image(
            f"ImageList/{number}",
            tuple(sizes[::-1]),
            tuple(scales[::-1]),
            kind,
            pixels,
            own if isinstance(own, dict) else {},
        )


def _scale(axis: Tree) -> AxisScale:
    step, unit = axis.get("Scale"), axis.get("Units")
    return axis_scale(step, unit) if isinstance(step, float) and isinstance(unit, str) else AxisScale()
