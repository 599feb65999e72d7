"""The beam is the highest peak, found to a fraction of a pixel."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graineye.disks import correlate, find_beam
from graineye.errors import BeamNotFound
from graineye.probe import bullseye, disk, shapes


@settings(deadline=None, max_examples=40)
@given(y=st.floats(18, 40), x=st.floats(18, 45))
def test_the_beam_of_a_round_aperture_is_found_within_a_tenth_of_a_pixel(y: float, x: float) -> None:
    rows, columns = np.mgrid[:60, :70].astype(np.float64)
    image = 5 + 200 * shapes.disk(rows - y, columns - x, 6) + 80 * shapes.disk(rows - 53, columns - 62, 6)
    beam = find_beam(correlate(image, disk(6, 10).image))
    np.testing.assert_allclose(beam.position, (y, x), atol=0.1)


@settings(deadline=None, max_examples=40)
@given(y=st.floats(20, 60), x=st.floats(20, 50))
def test_the_beam_of_a_bullseye_is_found_within_a_tenth_of_a_pixel(y: float, x: float) -> None:
    rows, columns = np.mgrid[:80, :70].astype(np.float64)
    image = 3 + 100 * shapes.bullseye(rows - y, columns - x, 2.8, 8, 11.5, 3, 2, 0)
    np.testing.assert_allclose(find_beam(correlate(image, bullseye().image)).position, (y, x), atol=0.1)


def test_the_vertex_is_that_of_the_parabola_through_three_pixels() -> None:
    # Along y 8, 10, 6: the vertex is at (8 - 6) / (2 (8 - 20 + 6)) = -1/6; along x 1, 10, 4: at 3 / 30.
    correlation = np.zeros((7, 9), np.float32)
    correlation[3:6, 2] = 8, 10, 6
    correlation[4, 1], correlation[4, 3] = 1, 4
    beam = find_beam(correlation)
    assert beam.position == (pytest.approx(4 - 1 / 6), pytest.approx(2 + 1 / 10))
    assert beam.correlation == 10


def test_a_symmetric_peak_stands_on_its_pixel() -> None:
    correlation = np.zeros((5, 5), np.float32)
    correlation[2, 1] = 3
    assert find_beam(correlation).position == (2.0, 1.0)


@pytest.mark.parametrize("corner", [(0, 0), (0, 4), (5, 0), (5, 4)])
def test_at_the_border_the_peak_is_taken_as_it_is(corner: tuple[int, int]) -> None:
    correlation = np.random.default_rng(0).random((6, 5)).astype(np.float32)
    correlation[corner] = 9
    assert find_beam(correlation).position == corner


def test_of_two_equal_peaks_the_lower_index_is_taken() -> None:
    correlation = np.zeros((5, 9), np.float32)
    correlation[3, 2] = correlation[3, 6] = 1
    assert find_beam(correlation).position == (3.0, 2.0)


@settings(deadline=None, max_examples=40)
@given(seed=st.integers(0, 10**6))
def test_refining_never_leaves_the_highest_pixel(seed: int) -> None:
    correlation = np.random.default_rng(seed).random((6, 7)).astype(np.float32)
    y, x = find_beam(correlation).position
    peak = np.unravel_index(np.argmax(correlation), (6, 7))
    assert abs(y - peak[0]) <= 0.5
    assert abs(x - peak[1]) <= 0.5


@pytest.mark.parametrize("level", [0.0, -1.0, np.nan])
def test_where_nothing_correlates_there_is_no_beam(level: float) -> None:
    with pytest.raises(BeamNotFound, match="beam"):
        find_beam(np.full((8, 8), level, np.float32))
