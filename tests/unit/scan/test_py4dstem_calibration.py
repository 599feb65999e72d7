"""py4DSTEM keeps the pixel sizes of an EMD 1.0 file a second time, in its calibration metadata."""

from pathlib import Path

import h5py
import numpy as np
import pytest
from numpy.typing import NDArray

import graineye as ge

Frames = NDArray[np.uint16]


def write(path: Path, frames: Frames, axis_units: str, **calibration: object) -> None:
    """An EMD 1.0 file whose scan axes step by 2 nm and whose detector axes step by 0.5 of `axis_units`."""
    with h5py.File(path, "w") as file:
        root = file.create_group("py4dstem_root")
        root.attrs.update(emd_group_type="root", python_class="Root")
        node = root.create_group("datacube")
        node["data"] = frames
        for i, (step, unit) in enumerate(((2.0, "nm"), (2.0, "nm"), (0.5, axis_units), (0.5, axis_units))):
            node[f"dim{i}"] = step * np.arange(frames.shape[i])
            node[f"dim{i}"].attrs["units"] = unit
        for name, value in calibration.items():
            root[f"metadatabundle/calibration/{name}"] = value


def test_a_detector_pixel_in_inverse_angstrom_becomes_one_in_inverse_nm(frames: Frames, tmp_path: Path) -> None:
    write(tmp_path / "a.h5", frames, "pixels", Q_pixel_size=0.05, Q_pixel_units="A^-1")
    calibration = ge.open_scan(tmp_path / "a.h5").calibration
    assert calibration.detector_unit == "1/nm"
    assert calibration.detector_pixel == pytest.approx((0.5, 0.5))
    assert calibration.scan_step == pytest.approx((2.0, 2.0))


def test_a_detector_pixel_in_mrad_stays_an_angle(frames: Frames, tmp_path: Path) -> None:
    write(tmp_path / "a.h5", frames, "pixels", Q_pixel_size=0.8, Q_pixel_units="mrad")
    calibration = ge.open_scan(tmp_path / "a.h5").calibration
    assert (calibration.detector_unit, calibration.detector_pixel) == ("mrad", (0.8, 0.8))


def test_a_scan_step_in_angstrom_becomes_one_in_nm(frames: Frames, tmp_path: Path) -> None:
    write(tmp_path / "a.h5", frames, "pixels", R_pixel_size=20.0, R_pixel_units="A")
    scan = ge.open_scan(tmp_path / "a.h5")
    assert (scan.calibration.scan_unit, scan.calibration.scan_step) == ("nm", (2.0, 2.0))
    assert scan.notes == ()


def test_two_values_that_agree_are_not_worth_a_note(frames: Frames, tmp_path: Path) -> None:
    write(tmp_path / "a.h5", frames, "1/nm", Q_pixel_size=0.05, Q_pixel_units="A^-1")
    assert ge.open_scan(tmp_path / "a.h5").notes == ()


def test_two_values_that_contradict_each_other_are_noted_and_py4dstem_is_believed(
    frames: Frames, tmp_path: Path
) -> None:
    write(tmp_path / "a.h5", frames, "1/nm", Q_pixel_size=0.07, Q_pixel_units="A^-1")
    scan = ge.open_scan(tmp_path / "a.h5")
    assert scan.calibration.detector_pixel == pytest.approx((0.7, 0.7))
    assert len(scan.notes) == 1
    for piece in ("detector pixel", "0.5 1/nm", "0.7 1/nm", "py4DSTEM"):
        assert piece in scan.notes[0]


def test_a_scan_step_that_contradicts_the_axes_is_noted_and_py4dstem_is_believed(
    frames: Frames, tmp_path: Path
) -> None:
    write(tmp_path / "a.h5", frames, "1/nm", R_pixel_size=30.0, R_pixel_units="A")
    scan = ge.open_scan(tmp_path / "a.h5")
    assert scan.calibration.scan_step == pytest.approx((3.0, 3.0))
    assert len(scan.notes) == 1
    for piece in ("scan step", "2 nm", "3 nm", "py4DSTEM"):
        assert piece in scan.notes[0]


@pytest.mark.parametrize("unit", ["pixels", "furlong"])
def test_a_size_in_pixels_or_an_unknown_unit_leaves_the_axes_alone(unit: str, frames: Frames, tmp_path: Path) -> None:
    write(tmp_path / "a.h5", frames, "1/nm", Q_pixel_size=3.0, Q_pixel_units=unit)
    scan = ge.open_scan(tmp_path / "a.h5")
    assert scan.calibration.detector_pixel == pytest.approx((0.5, 0.5))
    assert scan.notes == ()
