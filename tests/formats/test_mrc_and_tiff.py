"""Stacks of images, MRC and TIFF: the scan positions come from the user, everything else from the file."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tifffile
from numpy.typing import NDArray

import graineye as ge
from graineye.errors import ScanError

Frames = NDArray[np.uint16]
Write = Callable[..., Path]
Refused = Callable[..., object]
Holds = Callable[[ge.Scan, NDArray[np.generic]], None]


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("mode", [0, 1, 2, 6])
def test_mrc_of_every_number_type_and_byte_order(
    mode: int, order: str, small: Frames, write_mrc: Write, tmp_path: Path, holds: Holds
) -> None:
    frames = small // 2
    scan = ge.open_scan(write_mrc(tmp_path / "a.mrc", frames, mode, order), nav_shape="6,5")
    assert scan.format == "MRC"
    holds(scan, frames)


def test_mrc_frames_begin_behind_an_extended_header(
    small: Frames, write_mrc: Write, tmp_path: Path, holds: Holds
) -> None:
    holds(ge.open_scan(write_mrc(tmp_path / "a.mrc", small, extended=4096), nav_shape="6,5"), small)


def test_mrc_frames_at_the_start_can_be_skipped(small: Frames, write_mrc: Write, tmp_path: Path, holds: Holds) -> None:
    scan = ge.open_scan(write_mrc(tmp_path / "a.mrc", small), nav_shape="5,5", sync_offset=5)
    holds(scan, small[1:])


def test_mrc_without_scan_positions_says_how_many_frames_there_are(
    small: Frames, write_mrc: Write, tmp_path: Path, refused: Refused
) -> None:
    path = write_mrc(tmp_path / "a.mrc", small)
    with refused(ScanError, path, "30 frames", "--nav-shape NY,NX"):
        ge.open_scan(path)
    for wrong in ("7,5", "5,5"):
        with refused(ScanError, path, "30 frames", f"--nav-shape {wrong}"):
            ge.open_scan(path, nav_shape=wrong)


def test_mrc_that_was_cut_off_is_refused(small: Frames, write_mrc: Write, tmp_path: Path, refused: Refused) -> None:
    path = write_mrc(tmp_path / "a.mrc", small)
    whole = path.read_bytes()
    for kept in (len(whole) - 1, 600):
        path.write_bytes(whole[:kept])
        with refused(ScanError, path, "truncated", "copy it again"):
            ge.open_scan(path, nav_shape="6,5")


def test_mrc_movies_of_direct_electron_are_refused_with_a_way(
    small: Frames, write_mrc: Write, tmp_path: Path, refused: Refused
) -> None:
    path = write_mrc(tmp_path / "a.mrc", small, label=b"Direct Electron movie")
    with refused(ScanError, path, "Direct Electron", "RosettaSciIO"):
        ge.open_scan(path, nav_shape="6,5")


@pytest.mark.parametrize(("mode", "what"), [(4, "complex"), (12, "16 bits"), (101, "4 bits"), (77, "mode 77")])
def test_mrc_of_other_numbers_is_refused(
    mode: int, what: str, small: Frames, write_mrc: Write, tmp_path: Path, refused: Refused
) -> None:
    path = write_mrc(tmp_path / "a.mrc", small, mode)
    with refused(ScanError, path, what, "save it"):
        ge.open_scan(path, nav_shape="6,5")


TIFFS = {
    "plain": {},
    "big-endian": {"byteorder": ">"},
    "BigTIFF": {"bigtiff": True},
    "strips of a few rows": {"rowsperstrip": 5},
    "tiles": {"tile": (16, 16)},
}


@pytest.mark.parametrize("how", TIFFS)
def test_a_tiff_stack_however_it_is_stored(how: str, small: Frames, tmp_path: Path, holds: Holds) -> None:
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, small.reshape(30, 32, 40), photometric="minisblack", **TIFFS[how])
    scan = ge.open_scan(path, nav_shape="6,5")
    assert scan.format == "TIFF"
    holds(scan, small)


@pytest.mark.parametrize("dtype", ["uint8", "int16", "uint32", "float32", "float64"])
def test_a_tiff_stack_keeps_its_numbers(dtype: str, small: Frames, tmp_path: Path, holds: Holds) -> None:
    values = (small // 2).astype(dtype)
    tifffile.imwrite(tmp_path / "a.tif", values.reshape(30, 32, 40), photometric="minisblack")
    holds(ge.open_scan(tmp_path / "a.tif", nav_shape="6,5"), values)


def test_a_packed_tiff_stack_is_decoded_page_by_page(small: Frames, tmp_path: Path, holds: Holds) -> None:
    path = tmp_path / "a.tif"
    try:
        tifffile.imwrite(path, small.reshape(30, 32, 40), photometric="minisblack", compression="zlib")
    except (ValueError, ImportError) as error:
        pytest.skip(f"tifffile cannot pack: {error}")
    holds(ge.open_scan(path, nav_shape="6,5"), small)
    content = bytearray(path.read_bytes())
    with tifffile.TiffFile(path) as file:
        start, length = file.pages[7].dataoffsets[0], file.pages[7].databytecounts[0]
    content[start : start + length] = bytes(length)
    path.write_bytes(content)
    scan = ge.open_scan(path, nav_shape="6,5")
    with pytest.raises(ScanError, match=r"page 7 cannot be decoded"):
        ge.statistics(scan)


def test_a_tiff_image_of_four_axes_needs_no_scan_positions(small: Frames, tmp_path: Path, holds: Holds) -> None:
    tifffile.imwrite(tmp_path / "a.tif", small, photometric="minisblack")
    holds(ge.open_scan(tmp_path / "a.tif"), small)


def test_a_tiff_file_that_is_no_stack_is_refused(small: Frames, tmp_path: Path, refused: Refused) -> None:
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, small[0, 0])
    with refused(ScanError, path, "(32, 40)", "one a page"):
        ge.open_scan(path)
    tifffile.imwrite(path, np.zeros((5, 32, 40, 3), np.uint8), photometric="rgb")
    with refused(ScanError, path, "grey frames"):
        ge.open_scan(path)
    tifffile.imwrite(path, small.reshape(30, 32, 40), photometric="minisblack")
    tifffile.imwrite(path, np.zeros((8, 9), np.uint8), append=True)
    with refused(ScanError, path, "(30, 32, 40)", "(8, 9)", "alone"):
        ge.open_scan(path)


@pytest.mark.parametrize("kept", [0.9, 0.3, 0.001])
def test_a_tiff_file_that_was_cut_off_is_refused(kept: float, small: Frames, tmp_path: Path, refused: Refused) -> None:
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, small.reshape(30, 32, 40), photometric="minisblack")
    whole = path.read_bytes()
    path.write_bytes(whole[: int(kept * len(whole))])
    with refused(ScanError, path):
        ge.open_scan(path, nav_shape="6,5")
