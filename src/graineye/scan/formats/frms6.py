"""PNDetector's FRMS6: a text .hdr, a file of dark frames, and files of frames, which LiberTEM reads.

LiberTEM believes what the text says; here the files are counted first, so that none is missing, cut off or another one's.
"""

import configparser
import re
import struct
from dataclasses import dataclass, replace
from pathlib import Path

from graineye.errors import ScanError
from graineye.scan.formats.interface import Source

_FILE_HEADER, _FRAME_HEADER = 1024, 64
_BINNINGS = (1, 2, 4)
_READOUT = re.compile(r'"bin:\s*(\d+),\s*windowing:\s*\d+\s*x\s*\d+\s*"')
_SIZE = re.compile(r"(\d{1,9})\s*x\s*(\d{1,9})")


@dataclass(frozen=True)
class _Text:
    """What the .hdr says: the number of frames, and the scan's size, of which nobody says which number is its height."""

    frames: int
    scan: tuple[int, int]


def recognises(source: Source) -> bool:
    """By the section that every .hdr has, or by the header of a file of frames."""
    if source.suffix == ".hdr":
        return b"[measurementInfo]" in source.start
    return source.suffix == ".frms6" and source.start[:4] == struct.pack("<HH", _FILE_HEADER, _FRAME_HEADER)


def checked(source: Source) -> Source:
    """The same source, with scan positions, if all its files are there and whole.

    Raises
    ------
    ScanError
        If they are not.
    """
    path = source.path
    stem = path.stem if path.suffix.lower() == ".hdr" else re.sub(r"_\d+$", "", path.stem)
    hdr = path.with_name(f"{stem}.hdr")
    if not hdr.is_file():
        raise ScanError(f"{path}: {hdr.name} is missing: put it beside the .frms6 files")
    told = _read_text(hdr)
    counts = _counts(hdr, stem)
    if sum(counts[1:]) < told.frames:
        raise ScanError(
            f"{hdr}: speaks of {told.frames} frames, the .frms6 files hold {sum(counts[1:])}: are they all there?"
        )
    if source.positions is not None:
        return source
    rows, columns = told.scan
    if rows != columns:
        raise ScanError(
            f"{hdr}: the scan has {rows}x{columns} positions, and which number counts its rows is not certain: "
            f"give --nav-shape {rows},{columns} or --nav-shape {columns},{rows}"
        )
    return replace(source, positions=told.scan)


def _read_text(hdr: Path) -> _Text:
    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read_string(hdr.read_text("utf-8", "replace"))
        info = parser["measurementInfo"]
        frames = int(info["signalframes"])
        size, readout = _SIZE.fullmatch(info["stemimagesize"].strip()), _READOUT.fullmatch(info["readoutmode"].strip())
    except (configparser.Error, KeyError, ValueError) as error:
        raise ScanError(f"{hdr}: not a header of PNDetector's FRMS6 ({error}): is it whole?") from error
    if size is None or readout is None or int(readout[1]) not in _BINNINGS or frames < 1:
        raise ScanError(f"{hdr}: its numbers of frames, scan positions or binned rows make no sense: is it whole?")
    return _Text(frames, (int(size[1]), int(size[2])))


def _counts(hdr: Path, stem: str) -> list[int]:
    """How many frames each .frms6 file of a recording holds, that of the dark frames first."""
    files = sorted(each for each in hdr.parent.iterdir() if re.fullmatch(rf"{re.escape(stem)}_.*\.frms6", each.name))
    numbers = [each.stem[len(stem) + 1 :] for each in files]
    others = [each.name for each, number in zip(files, numbers, strict=True) if not number.isdecimal()]
    if others:
        raise ScanError(
            f"{hdr}: {others[0]} has a name like the recording's own: move other recordings to other folders"
        )
    if [int(number) for number in numbers] != list(range(len(numbers))) or len(numbers) < 2:
        found = ", ".join(each.name for each in files[:8]) or "none"
        raise ScanError(f"{hdr}: beside it lie {found}: {stem}_000.frms6 and all that follow must be there")
    shapes, counts = set(), []
    for each in files:
        width, height, count = _header(each)
        shapes.add((width, height))
        counts.append(count)
    if len(shapes) > 1:
        raise ScanError(f"{hdr}: its .frms6 files hold frames of different shapes: do they belong together?")
    return counts


def _header(path: Path) -> tuple[int, int, int]:
    """(width, height) of frames as stored, and how many there are; older programs leave that to the file's size."""
    with path.open("rb") as file:
        start = file.read(_FILE_HEADER)
    if len(start) < _FILE_HEADER:
        raise ScanError(f"{path}: ends within its header: the file is truncated; copy it again")
    header, of_frame, version = struct.unpack_from("<HH3xB", start)
    width, height = struct.unpack_from("<HH", start, 88)
    (count,) = struct.unpack_from("<I", start, _FILE_HEADER - 4)
    if (header, of_frame, version) != (_FILE_HEADER, _FRAME_HEADER, 6) or min(width, height) < 1 or width % 2:
        raise ScanError(f"{path}: not a file of FRMS6 frames, whatever its name says: is it whole?")
    size, stride = path.stat().st_size - _FILE_HEADER, _FRAME_HEADER + width * height * 2
    if size % stride or size < stride or count not in (0, size // stride):
        raise ScanError(
            f"{path}: holds {size / stride:.2f} frames, its header speaks of {count or 'none'}: "
            "the file is truncated; copy it again"
        )
    return width, height, size // stride
