"""Headers of files that LiberTEM reads, held against the files: LiberTEM believes every size in them.

A number that was damaged would be another scan without a word.
"""

import re
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from graineye.errors import ScanError
from graineye.scan.formats.interface import Source

_BLO = struct.Struct("<6sH3I4H")
_BLO_TEXT = 240
_BLO_WITH_TEXT = 259
_BLO_LONGEST_TEXT = 65536
_BLO_FRAME_HEADER = 6
_SEQ = struct.Struct("<548x9I")
_SER = struct.Struct("<4xH4I")
_SER_OF_32_BITS = 0x0210
_SER_IMAGES = 0x4122
_SER_NUMBERS = {1: 1, 2: 2, 3: 4, 4: 1, 5: 2, 6: 4, 7: 4, 8: 8}
"""Bytes of a pixel by the code of its type; two more are complex."""
_SER_ELEMENT = struct.Struct("<40xH2i")
_SER_TAG = 32
"""Bytes that suffice for what may stand behind a frame."""


def check_blo(source: Source) -> None:
    """Make sure that a blo file ends where its frames do.

    Raises
    ------
    ScanError
        If it does not.
    """
    with _header(source, "blo") as file:
        _, magic, text_end, start, _, side, _, nx, ny = _BLO.unpack(file.read(_BLO.size))
        file.seek(_BLO_TEXT)
        text = file.read(min(max(0, text_end - _BLO_TEXT), _BLO_LONGEST_TEXT)) if magic == _BLO_WITH_TEXT else b""
    depth = re.search(rb"(?i)^blo bit depth:\s*(\d{1,3}) bits", text, re.MULTILINE)
    frame = _BLO_FRAME_HEADER + side * side * (int(depth[1]) // 8 if depth else 1)
    size = source.path.stat().st_size
    if not side or not start + ny * nx * frame <= size < start + (ny * nx + 1) * frame:
        raise ScanError(
            f"{source.path}: has {size} bytes, its header speaks of {ny} x {nx} frames of {side} x {side} px "
            f"from byte {start} on, which end at {start + ny * nx * frame}: is the file whole?"
        )


def check_seq(source: Source) -> None:
    """Make sure that the sizes in the header of a Norpix SEQ file agree.

    Raises
    ------
    ScanError
        If they do not.
    """
    with _header(source, "Norpix SEQ") as file:
        width, height, depth, _, image, _, _, _, stride = _SEQ.unpack(file.read(_SEQ.size))
    if not image or width * height * (depth // 8) != image or image > stride:
        raise ScanError(
            f"{source.path}: frames of {height} x {width} px of {depth} bits in {image} of every {stride} bytes, "
            "which cannot be: is the file whole?"
        )


def check_ser(source: Source) -> None:
    """Make sure that the first frame of a TIA series takes the room up to the second.

    Raises
    ------
    ScanError
        If it does not.
    """
    with _header(source, "TIA SER") as file:
        version, kind, _, _, count = _SER.unpack(file.read(_SER.size))
        number = "<2i" if version == _SER_OF_32_BITS else "<2q"
        if kind != _SER_IMAGES or count < 2:
            return
        (table,) = struct.unpack(number.replace("2", ""), file.read(struct.calcsize(number) // 2))
        file.seek(table)
        first, second = struct.unpack(number, file.read(struct.calcsize(number)))
        file.seek(first)
        code, width, height = _SER_ELEMENT.unpack(file.read(_SER_ELEMENT.size))
    if code not in _SER_NUMBERS:
        raise ScanError(f"{source.path}: frames of complex or unknown numbers (type {code}): is it the right file?")
    pixel, room = _SER_NUMBERS[code], second - first - _SER_ELEMENT.size
    if not 0 <= room - width * height * pixel < max(_SER_TAG, pixel * min(width, height)):
        raise ScanError(
            f"{source.path}: a frame of {height} x {width} px of {pixel} bytes in a room of {room} bytes, which cannot be: "
            "is the file whole?"
        )


@contextmanager
def _header(source: Source, name: str) -> Iterator[BinaryIO]:
    """A file whose header is read; one that is too short for it, or leads out of it, is refused."""
    try:
        with source.path.open("rb") as file:
            yield file
    except (struct.error, OSError, ValueError) as error:
        raise ScanError(
            f"{source.path}: {name} with a header that cannot be read ({error}): is the file whole?"
        ) from error
