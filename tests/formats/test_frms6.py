"""Recordings of PNDetector's pnCCD: unfolded, dark frames subtracted, and only if all files are there."""

import struct
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

# Test modules have no package here (import mode importlib), so that `vendor_files` is found only this way.
sys.path.insert(0, str(Path(__file__).parent))

from vendor_files import write_frms6

import graineye as ge
from graineye.errors import GraineyeError, ScanError

Frames = NDArray[np.uint16]
Refused = Callable[..., object]
Holds = Callable[[ge.Scan, NDArray[np.generic]], None]


@pytest.fixture
def dark() -> Frames:
    """Two images, whose mean differs from pixel to pixel."""
    return np.stack([np.arange(32 * 40), np.arange(32 * 40)[::-1] // 3 * 2]).reshape(2, 32, 40).astype(np.uint16)


@pytest.fixture
def corrected(small: Frames, dark: Frames) -> NDArray[np.float32]:
    return (small - dark.mean(axis=0)).astype(np.float32)


def square(small: Frames) -> Frames:
    return np.ascontiguousarray(small[:5])


@pytest.mark.parametrize("split", [(), (1,), (7, 8, 20)])
@pytest.mark.usefixtures("small_partitions")
def test_frames_are_unfolded_across_files(
    split: tuple[int, ...],
    small: Frames,
    dark: Frames,
    corrected: NDArray[np.float32],
    tmp_path: Path,
    holds: Holds,
) -> None:
    scan = ge.open_scan(write_frms6(tmp_path / "a.hdr", small, dark, split), nav_shape="6,5")
    assert (scan.format, scan.dtype) == ("FRMS6", np.float32)
    assert len(list(scan.dataset.get_partitions())) > 1
    holds(scan, corrected)
    holds(ge.open_scan(tmp_path / "a.hdr", nav_shape="6,5", roi="1:3,2:5"), corrected[1:3, 2:5])
    holds(ge.open_scan(tmp_path / "a_000.frms6", nav_shape="6,5"), corrected)


def test_a_whole_frame_of_the_camera(tmp_path: Path) -> None:
    """264 x 264 px."""
    frames = np.random.default_rng(8).integers(0, 9000, (2, 2, 264, 264)).astype(np.uint16)
    path = write_frms6(tmp_path / "a.hdr", frames, np.full((3, 264, 264), 100, np.uint16))
    scan = ge.open_scan(path)
    assert scan.shape == (2, 2, 264, 264)
    for y, x in np.ndindex(2, 2):
        np.testing.assert_array_equal(scan.frame(y, x), frames[y, x].astype(np.float32) - 100)


@pytest.mark.parametrize("binning", [2, 4])
def test_rows_that_the_camera_summed_up_are_repeated(binning: int, small: Frames, dark: Frames, tmp_path: Path) -> None:
    path = write_frms6(tmp_path / "a.hdr", square(small), dark, binning=binning)
    scan = ge.open_scan(path)
    assert scan.shape == (5, 5, 32 * binning, 40)
    expected = np.repeat(small[3, 4] - dark.mean(axis=0), binning, axis=0)
    np.testing.assert_array_equal(scan.frame(3, 4), expected.astype(np.float32))


def test_which_number_counts_the_rows_of_a_scan_is_not_guessed(
    small: Frames, dark: Frames, corrected: NDArray[np.float32], tmp_path: Path, holds: Holds, refused: Refused
) -> None:
    path = write_frms6(tmp_path / "a.hdr", small, dark)
    with refused(ScanError, path, "--nav-shape 6,5", "--nav-shape 5,6"):
        ge.open_scan(path)
    write_frms6(path, square(small), dark)
    holds(ge.open_scan(path), corrected[:5])


def test_positions_and_frames_must_fit(small: Frames, dark: Frames, tmp_path: Path, refused: Refused) -> None:
    path = write_frms6(tmp_path / "a.hdr", small, dark)
    for wrong in ("7,5", "5,5"):
        with refused(ScanError, path, "--nav-shape"):
            ge.open_scan(path, nav_shape=wrong)


def test_frames_at_the_start_can_be_skipped(
    small: Frames, dark: Frames, corrected: NDArray[np.float32], tmp_path: Path, holds: Holds
) -> None:
    holds(
        ge.open_scan(write_frms6(tmp_path / "a.hdr", small, dark, (4,)), nav_shape="5,5", sync_offset=5), corrected[1:]
    )


def test_older_files_leave_the_number_of_frames_to_their_size(
    small: Frames, dark: Frames, corrected: NDArray[np.float32], tmp_path: Path, holds: Holds
) -> None:
    path = write_frms6(tmp_path / "a.hdr", small, dark, (11,))
    for each in tmp_path.glob("*.frms6"):
        content = bytearray(each.read_bytes())
        struct.pack_into("<I", content, 1020, 0)
        each.write_bytes(content)
    holds(ge.open_scan(path, nav_shape="6,5"), corrected)


@pytest.mark.parametrize("missing", ["a_000.frms6", "a_001.frms6", "a_002.frms6"])
def test_a_file_that_is_missing_is_noticed(
    missing: str, small: Frames, dark: Frames, tmp_path: Path, refused: Refused
) -> None:
    path = write_frms6(tmp_path / "a.hdr", small, dark, (10,))
    (tmp_path / missing).unlink()
    with refused(ScanError, path, "there?" if missing == "a_002.frms6" else "must be there"):
        ge.open_scan(path, nav_shape="6,5")


def test_a_text_that_is_missing_is_noticed(small: Frames, dark: Frames, tmp_path: Path, refused: Refused) -> None:
    write_frms6(tmp_path / "a.hdr", small, dark).unlink()
    with refused(ScanError, "a_001.frms6", "a.hdr is missing"):
        ge.open_scan(tmp_path / "a_001.frms6", nav_shape="6,5")


def test_files_of_another_recording_are_never_mixed_in(
    small: Frames, dark: Frames, tmp_path: Path, refused: Refused
) -> None:
    path = write_frms6(tmp_path / "a.hdr", small, dark)
    write_frms6(tmp_path / "a_again.hdr", small, dark)
    with refused(ScanError, path, "a_again_000.frms6", "other folders"):
        ge.open_scan(path, nav_shape="6,5")


@pytest.mark.parametrize("name", ["a_000.frms6", "a_001.frms6", "a_002.frms6"])
@pytest.mark.parametrize("kept", [0.99, 0.5, 0.02, 0.0])
def test_files_that_were_cut_off_are_refused(
    kept: float, name: str, small: Frames, dark: Frames, tmp_path: Path, refused: Refused
) -> None:
    path = write_frms6(tmp_path / "a.hdr", small, dark, (10,))
    whole = (tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes(whole[: int(kept * len(whole))])
    with refused(ScanError, tmp_path / name, "truncated"):
        ge.open_scan(path, nav_shape="6,5")


@pytest.mark.parametrize("name", ["a.hdr", "a_000.frms6", "a_001.frms6"])
def test_flipped_bits_are_refused_in_one_line_or_leave_a_scan(
    name: str, small: Frames, dark: Frames, tmp_path: Path
) -> None:
    path = write_frms6(tmp_path / "a.hdr", square(small), dark)
    whole = (tmp_path / name).read_bytes()
    random = np.random.default_rng(9)
    outcomes = set()
    for _ in range(100):
        broken = bytearray(whole)
        for place in random.integers(0, min(1100, len(whole)), 2):
            broken[place] ^= 1 << random.integers(8)
        (tmp_path / name).write_bytes(broken)
        try:
            assert ge.statistics(ge.open_scan(path)).total_counts.shape == (5, 5)
            outcomes.add("sound")
        except GraineyeError as error:
            outcomes.add("several lines" if "\n" in str(error) else "refused")
    assert "refused" in outcomes <= {"sound", "refused"}
