"""Dot products of strips with several windows of an image at once, and which kinds of strip a template is cut into."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numba import njit
from numpy.typing import NDArray

from graineye.kernels import strips
from graineye.kernels.strips import NARROW, PLACES_OF_ONE, PLACES_OF_TWO, WIDE, strips_of

STRIDE = 71
KINDS = {
    "wide of one": (strips.wide_dots_of_one, WIDE, PLACES_OF_ONE, 1),
    "narrow of one": (strips.narrow_dots_of_one, NARROW, PLACES_OF_ONE, 1),
    "wide of two": (strips.wide_dots_of_two, WIDE, PLACES_OF_TWO, 2),
    "narrow of two": (strips.narrow_dots_of_two, NARROW, PLACES_OF_TWO, 2),
}


def called_from_python(dots: Any) -> Callable[..., None]:
    @njit
    def call(image: Any, places: Any, first: int, right: int, weights: Any, rows: int, sums: Any) -> None:
        dots(image, places, first, right, STRIDE, weights, rows, sums)

    return call


@pytest.mark.parametrize("number", [np.float32, np.uint8, np.int8, np.uint16, np.int16])
@pytest.mark.parametrize("kind", KINDS)
def test_sums_are_those_of_the_array_expressions(kind: str, number: type) -> None:
    dots, width, together, templates = KINDS[kind]
    call = called_from_python(dots)
    rng = np.random.default_rng(40)
    spread = np.iinfo(number) if np.issubdtype(number, np.integer) else np.finfo(np.float16)
    image: NDArray[Any] = rng.uniform(spread.min, spread.max, 40 * STRIDE).astype(number)
    for rows in (1, 2, 7, 31):
        weights = rng.normal(size=(templates, rows * width)).astype(np.float32)
        places = rng.integers(0, image.size - (rows + 1) * STRIDE, together + 5)
        found, expected = (np.arange(templates * together, dtype=np.float32) for _ in range(2))
        call(image, places, 3, 11, weights, rows, found)
        strips.dots_slow(image, places[3 : 3 + together] + 11, STRIDE, weights, rows, expected)
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5 * float(spread.max))


@pytest.mark.parametrize("width", range(1, 140))
def test_strips_cover_a_template_and_little_more(width: int) -> None:
    wide, narrow = strips_of(width)
    over = wide * WIDE + narrow * NARROW - width
    assert 0 <= over < NARROW
    assert narrow <= 3
