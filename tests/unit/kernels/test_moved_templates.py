"""A template that follows each frame's pattern by fractions of a pixel, and the variance of what it gives."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

import graineye as ge
from graineye.kernels.dark_fields import template_on_frames, template_on_frames_slow
from graineye.kernels.mending import mending_of
from graineye.probe import shapes

DTYPES = [np.uint8, np.uint16, np.int16, np.uint32, np.int32, np.float32, np.float64]
CORNERS = np.array([(1, 2), (-1, 3), (4, -2), (0, 0), (6, 9)])
RADII = (2.8, 8.0, 11.5, 3.0, 2, 0.0)
"""Of the default bullseye: spot, ring, bars."""


def on(
    frames: NDArray[np.generic],
    template: NDArray[np.float32],
    corners: NDArray[np.int64],
    shifts: object,
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Values and variances."""
    values, variances = (np.full((len(frames), len(corners)), np.nan, np.float32) for _ in range(2))
    by = np.broadcast_to(np.asarray(shifts, np.float32), (len(frames), 2))
    template_on_frames(frames, template, corners, by, mending_of(None), values, variances)
    return values, variances


def bullseye_at(y: float, x: float, side: int = 49) -> NDArray[np.float32]:
    """A bright bullseye, drawn anew with its centre so far from the middle of the frame."""
    rows, columns = shapes.offsets(side // 2)
    return 100 * shapes.bullseye(rows - y, columns - x, *RADII).astype(np.float32)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("template", [(3, 4), (5, 5), (4, 31), (2, 39), (11, 13)])
def test_values_and_variances_are_those_of_the_array_expressions(dtype: type, template: tuple[int, int]) -> None:
    rng = np.random.default_rng(15)
    frames = rng.integers(0, 100, (6, 8, 11)).astype(dtype)
    weights = rng.normal(size=template).astype(np.float32)
    shifts = np.array([(0, 0), (0.25, 0), (0, -0.5), (1.75, -2.4), (-0.01, 0.99), (-7.3, 12.6)], np.float32)
    values, variances = (np.empty((6, len(CORNERS)), np.float32) for _ in range(2))
    template_on_frames_slow(frames, weights, CORNERS, shifts, values, variances)
    found = on(frames, weights, CORNERS, shifts)
    np.testing.assert_allclose(found[0], values, rtol=1e-5, atol=2e-3)
    np.testing.assert_allclose(found[1], variances, rtol=1e-5, atol=2e-3)


def test_whole_pixels_move_the_corners() -> None:
    rng = np.random.default_rng(16)
    frames = rng.poisson(5.0, (1, 12, 15)).astype(np.uint16)
    weights = rng.normal(size=(5, 3)).astype(np.float32)
    by = np.array((2, -3))
    for moved, still in zip(on(frames, weights, CORNERS, by), on(frames, weights, CORNERS + by, (0, 0)), strict=True):
        np.testing.assert_array_equal(moved, still)


def test_half_a_pixel_is_the_mean_of_both_places_with_the_norm_kept() -> None:
    frames = np.array([[[0, 7, 3, 0]]], np.uint16)
    values, variances = on(frames, np.ones((1, 1), np.float32), np.array([(0, 1)]), (0, 0.5))
    # Two weights of a half have the norm sqrt(1 / 2), the template 1.
    assert values[0, 0] == pytest.approx((7 + 3) / 2 * np.sqrt(2))
    assert variances[0, 0] == pytest.approx((7 + 3) / 4 * 2)


@pytest.mark.parametrize("shift", [(40.0, 0.0), (0.0, -40.5), (1e9, -1e9)])
def test_a_template_moved_off_the_frame_gives_nothing(shift: tuple[float, float]) -> None:
    values, variances = on(np.ones((1, 8, 11), np.uint8), np.ones((3, 4), np.float32), CORNERS, shift)
    assert not values.any()
    assert not variances.any()


@settings(deadline=None, max_examples=30)
@given(y=st.floats(-3, 3, width=32), x=st.floats(-3, 3, width=32))
def test_a_moved_template_sees_no_constant_background(y: float, x: float) -> None:
    template = ge.bullseye().image
    frames = np.full((1, 49, 49), 60_000, np.uint16)
    value = on(frames, template, np.array([(9, 9)]), (y, x))[0]
    assert abs(value[0, 0]) < 2e-6 * 60_000 * np.abs(template).sum()


@settings(deadline=None, max_examples=30)
@given(y=st.floats(-3, 3, width=32), x=st.floats(-3, 3, width=32))
def test_the_variance_under_a_constant_background_is_the_same_wherever_the_template_moves(y: float, x: float) -> None:
    template = ge.bullseye().image
    variance = on(np.full((1, 49, 49), 7, np.uint8), template, np.array([(9, 9)]), (y, x))[1]
    assert variance[0, 0] == pytest.approx(7 * (template.astype(np.float64) ** 2).sum(), rel=1e-5)


def test_a_disk_counts_the_same_at_every_fraction_of_a_pixel() -> None:
    template, corner = ge.bullseye().image, np.array([(9, 9)])
    random = np.random.default_rng(17).uniform(-2, 2, (100, 2))
    frames = np.stack([bullseye_at(y, x) for y, x in random])
    centred = on(bullseye_at(0, 0)[None], template, corner, (0, 0))[0][0, 0]
    followed = on(frames, template, corner, random)[0][:, 0] / centred
    assert followed.std() < 0.008
    assert followed.min() > 0.97
    assert followed.max() < 1.001
    rounded = on(frames, template, corner, np.round(random))[0][:, 0] / centred
    assert rounded.std() > 3 * followed.std()


def test_the_variance_is_that_of_counted_electrons() -> None:
    rng = np.random.default_rng(18)
    mean = 0.5 + bullseye_at(0.3, -0.4)[10:39, 10:39] / 20
    template, corner = ge.bullseye().image, np.array([(-1, -1)])
    values, variances = on(rng.poisson(mean, (4000, 29, 29)).astype(np.uint16), template, corner, (0.3, -0.4))
    assert values.var() == pytest.approx(variances.mean(), rel=0.1)
