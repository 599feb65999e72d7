"""A rectangle of scan positions that is read instead of all."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

import graineye as ge
from graineye.errors import ScanError, SettingsError
from graineye.passes import template_values

Frames = NDArray[np.uint16]
SaveHDF5 = Callable[..., Path]
Refused = Callable[..., object]

RECTANGLES = {"1:4,2:5": np.s_[1:4, 2:5], "0:6,3:4": np.s_[0:6, 3:4], "5:,:": np.s_[5:, :], "2:3,2:3": np.s_[2:3, 2:3]}


@pytest.mark.usefixtures("small_partitions")
@pytest.mark.parametrize("roi", RECTANGLES)
@pytest.mark.parametrize("how", [{}, {"chunks": (4, 2, 32, 40), "compression": "gzip"}, {"dtype": ">u2"}])
def test_every_pass_is_restricted_to_the_rectangle(
    roi: str, how: dict[str, object], frames: Frames, save_hdf5: SaveHDF5
) -> None:
    inside = frames[RECTANGLES[roi]].astype(np.float64)
    scan = ge.open_scan(save_hdf5(frames, **how), roi=roi)
    assert scan.shape == inside.shape
    for y, x in np.ndindex(inside.shape[:2]):
        np.testing.assert_array_equal(scan.frame(y, x), inside[y, x])
    found = ge.statistics(scan)
    np.testing.assert_allclose(found.mean, inside.mean(axis=(0, 1)), rtol=1e-6)
    np.testing.assert_allclose(found.std, inside.std(axis=(0, 1)), rtol=1e-6)
    np.testing.assert_array_equal(found.total_counts, inside.sum(axis=(2, 3)))
    window = template_values(scan, np.ones((3, 5), np.float32), np.array([[4, 7]]))
    np.testing.assert_array_equal(window[..., 0], inside[..., 4:7, 7:12].sum(axis=(2, 3)))
    labels = np.arange(inside.shape[0] * inside.shape[1], dtype=np.int32).reshape(inside.shape[:2]) % 2
    if labels.any():
        np.testing.assert_allclose(ge.region_means(scan, labels)[0], inside[labels == 1].mean(axis=0), rtol=1e-6)


@pytest.mark.parametrize("chunks", [None, (7, 32, 40), (1, 32, 40)])
def test_a_rectangle_of_a_stack_is_one_of_the_scan_positions_that_were_given(
    chunks: tuple[int, ...] | None, frames: Frames, save_hdf5: SaveHDF5
) -> None:
    path = save_hdf5(frames.reshape(30, 32, 40), chunks=chunks)
    scan = ge.open_scan(path, nav_shape=(6, 5), roi="1:5,2:4")
    np.testing.assert_array_equal(ge.statistics(scan).total_counts, frames[1:5, 2:4].sum(axis=(2, 3)))
    np.testing.assert_array_equal(scan.frame(3, 1), frames[4, 3])


def test_slices_do_as_well_as_text(frames: Frames, save_hdf5: SaveHDF5) -> None:
    scan = ge.open_scan(save_hdf5(frames), roi=(slice(2, None), slice(None, 3)))
    assert scan.shape == (4, 3, 32, 40)
    assert scan.roi_bounds == (2, 6, 0, 3)
    np.testing.assert_array_equal(scan.frame(0, 0), frames[2, 0])


def test_without_a_rectangle_there_are_no_bounds(frames: Frames, save_hdf5: SaveHDF5) -> None:
    assert ge.open_scan(save_hdf5(frames)).roi_bounds is None


@pytest.mark.parametrize("roi", ["0:7,0:5", "4:4,0:5", "0:6,3:2", "-2:,0:5", "0:6,5:9"])
def test_a_rectangle_that_leaves_the_scan_is_refused(
    roi: str, frames: Frames, save_hdf5: SaveHDF5, refused: Refused
) -> None:
    path = save_hdf5(frames)
    with refused(ScanError, path, "--roi", "0:6" if not roi.startswith("0:6") else "0:5"):
        ge.open_scan(path, roi=roi)


@pytest.mark.parametrize("roi", ["", "3", "1:2", "1:2,3", "a:b,c:d", "1:2,3:4,5:6"])
def test_a_rectangle_that_is_written_wrongly_is_refused(
    roi: str, frames: Frames, save_hdf5: SaveHDF5, refused: Refused
) -> None:
    path = save_hdf5(frames)
    with refused(SettingsError, "--roi", "Y0:Y1,X0:X1"):
        ge.open_scan(path, roi=roi)


@pytest.mark.parametrize("position", [(6, 0), (0, 5), (-1, 0), (0, -1)])
def test_a_frame_outside_the_scan_is_refused(
    position: tuple[int, int], frames: Frames, save_hdf5: SaveHDF5, refused: Refused
) -> None:
    path = save_hdf5(frames)
    scan = ge.open_scan(path)
    with refused(ScanError, path, str(position), "6 x 5"):
        scan.frame(*position)


def test_a_frame_outside_the_rectangle_is_refused_though_the_file_has_it(
    frames: Frames, save_hdf5: SaveHDF5, refused: Refused
) -> None:
    path = save_hdf5(frames)
    scan = ge.open_scan(path, roi="1:4,2:5")
    with refused(ScanError, path, "3 x 3"):
        scan.frame(3, 0)
