"""The results file as DESIGN.md lays it down, read with h5py alone: every array under its name, with axes and units."""

from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from numpy.typing import NDArray

import graineye as ge

NM = {"y": (2.0, "nm"), "x": (2.5, "nm"), "qy": (0.2, "1/nm"), "qx": (0.25, "1/nm")}
# Crystallites are counted from 1, as in the label map; a template of 17 x 17 px stands with its centre on a position.
FIRST = {("template", "qy"): -8 * 0.2, ("template", "qx"): -8 * 0.25}
ARRAYS = {
    "labels": (("y", "x"), "int32", ""),
    "masks": (("crystallite", "y", "x"), "uint8", ""),
    "mean_patterns": (("crystallite", "qy", "qx"), "float32", "counts"),
    "dark_fields": (("disk", "y", "x"), "float32", "counts"),
    "mean": (("qy", "qx"), "float32", "counts"),
    "std": (("qy", "qx"), "float32", "counts"),
    "log_sum": (("qy", "qx"), "float32", ""),
    "correlation_of_log_sum": (("qy", "qx"), "float32", ""),
    "correlation_of_log_std": (("qy", "qx"), "float32", ""),
    "total_counts": (("y", "x"), "float64", "counts"),
    "centre_of_mass": (("component", "y", "x"), "float64", "px"),
    "template": (("qy", "qx"), "float32", ""),
    "excluded_frames": (("y", "x"), "uint8", ""),
    "excluded_pixels": (("qy", "qx"), "uint8", ""),
}


@pytest.fixture(scope="module")
def path(mapped: ge.CrystalliteMap, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return mapped.save(tmp_path_factory.mktemp("file") / "a.emd")


@pytest.mark.parametrize("name", ARRAYS)
def test_an_array_stands_under_its_name_with_its_axes_and_units(name: str, path: Path) -> None:
    axes, dtype, unit = ARRAYS[name]
    with h5py.File(path) as file:
        group = file["graineye"][name]
        data = group["data"]
        assert data.dtype == np.dtype(dtype)
        assert data.ndim == len(axes)
        assert data.attrs["units"] == unit
        for i, axis in enumerate(axes):
            step, unit_of_axis = NM.get(axis, (1.0, ""))
            first = FIRST.get((name, axis), 1.0 if axis == "crystallite" else 0.0)
            np.testing.assert_allclose(group[axis][()], first + step * np.arange(data.shape[i]), rtol=1e-12, atol=1e-12)
            assert group[axis].attrs["units"] == unit_of_axis
            assert group[axis].attrs["name"] == axis


@pytest.mark.parametrize("name", ARRAYS)
def test_an_array_is_one_for_emd_1_and_for_nexus(name: str, path: Path) -> None:
    axes = ARRAYS[name][0]
    with h5py.File(path) as file:
        group = file["graineye"][name]
        assert (group.attrs["emd_group_type"], group.attrs["python_class"]) == ("array", "Array")
        assert (group.attrs["NX_class"], group.attrs["signal"]) == ("NXdata", "data")
        assert tuple(group.attrs["axes"]) == axes
        assert group.attrs["interpretation"] == "image"
        for i, axis in enumerate(axes):
            assert group.attrs[f"{axis}_indices"] == i
            assert isinstance(group.get(f"dim{i}", getlink=True), h5py.SoftLink)
            assert group[f"dim{i}"] == group[axis]
        assert f"dim{len(axes)}" not in group


def test_the_file_leads_readers_to_the_label_map(path: Path) -> None:
    with h5py.File(path) as file:
        assert file.attrs["emd_group_type"] == "file"
        assert (file.attrs["version_major"], file.attrs["version_minor"]) == (1, 0)
        assert file.attrs["default"] == "graineye"
        root = file["graineye"]
        assert (root.attrs["emd_group_type"], root.attrs["python_class"]) == ("root", "Root")
        assert (root.attrs["NX_class"], root.attrs["default"]) == ("NXentry", "labels")
        assert root.attrs["format_version"] == 1
        roots = [name for name in file if file[name].attrs.get("emd_group_type") == "root"]
        assert roots == ["graineye"], "emdfile returns names instead of data where there are two"


def read(path: Path, name: str) -> NDArray[np.generic]:
    with h5py.File(path) as file:
        values: NDArray[np.generic] = file["graineye"][name]["data"][()]
    return values


def test_labels_and_masks_show_the_regions(path: Path, polycrystal: Any) -> None:
    regions = polycrystal.regions
    np.testing.assert_array_equal(read(path, "labels"), regions)
    masks = read(path, "masks")
    assert masks.shape == (3, 12, 14)
    for number, mask in enumerate(masks, start=1):
        np.testing.assert_array_equal(mask, regions == number)


def test_stacks_and_images_hold_the_numbers_of_the_scan(path: Path, polycrystal: Any) -> None:
    frames = polycrystal.frames.astype(np.float64)
    for number, pattern in enumerate(read(path, "mean_patterns"), start=1):
        np.testing.assert_allclose(pattern, frames[polycrystal.regions == number].mean(axis=0), rtol=1e-6)
    np.testing.assert_allclose(read(path, "mean"), frames.mean(axis=(0, 1)), rtol=1e-6)
    np.testing.assert_allclose(read(path, "std"), frames.std(axis=(0, 1)), rtol=1e-6)
    np.testing.assert_array_equal(read(path, "total_counts"), frames.sum(axis=(2, 3)))
    qy, qx = np.indices(frames.shape[2:])
    centre = [(frames * axis).sum(axis=(2, 3)) / frames.sum(axis=(2, 3)) for axis in (qy, qx)]
    np.testing.assert_allclose(read(path, "centre_of_mass"), centre)
    assert abs(read(path, "template").sum(dtype=np.float64)) < 1e-4


def test_a_dark_field_is_the_template_on_its_disk_in_every_frame(path: Path, polycrystal: Any) -> None:
    template, frames = read(path, "template").astype(np.float64), polycrystal.frames.astype(np.float64)
    half = template.shape[0] // 2
    with h5py.File(path) as file:
        disks = file["graineye/disks"]
        places = list(zip(disks["y"][()].tolist(), disks["x"][()].tolist(), strict=True))
    dark_fields = read(path, "dark_fields")
    assert dark_fields.shape == (len(places), 12, 14)
    inside = [(k, y, x) for k, (y, x) in enumerate(places) if half <= y < 72 - half and half <= x < 80 - half]
    assert len(inside) > 10
    for k, y, x in inside:
        window = frames[:, :, y - half : y + half + 1, x - half : x + half + 1]
        np.testing.assert_allclose(dark_fields[k], (window * template).sum(axis=(2, 3)), rtol=1e-4, atol=1e-2)


def test_arrays_are_stored_in_compressed_chunks_of_whole_images(path: Path) -> None:
    with h5py.File(path) as file:
        for name, (axes, _, _) in ARRAYS.items():
            data = file["graineye"][name]["data"]
            assert data.chunks == (1,) * (len(axes) - 2) + data.shape[-2:]
            assert data.compression == "gzip"


def test_without_a_calibration_axes_count_in_pixels(
    mapped: ge.CrystalliteMap, polycrystal: Any, tmp_path: Path
) -> None:
    np.save(tmp_path / "a.npy", polycrystal.frames)
    result = ge.map_crystallites(ge.open_scan(tmp_path / "a.npy"), mapped.settings, lambda *_: None)
    with h5py.File(result.save(tmp_path / "a.emd")) as file:
        group = file["graineye/labels"]
        assert (group["y"].attrs["units"], group["x"].attrs["units"]) == ("px", "px")
        assert group["x"][()].tolist() == list(range(14))
        assert file["graineye/mean/qx"].attrs["units"] == "px"


def test_without_crystallites_and_disks_nothing_of_length_zero_is_written(
    mapped: ge.CrystalliteMap, polycrystal: Any, tmp_path: Path
) -> None:
    np.save(tmp_path / "a.npy", np.broadcast_to(polycrystal.frames[0, 0], (4, 5, 72, 80)))
    result = ge.map_crystallites(ge.open_scan(tmp_path / "a.npy"), mapped.settings, lambda *_: None)
    lengths = []
    with h5py.File(result.save(tmp_path / "a.emd")) as file:
        absent = {
            "masks",
            "mean_patterns",
            "dark_fields",
            "crystallites",
            "disks",
            "outlines",
            "boundaries",
            "reflections",
        }
        assert absent & set(file["graineye"]) == set()
        file.visititems(lambda _, item: lengths.append(item.size) if isinstance(item, h5py.Dataset) else None)
    assert min(lengths) > 0
