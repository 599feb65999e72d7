"""How bright a reflection is: the Ewald construction, two beams, and disks that share what the beam loses."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.optimize import brentq

from graineye.simulate.diffraction import averaged, compete, excitation_errors, over_convergence, two_beam

WAVELENGTH = 0.00197  # nm
K = 1 / WAVELENGTH
XI = 20.0  # nm


def to_the_ewald_sphere(g: np.ndarray, tilt: tuple[float, float] = (0.0, 0.0)) -> float:
    """How far along the beam g must go until the wave that leaves has the length of the wave that came."""
    incoming = np.array([*tilt, np.sqrt(K**2 - tilt[0] ** 2 - tilt[1] ** 2)])
    along = np.array([0, 0, 1.0])

    def too_long(s: float) -> float:
        return float(np.linalg.norm(incoming + g + s * along) - K)

    return brentq(too_long, -K / 2, K / 2, xtol=1e-13)


def random_g(seed: int, count: int = 30) -> np.ndarray:
    return np.random.default_rng(seed).uniform([-15, -15, -2], [15, 15, 2], (count, 3))


def test_the_excitation_error_is_the_way_along_the_beam_to_the_ewald_sphere() -> None:
    g = random_g(1)
    np.testing.assert_allclose(
        excitation_errors(g, WAVELENGTH), [to_the_ewald_sphere(one) for one in g], rtol=1e-8, atol=1e-10
    )


def test_at_the_bragg_angle_the_excitation_error_is_zero() -> None:
    """A crystal turned by theta with sin(theta) = wavelength / 2d has its planes in Bragg's position."""
    d = 0.2355
    theta = np.arcsin(WAVELENGTH / 2 / d)
    g = np.array([[np.cos(theta), 0, -np.sin(theta)]]) / d
    np.testing.assert_allclose(excitation_errors(g, WAVELENGTH), 0, atol=1e-12)


def test_planes_along_the_beam_miss_the_sphere_by_half_the_wavelength_times_g_squared() -> None:
    np.testing.assert_allclose(
        excitation_errors(np.array([[0, 4.9, 0]]), WAVELENGTH), -WAVELENGTH * 4.9**2 / 2, rtol=1e-4
    )


def test_a_tilted_ray_of_the_convergent_beam_has_the_excitation_error_of_its_own_sphere() -> None:
    half_angle = 1.9  # 1/nm
    for g in random_g(2, 8):
        middle = excitation_errors(g[None], WAVELENGTH)
        found = over_convergence(middle, g[None], WAVELENGTH, half_angle)[0]
        along = g[:2] / np.hypot(*g[:2])
        rim = [to_the_ewald_sphere(g, tuple(share * half_angle * along)) for share in (-1, 1)]
        low, high = sorted(rim)
        assert low < found.min() < found.max() < high
        # The outermost of seven nodes stands at cos(pi / 8) of the radius.
        assert np.ptp(found) == pytest.approx(np.cos(np.pi / 8) * (high - low), rel=0.01)


@pytest.mark.parametrize(
    ("function", "mean"),
    [(np.ones_like, 1), (lambda x: x, 0), (lambda x: x**2, 1 / 4), (lambda x: x**4, 1 / 8), (lambda x: x**6, 5 / 64)],
)
def test_the_mean_over_the_directions_is_that_over_a_round_disk(
    function: Callable[[np.ndarray], np.ndarray], mean: float
) -> None:
    directions = over_convergence(np.zeros(1), np.array([[1.0, 0, 0]]), 1.0, 1.0)
    np.testing.assert_allclose(averaged(function(directions)), mean, atol=1e-12)


def test_a_thin_crystal_diffracts_kinematically() -> None:
    s, thickness = np.linspace(-0.3, 0.3, 31), XI / 50
    kinematic = (np.pi * thickness / XI) ** 2 * np.sinc(s * thickness) ** 2
    np.testing.assert_allclose(two_beam(thickness, s, np.full(31, XI)), kinematic, rtol=2e-3)


def test_so_does_a_crystal_far_from_bragg() -> None:
    s, thickness = np.linspace(1, 1.5, 301), 7.0
    found = two_beam(thickness, s, np.full(301, XI))
    np.testing.assert_allclose(found, (np.sin(np.pi * thickness * s) / (XI * s)) ** 2, atol=0.03 * found.max())


def test_at_bragg_all_electrons_swing_to_the_disk_and_back_over_one_extinction_distance() -> None:
    thickness = np.array([0, 0.25, 0.5, 0.75, 1, 1.5]) * XI
    found = [float(two_beam(t, np.zeros(1), np.array([XI]))[0]) for t in thickness]
    np.testing.assert_allclose(found, [0, 0.5, 1, 0.5, 0, 1], atol=1e-12)


def test_off_bragg_they_swing_faster_and_less() -> None:
    s = 1 / XI
    thickness = np.linspace(0, 2 * XI, 20001)
    found = two_beam(thickness, np.array(s), np.array(XI))
    assert found.max() == pytest.approx(0.5, abs=1e-6)
    first_return = thickness[1:][np.argmin(found[1 : int(0.9 * 10000)])]
    assert first_return == pytest.approx(XI / np.sqrt(2), abs=0.005)


@settings(deadline=None)
@given(st.floats(0.1, 1e4), st.floats(-50, 50), st.floats(1, 1e5))
def test_a_disk_never_takes_more_than_the_beam(thickness: float, s: float, xi: float) -> None:
    assert 0 <= two_beam(thickness, np.array(s), np.array(xi)) <= 1 + 1e-12


@settings(deadline=None)
@given(st.floats(0.5, 9.9))
def test_the_intensity_falls_with_the_excitation_error(thickness: float) -> None:
    w = np.linspace(1 / XI, 1 / thickness, 100)  # up to the first zero
    found = two_beam(thickness, np.sqrt(np.maximum(w**2 - XI**-2, 0)), np.full(100, XI))
    assert (np.diff(found) < 0).all()


@settings(deadline=None)
@given(arrays(float, st.tuples(st.integers(1, 4), st.integers(0, 30)), elements=st.floats(0, 1)))
def test_disks_that_compete_leave_the_rest_to_the_beam(shares: np.ndarray) -> None:
    disks, beam = compete(shares)
    np.testing.assert_allclose(disks.sum(-1) + beam, 1, atol=1e-12)
    assert (disks >= 0).all()
    assert (beam > 0).all()
    assert (disks <= shares + 1e-15).all()


def test_disks_that_compete_keep_their_ratios_and_faint_ones_their_share() -> None:
    disks, beam = compete(np.array([0.2, 0.4, 0.8]))
    np.testing.assert_allclose(disks / disks[0], [1, 2, 4], rtol=1e-12)
    assert beam == pytest.approx(np.exp(-1.4))
    faint, _ = compete(np.array([1e-6, 3e-6]))
    np.testing.assert_allclose(faint, [1e-6, 3e-6], rtol=1e-5)
