"""Chunks of HDF5 files: those never written are told, those that would grow beyond their shape are not decoded."""

import zlib
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest
from numpy.typing import NDArray

import graineye as ge
from graineye.errors import ScanError
from graineye.scan.partitions import PARTITION_BYTES, boxes_of

Frames = NDArray[np.uint16]
Refused = Callable[..., object]
Holds = Callable[[ge.Scan, NDArray[np.generic]], None]


@pytest.mark.parametrize(
    ("chunks", "rows", "missing", "total", "in_part"),
    [((1, 1, 32, 40), 4, 10, 30, 10), ((1, 5, 16, 40), 4, 4, 12, 10), ((4, 3, 32, 40), 4, 2, 4, 10)],
)
def test_chunks_that_were_never_written_are_told_with_their_frames(
    chunks: tuple[int, ...],
    rows: int,
    missing: int,
    total: int,
    in_part: int,
    frames: Frames,
    tmp_path: Path,
    holds: Holds,
) -> None:
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        file.create_dataset("x", frames.shape, "u2", chunks=chunks)[:rows] = frames[:rows]
    scan = ge.open_scan(path)
    assert [f"{missing} of {total} chunks", f"{in_part} of 30 frames"] == [
        part for part in (f"{missing} of {total} chunks", f"{in_part} of 30 frames") if part in scan.notes[0]
    ], scan.notes
    expected = frames.copy()
    expected[rows:] = 0
    holds(scan, expected)


def test_a_whole_file_has_no_note_on_chunks(frames: Frames, tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.create_dataset("x", data=frames, chunks=(4, 3, 20, 13), compression="gzip")
    assert ge.open_scan(tmp_path / "a.h5").notes == ()


def test_a_large_shape_of_which_nothing_was_written_is_not_believed(
    frames: Frames, tmp_path: Path, refused: Refused
) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.create_dataset("x", (6000, 5000, 32, 40), "u2", chunks=(6, 5, 32, 40))[:6, :5] = frames
        file.create_dataset("y", (60000, 50000, 32, 40), "u2", chunks=(1, 1, 32, 40))[0, 0] = frames[0, 0]
    for name in ("x", "y"):
        with refused(ScanError, tmp_path / "a.h5", f"/{name}", "chunks", "whole"):
            ge.open_scan(tmp_path / "a.h5", ds_path=name)


def gzipped(path: Path, frames: Frames, bomb: bytes) -> Path:
    """A file in gzip chunks of which the one of row 2 is another."""
    with h5py.File(path, "w") as file:
        made = file.create_dataset("x", frames.shape, "u2", chunks=(1, 5, 32, 40), compression="gzip")
        for row in range(6):
            packed = zlib.compress(frames[row].tobytes())
            made.id.write_direct_chunk((row, 0, 0, 0), bomb if row == 2 else packed)
    return path


def test_a_chunk_larger_than_its_shape_is_refused(frames: Frames, tmp_path: Path, refused: Refused) -> None:
    path = gzipped(tmp_path / "a.h5", frames, zlib.compress(bytes(200_000_000)))
    with refused(ScanError, path, "/x has a chunk of", "12800", "do not read it"):
        ge.open_scan(path)


def test_a_chunk_that_would_grow_beyond_its_shape_is_not_decoded(
    frames: Frames, tmp_path: Path, refused: Refused
) -> None:
    path = gzipped(tmp_path / "a.h5", frames, zlib.compress(bytes(40_000_000)))
    scan = ge.open_scan(path)
    with refused(ScanError, path, "5 frames do not decode, the first at (2, 0)"):
        ge.statistics(scan)
    np.testing.assert_array_equal(scan.frame(3, 1), frames[3, 1])


SHAPES = [
    ((100, 84), 125_000, (1, 84)),
    ((100, 84), 125_000, (7, 5)),
    ((100, 84), 125_000, (100, 84)),
    ((4, 100_000), 2_000, (4, 100_000)),
    ((512, 512), 32_000_000, (1, 512)),
    ((3, 2), 900_000_000, (1, 1)),
]


@pytest.mark.parametrize(("scan_shape", "frame_bytes", "together"), SHAPES)
def test_partitions_stay_small_however_large_the_chunks_are(
    scan_shape: tuple[int, int], frame_bytes: int, together: tuple[int, int]
) -> None:
    covered, at = np.zeros(scan_shape, int), -1
    for box in boxes_of(scan_shape, frame_bytes, together):
        assert box.count * frame_bytes <= max(4 * PARTITION_BYTES, frame_bytes)
        covered[box.y, box.x] += 1
        first = box.y.start * scan_shape[1] + box.x.start
        assert first == at + 1, "in the order of the frames"
        at += box.count
    assert (covered == 1).all()


@pytest.mark.parametrize(("together", "rows"), [((1, 84), 6), ((4, 84), 4), ((5, 2), 5), ((20, 84), 20), ((50, 84), 6)])
def test_partitions_end_where_chunks_end_unless_these_are_too_large(together: tuple[int, int], rows: int) -> None:
    boxes = list(boxes_of((100, 84), 125_000, together))
    assert boxes[0].y == slice(0, rows)
    assert boxes[0].x == slice(0, 84)
