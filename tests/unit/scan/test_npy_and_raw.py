"""Scans in files of plain numbers: npy, which knows its shape, and raw, which knows nothing."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

import graineye as ge
from graineye.errors import ScanError

Frames = NDArray[np.uint16]
Refused = Callable[..., object]


def check(scan: ge.Scan, expected: NDArray[np.generic]) -> None:
    """Every frame, and what one pass sums up, against the array."""
    assert scan.shape == expected.shape
    for y, x in np.ndindex(expected.shape[:2]):
        np.testing.assert_array_equal(scan.frame(y, x), expected[y, x])
    found = ge.statistics(scan)
    np.testing.assert_array_equal(found.total_counts, expected.sum(axis=(2, 3), dtype=np.float64))
    np.testing.assert_allclose(found.std, expected.astype(float).std(axis=(0, 1)), rtol=1e-6)


@pytest.mark.usefixtures("small_partitions")
@pytest.mark.parametrize("dtype", ["uint8", "<u2", ">u2", "int32", "<f4", ">f4", ">f8", "bool"])
def test_an_npy_file_is_read_as_it_stands(dtype: str, frames: Frames, tmp_path: Path) -> None:
    values = (frames > 25) if dtype == "bool" else (frames % 200).astype(dtype)
    np.save(tmp_path / "a.npy", values)
    scan = ge.open_scan(tmp_path / "a.npy")
    assert (scan.format, scan.dtype, scan.dataset_path) == ("NumPy", np.dtype(dtype), "")
    check(scan, values)


def test_an_npy_stack_gets_its_scan_positions_from_the_user(frames: Frames, tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", frames.reshape(30, 32, 40))
    check(ge.open_scan(tmp_path / "a.npy", nav_shape="6,5"), frames)


def test_leading_axes_of_length_one_are_dropped_from_npy_with_a_note(frames: Frames, tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", frames[None])
    scan = ge.open_scan(tmp_path / "a.npy")
    assert len(scan.notes) == 1
    assert "(1, 6, 5, 32, 40)" in scan.notes[0]
    check(scan, frames)


@pytest.mark.usefixtures("small_partitions")
@pytest.mark.parametrize("dtype", ["uint16", ">u2", "float32", ">f4", "uint8"])
def test_a_raw_file_is_read_with_type_and_shapes_from_the_user(dtype: str, frames: Frames, tmp_path: Path) -> None:
    values = (frames % 200).astype(dtype)
    values.tofile(tmp_path / "a.raw")
    check(ge.open_scan(tmp_path / "a.raw", dtype=dtype, nav_shape=(6, 5), sig_shape="32x40"), values)


@pytest.mark.usefixtures("small_partitions")
def test_frames_before_the_scan_are_skipped(frames: Frames, tmp_path: Path) -> None:
    flyback = np.full((4, 32, 40), 9, np.uint16)
    np.concatenate([flyback, frames.reshape(30, 32, 40)]).tofile(tmp_path / "a.raw")
    scan = ge.open_scan(tmp_path / "a.raw", dtype="uint16", nav_shape=(6, 5), sig_shape=(32, 40), sync_offset=4)
    check(scan, frames)


@pytest.mark.parametrize("missing", [1, 4, 7])
@pytest.mark.parametrize("roi", [None, "0:2,1:4"])
@pytest.mark.usefixtures("small_partitions")
def test_frames_missing_at_the_start_count_as_empty(
    missing: int, roi: str | None, frames: Frames, tmp_path: Path
) -> None:
    frames.reshape(30, 32, 40)[missing:].tofile(tmp_path / "a.raw")
    expected = frames.copy()
    expected.reshape(30, 32, 40)[:missing] = 0
    how = {"dtype": "uint16", "nav_shape": (6, 5), "sig_shape": (32, 40), "sync_offset": -missing, "roi": roi}
    check(ge.open_scan(tmp_path / "a.raw", **how), expected if roi is None else expected[0:2, 1:4])


@pytest.mark.parametrize("dtype", ["u3", "", "uint 16", "complex64", "float16", "S4", "O", "f4,f4", "(2,u2"])
def test_a_type_that_is_no_number_is_refused(dtype: str, frames: Frames, tmp_path: Path, refused: Refused) -> None:
    path = tmp_path / "a.raw"
    frames.tofile(path)
    with refused(ScanError, path, f"--dtype {dtype}".strip(), "uint16"):
        ge.open_scan(path, dtype=dtype, nav_shape=(6, 5), sig_shape=(32, 40))


def test_a_type_without_shapes_is_refused(frames: Frames, tmp_path: Path, refused: Refused) -> None:
    path = tmp_path / "a.raw"
    frames.tofile(path)
    for given in ({}, {"nav_shape": (6, 5)}, {"sig_shape": (32, 40)}):
        with refused(ScanError, path, "--nav-shape NY,NX", "--sig-shape QY,QX"):
            ge.open_scan(path, dtype="uint16", **given)


@pytest.mark.parametrize(
    "given",
    [{"nav_shape": (7, 5)}, {"sig_shape": (40, 40)}, {"dtype": "float32"}, {"sync_offset": 1}, {"sync_offset": -1}],
)
def test_a_raw_file_of_another_size_is_refused(
    given: dict[str, object], frames: Frames, tmp_path: Path, refused: Refused
) -> None:
    path = tmp_path / "a.raw"
    frames.tofile(path)
    how = {"dtype": "uint16", "nav_shape": (6, 5), "sig_shape": (32, 40)} | given
    with refused(ScanError, path, "76800 bytes", "--nav-shape", "--sig-shape", "--dtype", "--sync-offset"):
        ge.open_scan(path, **how)
