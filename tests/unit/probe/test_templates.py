"""Templates of apertures: where they stand, how far they reach, what they do not see."""

from collections.abc import Callable

import numpy as np
import pytest

from graineye.disks import correlate, find_beam
from graineye.errors import TemplateError
from graineye.probe import Aperture, Bars, Template, bullseye, disk, template_of

MAKERS: list[Callable[[], Template]] = [
    bullseye,
    disk,
    lambda: bullseye(bar_count=3, bar_angle=17),
    lambda: bullseye(2.1, 6.3, 8.9, 12.4, 2.2, 1, 40),
    lambda: disk(4.3, 7.5),
]


@pytest.mark.parametrize("maker", MAKERS)
def test_sum_and_first_moments_vanish(maker: Callable[[], Template]) -> None:
    image = maker().image.astype(np.float64)
    y, x = np.indices(image.shape)
    for weight in (np.ones(image.shape), y - image.shape[0] // 2, x - image.shape[1] // 2):
        assert abs((image * weight).sum()) < 1e-6 * (np.abs(image) * np.abs(weight)).sum()


@pytest.mark.parametrize("maker", MAKERS)
def test_a_template_is_odd_and_stands_on_its_middle(maker: Callable[[], Template]) -> None:
    template = maker()
    assert [size % 2 for size in template.image.shape] == [1, 1]
    assert template.centre == (template.image.shape[0] // 2, template.image.shape[1] // 2)
    np.testing.assert_allclose(template.image, template.image[::-1, ::-1], atol=1e-6)
    assert template.image.dtype == np.float32


def test_the_default_bullseye_has_the_notebook_s_size() -> None:
    template = bullseye()
    assert template.image.shape == (31, 31)
    assert template.centre == (15, 15)
    assert template.bright_radius == 11.5
    y, x = np.mgrid[-15:16, -15:16]
    radius = np.hypot(y, x)
    assert not template.image[radius > 16].any()
    assert (template.image[(radius <= 16) & (radius >= 12.5)] < 0).all()
    assert template.image[15, 15] == pytest.approx(1)
    assert template.image[15, 15 + 10] < 0  # under a support
    assert template.image[15 + 7, 15 + 7] == pytest.approx(1)  # in the ring


def test_bullseyes_of_the_same_radii_are_told_apart_by_their_supports() -> None:
    cross, none = bullseye().image, bullseye(bar_count=0).image
    np.testing.assert_allclose(cross, np.rot90(cross), atol=1e-6)
    assert none[15, 25] > 0 > cross[15, 25]


def test_a_disk_is_bright_up_to_its_radius() -> None:
    template = disk(6.0, 10.0)
    assert template.image.shape == (19, 19)
    assert template.bright_radius == 6.0
    profile = template.image[9, 9:]
    assert (profile[:6] == pytest.approx(1)) is True
    assert profile[6] == pytest.approx(0.5)
    assert (profile[7:] < 0).all()


def test_each_template_says_where_it_comes_from() -> None:
    assert bullseye(ring_outer=12.25).source == "bullseye of radii 2.8, 8, 12.25 px"
    assert disk(7.5, 11).source == "disk of radius 7.5 px"


def test_an_aperture_without_dark_surroundings_makes_no_template() -> None:
    with pytest.raises(TemplateError):
        disk(radius=20.0, excluded_radius=10.0)


APERTURES = [
    Aperture("bullseye", 11.5, 8.0, 2.8, Bars(3.0, 2, 0.0), blur=0.6),
    Aperture("annulus", 10.2, 6.3, ellipticity=0.1, ellipticity_angle=30.0),
    Aperture("disk", 8.4),
    Aperture("disk", 2.2, blur=0.4),
    Aperture("spot", 3.1),
    Aperture("spot", 1.2),
]
every_aperture = pytest.mark.parametrize("aperture", APERTURES, ids=lambda a: f"{a.kind} {a.outer_radius:g}")


@every_aperture
def test_the_template_of_an_aperture_is_dark_about_it_and_peaks_on_it(aperture: Aperture) -> None:
    template = template_of(aperture, "probe")
    image = template.image.astype(np.float64)
    half = image.shape[0] // 2
    assert image.sum() == pytest.approx(0, abs=1e-5 * np.abs(image).sum())
    assert template.bright_radius == pytest.approx(aperture.longest_radius)
    y, x = np.mgrid[-half : half + 1, -half : half + 1]
    bright = np.hypot(*np.nonzero(image > 0) - np.array([[half], [half]])).max()
    about = (np.hypot(y, x) > bright) & (np.hypot(y, x) <= bright + 1.5)
    assert (image[about] < 0).all()
    answers = {
        (a, b): (np.roll(aperture.image(half + 3), (a, b), axis=(0, 1))[3:-3, 3:-3] * image).sum()
        for a in range(-3, 4)
        for b in range(-3, 4)
    }
    assert max(answers, key=lambda place: answers[place]) == (0, 0)


def located(template: Template, radius: float, electrons: float, unevenness: float) -> float:
    """Root mean square error of the place of a disk's highest correlation, px."""
    rng = np.random.default_rng(0)
    y, x = np.mgrid[-30:31, -30:31].astype(float)
    errors = []
    for _ in range(60):
        place, turn, phase = rng.uniform(-0.5, 0.5, 2), rng.uniform(0, 2 * np.pi), rng.uniform(0, 2 * np.pi)
        fringes = np.sin((y * np.cos(turn) + x * np.sin(turn)) * np.pi / radius + phase)
        bright = (np.hypot(y - place[0], x - place[1]) <= radius) * (1 + unevenness * fringes)
        counts = rng.poisson(bright / bright.sum() * electrons + 0.2).astype(float)
        found = find_beam(correlate(counts, template.image)[22:39, 22:39]).position
        errors.append(((np.array(found) - 8 - place) ** 2).sum())
    return float(np.sqrt(np.mean(errors)))


def test_the_edge_locates_an_uneven_disk_better_than_its_inside() -> None:
    edged, flat = template_of(Aperture("disk", 11.5), "probe"), disk(11.5, 16.1)
    assert located(edged, 11.5, 5000, 0.6) < 0.9 * located(flat, 11.5, 5000, 0.6)
    assert located(edged, 11.5, 500, 0.0) < 1.1 * located(flat, 11.5, 500, 0.0)
