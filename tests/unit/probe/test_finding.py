"""The beam is found without a template, in a probe image and in the mean frame of a scan; a hot pixel never is one."""

import numpy as np
import pytest
from numpy.typing import NDArray

from graineye.errors import TemplateError
from graineye.probe import shapes
from graineye.probe.finding import find_rough_beam

Image = NDArray[np.float64]
BEAM = (61.4, 70.8)
APERTURES = {
    "bullseye": lambda y, x: shapes.bullseye(y, x, 2.8, 8, 11.5, 3, 2, 0),
    "disk": lambda y, x: shapes.disk(y, x, 8.0),
    "annulus": lambda y, x: shapes.ring(y, x, 7.0, 10.0),
    "three holes": lambda y, x: sum(
        shapes.disk(y - 8 * np.sin(t), x - 8 * np.cos(t), 3.0) for t in np.deg2rad([90, 210, 330])
    ),
    "spot": lambda y, x: np.exp(-(y**2 + x**2) / 4.5),
}
RADII = {"bullseye": 11.5, "disk": 8.0, "annulus": 10.0, "three holes": 11.0, "spot": 1.5 * np.sqrt(2 * np.log(2))}
every_aperture = pytest.mark.parametrize("kind", APERTURES)


def mean_frame(kind: str, beam: tuple[float, float] = BEAM, others: float = 0.15, halo: float = 0.1) -> Image:
    """A beam amid diffracted disks, on a halo round it and a background that leans."""
    y, x = np.mgrid[:128, :140].astype(np.float64)
    frame = APERTURES[kind](y - beam[0], x - beam[1])
    for turn in np.deg2rad(np.arange(10, 370, 40)):
        frame = frame + others * APERTURES[kind](y - beam[0] - 32 * np.sin(turn), x - beam[1] - 32 * np.cos(turn))
    frame = frame + halo * (np.exp(-np.hypot(y - beam[0], x - beam[1]) / 25) + 1e-3 * (y + x))
    return np.asarray(500 * frame)


@every_aperture
def test_it_is_found_amid_diffracted_disks(kind: str) -> None:
    found = find_rough_beam(mean_frame(kind))
    np.testing.assert_allclose(found.centre, BEAM, atol=0.3)
    assert found.radius == pytest.approx(RADII[kind], abs=1.2)


@every_aperture
def test_hot_pixels_are_never_taken_for_it(kind: str) -> None:
    frame = mean_frame(kind)
    clean = find_rough_beam(frame)
    hot = [(3, 4), (0, 0), (127, 100), (20, 20), (20, 21), (90, 90), (91, 91), (92, 91)]
    for pixel in hot:
        frame[pixel] = 1e7
    found = find_rough_beam(frame)
    assert [tuple(pixel) for pixel in np.argwhere(~found.sound).tolist()] == sorted(hot)
    np.testing.assert_allclose(found.centre, clean.centre, atol=0.05)
    assert found.radius == pytest.approx(clean.radius, abs=0.1)


def test_an_image_of_nothing_but_hot_pixels_has_no_beam() -> None:
    image = np.zeros((40, 40))
    image[7, 9] = image[30, 12] = 1000
    with pytest.raises(TemplateError, match="no probe stands out"):
        find_rough_beam(image)


def test_a_dead_pixel_inside_is_filled_and_the_bars_are_not() -> None:
    frame = mean_frame("bullseye")
    dead = (round(BEAM[0] + 7), round(BEAM[1] + 7))
    frame[dead] = 0
    found = find_rough_beam(frame)
    assert np.argwhere(~found.sound).tolist() == [list(dead)]
    assert found.image[dead] == pytest.approx(500, rel=0.15)


@pytest.mark.parametrize("electrons", [300, 1000, 10000])
@pytest.mark.parametrize("kind", ["bullseye", "disk", "spot"])
def test_few_electrons_are_enough(kind: str, electrons: int) -> None:
    frame = mean_frame(kind, others=0.0, halo=0.0)
    counts = np.random.default_rng(0).poisson(frame / frame.sum() * electrons).astype(np.float64)
    np.testing.assert_allclose(find_rough_beam(counts).centre, BEAM, atol=1.5)


def test_a_beam_at_the_border_is_found() -> None:
    found = find_rough_beam(mean_frame("disk", (5.0, 70.0), others=0.0))
    assert found.centre == pytest.approx((6.0, 70.0), abs=1.0)  # what of it the camera saw


@pytest.mark.parametrize(
    ("image", "fact"),
    [
        (np.zeros((20, 20)), "no probe"),
        (np.full((20, 20), 7), "no probe"),
        (np.ones((3, 20, 20)), "two axes"),
        (np.full((20, 20), np.nan), "NaN"),
        (np.ones((20, 20), complex), "real numbers"),
    ],
)
def test_what_shows_no_beam_is_refused(image: NDArray[np.generic], fact: str) -> None:
    with pytest.raises(TemplateError, match=f"scan.h5: .*{fact}"):
        find_rough_beam(image, "scan.h5")
