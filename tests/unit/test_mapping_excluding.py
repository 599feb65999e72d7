"""A map with things left out is the map of what is left: bad frames and hot pixels neither show nor shift anything."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from numpy.typing import NDArray

import graineye as ge
from graineye.errors import ScanError
from graineye.progress import silent
from graineye.settings import CutSettings, DisksSettings, SegmentationSettings

SaveHDF5 = Callable[..., Path]
FRAMES = np.zeros((12, 14), bool)
FRAMES[3, 2:7] = FRAMES[9, 12] = FRAMES[0, 0] = True
PIXELS = np.zeros((72, 80), bool)
PIXELS[10:20, 12:18] = PIXELS[50:58, 66:69] = PIXELS[5, 70] = True


def settings_of(polycrystal: Any, **sections: Any) -> ge.Settings:
    return polycrystal.settings(**{"disks": DisksSettings(count=60)} | sections)


@pytest.fixture(scope="module")
def path(polycrystal: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The polycrystal with noise that flickers far above all else in some frames and pixels, and NaN in one frame."""
    rng, data = np.random.default_rng(5), polycrystal.frames.astype(np.float32)
    data[FRAMES] = rng.random((FRAMES.sum(), 72, 80)) * 500
    data[:, :, PIXELS] = 3000 + 1000 * rng.random((12, 14, PIXELS.sum()))
    data[0, 0] = np.nan
    path = tmp_path_factory.mktemp("broken") / "scan.npy"
    np.save(path, data)
    return path


@pytest.fixture(scope="module", params=["overlapping", "dendrogram"])
def result(request: pytest.FixtureRequest, path: Path, polycrystal: Any) -> ge.CrystalliteMap:
    scan = ge.open_scan(path, exclude_frames=FRAMES, exclude_pixels=PIXELS, scan_step="2nm")
    settings = settings_of(polycrystal, segmentation=SegmentationSettings(method=request.param))
    return ge.map_crystallites(scan, settings, silent)


def test_the_labels_are_those_of_the_clean_scan(result: ge.CrystalliteMap, polycrystal: Any) -> None:
    np.testing.assert_array_equal(result.labels, np.where(FRAMES, 0, polycrystal.regions))


def test_left_in_the_same_frames_and_pixels_spoil_the_map(path: Path, polycrystal: Any) -> None:
    scan = ge.open_scan(path, exclude_frames="0,0")
    labels = ge.map_crystallites(scan, settings_of(polycrystal), silent).labels
    assert (labels != polycrystal.regions).mean() > 0.1


def test_no_position_lies_on_an_excluded_pixel_and_every_disk_beside_them_has_one(
    result: ge.CrystalliteMap, polycrystal: Any
) -> None:
    positions = result.disks.positions
    assert not PIXELS[tuple(positions.T)].any()
    drawn = [place for places in polycrystal.disks.values() for place in places]
    for place in drawn if result.overlapping else [polycrystal.beam, *drawn]:
        assert min(np.hypot(*(positions - place).T)) <= 2


def test_excluded_positions_take_no_part_in_any_number(result: ge.CrystalliteMap, polycrystal: Any) -> None:
    left = polycrystal.frames[~FRAMES][:, ~PIXELS]
    np.testing.assert_allclose(result.statistics.mean[~PIXELS], left.mean(axis=0), rtol=1e-5, atol=1e-6)
    assert np.isnan(result.dark_fields[FRAMES]).all()
    assert np.isfinite(result.dark_fields[~FRAMES]).all()
    expected = np.abs(result.dark_fields[~FRAMES].astype(np.float64)).mean(axis=0)
    np.testing.assert_allclose(result.mean_magnitude, expected, rtol=1e-6)
    assert result.table["area_px"].sum() == 168 - FRAMES.sum()
    assert result.table["area_nm2"].sum() == pytest.approx(4 * (168 - FRAMES.sum()))
    for label in (1, 2, 3):
        of_label = polycrystal.frames[(polycrystal.regions == label) & ~FRAMES].mean(axis=0)
        np.testing.assert_allclose(result.mean_patterns[label - 1][~PIXELS], of_label[~PIXELS], rtol=1e-5, atol=1e-6)


def test_a_row_left_out_divides_a_crystallite(path: Path, polycrystal: Any) -> None:
    scan = ge.open_scan(path, exclude_frames="3,0:8;0,0;9,12", exclude_pixels=PIXELS)
    result = ge.map_crystallites(scan, settings_of(polycrystal), silent)
    assert result.count == 4
    assert len(np.unique(result.labels[1:3, :8])) == len(np.unique(result.labels[4:7, :8])) == 1
    assert result.labels[2, 0] != result.labels[4, 0]


def test_a_crystallite_that_may_overlap_goes_on_behind_a_row_left_out(path: Path, polycrystal: Any) -> None:
    excluded = FRAMES.copy()
    excluded[3, :8] = True
    scan = ge.open_scan(path, exclude_frames=excluded, exclude_pixels=PIXELS)
    result = ge.map_crystallites(scan, polycrystal.settings_for_overlaps(), silent)
    np.testing.assert_array_equal(result.labels, np.where(excluded, 0, polycrystal.regions))
    np.testing.assert_array_equal(next(result.masks), (polycrystal.regions == 1) & ~excluded)
    assert not result.overlapping.fractions[excluded].any()


def test_it_is_told_how_much_is_left_out(result: ge.CrystalliteMap, tmp_path: Path) -> None:
    notes = " ".join(result.provenance.notes)
    assert f"{FRAMES.sum()} of 168 scan positions are excluded" in notes
    assert f"{PIXELS.sum()} of 5760 detector pixels are excluded" in notes
    page = result.report(tmp_path / "a.html").read_text(encoding="utf-8")
    assert f"{FRAMES.sum()} scan positions, {PIXELS.sum()} detector pixels" in page
    assert 'data-name="excluded-pixels"' in page


def test_the_results_file_lists_what_is_left_out(result: ge.CrystalliteMap, tmp_path: Path) -> None:
    path = result.save(tmp_path / "a.emd")
    with h5py.File(path) as file:
        frames, pixels = (file[f"graineye/excluded_{what}/data"] for what in ("frames", "pixels"))
        assert frames.dtype == pixels.dtype == np.uint8
        np.testing.assert_array_equal(frames[()], FRAMES)
        np.testing.assert_array_equal(pixels[()], PIXELS)
    loaded = ge.load_result(path)
    assert str(loaded.excluded) == str(result.excluded)
    for settings in ({"count": 6}, {"distance": 3.0}, {"relative": 5.0, "min_size": 4}):
        np.testing.assert_array_equal(loaded.cut(**settings).labels, result.cut(**settings).labels)


def test_mean_patterns_of_a_loaded_result_leave_the_same_out(result: ge.CrystalliteMap, tmp_path: Path) -> None:
    loaded = replace(ge.load_result(result.save(tmp_path / "a.emd")), known_mean_patterns=None)
    np.testing.assert_array_equal(loaded.mean_patterns, result.mean_patterns)


def test_hot_and_dead_pixels_that_are_found_are_listed_and_count_nothing(polycrystal: Any, tmp_path: Path) -> None:
    data = polycrystal.frames.copy()
    data[:, :, 16, 22] = np.random.default_rng(6).integers(0, 60000, (12, 14))
    data[:, :, 38, 41] = 0
    np.save(tmp_path / "scan.npy", data)
    scan = ge.open_scan(tmp_path / "scan.npy", exclude_pixels="70:72,0:3")
    result = ge.map_crystallites(scan, settings_of(polycrystal), silent)
    assert np.argwhere(result.excluded.pixels == 2).tolist() == [[16, 22], [38, 41]]
    assert (result.excluded.pixels == 1).sum() == 6
    assert "2 dead or hot pixels were found" in " ".join(result.provenance.notes)
    np.testing.assert_array_equal(result.labels, polycrystal.regions)
    assert result.mean_patterns[:, 16, 22].max() < 50


def test_of_two_frames_one_left_out_is_too_few(polycrystal: Any, tmp_path: Path) -> None:
    np.save(tmp_path / "scan.npy", polycrystal.frames[:1, :2])
    scan = ge.open_scan(tmp_path / "scan.npy", exclude_frames="0,1")
    with pytest.raises(ScanError, match="one frame only"):
        ge.map_crystallites(scan, settings_of(polycrystal), silent)


def test_a_cut_into_fewer_crystallites_than_parts_is_refused_before_any_pass(path: Path, polycrystal: Any) -> None:
    scan = ge.open_scan(path, exclude_frames="5,:")
    passes: list[str] = []
    with pytest.raises(ge.GraineyeError, match="2 parts"):
        ge.map_crystallites(
            scan, settings_of(polycrystal, cut=CutSettings(count=1)), lambda stage, *_: passes.append(stage)
        )
    assert passes == []


@pytest.fixture(scope="module")
def row(polycrystal: Any, save_legacy_emd: SaveHDF5, tmp_path_factory: pytest.TempPathFactory) -> ge.CrystalliteMap:
    path = save_legacy_emd(tmp_path_factory.mktemp("row") / "row.h5", polycrystal.frames[:1])
    return ge.map_crystallites(ge.open_scan(path), settings_of(polycrystal), silent)


def test_of_one_row_lengths_along_it_are_known_and_areas_not(row: ge.CrystalliteMap, tmp_path: Path) -> None:
    table: NDArray[Any] = row.table
    assert row.count == 2
    assert table["x_nm"].tolist() == pytest.approx([2.5 * 3.5, 2.5 * 10.5])
    assert table["y_nm"].isna().all()
    assert table["area_nm2"].isna().all()
    assert table["diameter_nm"].isna().all()
    assert table["diameter_px"].notna().all()
    assert row.boundaries["length_nm"].isna().all()  # the boundary lies along y
    assert "x_nm" in row.outlines
    assert "y_nm" not in row.outlines
    with h5py.File(row.save(tmp_path / "a.emd")) as file:
        x, y = file["graineye/labels/x"], file["graineye/labels/y"]
        assert (x.attrs["units"], y.attrs["units"]) == ("nm", "px")
        np.testing.assert_allclose(x[:3], [0, 2.5, 5])
    page = row.report(tmp_path / "a.html").read_text(encoding="utf-8")
    assert "y unknown, x 2.5 nm" in page


def test_d_spacings_follow_from_angles_and_the_energy(polycrystal: Any, tmp_path: Path) -> None:
    np.save(tmp_path / "scan.npy", polycrystal.frames)
    scan = ge.open_scan(tmp_path / "scan.npy", detector_pixel="1.2mrad", beam_energy="300kV")
    result = ge.map_crystallites(scan, settings_of(polycrystal), silent)
    first = result.reflections.iloc[0]
    distance = np.hypot(*(result.disks.positions[int(first["disk"])] - result.beam.position))
    assert first["d_nm"] == pytest.approx(1.9687e-3 / (1.2e-3 * distance), rel=1e-3)
    assert "d (nm)" in result.report(tmp_path / "a.html").read_text(encoding="utf-8")
    unknown = replace(result, calibration=replace(result.calibration, beam_energy=None))
    assert unknown.reflections["d_nm"].isna().all()
    assert ge.load_result(result.save(tmp_path / "a.emd")).calibration == result.calibration
