"""Twins and near copies: how they are turned against their neighbour, and what they share with it."""

from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

import graineye as ge
from graineye.progress import silent
from graineye.simulate.crystal import reflections
from graineye.simulate.relations import Relations, relate

N = 60
CUBIC = Rotation.create_group("O").as_matrix()
G = reflections(0.408, "fcc", 18.0, 300.0).g


def related(twins: float, similar: float, seed: int = 1, n: int = N) -> tuple[Relations, np.ndarray, np.ndarray]:
    """The relations, the orientations before and where the grains are."""
    random = np.random.default_rng(seed)
    before, centre = Rotation.random(n, random_state=seed).as_matrix(), random.uniform(0, 30, (n, 3))
    return relate(before, random.integers(0, 3, n), centre, twins, similar, 4.0, seed), before, centre


def least_turn(one: np.ndarray, other: np.ndarray) -> tuple[float, np.ndarray]:
    """The least angle (degrees) between two cubic crystals of the 24 that look alike, and its axis in the crystal."""
    turns = Rotation.from_matrix([one.T @ other @ alike for alike in CUBIC])
    least = int(turns.magnitude().argmin())
    axis = turns.as_rotvec()[least]
    return float(np.rad2deg(turns.magnitude()[least])), axis / np.linalg.norm(axis)


def test_so_many_grains_are_copies_and_the_others_stay_as_they_were() -> None:
    found, before, _ = related(0.3, 0.2)
    assert (found.copied_from >= 0).sum() == 30
    own = found.copied_from < 0
    np.testing.assert_array_equal(found.orientation[own], before[own])


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_twins_are_turned_by_60_degrees_about_111(seed: int) -> None:
    found, _, _ = related(0.5, 0.0, seed)
    for grain in np.flatnonzero(found.copied_from >= 0):
        angle, axis = least_turn(found.orientation[found.copied_from[grain]], found.orientation[grain])
        assert angle == pytest.approx(60)
        np.testing.assert_allclose(np.abs(axis), 1 / np.sqrt(3), atol=1e-6)


def test_near_copies_are_turned_by_their_angle_about_all_kinds_of_axes() -> None:
    found, _, _ = related(0.0, 0.8)
    axes = []
    for grain in np.flatnonzero(found.copied_from >= 0):
        angle, axis = least_turn(found.orientation[found.copied_from[grain]], found.orientation[grain])
        assert angle == pytest.approx(4)
        axes.append(axis)
    assert np.abs(np.mean(axes, 0)).max() < 0.4


def test_a_copy_has_the_phase_of_its_neighbour_and_is_near_it() -> None:
    found, _, centre = related(0.3, 0.3)
    copies = np.flatnonzero(found.copied_from >= 0)
    np.testing.assert_array_equal(found.phase[copies], found.phase[found.copied_from[copies]])
    away = np.linalg.norm(centre[copies] - centre[found.copied_from[copies]], axis=1)
    between_any = np.linalg.norm(centre[:, None] - centre[None], axis=2)
    assert away.mean() < 0.5 * between_any.mean()


@pytest.mark.parametrize(("twins", "n"), [(1.0, 60), (1.0, 2), (1.0, 1), (0.5, 0)])
def test_one_grain_at_least_is_its_own(twins: float, n: int) -> None:
    found, _, _ = related(twins, 0.0, n=n)
    assert (found.copied_from < 0).sum() == min(n, 1)


def shared(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Which reflections (m,) of a crystal the other one has at the same place."""
    rows, others = G @ one.T, G @ other.T
    return np.abs(rows[:, None] - others[None]).max(2).min(1) < 1e-6


def test_twins_share_the_reflections_of_their_common_planes_a_third_of_all() -> None:
    found, _, _ = related(0.5, 0.0)
    grain = int(np.flatnonzero(found.copied_from >= 0)[0])
    source = found.orientation[found.copied_from[grain]]
    common = shared(source, found.orientation[grain])
    assert common.mean() == pytest.approx(1 / 3, abs=0.06)
    _, axis = least_turn(source, found.orientation[grain])
    hkl = np.rint(G * 0.408).astype(int)
    along = np.abs(np.cross(hkl, axis)).max(1) < 1e-6  # of the twin plane itself
    across = (np.abs(hkl @ axis) < 1e-6) & ((hkl**2).sum(1) == 8)
    assert along.sum() >= 4
    assert across.sum() == 6
    assert common[along].all()
    assert common[across].all()


def test_unrelated_grains_share_nothing() -> None:
    found, _, _ = related(0.0, 0.0)
    assert not shared(found.orientation[0], found.orientation[1]).any()


def test_the_truth_says_whose_copy_a_grain_is(tmp_path: Path) -> None:
    options = ge.SimulationOptions(
        scan="12x12", detector=64, detector_pixel=0.4, probe="disk", ring_outer=3.0, descan=1.0, columnar=True,
        grain_size=2.0, twins=0.4, similar=0.2, similar_angle=3.0, phases="Cu,Ag",
    )  # fmt: skip
    with np.load(ge.simulate_scan(tmp_path / "scan.h5", options, silent).truth_path) as file:
        truth = dict(file)
    n = len(truth["visible"])
    copies = np.flatnonzero(truth["copied_from"] >= 0)
    assert len(copies) == round(0.4 * n) + round(0.2 * n)
    angles = [least_turn(truth["orientation"][truth["copied_from"][k]], truth["orientation"][k])[0] for k in copies]
    assert np.isclose(angles, 60).sum() == round(0.4 * n)
    assert np.isclose(angles, 3).sum() == round(0.2 * n)
    np.testing.assert_array_equal(truth["phase"][copies], truth["phase"][truth["copied_from"][copies]])
