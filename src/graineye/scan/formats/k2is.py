"""Gatan's K2 in in-situ mode: eight .bin files, a stripe of each frame in each, and a .gtg with DigitalMicrograph's tags.

A stripe comes in 32 blocks of packed 12-bit numbers, each with the number of its frame, which is looked at as it is read:
a block that the computer lost in recording would shift all that come after it.
"""

import re
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graineye.errors import ScanError
from graineye.scan.formats.dm_tags import Tree, read_tags, tag
from graineye.scan.formats.interface import Format, Pair, Source, listed, source_scan
from graineye.scan.scan import Scan

_SYNC = b"\xff\xff\0U"
_SECTORS = 8
_BLOCKS = 32
"""Of a frame in each sector."""
_FRAME: Pair = (1860, 2048)
_BLOCK = np.dtype(
    {
        "names": ["sync", "flags", "width", "height", "frame", "pixels"],
        "formats": ["S4", "u1", ">u2", ">u2", ">u4", ("u1", (930, 8, 3))],
        "offsets": [0, 9, 20, 22, 24, 40],
        "itemsize": 0x5758,
    }
)
_UNPACKED = np.dtype(np.uint16)
_STRIDE = _BLOCKS * _BLOCK.itemsize
_OPEN = 1
"""Flag of blocks whose frame was recorded with the shutter open."""


@dataclass(frozen=True)
class K2Frames:
    """Frames out of the files of a K2 camera.

    Attributes
    ----------
    paths
        Of the eight sectors, from the left of the detector.
    starts
        Where the scan's first frame begins in each, bytes.
    scan_shape
        (ny, nx).
    first
        Number that the camera gave to the scan's first frame.
    """

    paths: tuple[str, ...]
    starts: tuple[int, ...]
    scan_shape: Pair
    first: int
    frame_shape: Pair = _FRAME
    dtype: np.dtype[Any] = _UNPACKED
    together: Pair = (1, 1)

    def read(self, y: slice, x: slice) -> NDArray[Any]:
        """Unpack a rectangle of scan positions."""
        rows, columns = y.stop - y.start, x.stop - x.start
        # Of blocks of 930 x 16 px a stripe has two rows, each of them from its last column to its first.
        frames = np.empty((rows, columns, 2, 930, _SECTORS, 16, 8, 2), _UNPACKED)
        for sector, (path, start) in enumerate(zip(self.paths, self.starts, strict=True)):
            for row in range(rows):
                first = (y.start + row) * self.scan_shape[1] + x.start
                blocks = np.memmap(path, _BLOCK, "r", start + first * _STRIDE, (columns, 2, 16))
                wanted = self.first + first + np.arange(columns)[:, None, None]
                if (blocks["sync"] != _SYNC).any() or (blocks["frame"] != wanted).any():
                    raise OSError(
                        f"blocks of {path} are missing or damaged between frames {first} and {first + columns}"
                    )
                for column in range(columns):
                    packed = blocks["pixels"][column, :, ::-1].transpose(0, 2, 1, 3, 4).astype(_UNPACKED)
                    low, middle, high = np.moveaxis(packed, -1, 0)
                    frames[row, column, :, :, sector, :, :, 0] = low | (middle & 15) << 8
                    frames[row, column, :, :, sector, :, :, 1] = middle >> 4 | high << 4
        return frames.reshape(rows, columns, *_FRAME)


@dataclass(frozen=True)
class _Recording:
    """What all sectors share: where whole frames begin in each, how many follow, and the number of the first."""

    paths: tuple[Path, ...]
    starts: tuple[int, ...]
    frames: int
    first: int


def _open(source: Source) -> Scan:
    gtg, paths = _files(source.path)
    tags = read_tags(gtg)
    found = _recording(paths)
    told = (tag(tags, "SI Dimensions", "Size Y"), tag(tags, "SI Dimensions", "Size X"))
    scan_shape = _pair(told)
    skipped = source.sync_offset or _shutter(found) - (
        scan_shape is not None
    )  # of a scan the flag comes one frame late
    left = found.frames - skipped
    if skipped < 0:
        raise ScanError(
            f"{gtg}: the scan begins before the first frame that is whole in all .bin files: was their start cut off? "
            "Give the frames to skip with --sync-offset, above zero"
        )
    if scan_shape is None:
        scan_shape = listed(source, left + (skipped if source.sync_offset else 0))
    elif source.positions is not None:
        scan_shape = source.positions
    if prod(scan_shape) > left:
        raise ScanError(
            f"{gtg}: {prod(scan_shape) - left} of {prod(scan_shape)} frames are not in the .bin files: "
            "are they whole? check --nav-shape and --sync-offset"
        )
    starts = tuple(start + skipped * _STRIDE for start in found.starts)
    frames = K2Frames(tuple(map(str, paths)), starts, scan_shape, found.first + skipped)
    return source_scan(source, "K2IS", frames, notes=_flyback(tags, scan_shape))


def _files(path: Path) -> tuple[Path, tuple[Path, ...]]:
    """The .gtg, and the eight files beside it in the order of their numbers."""
    stem = path.stem if path.suffix.lower() == ".gtg" else re.sub(r"\d+$", "", path.stem)
    beside = [each for each in path.parent.iterdir() if each.suffix.lower() in (".gtg", ".bin")]
    gtg = [each for each in beside if each.suffix.lower() == ".gtg" and each.stem == stem]
    numbered = {
        int(each.stem[len(stem) :]): each
        for each in beside
        if each.suffix.lower() == ".bin" and each.stem.startswith(stem) and each.stem[len(stem) :].isdecimal()
    }
    if not gtg:
        raise ScanError(f"{path}: {stem}.gtg is missing: put it beside the .bin files")
    if len(numbered) != _SECTORS or max(numbered) - min(numbered) != _SECTORS - 1:
        raise ScanError(
            f"{gtg[0]}: beside it are {len(numbered)} files {stem}*.bin and not {_SECTORS}, "
            "one for each sector of the detector: put them all in its folder"
        )
    return gtg[0], tuple(numbered[number] for number in sorted(numbered))


def _recording(paths: tuple[Path, ...]) -> _Recording:
    """Line up the sectors at the first frame that is whole in all of them, as far as all of them go."""
    sectors = [_blocks(path) for path in paths]
    first = max(_first_whole(path, blocks) for path, blocks in zip(paths, sectors, strict=True))
    starts = []
    for path, blocks in zip(paths, sectors, strict=True):
        found = np.flatnonzero(blocks["frame"][: 2 * _BLOCKS * _SECTORS] == first)
        if not found.size:
            raise ScanError(
                f"{path}: has no frame {first}, with which other sectors begin: do the files belong together?"
            )
        starts.append(int(found[0]))
    frames = min((len(blocks) - start) // _BLOCKS for blocks, start in zip(sectors, starts, strict=True))
    for path, blocks, start in zip(paths, sectors, starts, strict=True):
        for number in (0, frames - 1):
            part = blocks[start + number * _BLOCKS : start + (number + 1) * _BLOCKS]
            if len(part) < _BLOCKS or (part["frame"] != first + number).any() or (part["sync"] != _SYNC).any():
                raise ScanError(
                    f"{path}: blocks are missing or damaged before frame {first + number}: "
                    "are the files whole, and of one recording?"
                )
    return _Recording(paths, tuple(start * _BLOCK.itemsize for start in starts), frames, first)


def _blocks(path: Path) -> NDArray[Any]:
    """All blocks of a sector; a part of one at the end is left out."""
    count = path.stat().st_size // _BLOCK.itemsize
    if count < _BLOCKS:
        raise ScanError(f"{path}: holds no whole frame: was the copy or the recording broken off?")
    blocks: NDArray[Any] = np.memmap(path, _BLOCK, "r", shape=(count,))
    start = blocks[0]
    if start["sync"] != _SYNC or (start["height"], start["width"]) != (_FRAME[0], _FRAME[1] // _SECTORS):
        raise ScanError(f"{path}: does not begin with a block of a K2 camera: is it whole, and the right file?")
    return blocks


def _first_whole(path: Path, blocks: NDArray[Any]) -> int:
    """The number of the first frame of a sector of which no block is missing."""
    numbers = blocks["frame"][: 2 * _BLOCKS]
    begin = 0 if (numbers[:_BLOCKS] == numbers[0]).all() else int(np.argmax(numbers != numbers[0]))
    return int(numbers[begin])


def _shutter(found: _Recording) -> int:
    """How many frames come before the first with an open shutter, on which all sectors agree."""
    sectors = [
        np.memmap(path, _BLOCK, "r", start, (found.frames, _BLOCKS))
        for path, start in zip(found.paths, found.starts, strict=True)
    ]
    for number in range(found.frames):
        marked = [bool(blocks[number, 0]["flags"] & _OPEN) for blocks in sectors]
        if all(marked):
            return number
        if any(marked):
            raise ScanError(
                f"{found.paths[marked.index(False)]}: says that the shutter was shut during frame {found.first + number}, "
                "other sectors that it was open: do the files belong together? Give the frames to skip with --sync-offset"
            )
    raise ScanError(
        f"{found.paths[0]}: no frame is marked as recorded with the shutter open: "
        "give the frames to skip with --sync-offset"
    )


def _pair(told: tuple[Any, Any]) -> Pair | None:
    sizes = [int(size) for size in told if isinstance(size, int | float) and 1 <= size < 2**31]
    return (sizes[0], sizes[1]) if len(sizes) == 2 else None


def _flyback(tags: Tree, scan_shape: Pair) -> tuple[str, ...]:
    """A sentence on columns that the scan has beyond those that were asked for."""
    width = tag(tags, "SI Image Tags", "SI", "Acquisition", "Spatial Sampling", "Width (pixels)")
    spare = scan_shape[1] - int(width) if isinstance(width, int) else 0
    if 0 < spare < scan_shape[1]:
        return (
            f"the .gtg speaks of {width} columns, the scan has {scan_shape[1]}: --flyback {spare} cuts off the rest",
        )
    return ()


FORMAT = Format(
    "K2IS", lambda source: source.suffix == ".gtg" or (source.suffix == ".bin" and source.start[:4] == _SYNC), _open
)
