"""Merlin's .mib and .hdr: only the files that belong together, whole, in the order in which they were recorded."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

import graineye as ge
from graineye.errors import ScanError

Frames = NDArray[np.uint16]
Write = Callable[..., Path]
Refused = Callable[..., object]
Holds = Callable[[ge.Scan, NDArray[np.generic]], None]


@pytest.fixture(scope="module")
def eights(small: Frames) -> Frames:
    """Frames whose rows are whole multiples of 64 bits in each of the camera's packings: 32 x 40 px."""
    return small


@pytest.mark.parametrize("kind", ["U08", "U16", "R6", "R12"])
def test_every_counter_depth_is_decoded(
    kind: str, eights: Frames, write_mib: Write, tmp_path: Path, holds: Holds
) -> None:
    expected = eights & 63 if kind == "R6" else eights
    scan = ge.open_scan(write_mib(tmp_path / "a.mib", eights, kind), nav_shape="6,5")
    assert scan.format == "Merlin"
    holds(scan, expected)


@pytest.mark.parametrize("opened", ["a.hdr", "a.mib"])
def test_the_hdr_says_the_scan_positions(
    opened: str, small: Frames, write_mib: Write, write_hdr: Write, tmp_path: Path, holds: Holds
) -> None:
    write_mib(tmp_path / "a.mib", small)
    write_hdr(tmp_path / "a.hdr", Frames_in_Acquisition=30, Frames_per_Trigger=5)
    scan = ge.open_scan(tmp_path / opened)
    assert scan.path == tmp_path / opened
    holds(scan, small)


@pytest.mark.parametrize("opened", ["scan1.hdr", "scan1.mib"])
def test_files_with_similar_names_are_other_scans(
    opened: str, small: Frames, write_mib: Write, write_hdr: Write, tmp_path: Path, holds: Holds
) -> None:
    write_mib(tmp_path / "scan1.mib", small)
    write_hdr(tmp_path / "scan1.hdr", ScanX=5, ScanY=6)
    for number, name in enumerate(("scan2.mib", "scan10.mib", "scan.mib", "scan1_dark.mib"), start=1):
        write_mib(tmp_path / name, small[::-1], first=1 + 30 * number)
    holds(ge.open_scan(tmp_path / opened), small)


def test_without_a_hdr_the_scan_positions_are_asked_for(
    small: Frames, write_mib: Write, tmp_path: Path, refused: Refused
) -> None:
    with refused(ScanError, tmp_path / "a.mib", "30 frames", ".hdr", "--nav-shape NY,NX"):
        ge.open_scan(write_mib(tmp_path / "a.mib", small))


def test_a_hdr_without_positions_is_no_help(
    small: Frames, write_mib: Write, write_hdr: Write, tmp_path: Path, refused: Refused
) -> None:
    write_mib(tmp_path / "a.mib", small)
    write_hdr(tmp_path / "a.hdr", Frames_in_Acquisition=30)
    for name in ("a.mib", "a.hdr"):
        with refused(ScanError, tmp_path / "a.mib", "30 frames", "--nav-shape NY,NX"):
            ge.open_scan(tmp_path / name)


def test_a_file_that_ends_within_a_frame_is_refused(
    small: Frames, write_mib: Write, write_hdr: Write, tmp_path: Path, refused: Refused
) -> None:
    path = write_mib(tmp_path / "a.mib", small)
    write_hdr(tmp_path / "a.hdr", ScanX=5, ScanY=6)
    path.write_bytes(path.read_bytes()[:-100])
    with refused(ScanError, path, "frame 30", "truncated"):
        ge.open_scan(path)


def test_a_file_with_fewer_frames_than_its_hdr_says_is_refused_until_the_user_says_which_are_there(
    small: Frames, write_mib: Write, write_hdr: Write, tmp_path: Path, refused: Refused, holds: Holds
) -> None:
    path = write_mib(tmp_path / "a.mib", small[:4])
    write_hdr(tmp_path / "a.hdr", ScanX=5, ScanY=6)
    with refused(ScanError, path, "20 frames", "6 x 5", "--nav-shape"):
        ge.open_scan(path)
    holds(ge.open_scan(path, nav_shape="4,5"), small[:4])


def test_frames_left_over_are_not_dropped_without_a_word(
    small: Frames, write_mib: Write, tmp_path: Path, refused: Refused, holds: Holds
) -> None:
    path = write_mib(tmp_path / "a.mib", small)
    with refused(ScanError, path, "30 frames", "5,5", "25"):
        ge.open_scan(path, nav_shape="5,5")
    holds(ge.open_scan(path, nav_shape="5,5", sync_offset=5), small[1:])


def test_flyback_that_the_hdr_tells_of_is_shown_and_cut_on_demand(
    small: Frames, write_mib: Write, write_hdr: Write, tmp_path: Path, holds: Holds
) -> None:
    path = write_mib(tmp_path / "a.mib", small)
    write_hdr(tmp_path / "a.hdr", ScanX=4, ScanY=6, Frames_per_Trigger=5, Frames_in_Acquisition=30)
    scan = ge.open_scan(path)
    assert any("flyback" in note and "--flyback 1" in note for note in scan.notes)
    holds(scan, small)
    holds(ge.open_scan(path, flyback=1), small[:, :4])


def test_a_hdr_alone_or_with_many_parts_says_what_to_do(
    small: Frames, write_mib: Write, write_hdr: Write, tmp_path: Path, refused: Refused
) -> None:
    path = write_hdr(tmp_path / "a.hdr", ScanX=5, ScanY=6)
    with refused(ScanError, path, "a.mib", "missing", "put that file beside it"):
        ge.open_scan(path)
    for part in (1, 2):
        write_mib(tmp_path / f"a_{part}.mib", small[:3], first=1 + 15 * part)
    with refused(ScanError, path, "2 files", "a_1.mib", "join"):
        ge.open_scan(path)


def test_frames_keep_the_order_of_their_rows(small: Frames, write_mib: Write, tmp_path: Path) -> None:
    scan = ge.open_scan(write_mib(tmp_path / "a.mib", small), nav_shape="6,5")
    assert scan.frame(2, 3)[0, 0] == small[2, 3, 0, 0], "the first row in the file is the first of the frame"


@pytest.mark.parametrize("start", [b"MQ1,", b"MQ1,000001,00384,01,0000,0032,U16,", b"MQ1,1,x,01,0040,0032,U16,"])
def test_a_header_that_makes_no_sense_is_refused(start: bytes, tmp_path: Path, refused: Refused) -> None:
    (tmp_path / "a.mib").write_bytes(start.ljust(384, b"\0") + bytes(2560))
    with refused(ScanError, tmp_path / "a.mib", "Merlin header", "whole"):
        ge.open_scan(tmp_path / "a.mib", nav_shape="1,1")
