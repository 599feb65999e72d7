"""The calibration that a user gives, with its units; what is unknown stays px, and contradictions are told."""

import math
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

import graineye as ge
from graineye.errors import SettingsError
from graineye.scan import AxisScale, Calibration, describe
from graineye.scan.calibration import wavelength
from graineye.scan.given_calibration import with_given
from graineye.scan.units import axis_scale, parse_unit

Frames = NDArray[np.uint16]
SaveHDF5 = Callable[..., Path]
FILE = Calibration(AxisScale(2.0, "nm"), AxisScale(2.5, "nm"), AxisScale(0.2, "1/nm"), AxisScale(0.25, "1/nm"))


def found(known: Calibration = Calibration(), **flags: str) -> Calibration:  # noqa: B008
    return with_given(known, **flags)[0]


# Williams and Carter, Transmission Electron Microscopy, table 1.2: relativistic wavelengths in nm.
@pytest.mark.parametrize(
    ("kilovolt", "nm"), [(100, 0.00370), (120, 0.00335), (200, 0.00251), (300, 0.00197), (400, 0.00164)]
)
def test_the_wavelength_is_the_textbook_s(kilovolt: float, nm: float) -> None:
    assert wavelength(kilovolt) == pytest.approx(nm, abs=6e-6)


def test_one_size_stands_for_both_axes_and_two_for_y_and_x() -> None:
    assert found(scan_step="0.5nm").scan_step == (0.5, 0.5)
    assert found(scan_step="0.5nm,0.6 nm").scan_step == (0.5, 0.6)
    assert found(scan_step="5A, 600pm").scan_step == pytest.approx((0.5, 0.6))
    assert found(detector_pixel="1.2mrad,1.3mrad").detector_pixel == (1.2, 1.3)


@pytest.mark.parametrize(
    "text", ["0.016/A", "0.016 1/A", "0.016A^-1", "0.16/nm", "1.6e-1 nm^-1", ".16 1/nm", "0.016/Å"]
)
def test_a_reciprocal_pixel_is_understood_however_it_is_written(text: str) -> None:
    calibration = found(detector_pixel=text)
    assert calibration.detector_unit == "1/nm"
    assert calibration.detector_pixel == pytest.approx((0.16, 0.16))


def test_an_angle_becomes_a_reciprocal_length_only_with_the_beam_s_energy() -> None:
    angle = found(detector_pixel="1.2mrad")
    assert (angle.detector_unit, angle.detector_pixel_per_nm) == ("mrad", None)
    known = found(detector_pixel="1.2mrad", beam_energy="300kV")
    assert known.detector_pixel == (1.2, 1.2)
    # 1.2e-3 rad / 1.9687 pm
    assert known.detector_pixel_per_nm == pytest.approx((0.60953, 0.60953), rel=1e-4)
    assert found(detector_pixel="0.16/nm", beam_energy="200kV").detector_pixel_mrad == pytest.approx(
        (0.40127,) * 2, rel=1e-4
    )


def test_a_pixel_on_the_chip_is_seen_under_the_angle_of_the_camera_length() -> None:
    assert found(detector_pixel="55um", camera_length="185mm").detector_pixel == pytest.approx(
        (0.297297,) * 2, rel=1e-5
    )
    of_file = Calibration(camera_length=185.0)
    assert found(of_file, detector_pixel="55um,110um").detector_pixel == pytest.approx((0.297297, 0.594594), rel=1e-5)


def test_without_a_camera_length_a_pixel_on_the_chip_says_nothing() -> None:
    with pytest.raises(SettingsError, match="--camera-length"):
        found(detector_pixel="55um")


@pytest.mark.parametrize("energy", ["300kV", "300 keV", "300000V", "0.3MV"])
def test_the_energy_is_understood_in_its_units(energy: str) -> None:
    assert found(beam_energy=energy).beam_energy == pytest.approx(300)


@pytest.mark.parametrize(
    ("flag", "text"),
    [
        ("scan_step", "0.5"),
        ("scan_step", "0,5nm"),
        ("scan_step", "0.5,0.6nm"),
        ("scan_step", "nm"),
        ("scan_step", ""),
        ("scan_step", "-0.5nm"),
        ("scan_step", "0nm"),
        ("scan_step", "1nm,2nm,3nm"),
        ("scan_step", "0.5/nm"),
        ("scan_step", "1mrad"),
        ("scan_step", "1e999nm"),
        ("detector_pixel", "0.16"),
        ("detector_pixel", "1 furlong"),
        ("beam_energy", "300"),
        ("beam_energy", "300mV"),
        ("beam_energy", "-300kV"),
        ("beam_energy", "300V"),
        ("camera_length", "18"),
        ("camera_length", "18mrad"),
    ],
)
def test_what_has_no_unit_or_a_wrong_one_is_refused_with_an_example(flag: str, text: str) -> None:
    with pytest.raises(SettingsError, match="for example") as caught:
        found(**{flag: text})
    assert "--" + flag.replace("_", "-") in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_flag_that_contradicts_the_file_wins_and_is_told() -> None:
    calibration, notes = with_given(FILE, scan_step="3nm", detector_pixel="0.3/nm")
    assert (calibration.scan_step, calibration.detector_pixel) == ((3.0, 3.0), (0.3, 0.3))
    assert len(notes) == 2
    assert all(piece in notes[0] for piece in ("scan step", "2 nm", "--scan-step 3nm"))
    assert all(piece in notes[1] for piece in ("detector pixel", "0.2 1/nm", "--detector-pixel 0.3/nm"))


def test_a_flag_that_agrees_with_the_file_is_not_worth_a_note() -> None:
    assert with_given(FILE, scan_step="20A,2.5nm", detector_pixel="0.02/A,0.025/A")[1] == ()


def test_an_angle_is_held_against_the_file_s_reciprocal_pixel_where_the_energy_is_known() -> None:
    same = f"{0.2e3 * wavelength(300):.6g}mrad,{0.25e3 * wavelength(300):.6g}mrad"
    assert with_given(FILE, detector_pixel=same, beam_energy="300kV")[1] == ()
    assert len(with_given(FILE, detector_pixel="2mrad", beam_energy="300kV")[1]) == 1
    assert with_given(FILE, detector_pixel="2mrad")[1] == ()


def test_a_scan_takes_the_flags_and_describes_itself(frames: Frames, save_hdf5: SaveHDF5) -> None:
    scan = ge.open_scan(save_hdf5(frames), scan_step="0.5nm", detector_pixel="1.2mrad", beam_energy="300kV")
    rows = dict(describe(scan))
    assert rows["scan step"] == "0.5 nm"
    assert rows["detector pixel"] == "1.2 mrad (0.6095 1/nm)"
    assert rows["beam energy"] == "300 kV, wavelength 1.969 pm"
    assert scan.notes == ()


def test_what_nobody_says_stays_unknown(frames: Frames, save_hdf5: SaveHDF5) -> None:
    rows = dict(describe(ge.open_scan(save_hdf5(frames), beam_energy="300kV")))
    assert (rows["scan step"], rows["detector pixel"]) == ("unknown", "unknown")
    assert "camera length" not in rows
    assert "rotation" not in rows


def test_the_classic_file_tells_its_steps_and_a_flag_overrides_one(
    frames: Frames, save_legacy_emd: SaveHDF5, tmp_path: Path
) -> None:
    scan = ge.open_scan(save_legacy_emd(tmp_path / "a.h5", frames), scan_step="1nm,2.5nm")
    assert scan.calibration.scan_step == (1.0, 2.5)
    assert scan.calibration.detector_pixel == pytest.approx((0.2, 0.25))
    assert len(scan.notes) == 1


UNITS = {
    "nm": ("nm", 1),
    "A": ("nm", 0.1),
    "pm": ("nm", 1e-3),
    "um": ("nm", 1e3),
    "Å": ("nm", 0.1),
    "mrad": ("mrad", 1),
}
INVERSE = ["1/{}", "{}^-1", "{}⁻¹", "[{}^-1]", "{}-1", "{}**-1", "/{}", "{}^{{-1}}"]


@given(unit=st.sampled_from(sorted(UNITS)), inside=st.sampled_from(["{}", "[{}]", " {} ", "{}/px", "({})"]))
def test_a_unit_is_known_in_any_dress(unit: str, inside: str) -> None:
    assert parse_unit(inside.format(unit)) == pytest.approx(UNITS[unit])


@given(
    unit=st.sampled_from(["nm", "A", "pm", "um", "Å", "n_m"]), how=st.sampled_from(INVERSE), step=st.floats(1e-6, 1e6)
)
def test_an_inverse_length_is_the_inverse_of_the_length(unit: str, how: str, step: float) -> None:
    scale = axis_scale(step, how.format(unit))
    assert scale.unit == "1/nm"
    assert scale.step * axis_scale(1.0, unit).step == pytest.approx(step)


@settings(max_examples=300)
@given(text=st.text(max_size=12), step=st.floats())
def test_any_text_and_number_give_a_sound_scale(text: str, step: float) -> None:
    scale = axis_scale(step, text)
    assert scale.unit in ("px", "nm", "1/nm", "mrad")
    assert math.isfinite(scale.step)
    assert scale.step > 0
    if scale.unit == "px":
        assert scale.step == 1


@settings(max_examples=200)
@given(text=st.text(alphabet="0123456789.,+-eE/ nmAkVradu^1", max_size=14))
def test_any_text_as_a_flag_is_a_size_or_one_line(text: str) -> None:
    for flag in ("scan_step", "detector_pixel", "beam_energy", "camera_length"):
        with suppress(SettingsError):  # which words anything in one line
            assert found(**{flag: text}) != Calibration()
