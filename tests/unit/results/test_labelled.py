"""`result.to_xarray()` names every axis and puts it in the scale of the sample or the detector."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import graineye as ge
from graineye.crystallites import dendrogram
from graineye.disks import Beam, DiskPositions
from graineye.passes import Statistics
from graineye.probe import Template
from graineye.results import Excluded, Provenance
from graineye.scan import AxisScale, Calibration

NM = Calibration(AxisScale(2.0, "nm"), AxisScale(5.0, "nm"), AxisScale(0.1, "1/nm"), AxisScale(0.4, "1/nm"))


@pytest.fixture
def result() -> ge.CrystalliteMap:
    """Two crystallites side by side in 2 x 3 positions, frames of 4 x 5 px, two disks, a template of 3 x 3 px."""
    labels = np.array([[1, 1, 2], [1, 1, 2]], np.int32)
    dark_fields = np.stack([np.where(labels == 1, 7, 0), np.where(labels == 2, 9, 0)], axis=-1).astype(np.float32)
    image = np.arange(20, dtype=np.float32).reshape(4, 5)
    template = np.array([[-1, 2, -1], [0, 0, 0], [1, -2, 1]], np.float32)
    return ge.CrystalliteMap(
        labels=labels,
        settings=ge.Settings(),
        calibration=NM,
        provenance=Provenance("gold.h5", "/data/gold.h5", "", 0, "", (2, 3, 4, 5)),
        statistics=Statistics(image, image + 1, image + 2, total_counts=100.0 * labels),
        template=Template(template, 1.0, "by hand"),
        correlation_of_log_sum=image + 3,
        correlation_of_log_std=image + 4,
        beam=Beam((2.0, 2.0), 1.0),
        disks=DiskPositions(np.array([[1, 4], [3, 0]]), np.array([6, 5], np.float32)),
        dark_fields=dark_fields,
        dendrogram=dendrogram(dark_fields),
        excluded=Excluded.nothing((2, 3), (4, 5)),
        known_mean_patterns=np.stack([image, 10 * image]),
    )


def test_the_scan_is_in_nm(result: ge.CrystalliteMap) -> None:
    labels = result.to_xarray()["labels"]
    assert labels.dims == ("y", "x")
    assert labels["y"].values.tolist() == [0.0, 2.0]
    assert labels["x"].values.tolist() == [0.0, 5.0, 10.0]
    assert labels["y"].attrs["units"] == labels["x"].attrs["units"] == "nm"
    assert labels.sel(y=2, x=10).item() == 2
    assert labels.sel(y=2, x=5).item() == 1


def test_the_detector_is_in_reciprocal_nm(result: ge.CrystalliteMap) -> None:
    dataset = result.to_xarray()
    names = ("mean", "std", "log_sum", "correlation_of_log_sum", "correlation_of_log_std")
    for more, name in enumerate(names):
        assert dataset[name].dims == ("qy", "qx")
        # The pixel in row 3, column 2 is number 17.
        assert dataset[name].sel(qy=0.3, qx=0.8, method="nearest").item() == 17 + more
    np.testing.assert_allclose(dataset["qy"], [0, 0.1, 0.2, 0.3])
    np.testing.assert_allclose(dataset["qx"], [0, 0.4, 0.8, 1.2, 1.6])
    assert dataset["qy"].attrs["units"] == dataset["qx"].attrs["units"] == "1/nm"


def test_the_template_is_zero_where_it_stands(result: ge.CrystalliteMap) -> None:
    template = result.to_xarray()["template"]
    assert template.dims == ("template_qy", "template_qx")
    np.testing.assert_allclose(template["template_qy"], [-0.1, 0, 0.1])
    np.testing.assert_allclose(template["template_qx"], [-0.4, 0, 0.4])
    assert template["template_qx"].attrs["units"] == "1/nm"
    assert template.sel(template_qy=0.1, template_qx=0).item() == -2


def test_a_dark_field_tells_its_place_on_the_detector(result: ge.CrystalliteMap) -> None:
    dark_fields = result.to_xarray()["dark_fields"]
    assert dark_fields.dims == ("y", "x", "disk")
    second = dark_fields.sel(disk=1)
    assert second.values.tolist() == [[0, 0, 9], [0, 0, 9]]
    assert (second["disk_y"].item(), second["disk_x"].item()) == (3, 0)
    assert second["disk_y"].attrs["units"] == second["disk_x"].attrs["units"] == "px"


def test_a_mean_pattern_is_found_by_its_label(result: ge.CrystalliteMap) -> None:
    patterns = result.to_xarray()["mean_patterns"]
    assert patterns.dims == ("crystallite", "qy", "qx")
    assert patterns["crystallite"].values.tolist() == [1, 2]
    np.testing.assert_array_equal(patterns.sel(crystallite=2), 10 * np.arange(20).reshape(4, 5))


def test_counts_are_counts_and_the_rest_has_no_unit(result: ge.CrystalliteMap) -> None:
    dataset = result.to_xarray()
    units = {name: variable.attrs["units"] for name, variable in dataset.data_vars.items()}
    counted = {"total_counts", "dark_fields", "mean", "std", "mean_patterns"}
    assert units == {name: "counts" if name in counted else "" for name in dataset.data_vars}
    assert dataset["total_counts"].sum().item() == 800
    assert dataset.attrs["scan"] == "gold.h5"


def test_without_a_calibration_axes_count_in_pixels(result: ge.CrystalliteMap) -> None:
    dataset = replace(result, calibration=Calibration()).to_xarray()
    assert dataset["x"].values.tolist() == [0, 1, 2]
    assert dataset["qx"].values.tolist() == [0, 1, 2, 3, 4]
    assert dataset["template_qy"].values.tolist() == [-1, 0, 1]
    assert {dataset[axis].attrs["units"] for axis in ("y", "x", "qy", "qx", "template_qy")} == {"px"}


def test_angles_are_in_mrad(result: ge.CrystalliteMap) -> None:
    calibration = replace(NM, qy=AxisScale(0.5, "mrad"), qx=AxisScale(0.5, "mrad"))
    dataset = replace(result, calibration=calibration).to_xarray()
    assert dataset["qy"].values.tolist() == [0, 0.5, 1, 1.5]
    assert dataset["qy"].attrs["units"] == "mrad"
    assert dataset["x"].attrs["units"] == "nm"


def test_mean_patterns_that_are_not_known_are_left_out_and_no_frame_is_read(result: ge.CrystalliteMap) -> None:
    dataset = result.cut(count=1).to_xarray()
    assert "mean_patterns" not in dataset
    assert "crystallite" not in dataset.coords
    assert dataset["labels"].values.tolist() == [[1, 1, 1], [1, 1, 1]]


def test_no_disks_and_no_crystallites_make_axes_of_length_zero(result: ge.CrystalliteMap) -> None:
    dataset = replace(
        result,
        labels=np.zeros((2, 3), np.int32),
        disks=DiskPositions(np.zeros((0, 2), np.int64), np.zeros(0, np.float32)),
        dark_fields=np.zeros((2, 3, 0), np.float32),
        known_mean_patterns=np.zeros((0, 4, 5), np.float32),
    ).to_xarray()
    assert dict(dataset["dark_fields"].sizes) == {"y": 2, "x": 3, "disk": 0}
    assert dataset["mean_patterns"].shape == (0, 4, 5)
    assert dataset["crystallite"].size == 0


def test_a_loaded_result_gives_the_same(result: ge.CrystalliteMap, tmp_path: Path) -> None:
    loaded = ge.load_result(result.save(tmp_path / "gold.crystallites.emd"))
    assert loaded.to_xarray().identical(result.to_xarray())


def test_fractions_significance_and_the_beam_have_their_axes(mapped_as_overlaps: ge.CrystalliteMap) -> None:
    dataset = mapped_as_overlaps.to_xarray()
    assert dataset["fractions"].dims == ("crystallite", "y", "x")
    second = dataset["fractions"].sel(crystallite=2)
    np.testing.assert_array_equal(second, mapped_as_overlaps.overlapping.fractions[..., 1])
    assert second["x"].attrs["units"] == "nm"
    assert dataset["strengths"].dims == ("crystallite", "disk")
    assert dataset["strengths"].attrs["units"] == "counts"
    assert dataset["significance"].dims == ("qy", "qx")
    assert dataset["beam"].dims == dataset["beam_measured"].dims == ("component", "y", "x")
    assert dataset["beam"].attrs["units"] == "px"
    assert dataset["beam"].sel(component="x").mean().item() == pytest.approx(40, abs=0.1)
    assert dataset["beam_left_out"].dims == ("y", "x")
    assert "fractions" not in mapped_as_overlaps.cut(count=3).to_xarray()
