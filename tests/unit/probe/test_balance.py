"""A balanced template's sum and first moments vanish, and nothing is put where nothing was."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from graineye.errors import TemplateError
from graineye.probe import balance, shapes


def moments(image: NDArray[np.floating]) -> NDArray[np.float64]:
    """Sum and first moments about the middle, as shares of the largest that they could be."""
    y, x = np.indices(image.shape)
    y, x = y - image.shape[0] / 2, x - image.shape[1] / 2
    size = np.abs(image).sum() * np.array([1, *image.shape])
    return np.abs([image.sum(), (image * y).sum(), (image * x).sum()]) / size


def three_holes(radius: float, y: float = 0.0, x: float = 0.0) -> NDArray[np.float64]:
    """An aperture without inversion symmetry: three holes at 120 degrees, dark up to radius 16."""
    rows, columns = shapes.offsets(17)
    rows, columns = rows - y, columns - x
    bright = np.zeros(rows.shape)
    for turn in np.deg2rad([90, 210, 330]):
        bright += shapes.disk(rows - 9 * np.sin(turn), columns - 9 * np.cos(turn), radius)
    return np.where(np.hypot(rows, columns) <= 16, np.where(bright > 0, bright, -0.01), 0.0)


def test_a_line_balances_as_by_hand() -> None:
    np.testing.assert_allclose(balance(np.array([[0.0, -1, 4, -1, 0]])), [[0, -2, 4, -2, 0]], atol=1e-12)
    # The size of the dark part is irrelevant.
    np.testing.assert_allclose(balance(np.array([[0.0, -5, 4, -5, 0]])), [[0, -2, 4, -2, 0]], atol=1e-12)


def test_a_lopsided_line_loses_its_first_moment() -> None:
    # Dark scaled by 1/2: [-0.5, 3, -2.5, 0, 0]; then less its line a + b (x - 1), with a = 0 and b = -2 / 2.
    np.testing.assert_allclose(balance(np.array([[-1.0, 3, -5, 0, 0]])), [[-1.5, 3, -1.5, 0, 0]], atol=1e-12)


@pytest.mark.parametrize("centre", [(0, 0), (0.3, 0), (0.5, 0.5), (-0.2, 0.45)])
def test_three_holes_answer_neither_to_a_constant_nor_to_a_ramp(centre: tuple[float, float]) -> None:
    shaped = three_holes(3.3, *centre)
    assert moments(shaped)[1:].max() > 1e-4  # lopsided before
    assert moments(balance(shaped)).max() < 1e-14


def test_holes_stay_bright() -> None:
    balanced = balance(three_holes(3.3))
    assert balanced[three_holes(3.3) == 1].min() > 0.7
    assert balanced[three_holes(3.3) < 0].max() < 0


def test_excluded_pixels_stay_zero() -> None:
    shaped = three_holes(3.0, 0.3)
    assert not balance(shaped)[shaped == 0].any()


@given(seed=st.integers(0, 10**6), height=st.integers(1, 12), width=st.integers(2, 12))
def test_any_image_of_bright_and_dark_pixels_is_balanced(seed: int, height: int, width: int) -> None:
    rng = np.random.default_rng(seed)
    image = rng.normal(size=(height, width)) * (rng.random((height, width)) < 0.8)
    image[0, :2] = 1.0, -1.0
    balanced = balance(image)
    scale = np.abs(image).sum() * (1 + abs(image[image > 0].sum() / image[image < 0].sum()))
    y, x = np.indices(image.shape)
    for moment in (balanced.sum(), (balanced * y).sum() / height, (balanced * x).sum() / width):
        assert abs(moment) < 1e-11 * scale
    assert not balanced[image == 0].any()


@pytest.mark.parametrize("image", [np.zeros((5, 5)), np.ones((5, 5)), -np.ones((5, 5)), np.eye(4)])
def test_a_template_needs_bright_and_dark_pixels(image: NDArray[np.float64]) -> None:
    with pytest.raises(TemplateError, match="bright and dark"):
        balance(image)
