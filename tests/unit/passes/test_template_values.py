"""A template at many detector positions on every frame: dark fields as plain sums."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

import graineye as ge
from graineye.passes import template_values

Frames = NDArray[np.uint16]
SaveHDF5 = Callable[..., Path]
CORNERS = np.array([[3, 4], [0, 0], [20, 30], [12, 1]])


@pytest.fixture
def template() -> NDArray[np.float32]:
    """A template of unequal sides without any symmetry."""
    return np.random.default_rng(5).normal(size=(5, 8)).astype(np.float32)


@pytest.mark.usefixtures("small_partitions")
@pytest.mark.parametrize("how", [{}, {"chunks": (2, 3, 32, 40)}], ids=["contiguous", "chunked"])
@pytest.mark.parametrize("dtype", ["bool", "uint8", "uint16", "int32", "float32", "float64", ">u2"])
def test_each_value_is_the_sum_of_template_times_frame(
    dtype: str, how: dict[str, object], template: NDArray[np.float32], frames: Frames, save_hdf5: SaveHDF5
) -> None:
    values = frames > 25 if dtype == "bool" else (frames % 120).astype(dtype)
    found = template_values(ge.open_scan(save_hdf5(values, **how)), template, CORNERS)
    assert (found.shape, found.dtype) == ((6, 5, 4), np.float32)
    for k, (y, x) in enumerate(CORNERS):
        window = values[:, :, y : y + 5, x : x + 8].astype(np.float64)
        expected = (window * template).sum(axis=(2, 3))
        scale = (window * np.abs(template)).sum(axis=(2, 3))
        np.testing.assert_array_less(np.abs(found[..., k] - expected), 1e-6 * scale)


def test_a_template_of_one_pixel_gives_that_pixel(frames: Frames, save_hdf5: SaveHDF5) -> None:
    found = template_values(ge.open_scan(save_hdf5(frames)), np.ones((1, 1), np.float32), np.array([[7, 31], [31, 39]]))
    np.testing.assert_array_equal(found[..., 0], frames[:, :, 7, 31])
    np.testing.assert_array_equal(found[..., 1], frames[:, :, 31, 39])


@pytest.mark.parametrize("corner", [(-2, -3), (-4, 10), (30, 35), (10, 39), (-1, 39)])
def test_what_lies_outside_the_frame_counts_nothing(
    corner: tuple[int, int], template: NDArray[np.float32], frames: Frames, save_hdf5: SaveHDF5
) -> None:
    padded = np.pad(frames.astype(np.float64), ((0, 0), (0, 0), (5, 5), (8, 8)))
    y, x = corner[0] + 5, corner[1] + 8
    expected = (padded[:, :, y : y + 5, x : x + 8] * template).sum(axis=(2, 3))
    found = template_values(ge.open_scan(save_hdf5(frames)), template, np.array([corner]))
    np.testing.assert_allclose(found[..., 0], expected, rtol=1e-5, atol=1e-3)


def test_no_positions_give_no_dark_fields(template: NDArray[np.float32], frames: Frames, save_hdf5: SaveHDF5) -> None:
    found = template_values(ge.open_scan(save_hdf5(frames)), template, np.zeros((0, 2), np.int64))
    assert found.shape == (6, 5, 0)


def test_many_positions_stay_in_their_order(frames: Frames, save_hdf5: SaveHDF5) -> None:
    corners = np.argwhere(np.ones((32, 40), bool))[::7]
    found = template_values(ge.open_scan(save_hdf5(frames)), np.ones((1, 1), np.float32), corners)
    np.testing.assert_array_equal(found, frames[:, :, corners[:, 0], corners[:, 1]])
