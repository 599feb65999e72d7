"""Scan positions and detector pixels that are left out: as rectangles, as images, within a region of interest."""

from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

import graineye as ge
from graineye.errors import GraineyeError, ScanError, SettingsError
from graineye.scan import describe
from graineye.scan.excluding import excluding

Frames = NDArray[np.uint16]
Refused = Callable[..., AbstractContextManager[None]]


@pytest.fixture(scope="module")
def path(frames: Frames, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("excluding") / "scan.npy"
    np.save(path, frames)  # 6 x 5 positions, 32 x 40 px
    return path


def where(mask: NDArray[np.bool_] | None) -> set[tuple[int, ...]]:
    return set() if mask is None else set(map(tuple, np.argwhere(mask).tolist()))


@pytest.mark.parametrize(
    ("text", "positions"),
    [
        ("0:2,1:3", {(0, 1), (0, 2), (1, 1), (1, 2)}),
        ("4,2", {(4, 2)}),
        ("5:,3:", {(5, 3), (5, 4)}),
        (":1,:", {(0, x) for x in range(5)}),
        ("0,0; 5 , 4;2:3,1", {(0, 0), (5, 4), (2, 1)}),
        ("0:2,0:2;1:3,1:2;", {(0, 0), (0, 1), (1, 0), (1, 1), (2, 1)}),
    ],
)
def test_rectangles_name_scan_positions(text: str, positions: set[tuple[int, int]], path: Path) -> None:
    scan = ge.open_scan(path, exclude_frames=text)
    assert where(scan.excluded_frames) == positions
    assert scan.excluded_pixels is None
    assert scan.frame_count == 30 - len(positions)
    assert [note for note in scan.notes if f"{len(positions)} of 30 scan positions" in note]


def test_rectangles_name_detector_pixels(path: Path) -> None:
    scan = ge.open_scan(path, exclude_pixels="10:12,39:;31,0")
    assert where(scan.excluded_pixels) == {(10, 39), (11, 39), (31, 0)}
    assert "3 detector pixels" in dict(describe(scan))["excluded"]


@pytest.mark.parametrize("suffix", ["npy", "tif", "png", "colour.png", "palette.png", "bool.npy", "float.tif"])
def test_what_is_not_zero_in_an_image_is_left_out(suffix: str, path: Path, tmp_path: Path) -> None:
    mask = np.zeros((6, 5), np.uint8)
    mask[2, 1:4], mask[5, 0] = 255, 1
    file = tmp_path / f"mask.{suffix}"
    if suffix.endswith("npy"):
        np.save(file, mask > 0 if "bool" in suffix else mask)
    elif suffix.endswith("tif"):
        tifffile.imwrite(file, mask.astype(np.float32) if "float" in suffix else mask)
    elif "colour" in suffix:
        coloured = np.stack([np.zeros_like(mask), np.zeros_like(mask), mask], axis=-1)
        Image.fromarray(coloured).convert("RGBA").save(file)
    elif "palette" in suffix:
        Image.fromarray(mask).convert("P").save(file)
    else:
        Image.fromarray(mask).save(file)
    assert where(ge.open_scan(path, exclude_frames=file).excluded_frames) == {(2, 1), (2, 2), (2, 3), (5, 0)}


def test_a_mask_may_be_an_array(path: Path) -> None:
    mask = np.arange(30).reshape(6, 5) == 7
    assert where(ge.open_scan(path, exclude_frames=mask).excluded_frames) == {(1, 2)}


def test_positions_are_counted_in_the_whole_file(path: Path, tmp_path: Path) -> None:
    mask = np.zeros((6, 5), bool)
    mask[2, 3] = True
    for given_as in ("2,3", mask, mask[1:5, 2:]):
        scan = ge.open_scan(path, roi="1:5,2:5", exclude_frames=given_as)
        assert where(scan.excluded_frames) == {(1, 1)}
        assert scan.frame_count == 11


def test_a_mask_that_leaves_everything_in_changes_nothing(path: Path) -> None:
    scan = ge.open_scan(path, exclude_frames=np.zeros((6, 5)), exclude_pixels=np.zeros((32, 40)))
    assert (scan.excluded_frames, scan.excluded_pixels, scan.notes) == (None, None, ())


def test_of_binned_frames_a_bin_with_one_excluded_pixel_is_excluded(path: Path) -> None:
    scan = ge.open_scan(path)
    # as if the file's frames had 65 x 81 px and were binned by 2
    binned = excluding(scan, pixels="3:5,7", stored=(65, 81))
    assert where(binned.excluded_pixels) == {(1, 3), (2, 3)}
    mask = np.zeros((65, 81), bool)
    mask[64, 80] = mask[0, 79] = True
    assert where(excluding(scan, pixels=mask, stored=(65, 81)).excluded_pixels) == {(0, 39)}


@pytest.mark.parametrize("text", ["0:2", "0:2,0:2,0:2", "a:b,0:1", "-1:2,0:1", ",", "1;2", "0::2,1"])
def test_what_is_neither_rectangles_nor_a_file_is_refused(text: str, path: Path) -> None:
    with pytest.raises((SettingsError, ScanError), match="--exclude-frames") as caught:
        ge.open_scan(path, exclude_frames=text)
    assert "Y0:Y1,X0:X1" in str(caught.value)


@pytest.mark.parametrize("text", ["0:7,0:5", "6,0", "3:3,0:1", "4:2,:", "0,5"])
def test_a_rectangle_outside_the_scan_is_refused(text: str, path: Path, refused: Refused) -> None:
    with refused(ScanError, path, "--exclude-frames", "does not lie in"):
        ge.open_scan(path, exclude_frames=text)


@pytest.mark.parametrize(
    ("mask", "pieces"),
    [
        (np.ones((5, 6)), ["(5, 6)", "(6, 5)"]),
        (np.full((6, 5), np.nan), ["NaN"]),
        (np.ones((6, 5)), ["inverted"]),
        (np.ones(30), ["(30,)"]),
    ],
)
def test_a_mask_that_cannot_be_one_is_refused(
    mask: NDArray[Any], pieces: list[str], path: Path, refused: Refused, tmp_path: Path
) -> None:
    np.save(tmp_path / "mask.npy", mask)
    with refused(ScanError, "--exclude-frames", *pieces):
        ge.open_scan(path, exclude_frames=tmp_path / "mask.npy")


@pytest.mark.parametrize("name", ["none.png", "text.png", "empty.tif", "text.npy", "objects.npy", "."])
def test_a_file_that_holds_no_image_is_refused(name: str, path: Path, tmp_path: Path) -> None:
    (tmp_path / "text.png").write_text("not a picture")
    (tmp_path / "text.npy").write_text("not an array")
    (tmp_path / "empty.tif").write_bytes(b"")
    np.save(tmp_path / "objects.npy", np.array([[{}]]), allow_pickle=True)
    with pytest.raises(ScanError, match="--exclude-pixels") as caught:
        ge.open_scan(path, exclude_pixels=str(tmp_path / name))
    assert "\n" not in str(caught.value)


@given(text=st.text(alphabet="0123456789:,; -", max_size=12))
def test_any_text_is_a_mask_or_one_line(text: str, path: Path) -> None:
    scan = ge.open_scan(path)
    with suppress(GraineyeError):  # which words anything in one line
        scan = excluding(scan, frames=text)
        assert scan.excluded_frames is None or 0 < scan.excluded_frames.sum() < 30
