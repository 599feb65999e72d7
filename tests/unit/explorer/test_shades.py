"""Numbers as shades, and what the ticks of their colour bars say."""

import numpy as np
import pytest

from graineye.explorer.shades import LAST, SCALES, diverging, sequential, shades

COUNTS = np.random.default_rng(5).gamma(0.5, 400, (40, 40))


@pytest.mark.parametrize("scale", SCALES)
def test_brighter_is_more(scale: str) -> None:
    order = np.argsort(COUNTS, axis=None)
    assert (np.diff(shades(COUNTS, scale).index.ravel()[order].astype(int)) >= 0).all()


@pytest.mark.parametrize("scale", SCALES)
def test_ticks_stand_where_their_values_are_drawn(scale: str) -> None:
    ticks = shades(COUNTS, scale).ticks
    assert len(ticks) >= 3
    numbers = {at: float(words.replace("k", "e3")) for at, words in ticks.items()}
    drawn = shades(COUNTS, scale).index
    for at, number in numbers.items():
        near = drawn[np.abs(COUNTS - number) < 0.02 * max(number, 1)]
        if len(near):
            assert np.abs(near.astype(float) - at).min() < 6


def test_a_root_scale_starts_at_zero() -> None:
    image = np.array([[0.0, 25.0], [100.0, 100.0]])
    np.testing.assert_array_equal(shades(image, "root").index, [[0, LAST // 2], [LAST, LAST]])


def test_zero_is_in_the_middle_of_signed_values() -> None:
    shaded = shades(np.array([[-10.0, 0.0, 10.0]]), "linear", signed=True)
    np.testing.assert_array_equal(shaded.index, [[0, LAST // 2, LAST]])


def test_what_is_not_known_has_a_shade_of_its_own() -> None:
    assert shades(np.array([[np.nan, 1.0, 2.0]]), "linear").index[0, 0] == LAST + 1


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize(
    "image", [np.zeros((2, 2)), np.full((2, 2), 7.0), np.full((2, 2), np.nan), np.full((2, 2), -3)]
)
def test_images_of_one_value_have_shades(scale: str, image: np.ndarray) -> None:
    assert shades(image, scale).index.shape == (2, 2)


def test_colour_maps_have_a_colour_for_every_shade() -> None:
    for colours in (sequential(), diverging()):
        assert len(colours) == LAST + 2
        assert colours[-1] not in colours[:-1]
