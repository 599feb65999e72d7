"""A template that follows the pattern of every frame: each frame has its own shift, however the scan is divided."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import ndimage

import graineye as ge
from graineye.passes import following_template_values, template_values

Frames = NDArray[np.uint16]
SaveHDF5 = Callable[..., Path]
CORNERS = np.array([[3, 4], [0, 0], [20, 30], [12, 1]])
SHIFTS = np.random.default_rng(30).uniform(-3, 3, (6, 5, 2))
TEMPLATE = np.random.default_rng(31).normal(size=(5, 8)).astype(np.float32)


def expected_at(frames: NDArray[np.generic], y: int, x: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Values and variances on one frame, with scipy's shift of the template."""
    padded = np.pad(frames[y, x].astype(np.float64), 20)
    wide = np.pad(TEMPLATE.astype(np.float64), 5)
    moved = ndimage.shift(wide, SHIFTS[y, x], order=1)
    moved *= np.linalg.norm(TEMPLATE) / np.linalg.norm(moved)
    windows = [padded[top + 15 : top + 30, left + 15 : left + 33] for top, left in CORNERS]
    return tuple(np.array([(window * weights).sum() for window in windows]) for weights in (moved, moved**2))


@pytest.mark.usefixtures("small_partitions")
@pytest.mark.parametrize("how", [{}, {"chunks": (2, 3, 32, 40)}], ids=["contiguous", "chunked"])
@pytest.mark.parametrize("dtype", ["bool", "uint8", "uint16", "int32", "float32", "float64", ">u2"])
def test_every_frame_has_the_template_at_its_own_shift(
    dtype: str, how: dict[str, object], frames: Frames, save_hdf5: SaveHDF5
) -> None:
    stored = frames > 25 if dtype == "bool" else (frames % 120).astype(dtype)
    values, variances = following_template_values(ge.open_scan(save_hdf5(stored, **how)), TEMPLATE, CORNERS, SHIFTS)
    assert (values.shape, values.dtype) == (variances.shape, variances.dtype) == ((6, 5, 4), np.float32)
    for y, x in np.ndindex(6, 5):
        value, variance = expected_at(stored, y, x)
        np.testing.assert_allclose(values[y, x], value, rtol=1e-4, atol=1e-2)
        np.testing.assert_allclose(variances[y, x], variance, rtol=1e-4, atol=1e-2)


@pytest.mark.usefixtures("small_partitions")
def test_values_alone_are_those_that_come_with_variances(frames: Frames, save_hdf5: SaveHDF5) -> None:
    scan = ge.open_scan(save_hdf5(frames))
    both = following_template_values(scan, TEMPLATE, CORNERS, SHIFTS)[0]
    np.testing.assert_array_equal(template_values(scan, TEMPLATE, CORNERS, shifts=SHIFTS), both)


@pytest.mark.usefixtures("small_partitions")
def test_without_a_shift_values_are_those_of_the_template_at_rest(frames: Frames, save_hdf5: SaveHDF5) -> None:
    scan = ge.open_scan(save_hdf5(frames))
    at_rest = template_values(scan, TEMPLATE, CORNERS)
    np.testing.assert_array_equal(template_values(scan, TEMPLATE, CORNERS, shifts=np.zeros((6, 5, 2))), at_rest)


@pytest.mark.usefixtures("small_partitions")
def test_in_a_region_of_interest_shifts_are_counted_from_its_corner(frames: Frames, save_hdf5: SaveHDF5) -> None:
    path = save_hdf5(frames)
    whole = template_values(ge.open_scan(path), TEMPLATE, CORNERS, shifts=SHIFTS)
    part = template_values(ge.open_scan(path, roi="1:5,2:4"), TEMPLATE, CORNERS, shifts=SHIFTS[1:5, 2:4])
    np.testing.assert_array_equal(part, whole[1:5, 2:4])


@pytest.mark.usefixtures("small_partitions")
def test_excluded_scan_positions_have_no_values_and_their_shifts_are_not_read(
    frames: Frames, save_hdf5: SaveHDF5
) -> None:
    path = save_hdf5(frames)
    left_out = np.zeros((6, 5), bool)
    left_out[1, 2:] = left_out[4, 0] = True
    shifts = np.where(left_out[..., None], np.nan, SHIFTS)
    found = template_values(ge.open_scan(path, exclude_frames=left_out), TEMPLATE, CORNERS, shifts=shifts)
    whole = template_values(ge.open_scan(path), TEMPLATE, CORNERS, shifts=SHIFTS)
    assert np.isnan(found[left_out]).all()
    np.testing.assert_array_equal(found[~left_out], whole[~left_out])


@pytest.mark.usefixtures("small_partitions")
def test_excluded_pixels_are_mended_from_their_neighbours(frames: Frames, save_hdf5: SaveHDF5) -> None:
    stored = np.full(frames.shape, 5.0, np.float32)
    stored[..., 8:10, 20] = np.nan
    pixels = np.zeros(frames.shape[2:], bool)
    pixels[8:10, 20] = True
    whole = np.full(frames.shape, 5.0, np.float32)
    around = np.array([[6, 15], [8, 19]])
    mended = template_values(
        ge.open_scan(save_hdf5(stored, name="a.h5"), exclude_pixels=pixels), TEMPLATE, around, shifts=SHIFTS
    )
    as_good = template_values(ge.open_scan(save_hdf5(whole, name="b.h5")), TEMPLATE, around, shifts=SHIFTS)
    np.testing.assert_allclose(mended, as_good, rtol=1e-5)


def test_no_positions_give_no_values(frames: Frames, save_hdf5: SaveHDF5) -> None:
    values, variances = following_template_values(
        ge.open_scan(save_hdf5(frames)), TEMPLATE, np.zeros((0, 2), np.int64), SHIFTS
    )
    assert values.shape == variances.shape == (6, 5, 0)
