"""The highest significance of a disk anywhere in the scan: over blocks of scan positions, however a file is divided."""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import ndimage

import graineye as ge
from graineye.passes import local_significance

SaveHDF5 = Callable[..., Path]
TEMPLATE = ge.bullseye(1.4, 4, 6, 9, 1.5).image
NOWHERE = np.zeros((7, 8, 2))


@pytest.fixture(scope="module")
def counts() -> NDArray[np.uint16]:
    """7 x 8 scan positions of few counts, so that blocks of 3 x 3 leave a rest on both sides; a faint disk in some."""
    rng = np.random.default_rng(36)
    mean = np.full((7, 8, 40, 44), 0.4)
    y, x = np.mgrid[:40, :44]
    mean[3:6, 3:6] += 0.6 * (np.hypot(y - 22, x - 25) < 6)
    return rng.poisson(mean).astype(np.uint16)


def expected(counts: NDArray[np.generic], used: NDArray[np.bool_] | None = None) -> NDArray[np.float64]:
    """By scipy's correlation, without any wander."""
    highest = np.zeros(counts.shape[2:])
    weights = TEMPLATE.astype(np.float64)
    for y, x in np.ndindex(3, 3):
        block = np.s_[3 * y : 3 * y + 3, 3 * x : 3 * x + 3]
        frames = counts[block] if used is None else counts[block][used[block]]
        total = frames.reshape(-1, *counts.shape[2:]).sum(axis=0, dtype=np.float64)
        value, variance = (ndimage.correlate(total, image, mode="nearest") for image in (weights, weights**2))
        highest = np.maximum(highest, value / np.sqrt(variance + 0.5))
    return highest


@pytest.mark.usefixtures("small_partitions")
@pytest.mark.parametrize("dtype", ["uint8", "uint16", ">u2", "int32", "float32", "float64"])
@pytest.mark.parametrize("chunks", [None, (1, 1, 40, 44), (2, 3, 40, 44)])
def test_it_is_the_maximum_over_all_blocks(
    dtype: str, chunks: tuple[int, ...] | None, counts: NDArray[np.uint16], save_hdf5: SaveHDF5
) -> None:
    found = local_significance(ge.open_scan(save_hdf5(counts.astype(dtype), chunks=chunks)), TEMPLATE, NOWHERE)
    assert (found.shape, found.dtype) == ((40, 44), np.float32)
    np.testing.assert_allclose(found, expected(counts), rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("cpus", [1, 2])
def test_it_depends_on_no_partition(
    cpus: int, counts: NDArray[np.uint16], save_hdf5: SaveHDF5, request: pytest.FixtureRequest
) -> None:
    shifts = np.random.default_rng(37).uniform(-2, 2, (7, 8, 2))
    whole = local_significance(ge.open_scan(save_hdf5(counts)), TEMPLATE, shifts)
    request.getfixturevalue("small_partitions")
    for chunks in (None, (2, 2, 40, 44)):
        scan = ge.open_scan(save_hdf5(counts, name=f"{chunks}.h5", chunks=chunks), cpus=cpus)
        np.testing.assert_array_equal(local_significance(scan, TEMPLATE, shifts), whole)


def test_a_faint_disk_shows_only_in_the_sum_of_a_block(counts: NDArray[np.uint16], save_hdf5: SaveHDF5) -> None:
    found = local_significance(ge.open_scan(save_hdf5(counts)), TEMPLATE, NOWHERE)
    assert np.hypot(*(np.unravel_index(found.argmax(), found.shape) - np.array((22, 25)))) < 2


def test_patterns_that_wander_are_put_back(save_hdf5: SaveHDF5) -> None:
    y, x = np.mgrid[:40, :44]
    shifts = np.random.default_rng(38).integers(-3, 4, (3, 3, 2))
    frames = np.zeros((3, 3, 40, 44), np.uint16)
    for place in np.ndindex(3, 3):
        down, right = shifts[place]
        frames[place] = 10 * (np.hypot(y - 20 - down, x - 22 - right) < 4)
    scan, template = ge.open_scan(save_hdf5(frames)), ge.disk(4.0, 7.0).image
    followed = local_significance(scan, template, shifts)
    assert np.unravel_index(followed.argmax(), followed.shape) == (20, 22)
    assert followed.max() > 1.1 * local_significance(scan, template, 0 * shifts).max()


@pytest.mark.usefixtures("small_partitions")
def test_excluded_scan_positions_are_in_no_block(counts: NDArray[np.uint16], save_hdf5: SaveHDF5) -> None:
    left_out = np.zeros((7, 8), bool)
    left_out[0:3, 0:3] = left_out[4, 4] = left_out[6] = True
    spoilt = np.where(left_out[..., None, None], 60_000, counts).astype(np.uint16)
    shifts = np.where(left_out[..., None], np.nan, NOWHERE)
    found = local_significance(ge.open_scan(save_hdf5(spoilt), exclude_frames=left_out), TEMPLATE, shifts)
    np.testing.assert_allclose(found, expected(counts, ~left_out), rtol=1e-3, atol=1e-3)


@pytest.mark.usefixtures("small_partitions")
def test_blocks_of_a_region_of_interest_begin_at_its_corner(counts: NDArray[np.uint16], save_hdf5: SaveHDF5) -> None:
    part = local_significance(ge.open_scan(save_hdf5(counts), roi="1:7,2:8"), TEMPLATE, NOWHERE[1:, 2:])
    own = local_significance(ge.open_scan(save_hdf5(counts[1:, 2:], name="part.h5")), TEMPLATE, NOWHERE[1:, 2:])
    np.testing.assert_array_equal(part, own)


@pytest.mark.usefixtures("small_partitions")
def test_where_memory_is_short_blocks_are_parted_and_no_frame_is_lost(
    counts: NDArray[np.uint16], save_hdf5: SaveHDF5, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_module("graineye.passes.local_significance"), "_WAITING_BYTES", 0)
    bright = counts.copy()
    bright[6, 7] = np.round(100 * (1 + np.cos(np.hypot(*(np.mgrid[:40, :44] - 20)) / 2)))
    whole = local_significance(ge.open_scan(save_hdf5(bright)), TEMPLATE, NOWHERE)
    assert np.isfinite(whole).all()
    assert whole.max() > 0.9 * expected(bright).max()


def test_frames_without_a_count_tell_of_no_disk(save_hdf5: SaveHDF5) -> None:
    scan = ge.open_scan(save_hdf5(np.zeros((4, 5, 30, 31), np.uint16)))
    assert not local_significance(scan, TEMPLATE, np.zeros((4, 5, 2))).any()


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_saturated_frames_tell_of_no_disk(dtype: type, save_hdf5: SaveHDF5) -> None:
    scan = ge.open_scan(save_hdf5(np.full((4, 5, 30, 31), np.iinfo(dtype).max, dtype)))
    assert local_significance(scan, TEMPLATE, np.zeros((4, 5, 2))).max() < 0.05
