"""Beam energy, camera length and rotation from the places where HyperSpy, pyxem, py4DSTEM and NeXus put them."""

from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest
from numpy.typing import NDArray

import graineye as ge
from graineye.scan import AxisScale, Calibration

Frames = NDArray[np.uint16]
SaveHDF5 = Callable[..., Path]


def hyperspy(path: Path, frames: Frames, **tem: object) -> h5py.File:
    file = h5py.File(path, "w")
    node = file.create_group("Experiments/scan")
    node["data"] = frames
    for i, (scale, unit) in enumerate(((0.5, "nm"), (0.6, "nm"), (0.02, "$A^{-1}$"), (0.03, "$A^{-1}$"))):
        node.create_group(f"axis-{i}").attrs.update(scale=scale, units=unit)
    node.create_group("metadata/Acquisition_instrument/TEM").attrs.update(tem)
    return file


def nexus(path: Path, frames: Frames, axes: bool = True) -> h5py.File:
    file = h5py.File(path, "w")
    entry = file.create_group("entry")
    entry.attrs["NX_class"] = "NXentry"
    data = entry.create_group("data")
    data.attrs.update(NX_class="NXdata", signal="data", axes=["y", "x", "qy", "qx"])
    data["data"] = frames
    for name, length in zip(("y", "x", "qy", "qx"), frames.shape, strict=True):
        data[name] = np.arange(length) * 2.0
        data[name].attrs["units"] = "nm" if len(name) == 1 else ("1/nm" if axes else "")
    return file


def put(group: h5py.Group, name: str, value: float, unit: str) -> None:
    group[name] = value
    group[name].attrs["units"] = unit


def test_hyperspy_s_microscope_is_read(frames: Frames, tmp_path: Path) -> None:
    hyperspy(tmp_path / "a.hspy", frames, beam_energy=200.0, camera_length=150.0, scan_rotation=-12.5).close()
    calibration = ge.open_scan(tmp_path / "a.hspy").calibration
    assert (calibration.beam_energy, calibration.camera_length, calibration.rotation) == (200.0, 150.0, -12.5)
    assert calibration.scan_step == (0.5, 0.6)
    assert calibration.detector_pixel == pytest.approx((0.2, 0.3))
    # 0.2 1/nm at 200 kV: 0.2 x 2.5079 pm
    assert calibration.detector_pixel_mrad == pytest.approx((0.50159, 0.75238), rel=1e-4)


def test_pyxem_s_microscope_is_read_its_camera_length_in_cm(frames: Frames, tmp_path: Path) -> None:
    with hyperspy(tmp_path / "a.hspy", frames, accelerating_voltage=300) as file:
        tem = file["Experiments/scan/metadata/Acquisition_instrument/TEM"]
        tem.create_group("Detector/Diffraction").attrs["camera_length"] = 18.0
    calibration = ge.open_scan(tmp_path / "a.hspy").calibration
    assert (calibration.beam_energy, calibration.camera_length) == (300.0, pytest.approx(180.0))


@pytest.mark.parametrize("value", [0.0, -200.0, np.nan, "high", 5.0, 5000.0, [1.0, 2.0]])
def test_an_energy_that_no_microscope_has_stays_unknown(value: object, frames: Frames, tmp_path: Path) -> None:
    hyperspy(tmp_path / "a.hspy", frames, beam_energy=value).close()
    scan = ge.open_scan(tmp_path / "a.hspy")
    assert scan.calibration.beam_energy is None
    assert scan.calibration.scan_step == (0.5, 0.6)


def test_an_energy_in_volts_is_told_from_one_in_kilovolts(frames: Frames, tmp_path: Path) -> None:
    hyperspy(tmp_path / "a.hspy", frames, beam_energy=200000.0).close()
    assert ge.open_scan(tmp_path / "a.hspy").calibration.beam_energy == 200.0


def test_legacy_py4dstem_metadata_are_read_and_its_calibration_believed(
    frames: Frames, save_legacy_emd: SaveHDF5, tmp_path: Path
) -> None:
    path = save_legacy_emd(tmp_path / "a.h5", frames)
    with h5py.File(path, "a") as file:
        metadata = file.create_group("4DSTEM_experiment/metadata/metadata_0")
        metadata.create_group("microscope").attrs.update(beam_energy=300.0, R_pixel_size=7.0, R_pixel_size_units="nm")
        calibration = {
            "R_pixel_size": 2.0,
            "R_pixel_size_units": b"nm",
            "QR_rotation": 30.0,
            "QR_rotation_units": "deg",
        }
        metadata.create_group("calibration").attrs.update(calibration)
    scan = ge.open_scan(path)
    found = scan.calibration
    assert (found.beam_energy, found.rotation, found.scan_step) == (300.0, 30.0, (2.0, 2.0))
    assert len(scan.notes) == 1  # the axes say 2 nm and 2.5 nm
    assert "2.5 nm" in scan.notes[0]


def test_py4dstem_s_rotation_is_read_from_emd_1(frames: Frames, tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        root = file.create_group("root")
        root["cube/data"] = frames
        for i in range(4):
            root[f"cube/dim{i}"] = [0.0, 1.0]
            root[f"cube/dim{i}"].attrs["units"] = "pixels"
        root["metadatabundle/calibration/QR_rotation_degrees"] = 21.0
    scan = ge.open_scan(tmp_path / "a.h5")
    assert scan.calibration == Calibration(rotation=21.0)


def test_nexus_tells_the_energy_of_its_source_and_the_camera_s_distance(frames: Frames, tmp_path: Path) -> None:
    with nexus(tmp_path / "a.nxs", frames) as file:
        source = file.create_group("entry/instrument/source")
        source.attrs["NX_class"] = "NXsource"
        put(source, "voltage", 200000.0, "V")
        detector = file.create_group("entry/instrument/detector")
        detector.attrs["NX_class"] = "NXdetector"
        put(detector, "distance", 0.2, "m")
    scan = ge.open_scan(tmp_path / "a.nxs")
    assert scan.calibration.beam_energy == pytest.approx(200.0)
    assert scan.calibration.camera_length == pytest.approx(200.0)
    assert scan.calibration.detector_pixel == (2.0, 2.0)


def test_nexus_s_detector_fills_the_gap_that_the_axes_leave(frames: Frames, tmp_path: Path) -> None:
    with nexus(tmp_path / "a.nxs", frames, axes=False) as file:
        detector = file.create_group("entry/instrument/detector")
        detector.attrs["NX_class"] = "NXdetector"
        put(detector, "distance", 185.0, "mm")
        put(detector, "x_pixel_size", 55.0, "um")
    calibration = ge.open_scan(tmp_path / "a.nxs").calibration
    assert calibration.detector_unit == "mrad"
    assert calibration.detector_pixel == pytest.approx((0.297297,) * 2, rel=1e-5)


def test_a_number_without_a_unit_is_not_taken_from_nexus(frames: Frames, tmp_path: Path) -> None:
    with nexus(tmp_path / "a.nxs", frames) as file:
        source = file.create_group("entry/source")
        source.attrs["NX_class"] = "NXsource"
        source["energy"] = 200.0
    assert ge.open_scan(tmp_path / "a.nxs").calibration.beam_energy is None


def test_along_the_one_row_of_a_scan_the_step_is_kept(
    frames: Frames, save_legacy_emd: SaveHDF5, tmp_path: Path
) -> None:
    calibration = ge.open_scan(save_legacy_emd(tmp_path / "row.h5", frames[:1])).calibration
    assert (calibration.y, calibration.x) == (AxisScale(), AxisScale(2.5, "nm"))
    assert np.isnan(calibration.scan_step_nm[0])
    assert calibration.scan_step_nm[1] == 2.5
    assert (calibration.scan_unit, calibration.picture_step) == ("px", ((2.5, 2.5), "nm"))
