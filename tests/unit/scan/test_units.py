"""Units as files write them become nm, 1/nm and mrad; what is not certain stays px."""

import math

import pytest

from graineye.scan import AxisScale, Calibration
from graineye.scan.units import axis_scale


@pytest.mark.parametrize("text", ["nm", "[n_m]", " nm ", "NM"])
def test_nanometres_are_known_however_they_are_written(text: str) -> None:
    assert axis_scale(0.5, text) == AxisScale(0.5, "nm")


@pytest.mark.parametrize(
    ("text", "nanometres"),
    [("A", 0.1), ("Å", 0.1), ("Angstrom", 0.1), ("pm", 0.001), ("µm", 1e3), ("um", 1e3), ("m", 1e9)],
)
def test_other_lengths_become_nm(text: str, nanometres: float) -> None:
    scale = axis_scale(2.0, text)
    assert (scale.step, scale.unit) == (pytest.approx(2.0 * nanometres), "nm")


@pytest.mark.parametrize("text", ["A^-1", "1/A", "1/Å", "Å⁻¹", "A**-1", "[A^-1]", "1 / angstrom"])
def test_inverse_angstrom_is_ten_inverse_nm(text: str) -> None:
    scale = axis_scale(0.05, text)
    assert (scale.step, scale.unit) == (pytest.approx(0.5), "1/nm")


@pytest.mark.parametrize("text", ["1/nm", "nm^-1", "[n_m^-1]", "nm-1"])
def test_inverse_nm_stays(text: str) -> None:
    assert axis_scale(0.25, text) == AxisScale(0.25, "1/nm")


def test_angles_become_mrad() -> None:
    assert axis_scale(0.7, "mrad") == AxisScale(0.7, "mrad")
    assert axis_scale(0.0007, "rad").step == pytest.approx(0.7)


@pytest.mark.parametrize("text", ["", "px", "[pix]", "pixels", "<undefined>", "furlong", "1/mrad", "1/px", "s"])
def test_a_unit_that_is_not_understood_is_never_guessed(text: str) -> None:
    assert axis_scale(2.0, text) == AxisScale(1.0, "px")


@pytest.mark.parametrize("step", [0.0, math.nan, math.inf])
def test_a_step_that_is_no_size_counts_as_unknown(step: float) -> None:
    assert axis_scale(step, "nm") == AxisScale()


def test_a_falling_axis_counts_by_its_magnitude() -> None:
    assert axis_scale(-0.2, "1/nm") == AxisScale(0.2, "1/nm")


def test_lengths_need_both_axes_to_be_known() -> None:
    half = Calibration(y=AxisScale(2.0, "nm"), qy=AxisScale(0.5, "1/nm"), qx=AxisScale(0.5, "mrad"))
    assert (half.scan_unit, half.scan_step) == ("px", (1.0, 1.0))
    assert (half.detector_unit, half.detector_pixel) == ("px", (1.0, 1.0))
