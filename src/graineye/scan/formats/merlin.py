"""Merlin's .mib, frames each behind a text header, and the .hdr beside it that knows the scan's shape.

LiberTEM would take all files of a folder with a similar name; only files that belong together are read here.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from math import prod
from pathlib import Path

from graineye.errors import ScanError
from graineye.scan.formats.by_libertem import opened_by_libertem
from graineye.scan.formats.interface import Format, Pair, Source
from graineye.scan.scan import Scan

_LARGEST_HEADER = 65536


def _open_frames(source: Source) -> Scan:
    """A .mib; its .hdr, if it has one, says the scan positions unless the user does."""
    header = source.path.with_suffix(".hdr")
    known = read_header(header) if header.is_file() else {}
    if source.positions is None and not known:
        frames = frames_in(source.path)
        raise ScanError(
            f"{source.path}: holds {frames} frames and has no .hdr beside it that says their scan positions: "
            "give --nav-shape NY,NX"
        )
    return _scan(source, known)


def _open_header(source: Source) -> Scan:
    """A .hdr; its frames are in the .mib of the same name."""
    frames = source.path.with_suffix(".mib")
    if not frames.is_file():
        numbered = sorted(source.path.parent.glob(f"{_escaped(source.path.stem)}*[0-9].mib"))
        if not numbered:
            raise ScanError(f"{source.path}: the header of {frames.name}, which is missing: put that file beside it")
        raise ScanError(
            f"{source.path}: its frames are spread over {len(numbered)} files, {numbered[0].name} and so on: "
            f"join them in order into {frames.name}, which is what the camera writes with one file an acquisition"
        )
    with frames.open("rb") as file:
        start = file.read(512)
    scan = _scan(replace(source, path=frames, start=start), read_header(source.path))
    return replace(scan, path=source.path)


def _scan(source: Source, header: Mapping[str, str]) -> Scan:
    frames = frames_in(source.path)
    positions, flyback = scan_shape(header)
    notes: tuple[str, ...] = ()
    if source.positions is None:
        if positions is None:
            raise ScanError(
                f"{source.path}: holds {frames} frames, and its .hdr does not say their scan positions: give --nav-shape NY,NX"
            )
        ny, nx = positions
        if ny * nx > frames:
            raise ScanError(
                f"{source.path}: holds {frames} frames, its .hdr speaks of {ny} x {nx}: is the file whole? "
                "Of a recording that was stopped give --nav-shape NY,NX of the rows that are there"
            )
        source = replace(source, positions=positions)
        if flyback:
            notes = (
                f"the .hdr tells of {flyback} frames of flyback at the end of each row: --flyback {flyback} cuts them",
            )
    scan = opened_by_libertem(source, "mib", "Merlin", disable_glob=True)
    return replace(scan, notes=scan.notes + notes)


def frames_in(path: Path) -> int:
    """Number of frames of a .mib, by the sizes in its first header.

    Raises
    ------
    ScanError
        If the header cannot be read, or the file does not hold whole frames.
    """
    with path.open("rb") as file:
        fields = file.read(1024).split(b",")
    try:
        header, width, height = int(fields[2]), int(fields[4]), int(fields[5])
        kind = fields[6].decode("ascii")
        bits = {"U": int(kind[1:]), "R": _raw_bits(kind, fields)}[kind[0]]
    except (ValueError, IndexError, KeyError, UnicodeDecodeError) as error:
        raise ScanError(f"{path}: its Merlin header cannot be read ({error}): is the file whole?") from error
    if min(width, height) < 1 or not 0 < header <= _LARGEST_HEADER:
        raise ScanError(f"{path}: its Merlin header speaks of frames of {height} x {width} px: is the file whole?")
    size, frame = path.stat().st_size, header + width * height * bits // 8
    if size % frame:
        raise ScanError(
            f"{path}: ends within frame {size // frame + 1} ({size} bytes, {frame} a frame): the file is truncated; "
            "copy it again"
        )
    return size // frame


def _raw_bits(kind: str, fields: list[bytes]) -> int:
    """Bits of a pixel as stored in a raw frame, by the counter depth at the end of its header."""
    if kind[0] != "R":
        return 0
    depths = {b"1": 1, b"6": 8, b"12": 16, b"24": 32}
    later = [field.strip() for field in fields[7:]]
    marks = [number for number, field in enumerate(later) if field.endswith(b"ns")]
    return depths[later[marks[-1] + 1]]


def read_header(path: Path) -> dict[str, str]:
    """The names and values of a .hdr; of a name with a remark, "ScanX (Number):", the name alone."""
    text = path.read_bytes()[:_LARGEST_HEADER].decode("utf-8", "replace")
    lines = (line.partition("\t") for line in text.splitlines())
    return {re.sub(r"\s*\(.*", "", name).rstrip(": "): value.strip() for name, tab, value in lines if tab}


def scan_shape(header: Mapping[str, str]) -> tuple[Pair | None, int]:
    """(ny, nx) that a .hdr tells, None if it does not, and the frames of flyback at the end of each row."""

    def number(name: str) -> int:
        text = header.get(name, "")
        return int(text) if text.isdecimal() else 0

    frames, row = number("Frames in Acquisition"), number("Frames per Trigger")
    ny, nx = number("ScanY"), number("ScanX")
    if ny and nx:
        if row > nx and ny * row == frames:
            return (ny, row), row - nx
        return (ny, nx), 0
    if row and frames >= row and frames % row == 0 and prod((frames, row)) < 2**62:
        return (frames // row, row), 0
    return None, 0


def _escaped(name: str) -> str:
    return re.sub(r"([*?[])", r"[\1]", name)


FORMAT = Format("Merlin .mib", lambda source: source.start.startswith(b"MQ1,"), _open_frames)
HEADER = Format("Merlin .hdr", lambda source: source.start.startswith(b"HDR,"), _open_header)
