"""Which boundary was clicked, and by what two crystallites differ."""

import numpy as np
import pytest
from scipy import stats

import graineye as ge
from graineye.explorer.boundaries import boundary_near, differing_reflections, welch
from graineye.explorer.state import State

LABELS = np.array([[1, 1, 2, 2], [1, 1, 2, 2], [3, 3, 3, 0]], np.int32)


@pytest.mark.parametrize(
    ("y", "x", "pair"),
    [
        (0.4, 1.45, (1, 2)),
        (1.45, 0.2, (1, 3)),
        (1.4, 2.1, (2, 3)),
        (0.0, 0.0, None),
        (1.5, 3.0, None),  # beside it nothing is assigned
        (-3.0, 50.0, None),
    ],
)
def test_the_nearest_edge_is_found(y: float, x: float, pair: tuple[int, int] | None) -> None:
    assert boundary_near(LABELS, y, x, reach=0.2) == pair


def test_an_edge_beyond_reach_is_none() -> None:
    assert boundary_near(LABELS, 0.0, 1.0, reach=0.4) is None
    assert boundary_near(LABELS, 0.0, 1.0, reach=0.6) == (1, 2)


def test_significance_is_welchs() -> None:
    rng = np.random.default_rng(3)
    first, second = rng.normal(0, 1, (20, 5)), rng.normal([0, 1, 2, 3, 4], 2, (31, 5))
    expected = stats.ttest_ind(first, second, equal_var=False).statistic
    np.testing.assert_allclose(welch(first, second), expected)


def test_of_one_position_no_significance_is_known() -> None:
    assert np.isnan(welch(np.ones((1, 3)), np.ones((5, 3)))).all()


def test_the_reflections_that_differ_are_those_of_the_two_regions(polycrystal, mapped: ge.CrystalliteMap) -> None:
    table = differing_reflections(State.of(mapped), 1, 2)
    expected = dict.fromkeys(polycrystal.disks[1], 1) | dict.fromkeys(polycrystal.disks[2], -1)
    found = table.head(4)
    for row in found.itertuples():
        place = min(expected, key=lambda at: np.hypot(at[0] - row.y_px, at[1] - row.x_px))
        assert np.hypot(place[0] - row.y_px, place[1] - row.x_px) < 3
        assert np.sign(row.significance) == expected.pop(place)
        assert abs(row.significance) > 10
    assert (np.diff(table["significance"].abs()) <= 0).all()
    assert (table["d_nm"] > 0).all()
