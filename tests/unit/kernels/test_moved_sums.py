"""Frames are added where their patterns would be without the wander, by whole pixels."""

import numpy as np
import pytest

from graineye.kernels.mending import mending_of
from graineye.kernels.moved_sums import add_moved, add_moved_slow

DTYPES = [np.uint8, np.uint16, np.int16, np.uint32, np.int32, np.float32, np.float64]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("by", [(0, 0), (1, -2), (-3, 4), (6, 8), (-50, 50)])
def test_sums_are_those_of_the_array_expressions(dtype: type, by: tuple[int, int]) -> None:
    frames = np.random.default_rng(34).integers(0, 100, (3, 7, 9)).astype(dtype)
    found, expected = np.zeros((7, 9), np.float32), np.zeros((7, 9), np.float32)
    for frame in frames:
        add_moved(frame, mending_of(None), np.array(by), found)
        add_moved_slow(frame.astype(np.float32), by, expected)
    np.testing.assert_array_equal(found, expected)


def test_saturated_counts_sum_exactly_over_a_block() -> None:
    total, frame = np.zeros((4, 5), np.float32), np.full((4, 5), 2**16 - 1, np.uint16)
    for _ in range(9):
        add_moved(frame, mending_of(None), np.array((1, -1)), total)
    assert (total == 9 * (2**16 - 1)).all()


def test_missing_pixels_are_mended_before_the_frame_is_moved() -> None:
    frame, missing = np.full((6, 7), 3.0, np.float32), np.zeros((6, 7), bool)
    frame[2, 3], missing[2, 3] = np.nan, True
    total = np.zeros((6, 7), np.float32)
    add_moved(frame, mending_of(missing), np.array((1, 1)), total)
    np.testing.assert_array_equal(total, 3)
