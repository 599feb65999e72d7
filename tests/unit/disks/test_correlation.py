"""The correlation peaks where the template stands, sees no background and does not wrap round."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.signal import correlate as scipy_correlate

from graineye.disks import correlate
from graineye.errors import TemplateError
from graineye.probe import Template, bullseye, disk

FRAMES = [(40, 40), (41, 41), (40, 43), (37, 64)]
TEMPLATES = [(9, 9), (8, 8), (9, 12), (10, 7)]


def zero_sum(shape: tuple[int, int], seed: int = 0) -> NDArray[np.float32]:
    values = np.random.default_rng(seed).normal(size=shape)
    return (values - values.mean()).astype(np.float32)


@pytest.mark.parametrize("frame", FRAMES)
@pytest.mark.parametrize("shape", TEMPLATES)
def test_the_peak_stands_where_the_template_stands(frame: tuple[int, int], shape: tuple[int, int]) -> None:
    template = zero_sum(shape)
    (height, width), (rows, columns) = shape, frame
    for y in (height // 2, 20, rows - 1 - (height - 1 - height // 2)):
        for x in (width // 2, 15, columns - 1 - (width - 1 - width // 2)):
            image = np.zeros(frame, np.float32)
            top, left = y - height // 2, x - width // 2
            image[top : top + height, left : left + width] = template
            found = correlate(image, template)
            assert np.unravel_index(np.argmax(found), frame) == (y, x)
            assert found[y, x] == pytest.approx((template.astype(np.float64) ** 2).sum(), rel=1e-5)


@pytest.mark.parametrize("frame", FRAMES)
@pytest.mark.parametrize("shape", [*TEMPLATES, (37, 40)])
def test_it_is_the_direct_sum_over_the_image_continued_by_its_border(
    frame: tuple[int, int], shape: tuple[int, int]
) -> None:
    image = np.random.default_rng(1).poisson(20, frame).astype(np.float32)
    template = zero_sum(shape, 2) + np.float32(0.01)
    before = [n // 2 for n in shape]
    margins = [(b, n - 1 - b) for b, n in zip(before, shape, strict=True)]
    continued = np.pad(image.astype(np.float64), margins, mode="edge")
    expected = scipy_correlate(continued, template.astype(np.float64), mode="valid", method="direct")
    np.testing.assert_allclose(correlate(image, template), expected, rtol=1e-5, atol=1e-4)


@pytest.mark.parametrize("level", [0.0, 1.0, 1e4, -37.5])
@pytest.mark.parametrize("frame", FRAMES)
def test_a_constant_correlates_to_zero_also_at_the_border(frame: tuple[int, int], level: float) -> None:
    found = correlate(np.full(frame, level, np.float32), bullseye().image)
    assert np.abs(found).max() <= 1e-7 * abs(level) * np.abs(bullseye().image).sum()


@pytest.mark.parametrize("template", [bullseye(), bullseye(bar_count=3, bar_angle=20), disk()], ids=lambda t: t.source)
def test_a_linear_background_correlates_to_zero_inside(template: Template) -> None:
    y, x = np.mgrid[:70, :61]
    ramp = (3.0 * y - 7.0 * x + 100).astype(np.float32)
    inside = correlate(ramp, template.image)[15:-15, 15:-15]
    assert np.abs(inside).max() < 1e-6 * np.abs(ramp).max() * np.abs(template.image).sum()


@pytest.mark.parametrize("frame", FRAMES)
def test_a_disk_at_one_border_does_not_answer_at_the_other(frame: tuple[int, int]) -> None:
    template = disk(4.0, 6.0)
    y, x = np.mgrid[: frame[0], : frame[1]]
    for centre in [(0, 20), (frame[0] - 1, 20), (20, 0), (20, frame[1] - 1)]:
        image = 100.0 * (np.hypot(y - centre[0], x - centre[1]) <= 4)
        found = correlate(image, template.image)
        far = np.hypot(y - centre[0], x - centre[1]) > 4 + 6 + 5
        assert np.abs(found[far]).max() < 1e-6 * found.max()
        peak = np.unravel_index(np.argmax(found), frame)
        assert np.hypot(peak[0] - centre[0], peak[1] - centre[1]) <= 1.5


@settings(deadline=None, max_examples=25)
@given(seed=st.integers(0, 10**6), factor=st.floats(-10, 10), offset=st.floats(-1000, 1000))
def test_it_is_linear_and_blind_to_an_offset(seed: int, factor: float, offset: float) -> None:
    image = np.random.default_rng(seed).normal(size=(25, 22))
    template = zero_sum((7, 6), seed)
    np.testing.assert_allclose(
        correlate(factor * image + offset, template), factor * correlate(image, template), rtol=1e-4, atol=1e-3
    )


def test_whole_numbers_are_taken_as_they_are() -> None:
    image = np.random.default_rng(3).poisson(50, (20, 20)).astype(np.uint16)
    template = zero_sum((5, 5))
    np.testing.assert_array_equal(correlate(image, template), correlate(image.astype(np.float64), template))


@pytest.mark.parametrize("frame", [(30, 60), (60, 30), (5, 5)])
def test_a_template_larger_than_the_frame_is_refused_with_both_sizes(frame: tuple[int, int]) -> None:
    with pytest.raises(TemplateError, match=rf"31 x 31 px.*{frame[0]} x {frame[1]} px"):
        correlate(np.zeros(frame), bullseye().image)


def test_a_template_as_large_as_the_frame_fits() -> None:
    template = bullseye().image
    found = correlate(template, template)
    assert np.unravel_index(np.argmax(found), found.shape) == (15, 15)
