"""One logarithm serves a group of frames, and the product in it neither overflows nor vanishes."""

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from graineye.kernels.statistics import GROUP, add_frames


def log_sums(frames: NDArray[np.generic]) -> list[float]:
    n, pixels = frames.shape
    found = np.zeros(pixels)
    totals, moments, sums, squares = np.empty(n), np.empty((n, 2)), np.zeros(pixels), np.zeros(pixels)
    add_frames(frames, pixels, np.zeros(pixels), totals, moments, sums, squares, found)
    return found.tolist()


@pytest.mark.parametrize("n", [1, GROUP - 1, GROUP, GROUP + 1, 5 * GROUP + 3])
def test_saturated_pixels_of_32_bits_do_not_overflow(n: int) -> None:
    # Each factor is 2^32, so that already 32 of them exceed the largest float64.
    assert log_sums(np.array([[0, 2**32 - 1]] * n, np.uint32)) == [0.0, pytest.approx(n * 32 * math.log(2), rel=1e-13)]


def test_the_whole_span_of_signed_numbers_counts() -> None:
    found = log_sums(np.array([[-(2**31), 2**31 - 1, 0]] * 70, np.int32))
    expected = [0.0, 70 * 32 * math.log(2), 70 * math.log(2**31 + 1)]
    np.testing.assert_allclose(found, expected, rtol=1e-13)


@pytest.mark.parametrize("exponent", [20, 100, 150, 290])
def test_huge_floating_point_counts_do_not_overflow(exponent: int) -> None:
    found = log_sums(np.array([[0.0, 10.0**exponent]] * 45))
    np.testing.assert_allclose(found, [0.0, 45 * exponent * math.log(10)], rtol=1e-13)


def test_one_huge_frame_leaves_its_group_s_other_logarithms_alone() -> None:
    frames = np.ones((GROUP, 3))
    frames[:, 1] = 8.0  # log(8 - 1 + 1)
    frames[5, 2] = 1e200
    np.testing.assert_allclose(log_sums(frames), [0.0, GROUP * math.log(8), 200 * math.log(10)], rtol=1e-13)


def test_a_fill_value_far_below_zero_has_no_logarithm_of_nothing() -> None:
    # In -3.4e38 + 1 the 1 is lost to rounding: the pixel at the minimum must still count log 1.
    found = log_sums(np.array([[-3.4e38, 5.0, 7.0]] * 40, np.float32))
    np.testing.assert_allclose(found, [0.0] + [40 * math.log(3.4e38)] * 2, rtol=1e-6)


def test_a_constant_frame_on_a_huge_offset_has_no_contrast() -> None:
    assert log_sums(np.full((3, 4), 1e17)) == [0.0] * 4
