"""Outlines are closed polygons along the edges of scan positions, whose areas are the crystallites'."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from graineye.crystallites import outline_table

Ring = list[tuple[float, float]]


def rings_of(labels: object, label: int = 1) -> list[Ring]:
    table = outline_table(np.array(labels, np.int32))
    mine = table[table["label"] == label]
    rings = [list(zip(part["y"], part["x"], strict=True)) for _, part in mine.groupby("ring", sort=True)]
    assert sorted(mine["ring"].unique().tolist()) == list(range(len(rings)))
    return rings


def shoelace(ring: Ring) -> float:
    """Signed area of a closed polygon."""
    following = ring[1:] + ring[:1]
    return sum(y * b - x * a for (y, x), (a, b) in zip(ring, following, strict=True)) / 2


def perimeter(ring: Ring) -> float:
    following = ring[1:] + ring[:1]
    return sum(abs(y - a) + abs(x - b) for (y, x), (a, b) in zip(ring, following, strict=True))


def test_one_scan_position_is_the_square_about_it() -> None:
    (ring,) = rings_of([[0, 0, 0], [0, 1, 0]])
    assert sorted(ring) == [(0.5, 0.5), (0.5, 1.5), (1.5, 0.5), (1.5, 1.5)]


def test_only_corners_are_listed() -> None:
    (ring,) = rings_of([[1, 1, 1], [1, 1, 1]])
    assert sorted(ring) == [(-0.5, -0.5), (-0.5, 2.5), (1.5, -0.5), (1.5, 2.5)]
    (angle,) = rings_of([[1, 0], [1, 1]])
    assert len(angle) == 6


def test_the_first_ring_is_outside_and_a_hole_turns_the_other_way() -> None:
    outside, hole = rings_of([[1, 1, 1], [1, 0, 1], [1, 1, 1]])
    assert abs(shoelace(outside)) == 9
    assert sorted(hole) == [(0.5, 0.5), (0.5, 1.5), (1.5, 0.5), (1.5, 1.5)]
    assert shoelace(hole) * shoelace(outside) == -9


def test_another_crystallite_in_it_makes_a_hole_too() -> None:
    labels = [[1, 1, 1], [1, 2, 1], [1, 1, 1]]
    assert [abs(shoelace(ring)) for ring in rings_of(labels)] == [9, 1]
    assert [abs(shoelace(ring)) for ring in rings_of(labels, 2)] == [1]


def test_parts_that_touch_in_a_corner_only_are_rings_of_their_own() -> None:
    for labels in ([[1, 0], [0, 1]], [[0, 1], [1, 0]]):
        rings = rings_of(labels)
        assert [abs(shoelace(ring)) for ring in rings] == [1, 1]
        assert [len(ring) for ring in rings] == [4, 4]


def test_separate_parts_are_counted_up() -> None:
    assert [abs(shoelace(ring)) for ring in rings_of([[1, 1, 0, 1], [0, 0, 0, 1], [1, 0, 0, 0]])] == [2, 2, 1]


def test_no_crystallites_have_no_outlines() -> None:
    empty = outline_table(np.zeros((3, 4), np.int32))
    assert len(empty) == 0
    assert empty.columns.tolist()[:4] == ["label", "ring", "y", "x"]


def some_labels(seed: int) -> NDArray[np.int32]:
    rng = np.random.default_rng(seed)
    return rng.integers(0, rng.integers(2, 5), (rng.integers(1, 9), rng.integers(1, 9))).astype(np.int32)


@settings(deadline=None, max_examples=60)
@given(seed=st.integers(0, 10**6))
def test_areas_less_holes_are_the_crystallite_s_scan_positions(seed: int) -> None:
    labels = some_labels(seed)
    for label in np.unique(labels[labels > 0]):
        rings = rings_of(labels, int(label))
        assert abs(sum(shoelace(ring) for ring in rings)) == (labels == label).sum()


@settings(deadline=None, max_examples=60)
@given(seed=st.integers(0, 10**6))
def test_the_outlines_are_as_long_as_the_crystallite_s_edge(seed: int) -> None:
    labels = some_labels(seed)
    for label in np.unique(labels[labels > 0]):
        inside = np.pad(labels == label, 1).astype(int)
        edges = np.abs(np.diff(inside, axis=0)).sum() + np.abs(np.diff(inside, axis=1)).sum()
        assert sum(perimeter(ring) for ring in rings_of(labels, int(label))) == edges


@settings(deadline=None, max_examples=60)
@given(seed=st.integers(0, 10**6))
def test_every_corner_is_a_turn_between_level_and_upright(seed: int) -> None:
    labels = some_labels(seed)
    for label in np.unique(labels[labels > 0]):
        for ring in rings_of(labels, int(label)):
            steps = np.diff(np.array([*ring, ring[0]]), axis=0)
            upright = steps[:, 1] == 0
            assert (upright != (steps[:, 0] == 0)).all()
            assert (upright != np.roll(upright, 1)).all()
