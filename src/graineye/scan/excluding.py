"""What of a scan does not take part: scan positions and detector pixels that a user leaves out.

A mask is an image in which anything but zero is left out, or a list of rectangles.
"""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graineye.errors import ScanError, SettingsError
from graineye.scan.scan import Scan

Mask = str | Path | NDArray[Any]
"""An image's path, the image itself, or rectangles as text: Y0:Y1,X0:X1 joined by semicolons."""
_RECTANGLES = re.compile(r"[\d:,;\s+-]+")
_EXTENT = re.compile(r"\s*(?:(\d+)|(\d*)\s*:\s*(\d*))\s*")


def excluding(
    scan: Scan, frames: Mask | None = None, pixels: Mask | None = None, stored: tuple[int, int] | None = None
) -> Scan:
    """The same scan without some of its scan positions and detector pixels.

    Parameters
    ----------
    scan
        An open scan, cut and binned.
    frames
        Scan positions to leave out, counted in the whole file like --roi; an image may also be of the part that is read.
    pixels
        Detector pixels to leave out, counted in the file's frames; an image may also be of frames as they are read.
    stored
        (qy, qx) of the file's frames, where they are binned; a bin with one excluded pixel is excluded.

    Raises
    ------
    ScanError
        If a mask cannot be read, does not fit, or leaves nothing.
    SettingsError
        If a text is neither rectangles nor a file.
    """
    notes = scan.notes
    if frames is not None:
        whole = scan.scan_shape if scan.roi is None else (scan.roi.shape[0], scan.roi.shape[1])
        mask = _mask(scan, frames, whole, scan.scan_shape, "--exclude-frames")
        if mask.shape != scan.scan_shape and scan.roi is not None:
            mask = mask[scan.roi].reshape(scan.scan_shape)
        _check_some_left(scan, mask, "--exclude-frames", "scan position")
        if mask.any():
            notes += (f"{mask.sum()} of {mask.size} scan positions are excluded and stay unassigned",)
            scan = replace(scan, excluded_frames=mask)
    if pixels is not None:
        mask = _mask(scan, pixels, stored or scan.frame_shape, scan.frame_shape, "--exclude-pixels")
        if mask.shape != scan.frame_shape:
            mask = _binned(mask, scan.frame_shape)
        _check_some_left(scan, mask, "--exclude-pixels", "detector pixel")
        if mask.any():
            notes += (f"{mask.sum()} of {mask.size} detector pixels are excluded",)
            scan = replace(scan, excluded_pixels=mask)
    return replace(scan, notes=notes)


def without_pixels(scan: Scan, pixels: NDArray[np.bool_]) -> Scan:
    """The same scan without some more detector pixels, (qy, qx)."""
    if not pixels.any():
        return scan
    return replace(scan, excluded_pixels=pixels if scan.excluded_pixels is None else scan.excluded_pixels | pixels)


def _mask(scan: Scan, given: Mask, whole: tuple[int, int], read: tuple[int, int], flag: str) -> NDArray[np.bool_]:
    """A mask of shape `whole`, or of shape `read` if an image of that shape was given."""
    if isinstance(given, str) and _RECTANGLES.fullmatch(given):
        return _of_rectangles(scan, given, whole, flag)
    if isinstance(given, np.ndarray):
        image, source = given, str(scan.path)
    else:
        image, source = _image(Path(given), flag), str(given)
    if image.shape not in (whole, read):
        either = f"{whole}" if whole == read else f"{whole} (the whole file) or {read} (what is read)"
        raise ScanError(f"{source}: {flag} gives a mask of shape {image.shape}: it must be of shape {either}")
    if image.dtype.kind == "f" and not np.isfinite(image).all():
        raise ScanError(f"{source}: {flag} gives a mask with NaN or Inf: zero is kept, any other number is left out")
    return np.asarray(image != 0)


def _of_rectangles(scan: Scan, text: str, shape: tuple[int, int], flag: str) -> NDArray[np.bool_]:
    mask = np.zeros(shape, bool)
    for rectangle in filter(str.strip, text.split(";")):
        extents = [_EXTENT.fullmatch(part) for part in rectangle.split(",")]
        if len(extents) != 2 or None in extents:
            raise SettingsError(
                f"{flag} is {text!r}: write rectangles as Y0:Y1,X0:X1 with semicolons between, for example "
                "0:2,:;50,10:60, or the path of a mask image"
            )
        where = []
        for extent, length, axis in zip(extents, shape, "yx", strict=True):
            one, first, last = extent.groups() if extent else (None, None, None)
            start = int(one or first or 0)
            stop = start + 1 if one else int(last or length)
            if not 0 <= start < stop <= length:
                raise ScanError(f"{scan.path}: {flag} {rectangle.strip()} along {axis} does not lie in 0:{length}")
            where.append(slice(start, stop))
        mask[tuple(where)] = True
    return mask


def _image(path: Path, flag: str) -> NDArray[Any]:
    """An image from a npy, TIFF, PNG or other picture file; of a coloured one, what is not black is left out."""
    if not path.is_file():
        raise ScanError(f"{path}: no such file: {flag} takes a mask image, or rectangles as Y0:Y1,X0:X1")
    try:
        if path.suffix.lower() == ".npy":
            image: NDArray[Any] = np.load(path, allow_pickle=False)
        elif path.suffix.lower() in (".tif", ".tiff"):
            from tifffile import imread

            image = np.asarray(imread(path))
        else:
            from PIL import Image

            with Image.open(path) as picture:
                coloured = picture.mode in ("P", "PA", "RGBA", "LA", "CMYK", "YCbCr", "HSV")
                image = np.asarray(picture.convert("RGB") if coloured else picture)
        if image.dtype.kind not in "iufb":
            raise ValueError(f"it holds {image.dtype}")
    except Exception as error:  # out of a damaged file, the libraries raise nearly anything
        raise ScanError(f"{path}: no mask can be read ({error}): {flag} takes a npy, tif or png image") from error
    if image.ndim == 3 and image.shape[2] in (3, 4):
        image = np.asarray(image[..., :3].any(axis=2))
    while image.ndim > 2 and image.shape[0] == 1:
        image = image[0]
    return image


def _binned(mask: NDArray[np.bool_], shape: tuple[int, int]) -> NDArray[np.bool_]:
    size = mask.shape[0] // shape[0]
    rows = mask[: shape[0] * size, : shape[1] * size]
    return np.asarray(rows.reshape(shape[0], size, shape[1], size).any(axis=(1, 3)))


def _check_some_left(scan: Scan, mask: NDArray[np.bool_], flag: str, what: str) -> None:
    if mask.all():
        raise ScanError(
            f"{scan.path}: {flag} leaves no {what}: what is not zero in a mask is left out; is it inverted?"
        )
