"""Which dataset of an HDF5 file is the scan, and what is said where that is not clear."""

from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest
from numpy.typing import NDArray

import graineye as ge
from graineye.errors import NoScanFound, ScanError, SettingsError, SeveralScans

Frames = NDArray[np.uint16]
SaveHDF5 = Callable[..., Path]
Refused = Callable[..., object]


@pytest.fixture
def two_scans(frames: Frames, tmp_path: Path) -> Path:
    """A file with two scans, a stack and a table."""
    with h5py.File(tmp_path / "two.h5", "w") as file:
        file["first/data"] = frames
        file["second/data"] = frames[:4]
        file["stack"] = frames.reshape(30, 32, 40)
        file["second/table"] = np.arange(4)
    return tmp_path / "two.h5"


def test_several_scans_are_listed_with_their_shapes(two_scans: Path, refused: Refused) -> None:
    with refused(SeveralScans, two_scans, "/first/data (6, 5, 32, 40)", "/second/data (4, 5, 32, 40)", "--ds-path"):
        ge.open_scan(two_scans)


@pytest.mark.parametrize("ds_path", ["second/data", "/second/data"])
def test_the_named_scan_is_opened(ds_path: str, two_scans: Path, frames: Frames) -> None:
    scan = ge.open_scan(two_scans, ds_path=ds_path)
    assert (scan.dataset_path, scan.shape) == ("/second/data", (4, 5, 32, 40))
    np.testing.assert_array_equal(scan.frame(3, 4), frames[3, 4])


@pytest.mark.parametrize("ds_path", ["third/data", "second/dat", "second/table/data", "second", "/"])
def test_a_name_that_is_no_dataset_lists_those_that_are(ds_path: str, two_scans: Path, refused: Refused) -> None:
    with refused(
        ScanError, two_scans, repr(ds_path), "--ds-path", "/first/data (6, 5, 32, 40)", "/second/data", "/stack"
    ):
        ge.open_scan(two_scans, ds_path=ds_path)


def test_a_name_of_a_group_says_so(two_scans: Path, refused: Refused) -> None:
    with refused(ScanError, two_scans, "'second' is a group", "/second/data"):
        ge.open_scan(two_scans, ds_path="second")


def test_a_name_of_something_else_than_frames_is_refused(two_scans: Path, refused: Refused) -> None:
    with refused(ScanError, two_scans, "second/table", "(4,)", "four axes", "--ds-path"):
        ge.open_scan(two_scans, ds_path="second/table")


def test_one_scan_under_two_names_is_one_scan(frames: Frames, tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["a/data"] = frames
        file["hard"] = file["a/data"]
        file["soft"] = h5py.SoftLink("/a/data")
    assert ge.open_scan(tmp_path / "a.h5").shape == (6, 5, 32, 40)
    np.testing.assert_array_equal(ge.open_scan(tmp_path / "a.h5", ds_path="soft").frame(1, 2), frames[1, 2])


def test_a_file_without_a_scan_lists_what_it_holds(tmp_path: Path, refused: Refused) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["a/profile"] = np.arange(10.0)
        file["image"] = np.zeros((32, 40))
    with refused(NoScanFound, tmp_path / "a.h5", "/a/profile (10,)", "/image (32, 40)", "right file"):
        ge.open_scan(tmp_path / "a.h5")


def test_a_long_list_is_cut_short(tmp_path: Path, refused: Refused) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        for number in range(30):
            file[f"image{number:02}"] = np.zeros((32, 40))
    with refused(NoScanFound, "/image00 (32, 40)", "and 22 more"):
        ge.open_scan(tmp_path / "a.h5")


def test_a_file_without_any_dataset_says_so(tmp_path: Path, refused: Refused) -> None:
    h5py.File(tmp_path / "a.h5", "w").close()
    with refused(NoScanFound, tmp_path / "a.h5", "without any dataset"):
        ge.open_scan(tmp_path / "a.h5")


@pytest.mark.parametrize("chunks", [None, (7, 32, 40), (1, 16, 40)])
def test_a_stack_of_frames_gets_its_scan_positions_from_the_user(
    chunks: tuple[int, ...] | None, frames: Frames, save_hdf5: SaveHDF5, refused: Refused
) -> None:
    path = save_hdf5(frames.reshape(30, 32, 40), chunks=chunks)
    for how in ({}, {"ds_path": "scan/frames"}):
        with refused(NoScanFound if not how else ScanError, path, "(30, 32, 40)", "--nav-shape"):
            ge.open_scan(path, **how)
    scan = ge.open_scan(path, nav_shape=(6, 5))
    assert scan.shape == (6, 5, 32, 40)
    np.testing.assert_array_equal(scan.frame(4, 1), frames[4, 1])
    np.testing.assert_array_equal(ge.statistics(scan).total_counts, frames.sum(axis=(2, 3)))


@pytest.mark.parametrize("chunks", [None, (1, 2, 3, 32, 40)])
def test_a_series_of_scans_is_read_as_one_where_its_scan_positions_are_given(
    chunks: tuple[int, ...] | None, frames: Frames, save_hdf5: SaveHDF5, refused: Refused
) -> None:
    path = save_hdf5(np.stack([frames, frames[::-1]]), chunks=chunks)
    for how in ({}, {"ds_path": "scan/frames"}):
        with refused(NoScanFound if not how else ScanError, path, "(2, 6, 5, 32, 40)", "four axes", "--nav-shape"):
            ge.open_scan(path, **how)
    scan = ge.open_scan(path, nav_shape=(12, 5))
    np.testing.assert_array_equal(scan.frame(6, 2), frames[5, 2])
    expected = np.concatenate([frames, frames[::-1]]).sum(axis=(2, 3))
    np.testing.assert_array_equal(ge.statistics(scan).total_counts, expected)


@pytest.mark.parametrize("chunks", [None, (1, 1, 4, 2, 32, 40)])
def test_leading_axes_of_length_one_are_dropped_with_a_note(
    chunks: tuple[int, ...] | None, frames: Frames, save_hdf5: SaveHDF5
) -> None:
    scan = ge.open_scan(save_hdf5(frames[None, None], chunks=chunks))
    assert scan.shape == (6, 5, 32, 40)
    assert len(scan.notes) == 1
    assert "(1, 1, 6, 5, 32, 40) is read as (6, 5, 32, 40)" in scan.notes[0]
    np.testing.assert_array_equal(scan.frame(5, 3), frames[5, 3])
    np.testing.assert_array_equal(ge.statistics(scan).total_counts, frames.sum(axis=(2, 3)))


def test_a_scan_of_one_line_keeps_its_axis_of_length_one(frames: Frames, save_hdf5: SaveHDF5) -> None:
    scan = ge.open_scan(save_hdf5(frames[:1]))
    assert (scan.shape, scan.notes) == ((1, 5, 32, 40), ())


def test_scan_positions_may_be_given_anew_where_their_number_fits(frames: Frames, save_hdf5: SaveHDF5) -> None:
    scan = ge.open_scan(save_hdf5(frames), nav_shape="3,10")
    np.testing.assert_array_equal(scan.frame(1, 4), frames.reshape(3, 10, 32, 40)[1, 4])


@pytest.mark.parametrize("nav_shape", [(9, 9), (7, 6), (5, 5)])
def test_scan_positions_that_do_not_fit_are_refused(
    nav_shape: tuple[int, int], frames: Frames, save_hdf5: SaveHDF5, refused: Refused
) -> None:
    path = save_hdf5(frames)
    with refused(ScanError, path, "30 frames", f"--nav-shape {nav_shape[0]},{nav_shape[1]}"):
        ge.open_scan(path, nav_shape=nav_shape)


@pytest.mark.parametrize(("text", "kind"), [("6", SettingsError), ("a,b", SettingsError), ("0,30", ScanError)])
def test_scan_positions_that_are_no_pair_are_refused(
    text: str, kind: type[Exception], frames: Frames, save_hdf5: SaveHDF5, refused: Refused
) -> None:
    path = save_hdf5(frames)
    with refused(kind, "--nav-shape"):
        ge.open_scan(path, nav_shape=text)
