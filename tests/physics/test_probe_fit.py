"""The radii of any aperture, its bars, its stretch and its place come out of an image of the beam alone.

The truth is drawn by counting sub-pixels, with nothing of graineye's own shapes.
"""

from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import ndimage

from graineye.errors import TemplateError
from graineye.probe import FittedProbe, beam_image, fit_probe

Image = NDArray[np.float64]
FINE = 7
"""Sub-pixels along each side of a pixel."""


@dataclass(frozen=True)
class Truth:
    """An aperture; `radii` are edges from the outermost inwards, bright within the first, dark within the second, ..."""

    radii: tuple[float, ...]
    bar_width: float = 0.0
    bar_count: int = 0
    bar_angle: float = 0.0
    blur: float = 0.0
    stretch: float = 0.0
    axis: float = 0.0

    def drawn(self, shape: tuple[int, int], centre: tuple[float, float]) -> Image:
        """Share of each pixel that is bright."""
        y, x = (np.arange(n * FINE) / FINE + 0.5 / FINE - 0.5 - c for n, c in zip(shape, centre, strict=True))
        y, x = np.meshgrid(y, x, indexing="ij")
        turn = np.deg2rad(self.axis)
        along, across = x * np.cos(turn) + y * np.sin(turn), y * np.cos(turn) - x * np.sin(turn)
        along = along / (1 + self.stretch)
        x, y = along * np.cos(turn) - across * np.sin(turn), along * np.sin(turn) + across * np.cos(turn)
        r = np.hypot(y, x)
        bright = np.zeros(r.shape, bool)
        for radius in self.radii:
            bright ^= r < radius
        for k in range(self.bar_count):
            t = np.deg2rad(self.bar_angle) + k * np.pi / self.bar_count
            bright &= ~((np.abs(y * np.cos(t) - x * np.sin(t)) < self.bar_width / 2) & (r > self.radii[1]))
        rows, columns = shape
        pixels = bright.reshape(rows, FINE, columns, FINE).mean(axis=(1, 3))
        return ndimage.gaussian_filter(pixels, self.blur) if self.blur else pixels


APERTURES = {
    "bullseye": Truth((11.5, 8.0, 2.8), 3.0, 2),
    "bullseye on three bars": Truth((14.2, 9.3, 4.2), 2.0, 3, 10.0, 0.5),
    "small bullseye": Truth((5.8, 4.0, 1.4), 1.5, 2, 20.0),
    "bullseye without bars": Truth((8.0, 5.0, 2.0)),
    "disk": Truth((8.3,)),
    "large disk": Truth((21.2,), blur=0.7),
    "small disk": Truth((2.2,), blur=0.3),
    "annulus": Truth((10.2, 6.1)),
}
every_aperture = pytest.mark.parametrize("name", APERTURES)


def radii_of(fitted: FittedProbe) -> list[float]:
    aperture = fitted.aperture
    return [r for r in (aperture.outer_radius, aperture.ring_inner, aperture.spot_radius) if not np.isnan(r)]


def recorded(
    truth: Truth, electrons: float, centre: tuple[float, float], seed: int = 0, background: float = 0.02
) -> Image:
    """Counts of a probe image with hot and dead pixels."""
    drawn = truth.drawn((90, 96), centre)
    counts = np.random.default_rng(seed).poisson(drawn / drawn.sum() * electrons + background).astype(np.float64)
    counts[5, 60] = counts[80, 3] = counts[81, 3] = 100 * electrons
    counts[20, 70] = 0
    return counts


@every_aperture
@pytest.mark.parametrize("electrons", [3000, 1000000])
def test_radii_and_centre_from_a_probe_image(name: str, electrons: float) -> None:
    truth = APERTURES[name]
    for seed, centre in enumerate([(44.0, 47.0), (43.6, 50.3)]):
        fitted = fit_probe(recorded(truth, electrons, centre, seed))
        assert radii_of(fitted) == pytest.approx(list(truth.radii), abs=0.3)
        assert fitted.centre == pytest.approx(centre, abs=0.3 if electrons < 10000 else 0.1)
        assert fitted.goodness > 0.9
        assert fitted.warning is None


@pytest.mark.parametrize("name", ["bullseye", "bullseye on three bars", "small bullseye"])
def test_the_bars_that_hold_a_ring(name: str) -> None:
    truth = APERTURES[name]
    bars = fit_probe(recorded(truth, 100000, (44.3, 46.8))).aperture.bars
    assert bars.count == truth.bar_count
    assert bars.width == pytest.approx(truth.bar_width, abs=0.3)
    period = 180 / truth.bar_count
    assert (bars.angle - truth.bar_angle + period / 2) % period - period / 2 == pytest.approx(0, abs=1.0)


@pytest.mark.parametrize("radii", [(11.5, 8.0, 2.8), (9.4,), (10.2, 6.1)], ids=["bullseye", "disk", "annulus"])
@pytest.mark.parametrize(("stretch", "axis"), [(0.0, 0.0), (0.03, 30.0), (0.06, -70.0), (0.15, 90.0)])
def test_the_ellipticity_of_the_image(radii: tuple[float, ...], stretch: float, axis: float) -> None:
    truth = Truth(radii, stretch=stretch, axis=axis, blur=0.4)
    fitted = fit_probe(recorded(truth, 50000, (44.3, 46.8)))
    assert fitted.aperture.ellipticity == pytest.approx(stretch, abs=0.01)
    assert radii_of(fitted) == pytest.approx(list(radii), abs=0.3)
    if stretch:
        assert (fitted.aperture.ellipticity_angle - axis + 90) % 180 - 90 == pytest.approx(0, abs=10)


def test_a_blur_is_told_from_a_smaller_radius() -> None:
    for blur in (0.6, 1.2, 2.0):
        aperture = fit_probe(recorded(Truth((11.5, 8.0, 2.8), 3.0, 2, blur=blur), 300000, (44.3, 46.8))).aperture
        assert aperture.blur == pytest.approx(blur, abs=0.15)
        assert aperture.outer_radius == pytest.approx(11.5, abs=0.3)


@pytest.mark.parametrize("width", [0.8, 1.5, 3.0])
def test_a_gaussian_spot_has_no_edge_and_the_radius_of_exp_minus_2(width: float) -> None:
    y, x = np.mgrid[:90, :96].astype(float)
    spot = np.exp(-((y - 44.3) ** 2 + (x - 50.6) ** 2) / (2 * width**2))
    counts = np.random.default_rng(0).poisson(spot / spot.sum() * 20000 + 0.02)
    fitted = fit_probe(counts)
    assert fitted.aperture.kind == "spot"
    assert fitted.aperture.outer_radius == pytest.approx(2 * width, abs=0.3)
    assert fitted.centre == pytest.approx((44.3, 50.6), abs=0.1)
    middle = fitted.template.image[fitted.template.centre]
    assert middle == fitted.template.image.max()
    assert fitted.template.image.min() < 0


def mean_frame(truth: Truth, beam: tuple[float, float], apart: float, diffracted: float, halo: float) -> Image:
    """Mean of a thousand frames: the beam in a ring of diffracted disks, on the diffuse halo of an amorphous film."""
    frame = truth.drawn((130, 130), beam)
    for turn in np.deg2rad(np.arange(7, 367, 45)):
        frame = frame + diffracted * truth.drawn(
            (130, 130), (beam[0] + apart * np.sin(turn), beam[1] + apart * np.cos(turn))
        )
    y, x = np.mgrid[:130, :130]
    r = np.hypot(y - beam[0], x - beam[1])
    frame = frame + halo * (np.exp(-r / 20) + 0.3 * np.exp(-(((r - 45) / 6) ** 2)))
    return np.random.default_rng(0).poisson(1000 * 20 * frame) / 1000


@every_aperture
@pytest.mark.parametrize(("diffracted", "halo"), [(0.1, 0.02), (0.3, 0.1)])
def test_radii_and_centre_from_the_mean_frame_of_a_scan(name: str, diffracted: float, halo: float) -> None:
    truth, beam = APERTURES[name], (66.3, 62.8)
    frame = mean_frame(truth, beam, max(2.4 * truth.radii[0], 20.0), diffracted, halo)
    frame[3, 100] = frame[90, 20] = frame[90, 21] = 1e6
    fitted = fit_probe(frame, "mean frame", frame / 1000)
    assert radii_of(fitted) == pytest.approx(list(truth.radii), abs=0.3)
    assert fitted.centre == pytest.approx(beam, abs=0.1)
    assert fitted.aperture.ellipticity < 0.01 or truth.radii[0] < 3
    assert fitted.warning is None


def three_holes(centre: tuple[float, float]) -> Image:
    y, x = np.mgrid[:90, :96].astype(float)
    holes = [np.hypot(y - centre[0] - 8 * np.sin(t), x - centre[1] - 8 * np.cos(t)) < 3.3 for t in (0.4, 2.5, 4.6)]
    return np.asarray(sum(holes), np.float64)


def test_an_aperture_without_a_name_is_its_own_template_and_is_warned_of() -> None:
    holes = three_holes((44.0, 47.0))
    fitted = fit_probe(np.random.default_rng(0).poisson(300 * holes + 0.5), "probe.tif")
    assert fitted.aperture.kind == "image"
    assert fitted.aperture.outer_radius == pytest.approx(11.3, abs=0.7)
    assert fitted.warning is not None
    assert fitted.warning.startswith("probe.tif: the beam looks like no disk")
    image = fitted.template.image
    half = image.shape[0] // 2
    seen = holes[44 - half : 45 + half, 47 - half : 48 + half]
    inside = np.hypot(*np.mgrid[-half : half + 1, -half : half + 1]) <= 14
    assert np.corrcoef(image[inside], seen[inside])[0, 1] > 0.9


def test_the_template_of_such_an_aperture_shows_nothing_of_diffracted_disks() -> None:
    alone = 300 * three_holes((44.0, 47.0))
    amid = alone + 0.3 * np.roll(alone, (25, -8), axis=(0, 1)) + 0.3 * np.roll(alone, (-20, 17), axis=(0, 1))
    np.testing.assert_allclose(fit_probe(amid).template.image, fit_probe(alone).template.image, atol=0.02)
    cut = beam_image(amid)
    assert cut.sum() == pytest.approx(alone.sum(), rel=0.01)


def test_a_misfit_is_warned_of_though_the_kind_is_clear() -> None:
    """A descan of many px left in the mean smears the beam along one direction."""
    smeared = sum(np.roll(APERTURES["bullseye"].drawn((90, 96), (44, 47)), (0, k), axis=(0, 1)) for k in range(-4, 5))
    fitted = fit_probe(500 * np.asarray(smeared), "mean frame")
    assert fitted.goodness < 0.9
    assert fitted.warning is not None
    assert fitted.warning.startswith("mean frame: ")


@pytest.mark.parametrize("name", ["bullseye", "small bullseye", "disk", "small disk"])
def test_a_descan_that_is_known_smears_nothing(name: str) -> None:
    truth, rng = APERTURES[name], np.random.default_rng(0)
    places = [
        (44.2 + 5 * t + 0.8 * np.sin(9 * t), 47.1 - 3 * t + u) for t in np.linspace(-0.5, 0.5, 12) for u in (-1, 0, 1)
    ]
    smeared = np.mean([truth.drawn((90, 96), place) for place in places], axis=0)
    frame = rng.poisson(1e4 * smeared + 50) / 1000
    fitted = fit_probe(frame, "mean frame", frame / 1000, np.array(places))
    assert radii_of(fitted) == pytest.approx(list(truth.radii), abs=0.3)
    assert fitted.aperture.ellipticity < (0.01 if truth.radii[0] > 3 else 0.05)
    assert fitted.aperture.blur < truth.blur + 0.5
    assert fitted.centre == pytest.approx(np.mean(places, axis=0), abs=0.1)
    assert fitted.warning is None


def test_uneven_brightness_inside_a_disk_is_no_ring() -> None:
    y, x = np.mgrid[:90, :96].astype(float)
    uneven = APERTURES["disk"].drawn((90, 96), (44.2, 47.1)) * (1 + 0.2 * np.sin(0.5 * x + 0.3 * y))
    fitted = fit_probe(np.random.default_rng(0).poisson(200 * uneven + 1))
    assert fitted.aperture.kind == "disk"
    assert fitted.aperture.outer_radius == pytest.approx(8.3, abs=0.3)


def test_a_scan_that_holds_no_beam_gives_no_probe() -> None:
    frame = np.zeros((64, 64))
    frame[10, 12] = 1e6
    with pytest.raises(TemplateError, match="no probe stands out"):
        fit_probe(frame)
