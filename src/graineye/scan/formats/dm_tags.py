"""The tree of tags that DigitalMicrograph's files are made of, DM3 and DM4 in either byte order.

Tags are walked once; numbers and texts come into memory, longer arrays stay where they stand in the file.
"""

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from graineye.errors import ScanError

Tree = dict[str, Any]

PIXELS = "Data"
"""Name of the tag of an image's numbers, which are no text however few they are."""
_GROUP, _DATA = 20, 21
_STRUCT, _STRING, _ARRAY = 15, 18, 20
_SIMPLE = {2: "i2", 3: "i4", 4: "u2", 5: "u4", 6: "f4", 7: "f8", 8: "u1", 9: "i1", 10: "u1", 11: "i8", 12: "u8"}
"""Number types of tags."""
_DEEPEST = 64
_LONGEST_INFO = 4096
_LONGEST_TEXT = 4096


class _Broken(Exception):
    """The tags make no sense, or end too early."""


@dataclass(frozen=True)
class StoredArray:
    """A longer array of numbers, which stays in the file."""

    offset: int
    count: int
    dtype: np.dtype[Any]


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
        raise senseless(path, error) from error


def senseless(path: Path, fact: object) -> ScanError:
    """What is raised of a file whose tags cannot be meant."""
    return ScanError(f"{path}: the tags of DigitalMicrograph make no sense ({fact}): is the file whole?")


def tag(tags: Tree, *names: str) -> Any:
    """What stands in nested groups; None if it does not."""
    found: Any = tags
    for name in names:
        found = found.get(name) if isinstance(found, dict) else None
    return found


def values(group: object) -> Iterator[Any]:
    """What stands in a group in its order; nothing if it is none."""
    yield from group.values() if isinstance(group, dict) else ()


def groups(group: object) -> Iterator[Tree]:
    """The groups that stand in a group in its order; nothing if it is none."""
    yield from (value for value in values(group) if isinstance(value, dict))


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
        if kind == 4 and name != PIXELS and count <= _LONGEST_TEXT:  # else whole numbers of 16 bits
            text = self._array(kind, count).tobytes()
            return text.decode("utf-16-le" if self.order == "<" else "utf-16-be", "replace").rstrip("\0")
        array = StoredArray(self.file.tell(), count, dtype)
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
