"""Writers of instruments' file formats, as small as they can be; each is a function `write_format(path, frames, ...)`.

They were written from the formats' descriptions, apart from graineye's readers. Fixtures give them to the tests beside, and
fuzzing damages what they write.
"""

import struct
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Frames = NDArray[Any]


def merlin_pixels(frames: Frames, kind: str) -> Frames:
    """Pixels as the camera writes them: plain big-endian, or raw, each 64 bits of a row from its end."""
    if kind == "U08":
        return frames.astype("u1")
    if kind == "U16":
        return frames.astype(">u2")
    group = {"R6": 8, "R12": 4}[kind]
    turned = (
        (frames & (63 if kind == "R6" else 4095))
        .reshape(*frames.shape[:-1], -1, group)[..., ::-1]
        .reshape(frames.shape)
    )
    return turned.astype("u1" if kind == "R6" else ">u2")


def write_mib(path: Path, frames: Frames, kind: str = "U16", first: int = 1) -> Path:
    """Frames behind a text header each, numbered from `first`, in one of four kinds of pixels."""
    qy, qx = frames.shape[-2:]
    depth = {"U08": 6, "U16": 12, "R6": 6, "R12": 12}[kind]
    dacs = ",".join(["0.0E+0"] * 8 + ["3RX"] + ["000"] * 28)
    with path.open("wb") as file:
        for number, frame in enumerate(merlin_pixels(frames, kind).reshape(-1, qy, qx), start=first):
            text = (
                f"MQ1,{number:06d},00384,01,{qx:04d},{qy:04d},{'R64' if kind[0] == 'R' else kind},   1x1,01,"
                f"2026-01-01 00:00:00.000000,0.001000,0,0,0,{dacs},MQ1A,2026-01-01T00:00:00.000000000Z,1000000ns,{depth},"
            )
            file.write(text.encode().ljust(384, b"\0") + frame.tobytes())
    return path


def write_hdr(path: Path, **fields: object) -> Path:
    """The text file beside a .mib."""
    lines = [f"{name.replace('_', ' ')} (Number):\t{value}" for name, value in fields.items()]
    path.write_text("\r\n".join(["HDR,\t", "Chip ID:\tW000_A0", *lines, "End\t"]) + "\r\n")
    return path


def write_empad(path: Path, frames: Frames) -> Frames:
    """Give the frames as they stand in the file, padded to 128 x 128 px; two more rows are rubbish."""
    ny, nx, qy, qx = frames.shape
    stored = np.full((ny, nx, 130, 128), -7, "<f4")
    stored[:, :, :128] = 0
    stored[:, :, :qy, :qx] = frames
    stored.tofile(path)
    return stored[:, :, :128]


def write_mrc(
    path: Path, frames: Frames, mode: int = 6, order: str = "<", extended: int = 0, label: bytes = b""
) -> Path:
    """A stack in one of the modes of numbers, in either byte order."""
    ny, nx, qy, qx = frames.shape
    head = bytearray(1024)
    struct.pack_into(order + "10i", head, 0, qx, qy, ny * nx, mode, 0, 0, 0, qx, qy, 1)
    struct.pack_into(order + "i", head, 92, extended)
    head[208:216] = b"MAP " + (b"DD\0\0" if order == "<" else b"\x11\x11\0\0")
    head[224 : 224 + len(label)] = label
    kind = {0: "i1", 1: "i2", 2: "f4", 6: "u2"}.get(mode, "u2")
    path.write_bytes(bytes(head) + bytes(extended) + frames.astype(order + kind).tobytes())
    return path


def write_seq(path: Path, frames: Frames) -> Path:
    """Norpix StreamPix 5, each frame with a time stamp of 8 bytes."""
    ny, nx, qy, qx = frames.shape
    name = "Norpix seq\0".encode("utf-16-le"), "a scan".encode("utf-16-le")
    sizes = qx, qy, 16, 16, qy * qx * 2, 100, ny * nx, 0, qy * qx * 2 + 8
    head = struct.pack("<L24sll512s9Ld", 0xFEED, name[0], 4, 1024, name[1], *sizes, 1000.0)
    parts = [frame.astype("<u2").tobytes() + bytes(8) for frame in frames.reshape(-1, qy, qx)]
    path.write_bytes(head.ljust(1024, b"\0") + b"".join(parts))
    return path


def write_ser(path: Path, frames: Frames) -> Path:
    """A TIA series, whose detector rows stand in the file from the bottom."""
    ny, nx, qy, qx = frames.shape
    count = ny * nx
    dims = b"".join(struct.pack("<iddiii", n, 0.0, 2e-9, 0, 0, 6) + b"meters" for n in (nx, ny))
    element = struct.pack("<ddiddihii", 0.0, 1e8, 0, 0.0, 1e8, 0, 2, qx, qy)
    size, first = len(element) + qy * qx * 2, 34 + len(dims)
    start = first + 16 * count + (size + 24) * np.arange(count)
    head = struct.pack("<HHHIIIIqI", 0x4949, 0x0197, 0x0220, 0x4122, 0x4142, count, count, first, 2)
    parts = [head, dims, start.astype("<i8").tobytes(), (start + size).astype("<i8").tobytes()]
    for frame in frames.reshape(-1, qy, qx):
        parts += [element, frame[::-1].astype("<u2").tobytes(), struct.pack("<IIdd", 0x4142, 0, 0.0, 0.0)]
    path.write_bytes(b"".join(parts))
    return path


def write_csr(path: Path, frames: Frames) -> Path:
    """A .toml and the three arrays of a sparse matrix of frames."""
    flat = frames.reshape(frames.shape[0] * frames.shape[1], -1).astype("<i4")
    rows, columns = np.nonzero(flat)
    arrays = {
        "indptr": np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=len(flat)))]),
        "indices": columns,
        "data": flat[rows, columns],
    }
    lines = [
        f'[params]\nfiletype = "raw_csr"\nnav_shape = {list(frames.shape[:2])}\nsig_shape = {list(frames.shape[2:])}'
    ]
    lines.append("[raw_csr]")
    for name, array in arrays.items():
        array.astype("<i4").tofile(path.with_name(f"{path.stem}_{name}.dat"))
        lines.append(f'{name}_file = "{path.stem}_{name}.dat"\n{name}_dtype = "<i4"')
    path.write_text("\n".join(lines))
    return path


def empad_header(raw: str, *parts: str) -> str:
    """The .xml beside a .raw, with such parts in it."""
    return "\n".join(["<?xml version='1.0'?>", f'<root><raw_file filename="{raw}"/>', *parts, "</root>"])


def empad_scan_parameters(mode: str, ny: int, nx: int) -> str:
    """The part of an EMPAD header that says the scan's shape."""
    size = f"<scan_resolution_x>{nx}</scan_resolution_x><scan_resolution_y>{ny}</scan_resolution_y>"
    return f'<scan_parameters mode="{mode}">{size}</scan_parameters>'


def write_by_rosettasciio(module: str, path: Path, frames: Frames) -> Path:
    """Let RosettaSciIO write a scan of 2 nm and 2.5 nm a step and 0.2 1/nm a detector pixel, in blo 0.2 cm."""
    pixel = "cm" if module == "blockfile" else "1/nm"
    units, scales = ("nm", "nm", pixel, pixel), (2.0, 2.5, 0.2, 0.2)
    axes = [
        {"name": "yxvu"[i], "units": units[i], "scale": scales[i], "offset": 0.0, "size": n, "index_in_array": i}
        | {"navigate": i < 2, "_type": "UniformDataAxis", "is_binned": False}
        for i, n in enumerate(frames.shape)
    ]
    meta = {"General": {"title": "scan"}, "Signal": {"signal_type": ""}}
    signal = {"data": frames, "axes": axes, "metadata": meta, "original_metadata": {}, "attributes": {"_lazy": False}}
    signal |= {"learning_results": {}, "package": "", "package_version": "", "models": {}}
    options = {"navigator": None} if module == "blockfile" else {}
    import_module(f"rsciio.{module}").file_writer(str(path), signal, **options)
    return path
