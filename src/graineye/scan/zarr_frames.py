"""Frames in an array of a zarr store, a folder or a zip file, in format 2 or 3.

Codecs are those of numbers alone, and a chunk's size is looked at before it is decoded.
"""

import bz2
import contextlib
import json
import lzma
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import product
from math import prod
from pathlib import Path
from textwrap import shorten
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graineye.errors import ScanError
from graineye.scan.array_regions import read_rectangle

_HARMLESS = {
    *("blosc", "zlib", "gzip", "zstd", "lz4", "bz2", "lzma", "shuffle", "delta", "bitround", "packbits"),
    *("crc32", "crc32c", "adler32", "fletcher32", "bytes", "transpose", "fixedscaleoffset", "quantize", "astype"),
}
"""Codecs that make numbers of bytes; of others some would run what they read (pickle), or are not known."""


_METADATA = ("zarr.json", ".zarray", ".zgroup", ".zattrs")
_LARGEST_METADATA = 16 * 1024 * 1024
_CHUNK = re.compile(r"(?:c[./])?\d{1,18}(?:[./]\d{1,18})*")
"""A chunk's name in its array, in format 2 or 3."""
_BLOSC = struct.Struct("<4xI4xI")
"""Its sizes, decoded and as stored, in front of a blosc chunk."""


def read_metadata(path: Path) -> dict[str, bytes]:
    """The files that describe a store, by their names in it.

    zarr itself would look them up side by side, and print what goes wrong.
    """
    if path.is_dir():
        files = [
            file for file in path.rglob("*") if file.name in _METADATA and file.stat().st_size <= _LARGEST_METADATA
        ]
        return {file.relative_to(path).as_posix(): file.read_bytes() for file in files}
    with zipfile.ZipFile(path) as archive:
        parts = [part for part in archive.infolist() if part.filename.rpartition("/")[2] in _METADATA]
        return {part.filename: archive.read(part) for part in parts if part.file_size <= _LARGEST_METADATA}


def array_names(metadata: Mapping[str, bytes]) -> list[str]:
    """The arrays of a store, empty for one that is nothing else."""
    found = []
    for file, content in sorted(metadata.items()):
        name, _, kind = file.rpartition("/")
        if kind == ".zarray" or (kind == "zarr.json" and json.loads(content).get("node_type") == "array"):
            found.append(name)
    return found


def attributes(metadata: Mapping[str, bytes], name: str) -> dict[str, Any]:
    """The attributes of a group; none if it has none that can be read."""
    with contextlib.suppress(ValueError, AttributeError):
        if f"{name}/zarr.json" in metadata:
            return dict(json.loads(metadata[f"{name}/zarr.json"]).get("attributes", {}))
        return dict(json.loads(metadata.get(f"{name}/.zattrs", b"{}")))
    return {}


@contextmanager
def opened_array(path: str, name: str) -> Iterator[Any]:
    """An array of a store, for reading."""
    import zarr
    from zarr.storage import ZipStore

    if Path(path).is_dir():
        yield zarr.open_array(path, path=name, mode="r")
        return
    store = ZipStore(path, mode="r")
    try:
        yield zarr.open_array(store, path=name, mode="r")
    finally:
        store.close()


def check_codecs(path: Path, array: Any) -> None:
    """Refuse codecs that are more than a compression of numbers.

    Raises
    ------
    ScanError
        If there is one.
    """
    odd = [name for name in _codecs(array) if name not in _HARMLESS]
    if odd:
        raise ScanError(
            f"{path}: {array.path} is stored by the codec {odd[0]}, which graineye does not run: save it with blosc"
        )


def _codecs(array: Any) -> list[str]:
    """Names of an array's codecs, in the order in which it was written."""
    stated = array.metadata.to_dict()
    if "codecs" in stated:
        return [str(_fields(codec).get("name", "")).removeprefix("numcodecs.") for codec in stated["codecs"]]
    used = [*(stated.get("filters") or ()), stated.get("compressor")]
    return [str(_fields(codec).get("id", "")) for codec in used if codec is not None]


def _fields(codec: Any) -> dict[str, Any]:
    return dict(
        codec if isinstance(codec, dict) else codec.get_config() if hasattr(codec, "get_config") else codec.to_dict()
    )


def count_chunks(path: Path, array: Any) -> tuple[int, int, int]:
    """(chunks that were never written, all chunks of the array's shape, chunks that are stored beyond it)."""
    grid = [-(-length // chunk) for length, chunk in zip(array.shape, array.chunks, strict=True)]
    within = beyond = 0
    for index in _stored(path, array):
        inside = len(index) == len(grid) and all(at < end for at, end in zip(index, grid, strict=True))
        within, beyond = within + inside, beyond + (not inside)
    return max(0, prod(grid) - within), prod(grid), beyond


def _stored(path: Path, array: Any) -> Iterator[tuple[int, ...]]:
    """Where the chunks that are there stand in the array, counted in chunks."""
    prefix = f"{array.path}/" if array.path else ""
    if path.is_dir():
        folder = path / array.path
        names = (file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file())
    else:
        with zipfile.ZipFile(path) as archive:
            inside = [name.removeprefix(prefix) for name in archive.namelist() if name.startswith(prefix)]
        names = (name for name in inside)
    for name in names:
        if _CHUNK.fullmatch(name):
            yield tuple(int(part) for part in re.findall(r"\d+", name))


@dataclass(frozen=True)
class ZarrFrames:
    """Frames in an array of a zarr store.

    Attributes
    ----------
    path, name
        The store and the array in it.
    scan_shape, frame_shape, dtype
        (ny, nx), (qy, qx) and the number type as stored.
    stored
        The array's shape, (..., qy, qx).
    together
        (rows, columns) of scan positions in a chunk.
    """

    path: str
    name: str
    scan_shape: tuple[int, int]
    frame_shape: tuple[int, int]
    dtype: np.dtype[Any]
    stored: tuple[int, ...]
    together: tuple[int, int] = (1, 1)

    def read(self, y: slice, x: slice) -> NDArray[Any]:
        """Read a rectangle of scan positions, each of its chunks once."""
        with opened_array(self.path, self.name) as array:
            return read_rectangle(partial(self._checked, array), self.stored, self.scan_shape, y, x)

    def _checked(self, array: Any, where: tuple[slice, ...]) -> NDArray[Any]:
        try:
            check_growth(Path(self.path), array, where)
            return np.asarray(array[where])
        except Exception as error:  # zarr's codecs raise their own
            said = shorten(str(error) or type(error).__name__, 160, placeholder=" ...")
            raise OSError(f"frames of {self.name or 'the array'} do not decode: {said}") from error


def check_growth(path: Path, array: Any, where: tuple[slice, ...]) -> None:
    """Make sure that the chunks of a region decode to no more than their shape.

    Raises
    ------
    ValueError
        If one would be larger.
    """
    codecs = _codecs(array)
    last = next(
        (name for name in reversed(codecs) if name not in ("crc32c", "crc32", "adler32", "fletcher32")), "bytes"
    )
    declared = prod(array.chunks) * array.dtype.itemsize
    allowed = 2 * declared + 65536  # filters may take other number types
    stated = array.metadata.to_dict()
    parts = [*where, *(slice(0, length) for length in array.shape[len(where) :])]
    steps = (range(p.start // c, -(-p.stop // c)) for p, c in zip(parts, array.chunks, strict=True))
    for index in product(*steps):
        raw = _raw(path, array.path, _key(stated, index), allowed)
        if raw is not None and _decoded_size(last, raw, allowed) > allowed:
            raise ValueError(f"the chunk {index} decodes to more than its shape")


def _key(stated: dict[str, Any], index: tuple[int, ...]) -> str:
    """A chunk's name below its array."""
    encoding = stated.get("chunk_key_encoding")
    if encoding is None:
        return str(stated.get("dimension_separator", ".")).join(map(str, index))
    fields = encoding if isinstance(encoding, dict) else encoding.to_dict()
    separator = fields.get("configuration", {}).get("separator", "/" if fields["name"] == "default" else ".")
    return str(separator).join([*(["c"] if fields["name"] == "default" else []), *map(str, index)])


def _raw(path: Path, name: str, key: str, allowed: int) -> bytes | None:
    """A chunk as stored, None if it was never written."""
    whole = f"{name}/{key}" if name else key
    if path.is_dir():
        file = path / whole
        if not file.is_file():
            return None
        size, read = file.stat().st_size, file.read_bytes
    else:
        with zipfile.ZipFile(path) as archive:
            try:
                info = archive.getinfo(whole)
            except KeyError:
                return None
            size = info.file_size
            data = archive.read(info) if size <= allowed else b""
            read = lambda: data  # noqa: E731
    if size > allowed:
        raise ValueError(f"the chunk {key} is stored in {size} bytes, more than its shape")
    return read()


def _decoded_size(codec: str, raw: bytes, allowed: int) -> int:
    """Bytes that a chunk decodes to, counted no further than just above what is allowed."""
    if codec == "blosc":
        return _blosc_size(raw)
    if codec == "lz4":  # says it in front
        return int(struct.unpack_from("<I", raw)[0]) if len(raw) >= 4 else 0
    if codec == "zstd":
        return _zstd_size(raw)
    decoders = {"zlib": _inflate, "gzip": _inflate, "bz2": bz2.BZ2Decompressor, "lzma": lzma.LZMADecompressor}
    return len(decoders[codec]().decompress(raw, allowed + 1)) if codec in decoders else 0


def _blosc_size(raw: bytes) -> int:
    """Bytes that a blosc chunk says it decodes to; of one that is cut off blosc would read on in other memory."""
    if len(raw) < _BLOSC.size:
        raise ValueError(f"a chunk of {len(raw)} bytes is cut off")
    decoded, stored = _BLOSC.unpack_from(raw)
    if stored > len(raw):
        raise ValueError(f"a chunk of {stored} bytes is cut off after {len(raw)}")
    return int(decoded)


def _inflate() -> Any:
    return zlib.decompressobj(47)


def _zstd_size(raw: bytes) -> int:
    """Size of the content that the header of a zstd frame states; zstd decodes no further than that."""
    if len(raw) < 5 or raw[:4] != b"\x28\xb5\x2f\xfd":
        return 0
    flags = raw[4]
    width = (1 if flags & 32 else 0, 2, 4, 8)[flags >> 6]
    start = 5 + (0 if flags & 32 else 1) + (0, 1, 2, 4)[flags & 3]
    size = int.from_bytes(raw[start : start + width], "little")
    return size + 256 if width == 2 else size
