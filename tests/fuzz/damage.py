"""Damages a file as disks, cables and interrupted copies do, the same for the same seed."""

import re
from random import Random

HEAD = 2048
"""Where formats keep their headers: most damage goes there, since elsewhere are numbers that may have any value."""
BEHIND = 300
_TABLES = re.compile(rb"TREE|SNOD|HEAP|GCOL|OHDR|PK\x01\x02|PK\x03\x04|MQ1|NUMPY|\[")
"""How HDF5's trees, symbol tables and heaps begin, and the parts of zip, mib, npy and TOML."""


def damaged(content: bytes, seed: int) -> tuple[str, bytes]:
    """What was done, and what came of it."""
    chance = Random(seed)  # noqa: S311 (not a secret)
    kind = chance.choice(("cut", "bit", "bit", "bit", "bits", "bits", "run", "gone", "twice", "number"))
    return kind, _KINDS[kind](content, chance)


def _place(content: bytes, chance: Random) -> int:
    """Near the start, near one of the tables that a format keeps further on, or anywhere."""
    where = chance.random()
    tables = [match.start() for match in _TABLES.finditer(content)] if where < 0.4 else []
    if tables:
        return min(chance.choice(tables) + chance.randrange(BEHIND), len(content) - 1)
    return chance.randrange(min(HEAD, len(content)) if where < 0.75 else len(content))


def _cut(content: bytes, chance: Random) -> bytes:
    return content[: chance.randrange(len(content))]


def _bits(content: bytes, chance: Random, most: int = 12) -> bytes:
    broken = bytearray(content)
    for _ in range(chance.randint(1, most)):
        broken[_place(content, chance)] ^= 1 << chance.randrange(8)
    return bytes(broken)


def _bit(content: bytes, chance: Random) -> bytes:
    return _bits(content, chance, most=1)


def _run(content: bytes, chance: Random) -> bytes:
    start, length = _place(content, chance), chance.randint(1, 64)
    value = chance.choice((b"\0", b"\xff", b"0", b"9", chance.randbytes(1)))
    return content[:start] + (value * length)[: len(content) - start] + content[start + length :]


def _gone(content: bytes, chance: Random) -> bytes:
    start = _place(content, chance)
    return content[:start] + content[start + chance.randint(1, 64) :]


def _twice(content: bytes, chance: Random) -> bytes:
    start, length = _place(content, chance), chance.randint(1, 64)
    return content[:start] + content[start : start + length] + content[start:]


def _number(content: bytes, chance: Random) -> bytes:
    """A whole number of 1 to 8 bytes is another one: a size or an offset is the worst to meet."""
    start, size = _place(content, chance), chance.choice((1, 2, 4, 8))
    value = chance.choice(
        (0, 1, 2 ** (8 * size) - 1, 2 ** (8 * size - 1), chance.randrange(2 ** (8 * size)), chance.randrange(100))
    )
    number = (value % 2 ** (8 * size)).to_bytes(size, "little")
    return content[:start] + number[: len(content) - start] + content[start + size :]


_KINDS = {
    "cut": _cut,
    "bit": _bit,
    "bits": _bits,
    "run": _run,
    "gone": _gone,
    "twice": _twice,
    "number": _number,
}
