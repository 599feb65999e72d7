"""EMPAD: float32 frames of 130 x 128 of which the last two rows are no image, and an .xml that says the scan's shape.

Headers of all versions are read; without one the shape comes from the file's name, scan_x256_y256.raw.
"""

import contextlib
import json
import math
import re
from pathlib import Path
from xml.etree import ElementTree

import numpy as np

from graineye.errors import ScanError
from graineye.scan.calibration import AxisScale, Calibration
from graineye.scan.formats.interface import Format, Pair, Source, listed, source_scan
from graineye.scan.scan import Scan

_FRAME: Pair = (128, 128)
_STRIDE = 130 * 128 * 4
_NAMED = re.compile(r"_x(\d{1,5})_y(\d{1,5})(?=\.raw$)", re.IGNORECASE)
_LARGEST_HEADER = 16 * 1024 * 1024


def _open_raw(source: Source) -> Scan:
    """A .raw; shape from the user, from the name, or of the .xml beside it."""
    beside = source.path.with_suffix(".xml")
    if beside.is_file() and _is_empad(beside):
        root = _parsed(beside)
        return _scan(source, source.path, _shapes(root) + _shape_of_name(source.path), _calibration(root))
    return _scan(source, source.path, _shape_of_name(source.path), {})


def _open_xml(source: Source) -> Scan:
    """An .xml, which names the file of the frames; it must lie beside."""
    root = _parsed(source.path)
    element = root.find("raw_file")
    name = "" if element is None else element.get("filename", "").replace("\\", "/").rpartition("/")[2]
    frames = source.path.parent / name if name else source.path.with_suffix(".raw")
    if not frames.is_file():
        frames = source.path.with_suffix(".raw")
    if not frames.is_file():
        raise ScanError(
            f"{source.path}: the header of {name or frames.name}, which is missing: put that file beside it"
        )
    return _scan(source, frames, _shapes(root) + _shape_of_name(frames), _calibration(root))


def _scan(source: Source, frames: Path, told: list[Pair], fields: dict[str, float]) -> Scan:
    from graineye.scan.sources import StridedFrames

    size = frames.stat().st_size
    count = size // _STRIDE
    if size % _STRIDE:
        raise ScanError(
            f"{frames}: ends within frame {count + 1} ({size} bytes, {_STRIDE} a frame): the file is truncated; copy it again"
        )
    fit = [shape for shape in told if math.prod(shape) == count]
    if source.positions is None and fit:
        positions = fit[0]
    elif source.positions is None and told:
        ny, nx = told[0]
        raise ScanError(
            f"{frames}: holds {count} frames, its header or name speaks of {ny} x {nx}: is the file whole? "
            "Else give --nav-shape NY,NX"
        )
    else:
        positions = listed(source, count)
    y, x = (
        AxisScale(fields[a] / n, "nm") if a in fields else AxisScale() for a, n in zip("yx", positions, strict=True)
    )
    pixel = AxisScale(fields["q"], "1/nm") if "q" in fields else AxisScale()
    calibration = Calibration(y, x, pixel, pixel)
    offset = max(source.sync_offset, 0) * _STRIDE
    return source_scan(
        source, "EMPAD", StridedFrames(str(frames), positions, _FRAME, np.dtype("<f4"), offset, _STRIDE), calibration
    )


def _parsed(path: Path) -> ElementTree.Element:
    text = path.read_bytes()
    if len(text) > _LARGEST_HEADER or b"<!ENTITY" in text or b"<!DOCTYPE" in text:  # no header of EMPAD has entities
        raise ScanError(f"{path}: not a header as EMPAD writes it: name the .raw file, with --nav-shape NY,NX")
    try:
        return ElementTree.fromstring(text)  # noqa: S314  # no entities in it
    except ElementTree.ParseError as error:
        raise ScanError(f"{path}: no XML ({error}): name the .raw file, with --nav-shape NY,NX") from error


def _shapes(root: ElementTree.Element) -> list[Pair]:
    """Every (ny, nx) that the header gives, the most trusted first.

    Versions up to 0.51 mean pix_x and pix_y, whatever the parameters of the last search or acquisition were.
    """
    found = [(root.findtext("pix_y"), root.findtext("pix_x"))]
    for mode in ("acquire", "search"):
        elements = [element for element in root.findall("scan_parameters") if element.get("mode") == mode]
        found += [(each.findtext("scan_resolution_y"), each.findtext("scan_resolution_x")) for each in elements]
    return [(int(y), int(x)) for y, x in found if y and x and y.strip().isdecimal() and x.strip().isdecimal()]


def _shape_of_name(path: Path) -> list[Pair]:
    found = _NAMED.search(path.name)
    return [(int(found[2]), int(found[1]))] if found else []


def _calibration(root: ElementTree.Element) -> dict[str, float]:
    """Field of view along y and x in nm and the detector pixel in 1/nm, as far as the header gives them."""
    measured = root.find("iom_measurements")
    if measured is None:
        return {}
    fields: dict[str, float] = {}
    with contextlib.suppress(ValueError, TypeError):  # what cannot be read stays unknown
        sizes = json.loads(measured.findtext("optics.get_full_scan_field_of_view", "[]"))
        fields |= {name: 1e9 * float(size) for name, size in zip("yx", sizes, strict=True)}
    with contextlib.suppress(ValueError):
        fields["q"] = 1e9 * float(measured.findtext("calibrated_pixelsize", ""))
    return {name: value for name, value in fields.items() if math.isfinite(value) and value > 0}


def _is_empad(path: Path) -> bool:
    with path.open("rb") as file:
        return b"<raw_file" in file.read(65536)


def _recognises_raw(source: Source) -> bool:
    if source.suffix != ".raw":
        return False
    size = source.path.stat().st_size
    told = _shape_of_name(source.path)
    beside = source.path.with_suffix(".xml")
    named = bool(told) and size % _STRIDE == 0
    given = source.positions is not None and source.frame is None and size == math.prod(source.positions) * _STRIDE
    return named or given or (beside.is_file() and _is_empad(beside))


def _recognises(source: Source) -> bool:
    if source.start.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<"):
        return source.suffix == ".xml" and _is_empad(source.path)
    return _recognises_raw(source)


FORMAT = Format("EMPAD", _recognises, lambda s: _open_xml(s) if s.suffix == ".xml" else _open_raw(s))
