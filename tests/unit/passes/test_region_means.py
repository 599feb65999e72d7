"""The mean frame of every region of scan positions."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

import graineye as ge

Frames = NDArray[np.uint16]
SaveHDF5 = Callable[..., Path]

LABELS = np.array(
    [
        [1, 1, 2, 2, 2],
        [1, 0, 2, 3, 3],
        [1, 0, 0, 3, 3],
        [4, 4, 0, 3, 5],
        [4, 4, 4, 5, 5],
        [4, 2, 4, 5, 0],
    ],
    np.int32,
)


@pytest.mark.usefixtures("small_partitions")
@pytest.mark.parametrize("how", [{}, {"chunks": (4, 2, 32, 40), "compression": "gzip"}], ids=["contiguous", "chunked"])
@pytest.mark.parametrize("dtype", ["bool", "uint8", "uint16", "int32", "float32", ">u2"])
def test_each_regions_mean_is_numpys(dtype: str, how: dict[str, object], frames: Frames, save_hdf5: SaveHDF5) -> None:
    values = frames > 25 if dtype == "bool" else (frames % 120).astype(dtype)
    found = ge.region_means(ge.open_scan(save_hdf5(values, **how)), LABELS)
    assert (found.shape, found.dtype) == ((5, 32, 40), np.float32)
    for label in range(1, 6):
        expected = values[label == LABELS].astype(np.float64).mean(axis=0)
        np.testing.assert_allclose(found[label - 1], expected, rtol=1e-6)


def test_positions_without_a_label_are_left_out(frames: Frames, save_hdf5: SaveHDF5) -> None:
    values = frames.astype(np.float32)
    values[LABELS == 0] = 1e6
    found = ge.region_means(ge.open_scan(save_hdf5(values)), LABELS)
    assert found.max() < 1000


def test_a_label_that_no_position_carries_has_an_empty_frame(frames: Frames, save_hdf5: SaveHDF5) -> None:
    labels = np.where(LABELS == 3, 0, LABELS)
    found = ge.region_means(ge.open_scan(save_hdf5(frames)), labels)
    assert len(found) == 5
    assert not found[2].any()
    np.testing.assert_allclose(found[4], frames[LABELS == 5].mean(axis=0), rtol=1e-6)


def test_without_any_label_there_are_no_frames(frames: Frames, save_hdf5: SaveHDF5) -> None:
    found = ge.region_means(ge.open_scan(save_hdf5(frames)), np.zeros((6, 5), np.int32))
    assert found.shape == (0, 32, 40)


def test_every_position_may_be_a_region_of_its_own(frames: Frames, save_hdf5: SaveHDF5) -> None:
    labels = np.arange(1, 31, dtype=np.int32).reshape(6, 5)
    found = ge.region_means(ge.open_scan(save_hdf5(frames)), labels)
    np.testing.assert_array_equal(found, frames.reshape(30, 32, 40))
