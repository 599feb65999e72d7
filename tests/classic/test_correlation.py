"""The correlation maps are blobfinder's, but for its pixel; what that pixel is, for frames of every parity."""

import numpy as np
import pytest
from side_by_side import (
    SideBySide,
    assert_same,
    correlation_of_own_size,
    inside,
    moved,
)

import graineye as ge

STANDS = (72, 56)


def frame_with(template: np.ndarray, shape: tuple[int, int], y: int, x: int) -> np.ndarray:
    """An empty frame but for the template standing at (y, x)."""
    frame = np.zeros(shape)
    half = len(template) // 2
    frame[y - half : y + half + 1, x - half : x + half + 1] = template
    return frame


def peak(correlation: np.ndarray) -> tuple[int, int]:
    y, x = np.unravel_index(np.argmax(correlation), correlation.shape)
    return int(y), int(x)


@pytest.mark.parametrize("shape", [(128, 128), (129, 128), (250, 250), (251, 250)])
def test_the_published_peak_is_a_pixel_low_and_ours_where_the_template_stands(shape: tuple[int, int]) -> None:
    import published

    template = published.template()
    frame = frame_with(template, shape, *STANDS)
    assert peak(published.correlation(frame, template)) == (STANDS[0] - 1, STANDS[1] - 1)
    assert peak(ge.correlate(frame, template)) == STANDS


@pytest.mark.parametrize("columns", [129, 251])
@pytest.mark.parametrize("share", [0.15, 0.5, 0.85])
def test_on_odd_columns_the_published_map_is_squeezed_by_one_column_and_ours_is_not(columns: int, share: float) -> None:
    """The pixel is half a pixel at the left border and one and a half at the right one."""
    import published

    template = published.template()
    x = round(share * columns)
    frame = frame_with(template, (128, columns), STANDS[0], x)
    squeezed = published.correlation(frame, template)
    assert squeezed.shape == (128, columns - 1)
    assert peak(squeezed) == (STANDS[0] - 1, round((x - 0.5) * (columns - 1) / columns))
    assert peak(ge.correlate(frame, template)) == (STANDS[0], x)


@pytest.mark.parametrize("columns", [129, 251])
def test_that_map_is_the_one_of_the_frame_s_size_resampled(columns: int) -> None:
    import published
    from scipy.signal import resample

    template = published.template()
    frame = frame_with(template, (128, columns), *STANDS)
    own = np.fft.ifftshift(correlation_of_own_size(frame, template))
    # But for its highest frequency, which has no partner in an odd number of columns.
    squeezed = np.fft.fftshift(resample(own, columns - 1, axis=1)) * columns / (columns - 1)
    np.testing.assert_allclose(published.correlation(frame, template), squeezed, atol=0.005 * squeezed.max())


def test_the_correlation_with_the_log_sum_is_that_of_blobfinder_moved_by_its_pixel(both: SideBySide) -> None:
    expected = moved(correlation_of_own_size(both.log_sum, both.template))
    found = ge.correlate(both.log_sum, both.template)
    assert_same(inside(found), inside(expected), scale=np.abs(expected).max())


def test_the_correlation_with_the_log_of_the_std_is_that_of_blobfinder_moved_by_its_pixel(both: SideBySide) -> None:
    expected = moved(correlation_of_own_size(both.log_std, both.template))
    found = ge.correlate(both.log_std, both.template)
    assert_same(inside(found), inside(expected), scale=np.abs(expected).max())


def test_on_even_columns_the_size_changes_nothing_in_the_published_correlation(both: SideBySide) -> None:
    import published

    if both.log_sum.shape[1] % 2:
        assert published.correlation(both.log_sum, both.template).shape[1] == both.log_sum.shape[1] - 1
    else:
        own = correlation_of_own_size(both.log_sum, both.template)
        np.testing.assert_array_equal(published.correlation(both.log_sum, both.template), own)


def test_the_published_correlation_lays_the_template_upside_down() -> None:
    """It is a convolution: no difference for the bullseye, but for an aperture without inversion symmetry."""
    import published

    random = np.random.default_rng(7)
    template, image = random.normal(size=(31, 31)), random.normal(size=(128, 128))
    expected = moved(published.correlation(image, template))
    assert_same(inside(ge.correlate(image, template[::-1, ::-1])), inside(expected), scale=np.abs(expected).max())
