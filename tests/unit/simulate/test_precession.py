"""A rocked beam: the mean over the cone, against beams that are really tilted; more reflections, and more even ones."""

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from graineye.simulate.crystal import reflections, wavelength
from graineye.simulate.diffraction import Optics, disk_shares, excitation_errors, grain_disks, two_beam
from graineye.simulate.precession import over_cone, over_cone_slow

LAMBDA = wavelength(300.0)
GOLD = reflections(0.408, "fcc", 16.0, 300.0)
OPTICS = Optics(wavelength=LAMBDA, detector_pixel=0.1667, aperture_radius=1.5, reach=100.0)
THICKNESS = 10.0


def rocked(half_angle: float) -> Optics:
    """The same microscope with precession, mrad."""
    return Optics(LAMBDA, 0.1667, 1.5, 100.0, precession=1e-3 * half_angle)


def orientations(count: int) -> Iterator[np.ndarray]:
    yield from Rotation.random(count, random_state=1).as_matrix()


@settings(max_examples=40, deadline=None)  # the first call compiles
@given(
    st.floats(0.5, 60),
    st.lists(
        st.tuples(st.floats(-1, 1), st.floats(0, 0.1), st.floats(0, 1), st.floats(5, 1e4)), min_size=1, max_size=6
    ),
)
def test_the_fast_mean_over_the_cone_is_the_slow_one(
    thickness: float, lines: list[tuple[float, float, float, float]]
) -> None:
    arrays = [np.array(column) for column in zip(*lines, strict=True)]
    np.testing.assert_allclose(over_cone(thickness, *arrays), over_cone_slow(thickness, *arrays), rtol=1e-9, atol=1e-14)


def test_the_mean_over_the_cone_is_that_of_beams_that_are_tilted() -> None:
    """A crystal turned by the precession angle about each in-plane axis in turn, the beam fixed."""
    half_angle = 0.015
    for orientation in orientations(3):
        disks = grain_disks(GOLD, orientation, THICKNESS, rocked(1e3 * half_angle))
        g = GOLD.g @ orientation.T
        across = g[:, :2] / OPTICS.detector_pixel
        index = np.array([np.abs(across - place).sum(1).argmin() for place in disks.position])
        xi = GOLD.extinction_distance[index]
        turns = np.linspace(0, 2 * np.pi, 400, endpoint=False)
        axes = half_angle * np.stack([np.cos(turns), np.sin(turns), np.zeros_like(turns)], 1)
        tilted = [Rotation.from_rotvec(axis).apply(g[index]) for axis in axes]
        expected = np.mean([two_beam(THICKNESS, excitation_errors(one, LAMBDA), xi) for one in tilted], axis=0)
        found = disk_shares(disks, np.array([THICKNESS]))[0]
        strong = expected > 0.05 * expected.max()
        assert strong.sum() > 5
        np.testing.assert_allclose(found[strong], expected[strong], rtol=0.08)


def visible(optics: Optics) -> list[int]:
    """How many disks are above a thousandth of the beam, for some orientations."""
    return [
        int((disk_shares(grain_disks(GOLD, one, THICKNESS, optics), np.array([THICKNESS])) > 1e-3).sum())
        for one in orientations(12)
    ]


def test_precession_shows_more_reflections_the_wider_its_cone() -> None:
    still, narrow, wide = (visible(optics) for optics in (OPTICS, rocked(15), rocked(40)))
    assert np.mean(narrow) > 1.1 * np.mean(still)
    assert np.mean(wide) > 1.4 * np.mean(narrow)


def test_precession_evens_out_how_intensities_depend_on_the_excitation_error() -> None:
    s = np.linspace(0, 0.08, 40)  # 1/nm, in the cone's reach and below the first zero at 1 / thickness
    lines = np.zeros_like(s), np.full_like(s, 0.2), np.full_like(s, 60.0)
    still = two_beam(THICKNESS, s, lines[2])
    swung = over_cone(THICKNESS, s, *lines)
    assert still.min() < 0.2 * still.max()
    assert swung.min() > 0.8 * swung.max()


def test_a_precessed_thin_crystal_diffracts_as_strongly_as_the_rods_of_its_lattice_say() -> None:
    """Kinematically, a cone that sweeps at the speed v through a rod collects (pi t / xi)2 / (t v): the rod's integral."""
    swing = 1.0  # 1/nm, far wider than the rod
    at = over_cone(THICKNESS, np.zeros(1), np.zeros(1), np.array([swing]), np.array([400.0]))[0]
    # Twice a turn s is 0, where it changes by 2 pi swing a turn.
    assert at == pytest.approx(2 * (np.pi * THICKNESS / 400) ** 2 / THICKNESS / (2 * np.pi * swing), rel=0.02)


def test_without_a_cone_nothing_changes() -> None:
    for orientation in orientations(3):
        plain, none = (grain_disks(GOLD, orientation, THICKNESS, optics) for optics in (OPTICS, rocked(0)))
        np.testing.assert_array_equal(plain.position, none.position)
        t = np.array([THICKNESS])
        np.testing.assert_array_equal(disk_shares(plain, t), disk_shares(none, t))


def test_disks_stay_where_they_are_as_the_beam_is_rocked() -> None:
    for orientation in orientations(3):
        plain, swung = (grain_disks(GOLD, orientation, THICKNESS, optics) for optics in (OPTICS, rocked(20)))
        found = {tuple(place) for place in swung.position.round(9).tolist()}
        assert {tuple(place) for place in plain.position.round(9).tolist()} <= found
