"""What a template makes of images whose answer is known: itself, a constant, a slope."""

import numpy as np
import pytest
from numpy.typing import NDArray

import graineye as ge

Image = NDArray[np.floating]


def three_holes() -> Image:
    """A probe image of an aperture without inversion symmetry."""
    y, x = np.mgrid[:64, :64].astype(float)
    probe = np.zeros((64, 64))
    for turn in np.deg2rad([90, 210, 330]):
        probe += np.hypot(y - 32.3 - 6 * np.sin(turn), x - 31.6 - 6 * np.cos(turn)) < 2.5
    return 1000 * probe


TEMPLATES = {
    "bullseye": ge.bullseye(),
    "turned bullseye": ge.bullseye(bar_width=1.7, bar_count=3, bar_angle=17.0),
    "small bullseye": ge.bullseye(1.4, 4.0, 5.75, 8.0, 1.5),
    "disk": ge.disk(),
    "three holes": ge.template_from_probe(three_holes()),
}
FRAMES = [(128, 128), (129, 129), (128, 131), (95, 64)]
every_template = pytest.mark.parametrize("template", TEMPLATES.values(), ids=TEMPLATES)
every_frame = pytest.mark.parametrize("shape", FRAMES, ids=str)


def standing(template: Image, shape: tuple[int, int], y: int, x: int) -> Image:
    """An empty frame but for the template, its middle pixel (height // 2, width // 2) at (y, x)."""
    frame = np.zeros(shape)
    top, left = y - template.shape[0] // 2, x - template.shape[1] // 2
    frame[top : top + template.shape[0], left : left + template.shape[1]] = template
    return frame


def rounding(template: Image, level: float) -> float:
    """What 32-bit numbers leave of a sum that is to vanish."""
    return 1e-6 * level * float(np.abs(template).sum())


@every_template
@every_frame
@pytest.mark.parametrize("place", [(32, 32), (40, 31), (61, 27)], ids=str)
def test_a_template_correlates_to_where_it_stands(
    template: ge.Template, shape: tuple[int, int], place: tuple[int, int]
) -> None:
    correlation = ge.correlate(standing(template.image, shape, *place), template.image)
    assert np.unravel_index(correlation.argmax(), shape) == place
    np.testing.assert_allclose(correlation.max(), (template.image.astype(float) ** 2).sum(), rtol=1e-5)


@every_frame
@pytest.mark.parametrize("size", [(30, 30), (31, 31), (30, 31), (7, 12)], ids=str)
def test_templates_of_any_parity_stand_on_their_middle_pixel(shape: tuple[int, int], size: tuple[int, int]) -> None:
    template = np.random.default_rng(0).normal(size=size)
    correlation = ge.correlate(standing(template, shape, 45, 33), template)
    assert np.unravel_index(correlation.argmax(), shape) == (45, 33)


@every_template
@every_frame
def test_a_constant_correlates_to_zero_everywhere(template: ge.Template, shape: tuple[int, int]) -> None:
    correlation = ge.correlate(np.full(shape, 1000.0), template.image)
    assert np.abs(correlation).max() < rounding(template.image, 1000)


@every_template
@every_frame
@pytest.mark.parametrize(("down", "right"), [(3, 0), (0, 3), (2, -5)])
def test_a_slope_correlates_to_zero_inside_the_border(
    template: ge.Template, shape: tuple[int, int], down: int, right: int
) -> None:
    y, x = np.mgrid[: shape[0], : shape[1]]
    slope = 100.0 + down * y + right * x
    inside = len(template.image) // 2
    correlation = ge.correlate(slope, template.image)[inside:-inside, inside:-inside]
    assert np.abs(correlation).max() < rounding(template.image, np.abs(slope).max())


@every_template
def test_a_bent_background_does_not_vanish(template: ge.Template) -> None:
    """Or else the tests above would pass for a correlation that is zero whatever it is given."""
    y, _ = np.mgrid[:96, :96].astype(float)
    inside = len(template.image) // 2
    assert np.abs(ge.correlate(y**2, template.image)[inside:-inside, inside:-inside]).min() > 10


def test_nothing_wraps_round_a_disk_at_one_border_does_not_answer_at_the_other() -> None:
    template = ge.disk()
    y, x = np.mgrid[:128, :129]
    for where in ((3, 64), (124, 64), (64, 3), (64, 125)):
        image = (np.hypot(y - where[0], x - where[1]) <= 11.5).astype(float)
        correlation = ge.correlate(image, template.image)
        far = np.hypot(y - where[0], x - where[1]) > 40
        assert np.abs(correlation[far]).max() < 1e-5 * correlation.max()


@every_template
@pytest.mark.parametrize("frame", FRAMES, ids=str)
def test_a_dark_field_is_the_correlation_at_its_position(template: ge.Template, frame: tuple[int, int]) -> None:
    """Away from the border the two steps of the method lay the same template on the same pixels."""
    image = np.random.default_rng(1).normal(size=frame)
    correlation = ge.correlate(image, template.image)
    height, width = template.image.shape
    for y, x in ((32, 32), (45, 38)):
        top, left = y - template.centre[0], x - template.centre[1]
        laid_on = (image[top : top + height, left : left + width] * template.image).sum()
        assert correlation[y, x] == pytest.approx(laid_on, abs=1e-5)
