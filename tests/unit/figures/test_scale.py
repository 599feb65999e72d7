"""Pictures in the scale of the sample: bars of round length, true proportions, colour scales that fit."""

import matplotlib as mpl
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.colors import AsinhNorm, LogNorm, Normalize
from mpl_toolkits.axes_grid1.anchored_artists import AnchoredSizeBar

from graineye.figures import draw_pattern, draw_scan_image
from graineye.figures.scale import colour_scale, round_length
from graineye.scan import AxisScale, Calibration

mpl.use("Agg")


@pytest.mark.parametrize(
    ("longest", "length"), [(1.0, 1.0), (1.99, 1.0), (2.0, 2.0), (7.3, 5.0), (0.034, 0.02), (560, 500)]
)
def test_a_scale_bar_has_a_round_length(longest: float, length: float) -> None:
    assert round_length(longest) == pytest.approx(length)


@given(st.floats(1e-6, 1e9))
def test_a_round_length_is_at_most_and_at_least_two_fifths_of_the_longest(longest: float) -> None:
    assert 0.4 * longest * (1 - 1e-6) <= round_length(longest) <= longest * (1 + 1e-6)


def _bar(ax: object) -> tuple[float, str]:
    bar = next(artist for artist in ax.get_children() if isinstance(artist, AnchoredSizeBar))  # type: ignore[attr-defined]
    return bar.size_bar.get_children()[0].get_width(), bar.txt_label.get_text()


def test_the_bar_is_as_many_pixels_long_as_it_says() -> None:
    calibration = Calibration(y=AxisScale(0.5, "nm"), x=AxisScale(0.25, "nm"))
    ax = draw_scan_image(np.random.default_rng(0).random((30, 80)), calibration, "counts", "counts")
    pixels, text = _bar(ax)
    assert text == "5 nm"
    assert pixels == pytest.approx(5 / 0.25)
    # a scan position is twice as high as wide
    assert ax.get_aspect() == pytest.approx(2.0)


def test_an_unknown_scale_is_drawn_in_pixels() -> None:
    ax = draw_pattern(np.random.default_rng(0).random((40, 40)), Calibration(), "frame", "counts")
    pixels, text = _bar(ax)
    assert text == "10 px"
    assert pixels == pytest.approx(10)
    assert ax.get_aspect() == 1.0


def test_the_detector_has_its_own_unit() -> None:
    calibration = Calibration(qy=AxisScale(0.1667, "1/nm"), qx=AxisScale(0.1667, "1/nm"))
    ax = draw_pattern(np.random.default_rng(0).random((250, 250)), calibration, "frame", "counts")
    assert _bar(ax)[1] == "10 1/nm"


def test_values_over_many_decades_get_a_logarithmic_scale_and_others_a_linear_one() -> None:
    wide = np.geomspace(1, 1e5, 1000)
    narrow = np.linspace(90, 110, 1000)
    assert isinstance(colour_scale(wide), LogNorm)
    assert type(colour_scale(narrow)) is Normalize


def test_signed_values_over_many_decades_are_not_drawn_logarithmically() -> None:
    values = np.random.default_rng(0).normal(size=1000)
    values[0] = 1e5
    assert isinstance(colour_scale(values), AsinhNorm)


@pytest.mark.parametrize("values", [np.zeros(10), np.full(10, 7.0), np.array([0.0, 0, 0, 3]), np.full(4, np.nan)])
def test_degenerate_images_have_a_colour_scale(values: np.ndarray) -> None:
    norm = colour_scale(values)
    assert norm.vmin < norm.vmax
