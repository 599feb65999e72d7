"""The shapes of apertures as covered shares of pixels, against their geometry."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from graineye.probe import shapes

Grid = NDArray[np.float64]


def about(y: float, x: float, half: int = 30) -> tuple[Grid, Grid]:
    """Offsets of a square of pixels from a centre at (y, x) from its middle."""
    rows, columns = np.mgrid[-half : half + 1, -half : half + 1].astype(np.float64)
    return rows - y, columns - x


def test_offsets_are_zero_in_the_middle_and_count_pixels() -> None:
    y, x = shapes.offsets(2)
    assert y[:, 0].tolist() == [-2, -1, 0, 1, 2]
    assert x[0].tolist() == [-2, -1, 0, 1, 2]
    assert y.shape == x.shape == (5, 5)


@given(radius=st.floats(2, 25), y=st.floats(-0.5, 0.5), x=st.floats(-0.5, 0.5))
def test_a_disk_s_area_is_right_within_a_thirtieth_of_a_pixel_of_its_radius(radius: float, y: float, x: float) -> None:
    # The linear edge, one pixel wide, holds pi / 12 more than a sharp one.
    area, edge = np.pi * (radius**2 + 1 / 12), 2 * np.pi * radius
    assert shapes.disk(*about(y, x), radius).sum() == pytest.approx(area, rel=0, abs=edge / 30)


@given(inner=st.floats(2, 15), width=st.floats(1, 10), y=st.floats(-0.5, 0.5), x=st.floats(-0.5, 0.5))
def test_a_ring_s_area_is_right_within_a_thirtieth_of_a_pixel_of_its_radii(
    inner: float, width: float, y: float, x: float
) -> None:
    outer = inner + width
    area, edge = np.pi * (outer**2 - inner**2), 2 * np.pi * (inner + outer)
    assert shapes.ring(*about(y, x), inner, outer).sum() == pytest.approx(area, rel=0, abs=edge / 30)


def test_the_edge_runs_through_half_covered_pixels() -> None:
    x = np.array([0.0, 4.5, 5.0, 5.5, 6.0, 8.5, 9.0, 9.5])
    assert shapes.disk(np.zeros(8), x, 5.0).tolist() == [1, 1, 0.5, 0, 0, 0, 0, 0]
    assert shapes.ring(np.zeros(8), x, 5.0, 9.0).tolist() == [0, 0, 0.5, 1, 1, 1, 0.5, 0]


def test_a_disk_is_a_ring_and_what_it_surrounds() -> None:
    y, x = about(0.2, -0.4)
    np.testing.assert_allclose(shapes.disk(y, x, 5) + shapes.ring(y, x, 5, 9), shapes.disk(y, x, 9), atol=1e-12)


def test_what_has_no_width_covers_nothing() -> None:
    y, x = about(0.0, 0.0, 9)
    assert not shapes.disk(y, x, 0).any()
    assert not shapes.ring(y, x, 5, 5).any()
    assert not shapes.bars(y, x, 0, 2, 0).any()
    assert not shapes.bars(y, x, 3, 0, 0).any()


def test_thinner_than_a_pixel_covers_its_share_of_one() -> None:
    offset = np.arange(-3.0, 4.0)
    zeros = np.zeros(7)
    np.testing.assert_allclose(shapes.bars(offset, zeros, 0.4, 1, 0), [0, 0, 0, 0.4, 0, 0, 0])
    np.testing.assert_allclose(shapes.ring(zeros, np.arange(7.0), 3.9, 4.1), [0, 0, 0, 0, 0.2, 0, 0], atol=1e-12)


@given(angle=st.floats(-360, 360), along=st.floats(-20, 20), count=st.integers(1, 7), which=st.integers(0, 6))
def test_a_bar_of_width_3_covers_offsets_up_to_1_fully_and_from_2_on_not_at_all(
    angle: float, along: float, count: int, which: int
) -> None:
    offset = np.array([-1.0, -0.5, 0.0, 0.5, 1.0, -1.5, 1.5, -2.0, 2.0, -5.0])
    turn = np.deg2rad(angle + 180 / count * (which % count))
    y = along * np.sin(turn) + offset * np.cos(turn)
    x = along * np.cos(turn) - offset * np.sin(turn)
    covered = shapes.bars(y, x, 3, count, angle)
    np.testing.assert_allclose(covered[:5], 1, atol=1e-9)
    single = shapes.bars(y, x, 3, 1, np.rad2deg(turn))
    np.testing.assert_allclose(single[5:], [0.5, 0.5, 0, 0, 0], atol=1e-9)
    assert (covered >= single - 1e-9).all()  # other bars may cross here


@given(count=st.integers(1, 8), angle=st.floats(0, 180), y=st.floats(-0.5, 0.5), x=st.floats(-0.5, 0.5))
def test_bars_are_evenly_turned(count: int, angle: float, y: float, x: float) -> None:
    grid = about(y, x, 12)
    np.testing.assert_allclose(
        shapes.bars(*grid, 2.5, count, angle), shapes.bars(*grid, 2.5, count, angle + 180 / count), atol=1e-9
    )


def test_the_angle_turns_from_x_towards_y() -> None:
    diagonal = np.arange(-8.0, 9.0)
    assert shapes.bars(diagonal, diagonal, 1.2, 1, 45).min() == 1
    assert shapes.bars(-diagonal, diagonal, 1.2, 1, 45)[np.abs(diagonal) > 2].max() == 0


def test_bars_begin_at_their_radius() -> None:
    y, x = about(0.3, 0.1)
    covered = shapes.bars(y, x, 3, 2, 20, start=8)
    assert not covered[np.hypot(y, x) < 8].any()
    np.testing.assert_array_equal(covered[np.hypot(y, x) >= 8], shapes.bars(y, x, 3, 2, 20)[np.hypot(y, x) >= 8])


def test_a_bullseye_is_bright_in_spot_and_ring_and_dark_under_its_supports() -> None:
    y, x = about(0.0, 0.0, 13)
    covered = shapes.bullseye(y, x, 2.8, 8, 11.5, 3, 2, 0)
    row = covered[13]  # along a support: only the spot
    assert row[13:16].tolist() == [1, 1, 1]
    assert row[17:].tolist() == [0] * 10
    np.testing.assert_array_equal(covered, np.rot90(covered))
    diagonal = covered[np.arange(27), np.arange(27)]
    assert diagonal[13 + 7] == 1  # radius 9.9
    assert diagonal[13 + 4] == 0  # radius 5.7


def test_a_bullseye_covers_spot_and_ring_less_its_supports() -> None:
    area = np.pi * (2.8**2 + 11.5**2 - 8**2) - 4 * 3 * 3.5
    for y, x in [(0, 0), (0.5, 0), (0.25, -0.4)]:
        assert shapes.bullseye(*about(y, x), 2.8, 8, 11.5, 3, 2, 30).sum() == pytest.approx(area, rel=0.03)
