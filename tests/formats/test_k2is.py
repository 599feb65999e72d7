"""Recordings of Gatan's K2: eight files of packed blocks and a .gtg, lined up, whole, and from the scan's first frame on."""

import os
import struct
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

# Test modules have no package here (import mode importlib), so that `vendor_files` is found only this way.
sys.path.insert(0, str(Path(__file__).parent))

from vendor_files import K2_BLOCK, K2_FRAME, write_k2is

import graineye as ge
from graineye.errors import GraineyeError, ScanError

Frames = NDArray[np.uint16]
Refused = Callable[..., object]

FRAME_BYTES = 32 * K2_BLOCK
"""In each of the files."""


@pytest.fixture(scope="module")
def recorded() -> Frames:
    """Seven frames, of which each pixel of a patch round the middle, each row and each column tells its place."""
    frames = np.zeros((7, *K2_FRAME), np.uint16)
    frames[:, 900:960, 1000:1064] = np.random.default_rng(4).integers(0, 4096, (7, 60, 64))
    for number, frame in enumerate(frames):
        frame[3, 5] = 100 + number
        frame[-1] = np.arange(2048) + number
        frame[:, -1] = np.arange(1860) + 2 * number
    return frames


@pytest.fixture(scope="module")
def of_scan(recorded: Frames, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A scan of 3 x 2 positions; the shutter's mark stands on the second frame, and so the scan begins with the first."""
    return write_k2is(tmp_path_factory.mktemp("k2is") / "scan_.gtg", recorded, (3, 2), before=1)


@pytest.fixture
def copied(of_scan: Path, tmp_path: Path) -> Path:
    """The same recording under other names, as links, so that a test may put other files in place of some."""
    for path in of_scan.parent.iterdir():
        os.link(path, tmp_path / path.name)
    return tmp_path / of_scan.name


def replaced(path: Path, content: bytes) -> None:
    """Another file of this name; what was linked stays as it is."""
    path.unlink()
    path.write_bytes(content)


def holds(scan: ge.Scan, expected: Frames) -> None:
    assert scan.shape[0] * scan.shape[1] == len(expected)
    assert (scan.format, scan.frame_shape, scan.dtype) == ("K2IS", K2_FRAME, np.uint16)
    for number, frame in enumerate(expected):
        np.testing.assert_array_equal(scan.frame(*divmod(number, scan.shape[1])), frame)


@pytest.mark.parametrize("name", ["scan_.gtg", "scan_1.bin", "scan_8.bin"])
def test_the_gtg_tells_the_scan_positions(name: str, of_scan: Path, recorded: Frames) -> None:
    scan = ge.open_scan(of_scan.with_name(name))
    assert scan.scan_shape == (3, 2)
    holds(scan, recorded[:6])


def test_a_pass_reads_every_frame_once(of_scan: Path, recorded: Frames) -> None:
    expected = recorded[:6].sum(axis=(1, 2), dtype=np.float64).reshape(3, 2)
    scan = ge.open_scan(of_scan)
    assert len(list(scan.dataset.get_partitions())) == 1
    np.testing.assert_array_equal(ge.statistics(scan).total_counts, expected)
    np.testing.assert_array_equal(ge.statistics(ge.open_scan(of_scan, roi="1:3,1:2")).total_counts, expected[1:, 1:])


def test_libertem_reads_the_same_frames(of_scan: Path, recorded: Frames, monkeypatch: pytest.MonkeyPatch) -> None:
    """It looks for the shutter's mark in steps of 400 frames, which are more than there are."""
    sectors = pytest.importorskip("libertem.io.dataset.k2is").Sector
    lt, pick = pytest.importorskip("libertem.api"), pytest.importorskip("libertem.udf.raw").PickUDF
    monkeypatch.setattr(sectors.first_block_with_search, "__defaults__", (lambda block: True, 32))
    with lt.Context.make_with("inline") as context:
        dataset = context.load("k2is", path=str(of_scan))
        assert tuple(dataset.shape) == (3, 2, *K2_FRAME)
        for number in (0, 3, 5):
            chosen = np.zeros((3, 2), bool)
            chosen.flat[number] = True
            found = context.run_udf(dataset, pick(), roi=chosen)["intensity"].data
            np.testing.assert_array_equal(found[0], recorded[number])


def test_without_a_scan_in_the_gtg_the_user_gives_the_positions(
    recorded: Frames, tmp_path: Path, refused: Refused
) -> None:
    path = write_k2is(tmp_path / "movie.gtg", recorded[:4])
    with refused(ScanError, path, "4 frames", "--nav-shape NY,NX"):
        ge.open_scan(path)
    with refused(ScanError, path, "4 frames", "--nav-shape 5,1"):
        ge.open_scan(path, nav_shape="5,1")
    holds(ge.open_scan(path, nav_shape="2,2"), recorded[:4])
    holds(ge.open_scan(path, nav_shape="1,3", sync_offset=1), recorded[1:4])


def test_sectors_that_begin_and_end_at_different_blocks_are_lined_up(copied: Path, recorded: Frames) -> None:
    """The computer begins to record somewhere in a frame, at another block in each file."""
    for sector, blocks in ((1, 0), (3, 5), (6, 31)):
        path = copied.with_name(f"scan_{sector}.bin")
        frame = bytearray(path.read_bytes()[:FRAME_BYTES])
        for block in range(32):
            struct.pack_into(">I", frame, block * K2_BLOCK + 24, 6)  # of the frame before
        replaced(path, bytes(frame[blocks * K2_BLOCK :]) + path.read_bytes() + bytes(frame[: 100 + 40 * sector]))
    holds(ge.open_scan(copied), recorded[:6])


def test_the_scan_may_begin_later(copied: Path, recorded: Frames) -> None:
    """Frames that a sector lacks at its start are left out of all."""
    path = copied.with_name("scan_5.bin")
    replaced(path, path.read_bytes()[7 * K2_BLOCK :])
    holds(ge.open_scan(copied, nav_shape="5,1", sync_offset=1), recorded[2:7])


def test_flyback_that_the_gtg_tells_of_is_mentioned(copied: Path) -> None:
    from vendor_files import DMWriter

    sampling = [("Spatial Sampling", [("Height (pixels)", 3), ("Width (pixels)", 1)])]
    tags = [
        ("SI Dimensions", [("Size X", 2), ("Size Y", 3)]),
        ("SI Image Tags", [("SI", [("Acquisition", sampling)])]),
    ]
    replaced(copied, DMWriter(3).file(tags))
    assert "--flyback 1" in " ".join(ge.open_scan(copied).notes)


@pytest.mark.parametrize(("kept", "said"), [(5.99, "1 of 6 frames"), (2.5, "4 of 6 frames"), (1.0, "shutter open")])
def test_recordings_that_lack_frames_are_refused(kept: float, said: str, copied: Path, refused: Refused) -> None:
    path = copied.with_name("scan_4.bin")
    replaced(path, path.read_bytes()[: int(kept * FRAME_BYTES)])
    with refused(ScanError, said):
        ge.open_scan(copied)


def test_frames_after_the_scan_may_be_cut_off(copied: Path, recorded: Frames) -> None:
    path = copied.with_name("scan_4.bin")
    replaced(path, path.read_bytes()[: 6 * FRAME_BYTES])
    holds(ge.open_scan(copied), recorded[:6])


def test_sectors_must_agree_on_the_shutter(copied: Path, refused: Refused) -> None:
    path = copied.with_name("scan_6.bin")
    content = bytearray(path.read_bytes())
    content[9] |= 1
    replaced(path, bytes(content))
    with refused(ScanError, "shutter was shut during frame 7", "--sync-offset"):
        ge.open_scan(copied)


def test_a_recording_without_a_mark_of_the_shutter_asks_for_the_frames_to_skip(
    recorded: Frames, tmp_path: Path, refused: Refused
) -> None:
    path = write_k2is(tmp_path / "shut.gtg", recorded[:3], (1, 2), before=3)
    with refused(ScanError, "no frame is marked", "--sync-offset"):
        ge.open_scan(path)
    holds(ge.open_scan(path, sync_offset=1), recorded[1:3])


@pytest.mark.parametrize("kept", [0.9, 0.01, 0.0])
def test_files_without_a_whole_frame_are_refused(kept: float, copied: Path, refused: Refused) -> None:
    path = copied.with_name("scan_4.bin")
    replaced(path, path.read_bytes()[: int(kept * FRAME_BYTES)])
    with refused(ScanError, path, "no whole frame"):
        ge.open_scan(copied)


@pytest.mark.parametrize(
    ("lost", "said"), [(3, "begins before"), (40, "missing or damaged"), (100, "missing or damaged")]
)
def test_blocks_that_were_lost_never_shift_what_comes_after_them(
    lost: int, said: str, copied: Path, refused: Refused
) -> None:
    path = copied.with_name("scan_7.bin")
    whole = path.read_bytes()
    replaced(path, whole[: lost * K2_BLOCK] + whole[(lost + 1) * K2_BLOCK :])
    with refused(ScanError, said):
        ge.open_scan(copied)


def test_damage_in_the_middle_is_noticed_when_it_is_read(copied: Path, recorded: Frames, refused: Refused) -> None:
    path = copied.with_name("scan_7.bin")
    content = bytearray(path.read_bytes())
    content[100 * K2_BLOCK : 101 * K2_BLOCK] = bytes(K2_BLOCK)
    replaced(path, bytes(content))
    scan = ge.open_scan(copied)
    np.testing.assert_array_equal(scan.frame(2, 0), recorded[4])
    with refused(ScanError, copied, path, "missing or damaged"):
        scan.frame(1, 1)
    with refused(ScanError, path, "missing or damaged"):
        ge.statistics(scan)


def test_a_frame_that_all_sectors_lost_is_noticed(copied: Path, refused: Refused) -> None:
    for sector in range(1, 9):
        path = copied.with_name(f"scan_{sector}.bin")
        whole = path.read_bytes()
        replaced(path, whole[: 3 * FRAME_BYTES] + whole[4 * FRAME_BYTES :])
    with refused(ScanError, copied.with_name("scan_1.bin"), "missing or damaged"):
        ge.open_scan(copied)


@pytest.mark.parametrize("name", ["scan_.gtg", "scan_3.bin"])
def test_files_that_are_missing_are_named(name: str, copied: Path, refused: Refused) -> None:
    copied.with_name(name).unlink()
    with refused(ScanError, "scan_.gtg", "put "):
        ge.open_scan(copied.with_name("scan_.gtg" if name != "scan_.gtg" else "scan_1.bin"))


def test_files_that_are_no_such_recording_are_refused(copied: Path, refused: Refused) -> None:
    path = copied.with_name("scan_2.bin")
    replaced(path, bytes(7 * FRAME_BYTES))
    with refused(ScanError, path, "block of a K2 camera"):
        ge.open_scan(copied)
    replaced(copied, copied.read_bytes()[:40])
    with refused(ScanError, copied, "make no sense"):
        ge.open_scan(copied)


def test_damaged_headers_are_refused_in_one_line_or_do_no_harm(copied: Path, recorded: Frames) -> None:
    path = copied.with_name("scan_2.bin")
    whole = path.read_bytes()
    random = np.random.default_rng(6)
    replaced(path, whole)
    opened, said = 0, []
    for _ in range(200):
        with path.open("r+b") as file:
            place = int(random.integers(0, 7 * 32)) * K2_BLOCK + int(random.integers(0, 40))
            file.seek(place)
            file.write(bytes([whole[place] ^ 1 << int(random.integers(8))]))
        try:
            number = place // FRAME_BYTES
            scan = ge.open_scan(copied)
            if number < 6:
                np.testing.assert_array_equal(scan.frame(*divmod(number, 2)), recorded[number])
            opened += 1
        except GraineyeError as error:
            said.append(str(error))
        with path.open("r+b") as file:
            file.seek(place)
            file.write(whole[place : place + 1])
    assert 50 < opened < 200
    assert not any("\n" in words for words in said)
