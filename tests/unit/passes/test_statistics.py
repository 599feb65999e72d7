"""Mean, standard deviation, log-sum and total counts against numpy in float64 over the whole array."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

import graineye as ge

Frames = NDArray[np.uint16]
SaveHDF5 = Callable[..., Path]


def check(found: ge.Statistics, values: NDArray[np.generic]) -> None:
    """All of them against plain expressions."""
    whole = values.astype(np.float64)
    lowest = whole.min(axis=(2, 3), keepdims=True)
    np.testing.assert_allclose(found.mean, whole.mean(axis=(0, 1)), rtol=1e-6, atol=1e-12)
    np.testing.assert_allclose(found.std, whole.std(axis=(0, 1), ddof=0), rtol=1e-6, atol=1e-12)
    np.testing.assert_allclose(found.log_sum, np.log(whole - lowest + 1).sum(axis=(0, 1)), rtol=1e-6, atol=1e-12)
    totals = whole.sum(axis=(2, 3))
    np.testing.assert_allclose(found.total_counts, totals, rtol=1e-12)
    moments = np.stack([(index * whole).sum(axis=(2, 3)) for index in np.indices(whole.shape[2:])])
    np.testing.assert_allclose(found.centre_of_mass, moments / totals, rtol=1e-9)


@pytest.mark.usefixtures("small_partitions")
@pytest.mark.parametrize("how", [{}, {"chunks": (2, 3, 32, 40)}], ids=["contiguous", "chunked"])
@pytest.mark.parametrize(
    "dtype",
    ["bool", "uint8", "uint16", "int16", "uint32", "int32", "float32", "float64", ">u2", ">f4"],
)
def test_statistics_equal_those_of_the_whole_array(
    dtype: str, how: dict[str, object], frames: Frames, save_hdf5: SaveHDF5
) -> None:
    values = frames > 25 if dtype == "bool" else (frames % 120).astype(dtype)
    check(ge.statistics(ge.open_scan(save_hdf5(values, **how))), values)


def test_two_frames_worked_out_by_hand(save_hdf5: SaveHDF5) -> None:
    first, second = np.full((4, 4), 3.0), np.full((4, 4), 3.0)
    first[1, 2], second[1, 2] = 10.0, 4.0
    first[0, 0] = 1.0
    found = ge.statistics(ge.open_scan(save_hdf5(np.stack([first, second])[None].astype(np.uint16))))
    assert found.mean[1, 2] == 7.0
    assert found.std[1, 2] == 3.0  # population: sqrt(((10 - 7)^2 + (4 - 7)^2) / 2)
    assert found.std[3, 3] == 0.0
    # The first frame's minimum is 1, the second's is 3, each by itself.
    assert found.log_sum[1, 2] == pytest.approx(np.log(10.0) + np.log(2.0))
    assert found.log_sum[0, 0] == pytest.approx(np.log(1.0) + np.log(1.0))
    assert found.total_counts.tolist() == [[14 * 3 + 10 + 1, 15 * 3 + 4]]


@pytest.mark.parametrize("dtype", ["int32", "float32", "float64"])
def test_negative_values_are_sound(dtype: str, frames: Frames, save_hdf5: SaveHDF5) -> None:
    values = frames.astype(dtype) - 137
    assert values.min() < 0
    check(ge.statistics(ge.open_scan(save_hdf5(values))), values)


@pytest.mark.parametrize(
    ("dtype", "offset"), [("float64", 1e9), ("float64", -1e12), ("int32", 2_000_000_000), ("uint32", 4e9)]
)
def test_a_large_offset_does_not_drown_the_deviation(
    dtype: str, offset: float, frames: Frames, save_hdf5: SaveHDF5
) -> None:
    values = (frames.astype(np.float64) + offset).astype(dtype)
    found = ge.statistics(ge.open_scan(save_hdf5(values)))
    np.testing.assert_allclose(found.std, frames.astype(np.float64).std(axis=(0, 1)), rtol=1e-6)
    lowest = frames.min(axis=(2, 3), keepdims=True).astype(np.float64)
    np.testing.assert_allclose(found.log_sum, np.log(frames - lowest + 1).sum(axis=(0, 1)), rtol=1e-6)


def test_values_over_many_decades_are_summed_as_logarithms_without_overflow(save_hdf5: SaveHDF5) -> None:
    values = 10.0 ** np.random.default_rng(3).uniform(-3, 30, (8, 9, 6, 7))
    check(ge.statistics(ge.open_scan(save_hdf5(values))), values)


def test_more_frames_than_a_group_of_logarithms(save_hdf5: SaveHDF5) -> None:
    values = np.random.default_rng(4).integers(0, 2**16, (11, 13, 5, 6)).astype(np.uint16)
    check(ge.statistics(ge.open_scan(save_hdf5(values))), values)


def test_saturated_frames_are_summed_exactly(save_hdf5: SaveHDF5) -> None:
    values = np.full((7, 9, 6, 7), 2**16 - 1, np.uint16)
    found = ge.statistics(ge.open_scan(save_hdf5(values)))
    assert (found.mean == 65535).all()
    assert (found.std == 0).all()
    assert (found.log_sum == 0).all()
    assert (found.total_counts == 42 * 65535).all()


def test_statistics_are_plain_arrays_of_the_promised_types(frames: Frames, save_hdf5: SaveHDF5) -> None:
    found = ge.statistics(ge.open_scan(save_hdf5(frames)))
    assert [array.dtype for array in (found.mean, found.std, found.log_sum)] == [np.float32] * 3
    assert (found.mean.shape, found.total_counts.shape) == ((32, 40), (6, 5))
    assert found.total_counts.dtype == np.float64
    assert (found.centre_of_mass.shape, found.centre_of_mass.dtype) == ((2, 6, 5), np.float64)


def test_a_frame_without_counts_has_no_centre_of_mass(save_hdf5: SaveHDF5) -> None:
    values = np.zeros((2, 3, 6, 7), np.uint16)
    values[0, 1, 4, 2] = 9
    values[1, 2, 1:4, 5] = 3
    found = ge.statistics(ge.open_scan(save_hdf5(values))).centre_of_mass
    assert found[:, 0, 1].tolist() == [4, 2]
    assert found[:, 1, 2].tolist() == [2, 5]
    assert np.isnan(found).sum() == 2 * 4


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "uint32", "float32"])
@pytest.mark.parametrize("shape", [(3, 5, 51, 53), (2, 3, 4, 7), (3, 2, 7, 4), (2, 2, 5, 2500)])
def test_odd_sizes_are_sound(shape: tuple[int, ...], dtype: str, save_hdf5: SaveHDF5) -> None:
    values = np.random.default_rng(9).integers(1, 250, shape).astype(dtype)
    check(ge.statistics(ge.open_scan(save_hdf5(values))), values)
