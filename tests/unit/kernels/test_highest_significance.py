"""The highest significance at every pixel, of images that have wandered by fractions of a pixel."""

import numpy as np
import pytest

from graineye.kernels.highest_significance import keep_highest, keep_highest_slow


@pytest.mark.parametrize("by", [(0.0, 0.0), (0.25, -0.5), (-1.75, 2.4), (3.0, 0.99), (-40.0, 40.5), (6.5, 8.5)])
def test_it_is_that_of_the_array_expressions(by: tuple[float, float]) -> None:
    rng = np.random.default_rng(35)
    wander = np.array(by, np.float32)
    found = rng.normal(size=(7, 9)).astype(np.float32)
    expected = found.copy()
    for _ in range(3):
        value, variance = (rng.normal(size=(12, 10)).astype(np.float32) for _ in range(2))
        keep_highest(value, variance, wander, 0.5, found)
        keep_highest_slow(value, variance, wander, 0.5, expected)
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


def test_nothing_is_lowered() -> None:
    highest = np.full((3, 4), 2.0, np.float32)
    value, variance = np.full((3, 4), 1.0, np.float32), np.zeros((3, 4), np.float32)
    value[1, 2] = 3.0
    keep_highest(value, variance, np.zeros(2, np.float32), 1.0, highest)
    assert highest[1, 2] == 3.0
    assert np.count_nonzero(highest == 2.0) == 11
