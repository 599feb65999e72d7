"""The four metadata trees in which programs hide the axes of a scan, and a file with none."""

from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest
from numpy.typing import NDArray

import graineye as ge
from graineye.scan import AxisScale, Calibration

Frames = NDArray[np.uint16]
NAMES = ("y", "x", "qy", "qx")
STEPS = (2.0, 2.5, 0.20, 0.25)
EXPECTED = Calibration(AxisScale(2.0, "nm"), AxisScale(2.5, "nm"), AxisScale(0.20, "1/nm"), AxisScale(0.25, "1/nm"))


def legacy_emd(path: Path, frames: Frames) -> str:
    with h5py.File(path, "w") as file:
        cube = file.create_group("4DSTEM_experiment/data/datacubes/polyAu_4DSTEM")
        cube["data"] = frames
        for i, unit in enumerate((b"[n_m]", b"[n_m]", b"[n_m^-1]", b"[n_m^-1]")):
            dim = cube.create_dataset(f"dim{i + 1}", data=STEPS[i] * np.arange(frames.shape[i]) - 3.0)
            dim.attrs.update(name=("R_x", "R_y", "Q_x", "Q_y")[i], units=unit)
    return "/4DSTEM_experiment/data/datacubes/polyAu_4DSTEM/data"


def emd_1(path: Path, frames: Frames) -> str:
    with h5py.File(path, "w") as file:
        file.attrs.update(emd_group_type="file", version_major=1, version_minor=0)
        node = file.create_group("root/cube")
        node.attrs.update(emd_group_type="array", python_class="Array")
        node["data"] = frames
        for i, unit in enumerate(("nm", "nm", "nm^-1", "1/nm")):
            dim = node.create_dataset(f"dim{i}", data=STEPS[i] * np.arange(frames.shape[i]))
            dim.attrs.update(name=NAMES[i], units=unit)
    return "/root/cube/data"


def emd_1_with_linear_axes(path: Path, frames: Frames) -> str:
    where = emd_1(path, frames)
    with h5py.File(path, "a") as file:
        for i, unit in enumerate(("nm", "nm", "nm^-1", "1/nm")):
            del file[f"root/cube/dim{i}"]
            file[f"root/cube/dim{i}"] = [7.0, 7.0 + STEPS[i]]
            file[f"root/cube/dim{i}"].attrs.update(name=NAMES[i], units=unit)
    return where


def hyperspy(path: Path, frames: Frames) -> str:
    with h5py.File(path, "w") as file:
        file.attrs.update(file_format="HyperSpy", file_format_version="3.3")
        group = file.create_group("Experiments/polyAu")
        group.create_dataset("data", data=frames, chunks=True)
        for i, unit in enumerate(("nm", "nm", "1/nm", "1/nm")):
            group.create_group(f"axis-{i}").attrs.update(
                name=NAMES[i], units=unit, scale=STEPS[i], offset=-1.0, size=frames.shape[i], navigate=i < 2
            )
    return "/Experiments/polyAu/data"


def nexus(path: Path, frames: Frames) -> str:
    with h5py.File(path, "w") as file:
        data = file.create_group("entry/scan")
        data.attrs.update(NX_class="NXdata", signal="counts", axes=list(NAMES), interpretation="image")
        data["counts"] = frames
        for i, unit in enumerate(("nm", "nm", "1/nm", "1/nm")):
            data[NAMES[i]] = STEPS[i] * np.arange(frames.shape[i])
            data[NAMES[i]].attrs["units"] = unit
    return "/entry/scan/counts"


@pytest.mark.parametrize(
    ("write", "name", "tree"),
    [
        (legacy_emd, "scan.h5", "legacy EMD"),
        (emd_1, "scan.emd", "EMD 1.0"),
        (emd_1_with_linear_axes, "scan.h5", "EMD 1.0"),
        (hyperspy, "scan.hspy", "HyperSpy"),
        (nexus, "scan.nxs", "NeXus"),
    ],
)
def test_a_scan_is_found_with_its_axes(
    write: Callable[[Path, Frames], str], name: str, tree: str, frames: Frames, tmp_path: Path
) -> None:
    where = write(tmp_path / name, frames)
    scan = ge.open_scan(tmp_path / name)
    assert (scan.format, scan.dataset_path, scan.notes) == (tree, where, ())
    assert scan.shape == (6, 5, 32, 40)
    for axis in NAMES:
        found, expected = getattr(scan.calibration, axis), getattr(EXPECTED, axis)
        assert (pytest.approx(found.step), found.unit) == (expected.step, expected.unit)
    for y, x in ((0, 0), (5, 4), (3, 1)):
        np.testing.assert_array_equal(scan.frame(y, x), frames[y, x])


def test_without_a_tree_every_axis_counts_in_pixels(frames: Frames, save_hdf5: Callable[..., Path]) -> None:
    scan = ge.open_scan(save_hdf5(frames))
    assert scan.format == "HDF5"
    assert scan.calibration == Calibration()
    assert scan.calibration.scan_unit == scan.calibration.detector_unit == "px"
    assert scan.calibration.scan_step == scan.calibration.detector_pixel == (1.0, 1.0)


def test_a_nexus_axis_without_values_counts_in_pixels_and_spoils_no_other(frames: Frames, tmp_path: Path) -> None:
    nexus(tmp_path / "scan.nxs", frames)
    with h5py.File(tmp_path / "scan.nxs", "a") as file:
        file["entry/scan"].attrs["axes"] = [".", "x", "qy", "qx"]
    calibration = ge.open_scan(tmp_path / "scan.nxs").calibration
    assert calibration.y == AxisScale()
    assert calibration.x.step == pytest.approx(2.5)
    assert (calibration.qy.unit, calibration.qx.unit) == ("1/nm", "1/nm")


def test_an_axis_in_a_unit_of_the_wrong_kind_is_not_believed(frames: Frames, tmp_path: Path) -> None:
    legacy_emd(tmp_path / "scan.h5", frames)
    with h5py.File(tmp_path / "scan.h5", "a") as file:
        cube = file["4DSTEM_experiment/data/datacubes/polyAu_4DSTEM"]
        cube["dim1"].attrs["units"] = b"[pix]"
        cube["dim3"].attrs["units"] = b"nm"
    calibration = ge.open_scan(tmp_path / "scan.h5").calibration
    assert (calibration.y, calibration.qy) == (AxisScale(), AxisScale())
    assert calibration.x.unit == "nm"


def test_axes_that_cannot_be_read_count_in_pixels_and_are_noted(frames: Frames, tmp_path: Path) -> None:
    legacy_emd(tmp_path / "scan.h5", frames)
    with h5py.File(tmp_path / "scan.h5", "a") as file:
        del file["4DSTEM_experiment/data/datacubes/polyAu_4DSTEM/dim3"]
    scan = ge.open_scan(tmp_path / "scan.h5")
    assert scan.calibration == Calibration()
    assert len(scan.notes) == 1
    assert "legacy EMD" in scan.notes[0]
    assert "px" in scan.notes[0]


def test_of_a_stack_only_the_detectors_axes_are_believed(frames: Frames, tmp_path: Path) -> None:
    with h5py.File(tmp_path / "stack.emd", "w") as file:
        node = file.create_group("root/stack")
        node["data"] = frames.reshape(30, 32, 40)
        for i, (step, unit) in enumerate(((3.0, "nm"), (0.20, "1/nm"), (0.25, "1/nm"))):
            node[f"dim{i}"] = step * np.arange(node["data"].shape[i])
            node[f"dim{i}"].attrs["units"] = unit
    calibration = ge.open_scan(tmp_path / "stack.emd", nav_shape=(6, 5)).calibration
    assert (calibration.y, calibration.x) == (AxisScale(), AxisScale())
    assert calibration.detector_unit == "1/nm"
    assert calibration.detector_pixel == pytest.approx((0.20, 0.25))
