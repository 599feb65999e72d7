"""NaN and Inf in frames: refused with a count of frames, or taken as zero in every pass."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

import graineye as ge
from graineye.errors import BadValues
from graineye.passes import template_values

Frames = NDArray[np.uint16]
SaveHDF5 = Callable[..., Path]
Refused = Callable[..., object]


@pytest.fixture(params=["float32", "float64", ">f4"])
def poisoned(request: pytest.FixtureRequest, frames: Frames) -> NDArray[np.floating]:
    """Four frames hold NaN or Inf, the first one twice."""
    values = frames.astype(request.param)
    values[0, 0, 5, 5], values[0, 0, 9, 30] = np.nan, np.inf
    values[2, 3, 5, 5] = np.nan
    values[4, 1, 6, 6] = np.inf
    values[4, 2, 6, 6] = -np.inf
    return values


@pytest.mark.usefixtures("small_partitions")
@pytest.mark.parametrize("how", [{}, {"chunks": (2, 3, 32, 40)}], ids=["contiguous", "chunked"])
def test_they_are_refused_with_the_number_of_frames(
    how: dict[str, object], poisoned: NDArray[np.floating], save_hdf5: SaveHDF5, refused: Refused
) -> None:
    path = save_hdf5(poisoned, **how)
    scan = ge.open_scan(path)
    with refused(BadValues, path, "4 of 30 frames", "NaN or Inf", "--scan.bad-values zero"):
        ge.statistics(scan)


@pytest.mark.usefixtures("small_partitions")
@pytest.mark.parametrize("how", [{}, {"chunks": (2, 3, 32, 40)}], ids=["contiguous", "chunked"])
def test_taken_as_zero_they_give_what_a_clean_copy_gives_in_every_pass(
    how: dict[str, object], poisoned: NDArray[np.floating], save_hdf5: SaveHDF5
) -> None:
    clean = np.where(np.isfinite(poisoned), poisoned, 0).astype(poisoned.dtype)
    mended = replace(ge.open_scan(save_hdf5(poisoned, name="a.h5", **how)), bad_values="zero")
    whole = ge.open_scan(save_hdf5(clean, name="b.h5", **how))
    for name in ("mean", "std", "log_sum", "total_counts"):
        found, expected = (getattr(ge.statistics(scan), name) for scan in (mended, whole))
        np.testing.assert_array_equal(found, expected, err_msg=name)
    np.testing.assert_allclose(ge.statistics(mended).std, clean.astype(float).std(axis=(0, 1)), rtol=1e-6)
    template, corners = np.ones((9, 9), np.float32), np.array([[1, 1], [4, 25]])
    np.testing.assert_array_equal(template_values(mended, template, corners), template_values(whole, template, corners))
    labels = (np.arange(30).reshape(6, 5) % 3).astype(np.int32)
    np.testing.assert_array_equal(ge.region_means(mended, labels), ge.region_means(whole, labels))


def test_only_the_frames_of_the_region_of_interest_are_judged(
    poisoned: NDArray[np.floating], save_hdf5: SaveHDF5, refused: Refused
) -> None:
    path = save_hdf5(poisoned)
    inside = ge.statistics(ge.open_scan(path, roi="0:2,1:5"))
    np.testing.assert_allclose(inside.mean, poisoned[0:2, 1:5].mean(axis=(0, 1)), rtol=1e-6)
    scan = ge.open_scan(path, roi="4:5,0:5")
    with refused(BadValues, path, "2 of 5 frames"):
        ge.statistics(scan)


def test_a_frame_is_shown_as_stored(poisoned: NDArray[np.floating], save_hdf5: SaveHDF5) -> None:
    scan = replace(ge.open_scan(save_hdf5(poisoned)), bad_values="zero")
    np.testing.assert_array_equal(scan.frame(4, 2), poisoned[4, 2])
