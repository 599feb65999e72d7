"""Every aperture has its own shape; what the camera does to the pattern, stretch and blur, it does to each disk."""

from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pytest
from scipy import ndimage

import graineye as ge
from graineye.errors import SettingsError, TemplateError
from graineye.progress import silent
from graineye.simulate import SimulationOptions
from graineye.simulate.aperture import Aperture, add_disks, aperture
from graineye.simulate.distortion import distortion

OPTIONS = SimulationOptions(
    detector=128, probe="disk", spot_radius=4.0, ring_inner=9.0, ring_outer=12.0, bar_angle=25.0, descan=1
)
CENTRE = (40.0, 37.0)
Y, X = np.mgrid[:81, :76]
Y, X = Y - CENTRE[0], X - CENTRE[1]


def drawn(shown: Aperture, centre: tuple[float, float] = CENTRE) -> np.ndarray:
    image = np.zeros(Y.shape)
    add_disks(image, shown.shifted, np.array([centre]), np.array([1.0]))
    return image


def covariance(image: np.ndarray) -> np.ndarray:
    """Second moments (2, 2) of an image about its centre of mass, px2 as (y, x)."""
    places = np.stack([Y.ravel(), X.ravel()])
    return np.cov(places, aweights=image.ravel(), ddof=0)


def area(image: np.ndarray) -> float:
    """px2 if it is evenly bright."""
    return float(image.sum() / image.max())


def test_an_annulus_is_as_large_as_its_circles_say_and_dark_inside() -> None:
    image = drawn(aperture(replace(OPTIONS, probe="annulus")))
    assert area(image) == pytest.approx(np.pi * (12**2 - 9**2), rel=0.01)
    distance = np.hypot(Y, X)
    assert (image[distance < 8.4] == 0).all()
    assert (image[distance > 12.6] == 0).all()


def test_three_holes_are_three_round_lobes_on_a_circle() -> None:
    image = drawn(aperture(replace(OPTIONS, probe="hole3")))
    assert area(image) == pytest.approx(3 * np.pi * 4**2, rel=0.01)
    lobes, count = ndimage.label(image > image.max() / 2)
    assert count == 3
    places = np.array(ndimage.center_of_mass(image, lobes, [1, 2, 3])) - CENTRE
    np.testing.assert_allclose(np.hypot(*places.T), 12 - 4, atol=0.06)
    angles = np.sort(np.rad2deg(np.arctan2(*places.T)) % 360)
    np.testing.assert_allclose(angles, [25, 145, 265], atol=0.5)


def test_three_holes_come_back_after_a_third_of_a_turn_and_not_after_half_of_one() -> None:
    image = drawn(aperture(replace(OPTIONS, probe="hole3")))

    def turned(degrees: float) -> np.ndarray:
        c, s = np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))
        return ndimage.map_coordinates(
            image, [CENTRE[0] + c * Y + s * X, CENTRE[1] - s * Y + c * X], order=1, mode="constant"
        )

    assert np.corrcoef(image.ravel(), turned(120).ravel())[0, 1] > 0.95
    assert np.corrcoef(image.ravel(), turned(180).ravel())[0, 1] < 0.1


def test_a_gauss_spot_falls_off_as_one_and_to_exp_minus_two_at_its_radius() -> None:
    image = drawn(aperture(replace(OPTIONS, probe="gauss", ring_outer=8.0)))
    expected = np.exp(-2 * (Y**2 + X**2) / 8**2)
    inside = np.hypot(Y, X) < 15
    np.testing.assert_allclose(image[inside] / image.max(), expected[inside], atol=0.003)
    np.testing.assert_allclose(covariance(image), np.eye(2) * 8**2 / 4, atol=0.2)


@pytest.mark.parametrize("radius", [1.5, 2.0, 3.0])
def test_a_small_spot_is_whole_and_in_its_place(radius: float) -> None:
    shown = aperture(replace(OPTIONS, ring_outer=radius, spot_radius=2.8, ring_inner=8.0))
    for centre in (CENTRE, (40.3, 37.5), (39.9, 36.6)):
        image = drawn(shown, centre)
        assert image.sum() == pytest.approx(1)
        np.testing.assert_allclose([(image * Y).sum() + 40, (image * X).sum() + 37], centre, atol=0.03)
    assert area(drawn(shown)) == pytest.approx(np.pi * radius**2, rel=0.1)


@pytest.mark.parametrize("probe", ["bullseye", "disk", "annulus", "hole3", "gauss"])
def test_a_blurred_disk_has_the_second_moments_of_both(probe: str) -> None:
    sharp = replace(OPTIONS, probe=probe, spot_radius=3.0, ring_inner=5.0, ring_outer=7.0)
    before, after = (drawn(aperture(replace(sharp, blur=blur))) for blur in (0.0, 1.5))
    assert after.sum() == pytest.approx(1)
    np.testing.assert_allclose(covariance(after) - covariance(before), np.eye(2) * 1.5**2, atol=0.05)


@pytest.mark.parametrize(("ellipticity", "angle"), [(0.1, 0.0), (0.2, 30.0), (-0.1, 110.0)])
@pytest.mark.parametrize("probe", ["disk", "annulus", "hole3", "gauss"])
def test_a_stretched_disk_has_stretched_second_moments(probe: str, ellipticity: float, angle: float) -> None:
    options = replace(OPTIONS, probe=probe, ring_inner=6.0, ring_outer=10.0)
    plain = drawn(aperture(options))
    image = drawn(aperture(replace(options, ellipticity=ellipticity, ellipticity_angle=angle)))
    stretch = distortion(ellipticity, angle)
    assert stretch is not None
    np.testing.assert_allclose(covariance(image), stretch @ covariance(plain) @ stretch.T, rtol=0.01, atol=0.3)
    along, across = (np.array([np.sin(t), np.cos(t)]) for t in np.deg2rad([angle, angle + 90]))
    np.testing.assert_allclose(stretch @ along, (1 + ellipticity) * along)
    np.testing.assert_allclose(stretch @ across, across, atol=1e-12)


def test_an_image_of_a_probe_is_stretched_and_blurred_too(tmp_path: Path) -> None:
    np.save(tmp_path / "probe.npy", drawn(aperture(OPTIONS)))
    measured = replace(OPTIONS, probe=str(tmp_path / "probe.npy"), ellipticity=0.15, ellipticity_angle=40.0, blur=1.0)
    found, expected = drawn(aperture(measured)), drawn(aperture(replace(measured, probe="disk")))
    np.testing.assert_allclose(found, expected, atol=0.06 * expected.max())


def test_distances_in_a_stretched_pattern_are_those_of_lattice_planes_stretched(tmp_path: Path) -> None:
    pixel, size = 0.2, 128
    options = SimulationOptions(
        scan="12x12", scan_step=20.0, grain_size=10.0, thickness=10.0, columnar=True, detector=size,
        detector_pixel=pixel, probe="disk", ring_outer=1.5, descan=1.0, dose=0.0, background=0.0, dead=0, hot=0,
        precession=20.0, ellipticity=0.08, ellipticity_angle=35.0,
    )  # fmt: skip
    simulated = ge.simulate_scan(tmp_path / "scan.h5", options, silent)
    with np.load(simulated.truth_path) as file:
        truth = dict(file)
    assert truth["ellipticity"] == 0.08
    assert truth["ellipticity_angle"] == 35.0
    with h5py.File(simulated.path) as file:
        frames = file["4DSTEM_experiment/data/datacubes/simulated/data"][()]
    stretch = distortion(0.08, 35.0)
    assert stretch is not None
    away = []
    for y, x in np.argwhere(truth["frac"].max(0) == 1):
        spots, count = ndimage.label(frames[y, x] > 2e-6)
        index = np.arange(1, count + 1)
        place = np.array(ndimage.center_of_mass(frames[y, x], spots, index))
        strong = ndimage.sum(frames[y, x], spots, index) > 4e-3
        alone = (ndimage.sum(spots > 0, spots, index) <= 21) & ((place > 3) & (place < size - 4)).all(1)
        away.append((place - truth["centre"] - truth["descan"][y, x])[strong & alone])
    measured = np.concatenate(away)
    allowed = np.sqrt([3, 4, 8, 11, 12, 16]) / 0.408
    worst = {}
    for name, lengths in (
        ("as seen", pixel * np.hypot(*measured.T)),
        ("undone", pixel * np.hypot(*np.linalg.solve(stretch, measured.T))),
    ):
        inside = lengths[(lengths > 2.5) & (lengths < allowed[-1])]
        assert len(inside) > 100
        worst[name] = np.abs(inside[:, None] - allowed).min(1).max()
    assert worst["undone"] < 0.15 * pixel
    assert worst["as seen"] > 0.7 * pixel


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"probe": "annulus", "ring_inner": 12.0}, "an annulus needs 0 <= ring-inner < ring-outer"),
        ({"probe": "hole3", "spot_radius": 6.0}, "hole3 needs 0 < spot-radius <= 5.34 px"),
        ({"probe": "hole3", "spot_radius": 0.0}, "hole3 needs 0 < spot-radius <= 5.34 px"),
        ({"detector": 36, "probe": "disk", "ring_outer": 15.0, "ellipticity": 0.2}, "detector is 36 px: a probe of"),
    ],
)
def test_an_aperture_that_cannot_be_is_refused_in_one_line(options: dict[str, float | str], said: str) -> None:
    with pytest.raises(SettingsError) as refused:
        SimulationOptions(**options)
    assert str(refused.value).startswith(said)
    assert "\n" not in str(refused.value)


def test_a_misspelt_aperture_is_said_to_be_no_image() -> None:
    with pytest.raises(TemplateError, match="hole4: no probe image can be read"):
        aperture(replace(OPTIONS, probe="hole4"))
