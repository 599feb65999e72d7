"""Writers of Gatan's DM3, DM4 and K2IS and of PNDetector's FRMS6, as small as these can be.

They were written from the formats' descriptions and from what RosettaSciIO and LiberTEM understand, apart from graineye's
readers.
"""

import struct
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Frames = NDArray[Any]
Group = list[tuple[str, Any]]

DM_TYPES = {"int16": (1, 2), "float32": (2, 6), "uint8": (6, 10), "int32": (7, 3), "int8": (9, 9), "uint16": (10, 4)}
DM_TYPES |= {"uint32": (11, 5), "float64": (12, 7)}
"""What an image's DataType and a tag call each number type."""


class DMWriter:
    """Tags as DigitalMicrograph writes them.

    Parameters
    ----------
    version
        3 or 4.
    order
        "<", or ">" as on the Macintosh.
    """

    def __init__(self, version: int = 4, order: str = "<") -> None:
        self.version = version
        self.order = order
        self.count = ">Q" if version == 4 else ">I"

    def file(self, tags: Group) -> bytes:
        """A whole file."""
        body = self._members(tags) + bytes(8)
        size = len(body) + 4
        return (
            struct.pack(">I", self.version)
            + struct.pack(self.count, size)
            + struct.pack(">I", self.order == "<")
            + body
        )

    def _members(self, tags: Group) -> bytes:
        return b"\1\0" + struct.pack(self.count, len(tags)) + b"".join(self._entry(*tag) for tag in tags)

    def _entry(self, name: str, value: Any) -> bytes:
        label = name.encode("latin-1")
        if isinstance(value, list):
            kind, content = 20, self._members(value)
        else:
            info, stored = self._value(value)
            kind = 21
            content = b"%%%%" + b"".join(struct.pack(self.count, number) for number in (len(info), *info)) + stored
        size = struct.pack(">Q", len(content)) if self.version == 4 else b""
        return struct.pack(">BH", kind, len(label)) + label + size + content

    def _value(self, value: Any) -> tuple[tuple[int, ...], bytes]:
        if isinstance(value, str):
            stored = value.encode("utf-16-le" if self.order == "<" else "utf-16-be")
            return (20, 4, len(stored) // 2), stored
        if isinstance(value, np.ndarray) and value.dtype.names:  # structs of whole numbers of 16 bits
            fields = (0, 4) * len(value.dtype.names)
            return (20, 15, 0, len(value.dtype.names), *fields, value.size), value.tobytes()
        if isinstance(value, np.ndarray):
            kind = DM_TYPES[value.dtype.name][1]
            return (20, kind, value.size), value.astype(value.dtype.newbyteorder(self.order)).tobytes()
        if isinstance(value, tuple):  # a struct of floating-point numbers
            return (15, 0, len(value), *(0, 6) * len(value)), struct.pack(f"{self.order}{len(value)}f", *value)
        kind, code = next((kind, code) for known, kind, code in _SIMPLE if isinstance(value, known))
        return (kind,), struct.pack(self.order + code, value)


_SIMPLE = ((bool, 8, "B"), (int, 5, "I"), (float, 6, "f"))


Scales = Sequence[tuple[float, str]]
UNKNOWN: Scales = ((1.0, ""),) * 4


def dm_image(stored: Frames, scales: Scales = UNKNOWN, tags: Group | None = None) -> Group:
    """An entry of a file's ImageList.

    Parameters
    ----------
    stored
        The image as it stands in the file, in C order; DM names its last axis first.
    scales
        (size of a pixel, unit) of each of its axes.
    tags
        Its ImageTags.
    """
    named = [[("Origin", 0.0), ("Scale", scale), ("Units", unit)] for scale, unit in scales[: stored.ndim][::-1]]
    brightness = [("Origin", 0.0), ("Scale", 1.0), ("Units", "")]
    calibrations = [
        ("Brightness", brightness),
        ("Dimension", [("", each) for each in named]),
        ("DisplayCalibratedUnits", True),
    ]
    data: Group = [
        ("Calibrations", calibrations),
        ("Data", stored.reshape(-1)),
        ("DataType", DM_TYPES[stored.dtype.name][0]),
        ("Dimensions", [("", size) for size in stored.shape[::-1]]),
        ("PixelDepth", stored.itemsize),
    ]
    return [("ImageData", data), ("ImageTags", tags or []), ("Name", "scan"), ("UniqueID", [("", 1), ("", 2)])]


def dm_thumbnail() -> Group:
    """The coloured picture that comes first."""
    image = dm_image(np.zeros((6, 7), np.uint32))
    for number, (name, _) in enumerate(image[0][1]):
        if name == "DataType":
            image[0][1][number] = (name, 23)
    return image


_COLOURS = np.zeros(256, [("red", "<u2"), ("green", "<u2"), ("blue", "<u2")])


def write_dm(path: Path, *images: Group, version: int = 4, order: str = "<") -> Path:
    """A file with a thumbnail and these images."""
    tags: Group = [
        ("ApplicationBounds", (0.0, 0.0, 1055.0, 1920.0)),
        ("DocumentObjectList", [("", [("AnnotationType", 20), ("ImageDisplayInfo", [("CLUT", _COLOURS)])])]),
        ("ImageList", [("", image) for image in (dm_thumbnail(), *images)]),
        ("Thumbnails", [("", [("ImageIndex", 0)])]),
    ]
    path.write_bytes(DMWriter(version, order).file(tags))
    return path


def dm_tags(swapped: bool | int | str | None = True, form: str = "Diffraction image", **more: Group) -> Group:
    """ImageTags of a scan; newer programs write frame after frame, and say that the order is swapped."""
    meta: Group = [("Format", form)]
    if swapped is not None:
        meta.append(("Data Order Swapped", swapped))
    microscope: Group = [("Voltage", 200000.0), ("STEM Camera Length", 135.0), ("Illumination Mode", "STEM NANOPROBE")]
    return [("Meta Data", meta), ("Microscope Info", microscope), *more.items()]


K2_BLOCK = 0x5758
K2_FRAME = (1860, 2048)
_K2_PART = (930, 16)


def write_k2is(
    path: Path, frames: Frames, scan: tuple[int, int] | None = None, before: int = 0, first: int = 7
) -> Path:
    """A recording of a K2 camera: eight files of packed blocks, each a stripe of the frame, and a file of tags.

    Parameters
    ----------
    path
        Of the tags, .gtg.
    frames
        (n, 1860, 2048), below 4096.
    scan
        (ny, nx) as a STEMx unit writes it; the shutter's mark then comes one frame late.
    before
        Frames of which the shutter is not yet open, by their marks.
    first
        Number of the first frame.
    """
    stem = path.with_suffix("")
    for sector in range(8):
        with stem.with_name(f"{stem.name}{sector + 1}.bin").open("wb") as file:
            for number, frame in enumerate(frames):
                for block in range(32):
                    file.write(_k2_block(frame, sector, block, first + number, number >= before))
    size: Group = [] if scan is None else [("SI Dimensions", [("Size X", scan[1]), ("Size Y", scan[0])])]
    path.write_bytes(DMWriter(3).file([("Acquisition", [("Exposure", 0.0025)]), *size]))
    return path


def _k2_block(frame: Frames, sector: int, block: int, number: int, is_open: bool) -> bytes:
    """The blocks of a sector stand from its last column to its first, upper half first."""
    top, left = block // 16 * _K2_PART[0], (15 - block % 16) * _K2_PART[1]
    x = 256 * sector + left
    pixels = frame[top : top + _K2_PART[0], x : x + _K2_PART[1]].astype(np.uint16).reshape(-1, 2)
    packed = np.stack([pixels[:, 0], pixels[:, 0] >> 8 | pixels[:, 1] << 4, pixels[:, 1] >> 4], axis=1) & 255
    place = (left, top, left + _K2_PART[1] - 1, top + _K2_PART[0] - 1)
    head = struct.pack(
        ">I4sBB6sIHHI4HI", 0xFFFF0055, b"", 1, is_open, b"", 32 * number + block, 256, 1860, number, *place, K2_BLOCK
    )
    return head + packed.astype(np.uint8).tobytes()


def write_frms6(
    path: Path, frames: Frames, dark: Frames, split: Sequence[int] = (), scan: str | None = None, binning: int = 1
) -> Path:
    """A recording of a pnCCD: a file of dark frames, files of frames, and a text.

    Parameters
    ----------
    path
        Of the text, .hdr.
    frames
        (ny, nx, qy, qx), qy even, rows already binned.
    dark
        (n, qy, qx).
    split
        Numbers of the frames at which another file begins.
    scan
        What the text says of the scan's size; the frames' own by default.
    binning
        Rows that the camera has summed up.
    """
    ny, nx, qy, qx = frames.shape
    flat = frames.reshape(-1, qy, qx)
    edges = [0, *split, len(flat)]
    for number, part in enumerate([dark, *(flat[a:b] for a, b in pairwise(edges))]):
        head = struct.pack("<HH3xB80xHH928xI", 1024, 64, 6, 2 * qx, qy // 2, len(part))
        stored = [struct.pack("<4xIII48x", 0, 0, index) + _folded(frame) for index, frame in enumerate(part)]
        path.with_name(f"{path.stem}_{number:03d}.frms6").write_bytes(head + b"".join(stored))
    path.write_text(
        f"[measurementInfo]\nDarkFrames = {len(dark)}\nDwellTimeMicroseconds = 1000\nGain = 16\n"
        f"SignalFrames = {len(flat)}\nSTEMimageSize = {scan or f'{ny}x{nx}'}\n"
        f'ReadoutMode = "bin: {binning}, windowing: {qy * binning} x {qx}"\n'
    )
    return path


def _folded(frame: Frames) -> bytes:
    """Each row of the file holds one of the upper half, then one of the lower half turned round, from the border inwards."""
    half = len(frame) // 2
    return np.concatenate([frame[:half], frame[half:][::-1, ::-1]], axis=1).astype("<u2").tobytes()
