"""A template from a measured probe does the work of the ideal one, whatever the camera did to the image."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import ndimage

from graineye.errors import TemplateError
from graineye.probe import balance, level_probe, shapes, template_from_probe

Image = NDArray[np.float64]
APERTURES = ["bullseye", "disk", "three holes"]
RADIUS = 11.5  # of all of them, px


def aperture(kind: str, y: Image, x: Image) -> Image:
    if kind == "bullseye":
        return shapes.bullseye(y, x, 2.8, 8, RADIUS, 3, 2, 0)
    if kind == "disk":
        return shapes.disk(y, x, RADIUS)
    turns = np.deg2rad([90, 210, 330])
    return sum((shapes.disk(y - 8 * np.sin(t), x - 8 * np.cos(t), 3.5) for t in turns), np.zeros(y.shape))


def recorded(kind: str, centre: tuple[float, float], dose: float, background: float, seed: int = 0) -> Image:
    """A noisy image of a probe with hot pixels beside it, in its rim and in the corner."""
    y, x = np.mgrid[:70, :66].astype(np.float64)
    counts = aperture(kind, y - centre[0], x - centre[1]) * dose + background
    image = np.random.default_rng(seed).poisson(counts).astype(np.float64)
    image[3, 60], image[0, 0], image[50, 31] = 50 * dose, 30 * dose, 20 * dose
    return image


def contrast(template: NDArray[np.floating], kind: str) -> float:
    """Height of a disk's correlation over that of white noise, mean over sub-pixel places of the disk."""
    half = template.shape[0] // 2
    y, x = np.mgrid[-half : half + 1, -half : half + 1].astype(np.float64)
    places = np.random.default_rng(1).uniform(-0.5, 0.5, (20, 2))
    heights = [(template.astype(np.float64) * aperture(kind, y - a, x - b)).sum() for a, b in places]
    return float(np.mean(heights) / np.sqrt((template.astype(np.float64) ** 2).sum()))


def ideal(kind: str) -> Image:
    y, x = shapes.offsets(15)
    bright = aperture(kind, y, x)
    return balance(np.where(np.hypot(y, x) <= 16, np.where(bright > 0, bright, -0.01), 0.0))


@pytest.mark.parametrize("kind", APERTURES)
@pytest.mark.parametrize(("dose", "background", "least"), [(1000, 10, 0.97), (100, 3, 0.97), (20, 1, 0.85)])
def test_it_finds_disks_as_well_as_the_ideal_template(kind: str, dose: float, background: float, least: float) -> None:
    for seed, centre in enumerate([(33.0, 31.0), (33.5, 31.5), (34.3, 30.8)]):
        template = template_from_probe(recorded(kind, centre, dose, background, seed))
        assert contrast(template.image, kind) > least * contrast(ideal(kind), kind)


@pytest.mark.parametrize("kind", APERTURES)
def test_it_looks_like_the_aperture(kind: str) -> None:
    image = template_from_probe(recorded(kind, (33.3, 30.6), 1000, 10)).image.astype(np.float64)
    half = image.shape[0] // 2
    y, x = np.mgrid[-half : half + 1, -half : half + 1].astype(np.float64)
    seen = aperture(kind, y, x)
    inside = np.hypot(y, x) <= 16
    assert np.corrcoef(image[inside], seen[inside])[0, 1] > 0.9


@pytest.mark.parametrize("kind", APERTURES)
@pytest.mark.parametrize("dose", [1000, 100])
def test_its_bright_radius_is_the_aperture_s(kind: str, dose: float) -> None:
    assert template_from_probe(recorded(kind, (33.2, 30.9), dose, 3)).bright_radius == pytest.approx(RADIUS, abs=0.7)


@pytest.mark.parametrize("kind", APERTURES)
def test_the_centre_is_found_to_a_tenth_of_a_pixel(kind: str) -> None:
    for centre in [(33.0, 31.0), (34.3, 30.6), (20.25, 45.5)]:
        found = level_probe(recorded(kind, centre, 200, 2)).centre
        np.testing.assert_allclose(found, centre, atol=0.1)


@pytest.mark.parametrize("kind", APERTURES)
def test_its_sum_and_first_moments_vanish(kind: str) -> None:
    image = template_from_probe(recorded(kind, (33.4, 30.7), 200, 3)).image.astype(np.float64)
    y, x = np.indices(image.shape) - image.shape[0] // 2
    for weight in (np.ones(image.shape), y, x):
        assert abs((image * weight).sum()) < 1e-6 * np.abs(image * weight).sum()


def test_hot_pixels_and_an_offset_leave_no_trace() -> None:
    clean = np.round(aperture("disk", *(np.mgrid[:70, :66] - np.array([33.3, 30.8])[:, None, None])) * 500)
    dirty = clean + 120
    for hot in [(3, 60), (3, 61), (0, 0), (33, 60), (69, 5)]:
        dirty[hot] = 60000
    one, other = template_from_probe(clean), template_from_probe(dirty)
    np.testing.assert_allclose(one.image, other.image, atol=1e-5)
    assert one.bright_radius == other.bright_radius


@pytest.mark.parametrize("width", [1.2, 2.0, 3.0])
def test_a_thin_ring_stays_bright(width: float) -> None:
    y, x = np.mgrid[:60, :60].astype(np.float64)
    counts = 500 * shapes.ring(y - 30.4, x - 29.7, 9, 9 + width) + 3
    template = template_from_probe(np.random.default_rng(0).poisson(counts))
    rows, columns = np.indices(template.image.shape) - template.image.shape[0] // 2
    middle = np.abs(np.hypot(rows, columns) - 9 - width / 2) < 0.3
    assert np.median(template.image[middle]) > 0.5
    assert (template.image[np.hypot(rows, columns) < 7] < 0).all()
    assert template.bright_radius == pytest.approx(9 + width, abs=0.7)


@settings(deadline=None, max_examples=15)
@given(down=st.integers(-12, 12), right=st.integers(-10, 10), gain=st.floats(0.01, 1000))
def test_place_and_gain_do_not_matter(down: int, right: int, gain: float) -> None:
    image = np.random.default_rng(3).poisson(
        aperture("bullseye", *(np.mgrid[:70, :66] - np.array([34.3, 32.8])[:, None, None])) * 300
    )
    moved = template_from_probe(gain * np.roll(image, (down, right), axis=(0, 1)))
    np.testing.assert_allclose(moved.image, template_from_probe(image).image, atol=1e-5)


@pytest.mark.parametrize("dtype", [bool, np.uint8, np.uint16, np.int32, np.float32])
def test_a_probe_may_be_of_any_real_type(dtype: type) -> None:
    image = np.zeros((40, 44), dtype)
    image[10:21, 12:23] = 1
    template = template_from_probe(image)
    assert template.image[template.centre] == pytest.approx(1)


@pytest.mark.parametrize(
    ("probe", "fact"),
    [
        (np.zeros((20, 20)), "no probe"),
        (np.full((20, 20), 7), "no probe"),
        (np.ones((3, 20, 20)), "two axes"),
        (np.ones(20), "two axes"),
        (np.ones((4, 20)), "at least 5"),
        (np.full((20, 20), np.nan), "NaN"),
        (np.where(np.eye(20) > 0, np.inf, 1), "Inf"),
        (np.ones((20, 20), complex), "real numbers"),
        (np.full((20, 20), "a"), "real numbers"),
        (np.full((20, 20), None), "real numbers"),
        (np.zeros((20, 20), [("a", int)]), "real numbers"),
    ],
)
def test_what_is_no_probe_is_refused(probe: NDArray[np.generic], fact: str) -> None:
    with pytest.raises(TemplateError, match=fact) as refusal:
        template_from_probe(probe, "probe.npy")
    assert str(refusal.value).startswith("probe.npy: ")


@pytest.mark.parametrize("width", [1.0, 2.0, 4.0])
def test_a_probe_without_an_edge_gives_a_template_that_peaks_at_its_centre(width: float) -> None:
    y, x = np.mgrid[:64, :64].astype(np.float64)
    spot = 1000 * np.exp(-((y - 31.0) ** 2 + (x - 33.0) ** 2) / (2 * width**2))
    template = template_from_probe(np.random.default_rng(0).poisson(spot + 1))
    assert abs(template.image.sum(dtype=np.float64)) < 1e-4 * np.abs(template.image).sum()
    assert np.unravel_index(template.image.argmax(), template.image.shape) == template.centre


@pytest.mark.parametrize("radius", [1.5, 2.0, 3.0])
def test_a_small_blurred_disk_gives_a_template(radius: float) -> None:
    y, x = np.mgrid[:64, :64].astype(np.float64)
    disk = ndimage.gaussian_filter(shapes.disk(y - 30, x - 34, radius), 1.0)
    assert template_from_probe(500 * disk).bright_radius == pytest.approx(radius, abs=1.0)
