"""The image of an aperture has the area, the place, the stretch and the blur that its numbers say."""

from dataclasses import replace

import numpy as np
import pytest

from graineye.probe.aperture import Aperture, Bars

DISK = Aperture("disk", 8.3)
BULLSEYE = Aperture("bullseye", 11.5, 8.0, 2.8, Bars(3.0, 2, 20.0))
APERTURES = [DISK, BULLSEYE, Aperture("annulus", 10.0, 6.2), Aperture("spot", 4.4)]
every_aperture = pytest.mark.parametrize("aperture", APERTURES, ids=lambda aperture: aperture.kind)


def moments(aperture: Aperture, shift: tuple[float, float] = (0.0, 0.0)) -> tuple[float, np.ndarray, np.ndarray]:
    """Sum, mean place (y, x) and covariance of the image's brightness."""
    image = aperture.image(30, shift)
    places = np.stack(np.mgrid[-30:31, -30:31]).reshape(2, -1).astype(float)
    weights = image.ravel() / image.sum()
    mean = places @ weights
    apart = places - mean[:, None]
    return float(image.sum()), mean, (apart * weights) @ apart.T


def test_a_disk_and_a_ring_have_their_areas() -> None:
    assert moments(DISK)[0] == pytest.approx(np.pi * 8.3**2, rel=0.006)
    assert moments(Aperture("annulus", 10.0, 6.2))[0] == pytest.approx(np.pi * (10.0**2 - 6.2**2), rel=0.006)


def test_a_spot_has_fallen_to_the_square_of_1_over_e_at_its_radius() -> None:
    image = Aperture("spot", 5.0).image(10)
    assert image[10, 15] / image[10, 10] == pytest.approx(np.exp(-2))


@every_aperture
def test_it_stands_where_it_is_moved_to(aperture: Aperture) -> None:
    np.testing.assert_allclose(moments(aperture, (1.3, -0.6))[1], [1.3, -0.6], atol=0.04)


@every_aperture
def test_a_blur_adds_its_variance_and_keeps_the_brightness(aperture: Aperture) -> None:
    sharp, blurred = moments(aperture), moments(replace(aperture, blur=1.5))
    assert blurred[0] == pytest.approx(sharp[0], rel=1e-3)
    np.testing.assert_allclose(blurred[2] - sharp[2], 1.5**2 * np.eye(2), atol=0.03)


@every_aperture
@pytest.mark.parametrize(("stretch", "angle"), [(0.1, 0.0), (0.1, 90.0), (0.2, 30.0), (0.05, -60.0)])
def test_a_stretch_makes_it_longer_along_its_axis_only(aperture: Aperture, stretch: float, angle: float) -> None:
    if aperture.bars.count:
        aperture = replace(aperture, bars=Bars())  # so that it is round before
    before = moments(aperture)[2]
    covariance = moments(replace(aperture, ellipticity=stretch, ellipticity_angle=angle))[2]
    axis = np.array([np.sin(np.deg2rad(angle)), np.cos(np.deg2rad(angle))])
    across = np.array([axis[1], -axis[0]])
    assert axis @ covariance @ axis == pytest.approx(before[0, 0] * (1 + stretch) ** 2, rel=0.01)
    assert across @ covariance @ across == pytest.approx(before[0, 0], rel=0.01)


def test_its_longest_radius_is_along_the_stretch() -> None:
    assert replace(DISK, ellipticity=0.1).longest_radius == pytest.approx(1.1 * 8.3)


def test_an_annulus_is_a_bullseye_without_the_spot() -> None:
    spotless = replace(BULLSEYE, kind="annulus", spot_radius=float("nan"))
    np.testing.assert_array_equal(spotless.image(15), replace(BULLSEYE, spot_radius=0.0).image(15))
