"""What does not change a fitted probe, what it holds, and what is refused."""

import numpy as np
import pytest
from numpy.typing import NDArray

from graineye.errors import TemplateError
from graineye.probe import Aperture, Bars, FittedProbe, beam_image, fit_probe, template_of

BULLSEYE = Aperture("bullseye", 11.5, 8.0, 2.8, Bars(3.0, 2, 0.0))


def counted(
    aperture: Aperture, shape: tuple[int, int] = (64, 70), centre: tuple[int, int] = (30, 34)
) -> NDArray[np.int64]:
    """Counts of a beam with its centre 0.3 px below and 0.2 px before a pixel's."""
    image = np.zeros(shape)
    half = 20
    rows, columns = (slice(c - half, c + half + 1) for c in centre)
    image[rows, columns] = aperture.image(half, (0.3, -0.2))
    return np.random.default_rng(0).poisson(200 * image + 2)


def numbers(fitted: FittedProbe) -> list[float]:
    aperture = fitted.aperture
    return [aperture.outer_radius, aperture.ring_inner, aperture.spot_radius, aperture.bars.width, aperture.blur]


def test_it_holds_what_was_seen_and_what_was_fitted_in_one_place() -> None:
    fitted = fit_probe(counted(BULLSEYE), "probe.npy")
    assert fitted.image.shape == fitted.model.shape
    assert np.corrcoef(fitted.image.ravel(), fitted.model.ravel())[0, 1] > 0.98
    assert fitted.template.source == fitted.source == "probe.npy"
    np.testing.assert_array_equal(fitted.template.image, template_of(fitted.aperture, "probe.npy").image)


@pytest.mark.parametrize("moved", [(5, -9), (-4, 11)])
def test_the_place_of_the_beam_does_not_matter(moved: tuple[int, int]) -> None:
    image = counted(BULLSEYE)
    before, after = fit_probe(image), fit_probe(np.roll(image, moved, axis=(0, 1)))
    assert numbers(after) == pytest.approx(numbers(before), abs=1e-3)
    assert np.subtract(after.centre, before.centre) == pytest.approx(moved, abs=1e-3)


@pytest.mark.parametrize(("gain", "offset"), [(1000.0, 0.0), (1.0, 500.0), (0.01, 0.1)])
def test_neither_does_the_camera_s_gain_nor_its_offset(gain: float, offset: float) -> None:
    image = counted(BULLSEYE)
    assert numbers(fit_probe(gain * image + offset)) == pytest.approx(numbers(fit_probe(image)), abs=0.05)


def test_noise_that_is_known_is_not_held_against_the_fit() -> None:
    dim = np.random.default_rng(0).poisson(counted(BULLSEYE) / 100)
    assert fit_probe(dim).goodness > 0.9
    assert fit_probe(dim * 1.5, variance=dim * 1.5**2).goodness > 0.9
    assert fit_probe(dim * 1.5).goodness < 0.9


@pytest.mark.parametrize("cut", [np.s_[22:], np.s_[:, 26:]], ids=["above", "left"])
def test_a_beam_that_the_border_cuts_has_its_radii_still(cut: tuple[slice, ...]) -> None:
    fitted = fit_probe(counted(BULLSEYE)[cut])
    assert fitted.aperture.kind == "bullseye"
    assert numbers(fitted)[:3] == pytest.approx([11.5, 8.0, 2.8], abs=0.3)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.int32, np.float32])
def test_an_image_may_be_of_any_real_type(dtype: type) -> None:
    image = np.minimum(counted(BULLSEYE), 255)
    assert numbers(fit_probe(image.astype(dtype))) == pytest.approx(numbers(fit_probe(image)), abs=0.02)


def test_the_beam_s_image_has_no_background_and_is_centred_to_a_pixel() -> None:
    image = beam_image(counted(BULLSEYE))
    half = image.shape[0] // 2
    y, x = np.mgrid[-half : half + 1, -half : half + 1]
    assert (image * y).sum() / image.sum() == pytest.approx(0.3, abs=0.1)
    assert (image * x).sum() / image.sum() == pytest.approx(-0.2, abs=0.1)
    assert image.sum() == pytest.approx(200 * BULLSEYE.image(20).sum(), rel=0.02)
    assert not image[np.hypot(y, x) > 16].any()


@pytest.mark.parametrize("look_for_it", [fit_probe, beam_image])
@pytest.mark.parametrize(
    ("image", "fact"),
    [
        (np.zeros((20, 20)), "no probe"),
        (np.full((20, 20), 7), "no probe"),
        (np.ones((3, 20, 20)), "two axes"),
        (np.full((20, 20), np.nan), "NaN"),
        (np.full((20, 20), "a"), "real numbers"),
    ],
)
def test_what_shows_no_beam_is_refused(look_for_it: type, image: NDArray[np.generic], fact: str) -> None:
    with pytest.raises(TemplateError, match=f"scan.h5: .*{fact}"):
        look_for_it(image, "scan.h5")


@pytest.mark.parametrize("seed", range(5))
def test_noise_without_a_beam_gives_an_answer_or_a_refusal(seed: int) -> None:
    noise = np.random.default_rng(seed).poisson(3, (48, 52))
    try:
        fitted = fit_probe(noise)
    except TemplateError:
        return
    assert fitted.warning is not None
