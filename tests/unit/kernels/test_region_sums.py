"""Frames are added to their regions as the plain expression adds them."""

import numpy as np
import pytest

from graineye.kernels.region_sums import add_to_regions, add_to_regions_slow


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.int16, np.uint32, np.int32, np.float32, np.float64])
@pytest.mark.parametrize(("n", "pixels", "regions"), [(1, 1, 1), (9, 1025, 3), (40, 63, 7)])
def test_sums_are_those_of_the_array_expression(dtype: type, n: int, pixels: int, regions: int) -> None:
    rng = np.random.default_rng(n)
    frames = rng.poisson(30, (n, pixels)).astype(dtype)
    rows = rng.integers(-1, regions, n)
    fast, slow = np.ones((regions, pixels)), np.ones((regions, pixels))
    add_to_regions(frames, rows, fast)
    add_to_regions_slow(frames, rows, slow)
    np.testing.assert_allclose(fast, slow, rtol=1e-13)


def test_a_frame_of_no_region_counts_nowhere() -> None:
    sums = np.zeros((2, 4))
    add_to_regions(np.full((3, 4), 65535, np.uint16), np.array([-1, 1, -1]), sums)
    assert sums.tolist() == [[0] * 4, [65535] * 4]


def test_saturated_frames_do_not_overflow() -> None:
    sums = np.zeros((1, 3))
    add_to_regions(np.full((1000, 3), 2**32 - 1, np.uint32), np.zeros(1000, np.int64), sums)
    assert (sums == 1000 * (2**32 - 1)).all()
