"""A template on frames: the sum of their product, of whatever type the frame is and wherever the template lies.

How it moves by fractions of a pixel is in test_moved_templates.
"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.signal import correlate2d

from graineye.kernels.dark_fields import template_on_frames, template_on_frames_slow
from graineye.kernels.mending import mending_of

DTYPES = [np.uint8, np.int8, np.uint16, np.int16, np.uint32, np.int32, np.float32, np.float64]


def values_of(
    frames: NDArray[np.generic], template: NDArray[np.float32], corners: NDArray[np.int64]
) -> NDArray[np.float32]:
    values = np.full((len(frames), len(corners)), np.nan, np.float32)
    still, no_variances = np.zeros((len(frames), 2), np.float32), np.empty((len(frames), 0), np.float32)
    template_on_frames(frames, template, corners, still, mending_of(None), values, no_variances)
    return values


def all_corners(frame: tuple[int, int], template: tuple[int, int]) -> NDArray[np.int64]:
    """Every place where template and frame overlap."""
    rows, columns = (range(1 - t, f) for t, f in zip(template, frame, strict=True))
    return np.array([(y, x) for y in rows for x in columns], np.int64)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    ("frame", "template"),
    [((9, 14), (5, 5)), ((8, 7), (3, 6)), ((5, 5), (5, 5)), ((4, 6), (9, 11)), ((6, 9), (2, 31)), ((3, 5), (2, 77))],
)
def test_values_are_those_of_the_array_expressions(
    dtype: type, frame: tuple[int, int], template: tuple[int, int]
) -> None:
    rng = np.random.default_rng(5)
    low = -100 if np.issubdtype(dtype, np.signedinteger) or np.issubdtype(dtype, np.floating) else 0
    frames = rng.integers(low, 100, (3, *frame)).astype(dtype)
    weights = rng.normal(size=template).astype(np.float32)
    corners = all_corners(frame, template)
    expected = np.empty((3, len(corners)), np.float32)
    still, no_variances = np.zeros((3, 2), np.float32), np.empty((3, 0), np.float32)
    template_on_frames_slow(frames, weights, corners, still, expected, no_variances)
    np.testing.assert_allclose(values_of(frames, weights, corners), expected, rtol=1e-5, atol=2e-3)


@pytest.mark.parametrize(("frame", "template"), [((10, 13), (5, 3)), ((7, 8), (4, 4)), ((3, 4), (7, 6))])
def test_values_at_all_places_are_scipy_s_full_correlation(frame: tuple[int, int], template: tuple[int, int]) -> None:
    rng = np.random.default_rng(6)
    image, weights = rng.random(frame).astype(np.float32), rng.normal(size=template).astype(np.float32)
    found = values_of(image[None], weights, all_corners(frame, template))[0]
    expected = correlate2d(image.astype(np.float64), weights.astype(np.float64), mode="full")
    np.testing.assert_allclose(found.reshape(expected.shape), expected, rtol=1e-4, atol=1e-5)


def test_what_of_the_template_lies_outside_counts_nothing() -> None:
    frames = np.ones((1, 5, 6), np.uint16)
    corners = np.array([(1, 1), (-1, -1), (-2, 0), (4, 5), (3, 2), (-2, -2)])
    assert values_of(frames, np.ones((3, 3), np.float32), corners).tolist() == [[9, 4, 3, 1, 6, 1]]


def test_each_pixel_meets_its_own_weight() -> None:
    frame = np.array([[[1, 2, 3], [4, 5, 6]]], np.uint8)
    weights = np.array([[1, 10], [100, 1000]], np.float32)
    # Under the weights lie 2, 3 and 5, 6; then, half outside at the lower right, only the 6.
    assert values_of(frame, weights, np.array([(0, 1), (1, 2)])).tolist() == [[2 + 30 + 500 + 6000, 6]]


def test_no_disk_positions_give_no_values() -> None:
    frames = np.ones((2, 5, 5), np.uint16)
    assert values_of(frames, np.ones((3, 3), np.float32), np.zeros((0, 2), np.int64)).shape == (2, 0)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.int16])
def test_a_zero_sum_template_sees_nothing_on_saturated_frames(dtype: type) -> None:
    weights = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)
    frames = np.full((4, 6, 7), np.iinfo(dtype).max, dtype)
    assert not values_of(frames, weights, np.array([(0, 0), (3, 4), (1, 2)])).any()


@settings(deadline=None, max_examples=30)
@given(seed=st.integers(0, 10**6), n=st.integers(1, 6), k=st.integers(1, 8))
def test_frames_and_positions_do_not_know_each_other(seed: int, n: int, k: int) -> None:
    rng = np.random.default_rng(seed)
    frames = rng.poisson(2.0, (n, 8, 9)).astype(np.uint16)
    weights = rng.normal(size=(5, 3)).astype(np.float32)
    corners = rng.integers((-4, -2), (8, 9), (k, 2))
    whole = values_of(frames, weights, corners)
    for f in range(n):
        for p in range(k):
            assert values_of(frames[f : f + 1], weights, corners[p : p + 1])[0, 0] == whole[f, p]


@pytest.mark.parametrize("dtype", DTYPES)
def test_empty_frames_give_nothing(dtype: type) -> None:
    assert not values_of(np.zeros((2, 6, 7), dtype), np.ones((3, 3), np.float32), np.array([(0, 0), (5, 6)])).any()
