"""How much of each grain stands in a column, against a fine sampling of the same Voronoi cells."""

import numpy as np
import pytest
from scipy.spatial import cKDTree

from graineye.simulate.grains import Columns, column_shares, grain_centres, grow

FIELD, THICKNESS, SIZE = (6.0, 5.0), 10.0, 4.0  # nm


def dense(columns: tuple[np.ndarray, np.ndarray, np.ndarray], positions: int, cells: int) -> np.ndarray:
    position, cell, share = columns
    shares = np.zeros((positions, cells))
    np.add.at(shares, (position, cell), share)
    return shares


def sampled(points: np.ndarray, places: np.ndarray, thickness: float, samples: int = 4000) -> np.ndarray:
    """The share of samples along the beam at each place (y, x) of which each point is the nearest."""
    depth = (np.arange(samples) + 0.5) / samples * thickness
    line = np.column_stack([np.repeat(places, samples, axis=0), np.tile(depth, len(places))])
    nearest = cKDTree(points).query(line)[1].reshape(len(places), samples)
    return np.array([np.bincount(one, minlength=len(points)) for one in nearest]) / samples


def a_polycrystal(columnar: bool = False, seed: int = 1, **kw: float) -> Columns:
    sizes = {"thickness": THICKNESS, "grain_size": SIZE, "footprint": 0.1} | kw
    return grow((20, 17), 0.5, sizes["thickness"], sizes["grain_size"], columnar, sizes["footprint"], seed)


@pytest.mark.parametrize("columnar", [False, True])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_shares_along_the_beam_are_those_of_a_fine_sampling(columnar: bool, seed: int) -> None:
    points, reach = grain_centres(FIELD, THICKNESS, SIZE, columnar, seed)
    shares = dense(column_shares(points, reach, (7, 6), 1.0, THICKNESS, 0.0), 42, len(points))
    places = np.stack(np.mgrid[:7, :6], -1).reshape(-1, 2).astype(float)
    np.testing.assert_allclose(shares, sampled(points, places, THICKNESS), atol=1e-3)


def test_a_wide_probe_sees_the_mean_over_its_footprint() -> None:
    points, reach = grain_centres(FIELD, THICKNESS, SIZE, False, 4)
    width = 0.4
    shares = dense(column_shares(points, reach, (7, 6), 1.0, THICKNESS, width), 42, len(points))
    random = np.random.default_rng(0)
    for y, x in ((0, 0), (3, 2), (6, 5)):
        places = random.normal((y, x), width, (4000, 2))
        expected = sampled(points, places, THICKNESS, 50).mean(0)
        np.testing.assert_allclose(shares[6 * y + x], expected, atol=0.05)


def test_on_the_plane_between_two_grains_the_probe_sees_half_of_each() -> None:
    points = np.array([[0.0, -2.0, 0.0], [0.0, 2.0, 0.0]])
    shares = dense(column_shares(points, 10.0, (1, 1), 1.0, THICKNESS, 0.3), 1, 2)
    # The middle one of three places along x lies on the plane and goes to the first grain whole.
    np.testing.assert_allclose(shares, [[1 / 6 + 4 / 6, 1 / 6]], atol=1e-12)


def test_two_grains_above_each_other_share_the_column_where_their_plane_cuts_it() -> None:
    points = np.array([[0.0, 0.0, 1.0], [0.0, 0.0, 7.0]])  # the plane between them stands at depth 4
    shares = dense(column_shares(points, 20.0, (1, 1), 1.0, 10.0, 0.0), 1, 2)
    np.testing.assert_allclose(shares, [[0.4, 0.6]], atol=1e-12)


@pytest.mark.parametrize("columnar", [False, True])
def test_the_shares_of_every_column_are_whole_together(columnar: bool) -> None:
    columns = a_polycrystal(columnar)
    for position in range(20 * 17):
        grains, shares = columns.at(position)
        assert shares.sum() == pytest.approx(1)
        assert (shares > 0).all()
        assert len(set(grains.tolist())) == len(grains)


def test_columnar_grains_go_through_the_whole_sample() -> None:
    columns = a_polycrystal(columnar=True, footprint=0.0)
    np.testing.assert_allclose(columns.share, 1)
    assert len(columns.share) == 20 * 17


def test_other_grains_overlap_along_the_beam() -> None:
    columns = a_polycrystal(columnar=False, footprint=0.0)
    assert len(columns.share) > 2 * 20 * 17


def test_every_grain_that_is_listed_occurs_and_has_a_rotation_of_its_own() -> None:
    columns = a_polycrystal()
    n = len(columns.orientation)
    assert set(columns.grain.tolist()) == set(range(n))
    np.testing.assert_allclose(
        columns.orientation @ columns.orientation.transpose(0, 2, 1), [np.eye(3)] * n, atol=1e-12
    )
    np.testing.assert_allclose(np.linalg.det(columns.orientation), 1)
    assert len(np.unique(columns.orientation.round(6), axis=0)) == n


def test_orientations_prefer_no_direction() -> None:
    """The image of an axis under a uniform rotation is uniform on the sphere: mean 0, mean square 1/3."""
    orientation = a_polycrystal(grain_size=1.0).orientation
    axis = orientation[:, :, 2]
    error = 1 / np.sqrt(len(axis))
    assert np.abs(axis.mean(0)).max() < 4 * error
    assert np.abs((axis**2).mean(0) - 1 / 3).max() < 4 * error


@pytest.mark.parametrize("columnar", [False, True])
def test_grains_have_on_average_the_size_asked_for(columnar: bool) -> None:
    """As many centres in the sample as spheres (columnar: disks) of that diameter make up its volume (area)."""
    points, _ = grain_centres((60.0, 50.0), 30.0, 2.0, columnar, 5)
    inside = ((points[:, :2] >= 0) & (points[:, :2] < (60, 50))).all(1)
    if columnar:
        expected = 60 * 50 / np.pi
    else:
        inside &= (points[:, 2] >= 0) & (points[:, 2] < 30)
        expected = 60 * 50 * 30 / (np.pi / 6 * 2**3)
    assert abs(inside.sum() - expected) < 4 * np.sqrt(expected)


def test_the_same_seed_grows_the_same_grains_and_another_one_does_not() -> None:
    first, again, other = (a_polycrystal(seed=seed) for seed in (3, 3, 4))
    np.testing.assert_array_equal(first.share, again.share)
    np.testing.assert_array_equal(first.grain, again.grain)
    np.testing.assert_array_equal(first.orientation, again.orientation)
    assert first.share.shape != other.share.shape or (first.share != other.share).any()
