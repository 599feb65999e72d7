"""The whole method on scans whose crystallites are known: numpy makes them, pixel by pixel."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import graineye as ge
from graineye.errors import BadValues, BeamNotFound, ScanError, SettingsError
from graineye.progress import silent
from graineye.settings import CutSettings, DisksSettings, ScanSettings, SegmentationSettings

SaveHDF5 = Callable[..., Path]
Refused = Callable[..., Any]


@pytest.fixture(params=["overlapping", "dendrogram"])
def settings_by(request: pytest.FixtureRequest, polycrystal: Any) -> Callable[..., ge.Settings]:
    """Settings for the polycrystal's aperture, by either method: settings_by(scan=..., disks=...)."""
    by_method = SegmentationSettings(method=request.param)
    return lambda **sections: polycrystal.settings(segmentation=by_method, **sections)


def map_frames(path: Path, settings: ge.Settings, **how: Any) -> ge.CrystalliteMap:
    return ge.map_crystallites(ge.open_scan(path, **how), settings, silent)


@pytest.mark.parametrize("count", [12, 60, 500])
@pytest.mark.parametrize("how", [{}, {"chunks": (5, 3, 72, 80), "compression": "gzip"}], ids=["contiguous", "chunked"])
def test_exactly_the_three_crystallites_are_found(
    count: int, how: dict[str, Any], polycrystal: Any, save_hdf5: SaveHDF5
) -> None:
    result = map_frames(save_hdf5(polycrystal.frames, **how), polycrystal.settings(disks=DisksSettings(count=count)))
    np.testing.assert_array_equal(result.labels, polycrystal.regions)
    assert result.labels.dtype == np.int32


@pytest.mark.parametrize("how", [{}, {"chunks": (5, 3, 72, 80), "compression": "gzip"}], ids=["contiguous", "chunked"])
def test_without_a_threshold_exactly_the_three_crystallites_are_found(
    how: dict[str, Any], polycrystal: Any, save_hdf5: SaveHDF5
) -> None:
    result = map_frames(save_hdf5(polycrystal.frames, **how), polycrystal.settings_for_overlaps())
    np.testing.assert_array_equal(result.labels, polycrystal.regions)
    assert result.labels.dtype == np.int32
    masks = list(result.masks)
    np.testing.assert_array_equal(masks, [polycrystal.regions == k for k in (1, 2, 3)])
    assert [mask.dtype for mask in masks] == [np.bool_] * 3
    assert result.overlapping.fractions.shape == (12, 14, 3)


@pytest.mark.parametrize("turn", ["mirrored", "transposed"])
def test_a_scan_that_is_turned_gives_a_map_that_is_turned(
    turn: str, polycrystal: Any, settings_by: Callable[..., ge.Settings], save_hdf5: SaveHDF5
) -> None:
    frames, regions = polycrystal.frames, polycrystal.regions
    if turn == "mirrored":
        frames, regions = frames[::-1, ::-1], regions[::-1, ::-1]
    else:
        frames, regions = np.swapaxes(frames, 0, 1), regions.T
    labels = map_frames(save_hdf5(frames), settings_by()).labels
    pairs = set(zip(labels.ravel().tolist(), regions.ravel().tolist(), strict=True))
    assert len(pairs) == 3, "one to one, though numbered anew"
    assert labels[0, 0] == 1


def test_the_beam_and_the_disks_stand_where_they_were_drawn(
    polycrystal: Any, settings_by: Callable[..., ge.Settings], save_hdf5: SaveHDF5
) -> None:
    result = map_frames(save_hdf5(polycrystal.frames), settings_by(disks=DisksSettings(count=40)))
    assert result.beam.position == pytest.approx(polycrystal.beam, abs=0.05)
    found = {tuple(place) for place in result.disks.positions.tolist()}
    for places in polycrystal.disks.values():
        assert set(places) <= found


def test_one_crystallite_is_one_crystallite(
    polycrystal: Any, settings_by: Callable[..., ge.Settings], save_hdf5: SaveHDF5
) -> None:
    result = map_frames(save_hdf5(polycrystal.frames[:7, :8]), settings_by())
    assert result.count == 1
    assert (result.labels == 1).all()


def test_the_same_labels_on_one_and_two_threads(small_partitions: None, polycrystal: Any, save_hdf5: SaveHDF5) -> None:
    path = save_hdf5(polycrystal.frames)
    settings = polycrystal.settings(cut=CutSettings(count=25))
    one, two = map_frames(path, settings, cpus=1), map_frames(path, settings, cpus=2)
    np.testing.assert_array_equal(one.labels, two.labels)
    np.testing.assert_array_equal(one.dendrogram.children, two.dendrogram.children)
    np.testing.assert_array_equal(one.dendrogram.heights, two.dendrogram.heights)
    np.testing.assert_array_equal(one.dark_fields, two.dark_fields)


def test_the_same_fractions_on_one_and_two_threads(
    small_partitions: None, polycrystal: Any, save_hdf5: SaveHDF5
) -> None:
    path, settings = save_hdf5(polycrystal.frames), polycrystal.settings_for_overlaps()
    one, two = map_frames(path, settings, cpus=1), map_frames(path, settings, cpus=2)
    np.testing.assert_array_equal(one.significance, two.significance)
    np.testing.assert_array_equal(one.descan.beam, two.descan.beam)
    np.testing.assert_array_equal(one.dark_fields, two.dark_fields)
    np.testing.assert_array_equal(one.overlapping.fractions, two.overlapping.fractions)
    np.testing.assert_array_equal(one.labels, two.labels)


def test_classic_settings_keep_positions_near_the_border_and_cut_at_200(polycrystal: Any, save_hdf5: SaveHDF5) -> None:
    path = save_hdf5(polycrystal.frames)
    radius = 11.5

    def near_the_border(result: ge.CrystalliteMap) -> NDArray[np.bool_]:
        y, x = result.disks.positions.T
        return np.minimum.reduce([y, x, 71 - y, 79 - x]) < radius

    classic = map_frames(path, ge.Settings.classic())
    assert classic.template.bright_radius == radius
    assert near_the_border(classic).any()
    assert classic.settings.cut.distance == 200
    np.testing.assert_array_equal(classic.labels, classic.cut(distance=200.0).labels)
    assert classic.overlapping is None
    dropped = map_frames(path, replace(ge.Settings.classic(), disks=DisksSettings()))
    assert len(dropped.disks) > 0
    assert not near_the_border(dropped).any()


def test_what_every_step_gave_is_an_attribute(mapped: ge.CrystalliteMap) -> None:
    assert mapped.dark_fields.shape == (12, 14, len(mapped.disks))
    assert mapped.features.shape == mapped.dark_fields.shape
    np.testing.assert_allclose(np.abs(mapped.features).mean(axis=(0, 1)), 1.0, rtol=1e-5)
    assert mapped.statistics.mean.shape == mapped.correlation_of_log_std.shape == (72, 80)
    assert len(mapped.dendrogram.heights) == 12 * 14 - 1
    assert "3 crystallites in 12 x 14 scan positions" in repr(mapped)
    assert "polycrystal.h5" in repr(mapped)


def test_progress_is_told_for_each_pass_in_turn(polycrystal: Any, save_hdf5: SaveHDF5) -> None:
    told: list[tuple[str, int, int]] = []
    scan = ge.open_scan(save_hdf5(polycrystal.frames))
    ge.map_crystallites(scan, polycrystal.settings(), lambda *report: told.append(report))
    stages = list(dict.fromkeys(stage for stage, _, _ in told))
    assert stages == ["statistics", "dark fields", "mean patterns"]
    for stage in stages:
        assert [report for report in told if report[0] == stage][-1] == (stage, 168, 168)


def test_each_pass_of_the_method_without_a_threshold_is_told_of_in_turn(polycrystal: Any, save_hdf5: SaveHDF5) -> None:
    told: list[tuple[str, int, int]] = []
    scan = ge.open_scan(save_hdf5(polycrystal.frames))
    ge.map_crystallites(scan, polycrystal.settings_for_overlaps(), lambda *report: told.append(report))
    stages = list(dict.fromkeys(stage for stage, _, _ in told))
    assert stages == ["statistics", "beam", "disk positions", "dark fields", "mean patterns"]
    for stage in stages:
        assert [report for report in told if report[0] == stage][-1] == (stage, 168, 168)


def test_negative_values_change_nothing(
    polycrystal: Any, settings_by: Callable[..., ge.Settings], save_hdf5: SaveHDF5
) -> None:
    result = map_frames(save_hdf5(polycrystal.frames.astype(np.int32) - 50), settings_by())
    np.testing.assert_array_equal(result.labels, polycrystal.regions)


@pytest.mark.parametrize("factor", [1e-6, 0.5, 2.0, 37.0, 1e6])
def test_frames_that_are_no_counts_give_the_same_map(
    factor: float, polycrystal: Any, settings_by: Callable[..., ge.Settings], save_hdf5: SaveHDF5
) -> None:
    result = map_frames(save_hdf5((polycrystal.frames * factor).astype(np.float32)), settings_by())
    np.testing.assert_array_equal(result.labels, polycrystal.regions)


def test_without_a_threshold_a_gain_scales_strengths_and_nothing_else(polycrystal: Any, save_hdf5: SaveHDF5) -> None:
    settings = polycrystal.settings_for_overlaps()
    counts = map_frames(save_hdf5(polycrystal.frames), settings)
    frames = map_frames(save_hdf5((polycrystal.frames * 37.0).astype(np.float32)), settings)
    common = {tuple(place) for place in counts.disks.positions} & {tuple(place) for place in frames.disks.positions}
    assert len(common) > 0.9 * max(len(counts.disks), len(frames.disks))
    np.testing.assert_allclose(frames.overlapping.fractions, counts.overlapping.fractions, atol=0.02)
    assert frames.overlapping.strengths.max() == pytest.approx(37 * counts.overlapping.strengths.max(), rel=0.02)


def test_frames_with_nan_are_refused_or_taken_as_zero(
    polycrystal: Any, settings_by: Callable[..., ge.Settings], save_hdf5: SaveHDF5, refused: Refused
) -> None:
    values = polycrystal.frames.astype(np.float32)
    values[0, 0, 3, 3], values[5, 6, 3, 3] = np.nan, np.inf
    path = save_hdf5(values)
    with refused(BadValues, path, "2 of 168 frames", "--scan.bad-values zero"):
        map_frames(path, settings_by())
    result = map_frames(path, settings_by(scan=ScanSettings(bad_values="zero")))
    np.testing.assert_array_equal(result.labels, polycrystal.regions)
    assert np.isfinite(result.mean_patterns).all()


def test_one_frame_only_is_refused(polycrystal: Any, save_hdf5: SaveHDF5, refused: Refused) -> None:
    path = save_hdf5(polycrystal.frames[:1, :1])
    with refused(ScanError, path, "one frame only", "at least two positions"):
        map_frames(path, polycrystal.settings())
    path = save_hdf5(polycrystal.frames)
    with refused(ScanError, path, "one frame only"):
        map_frames(path, polycrystal.settings(), roi="3:4,3:4")


@pytest.mark.parametrize("value", [0, 7])
def test_frames_without_anything_in_them_have_no_beam(
    value: int, settings_by: Callable[..., ge.Settings], save_hdf5: SaveHDF5, refused: Refused
) -> None:
    path = save_hdf5(np.full((5, 6, 72, 80), value, np.uint16))
    with refused(BeamNotFound, path, "no zero-order beam", "is this a scan"):
        map_frames(path, settings_by())


def test_a_scan_of_one_frame_again_and_again_has_no_crystallites(polycrystal: Any, save_hdf5: SaveHDF5) -> None:
    path = save_hdf5(np.broadcast_to(polycrystal.frames[0, 0], (5, 6, 72, 80)))
    result = map_frames(path, polycrystal.settings())
    assert (result.count, len(result.disks), len(result.table)) == (0, 0, 0)
    assert not result.labels.any()
    assert result.dark_fields.shape == (5, 6, 0)
    assert any("no disks were found" in note for note in result.provenance.notes)


@pytest.mark.parametrize("position", [(0, 0), (3, 3), (4, 12), (9, 2)])
def test_a_scan_of_one_frame_again_and_again_is_never_divided(
    position: tuple[int, int], polycrystal: Any, save_hdf5: SaveHDF5
) -> None:
    path = save_hdf5(np.broadcast_to(polycrystal.frames[position], (5, 6, 72, 80)))
    result = map_frames(path, polycrystal.settings_for_overlaps())
    assert result.count == len(result.table) <= 1
    assert (result.labels == result.count).all()


@pytest.mark.parametrize("shape", [(1, 14), (12, 1), (2, 14)], ids=["one row", "one column", "two rows"])
def test_of_a_few_rows_the_crystallites_are_found(
    shape: tuple[int, int], polycrystal: Any, save_hdf5: SaveHDF5
) -> None:
    ny, nx = shape
    result = map_frames(save_hdf5(polycrystal.frames[:ny, :nx]), polycrystal.settings_for_overlaps())
    if shape != (12, 1):
        np.testing.assert_array_equal(result.labels, polycrystal.regions[:ny, :nx])
    else:
        assert result.labels[:7].tolist() == [[1]] * 7  # below are fewer scan positions than any crystallite has


@pytest.mark.parametrize("shape", [(1, 2), (2, 1), (2, 2)])
def test_two_or_four_frames_are_too_few_to_show_a_crystallite(
    shape: tuple[int, int], polycrystal: Any, save_hdf5: SaveHDF5
) -> None:
    ny, nx = shape
    result = map_frames(save_hdf5(polycrystal.frames[:ny, :nx]), polycrystal.settings_for_overlaps())
    assert result.count == 0
    assert not result.labels.any()
    assert any("no crystallites were found" in note for note in result.provenance.notes)


@pytest.fixture
def beam_and_noise(save_hdf5: SaveHDF5) -> Path:
    y, x = np.mgrid[:72, :80]
    mean = 0.3 + 30.0 * (np.hypot(y - 36, x - 40) < 6)
    return save_hdf5(np.random.default_rng(22).poisson(mean, (12, 14, 72, 80)).astype(np.uint16))


def test_beam_and_noise_are_never_divided_into_crystallites(beam_and_noise: Path, polycrystal: Any) -> None:
    assert map_frames(beam_and_noise, polycrystal.settings()).count <= 1


def test_beam_and_noise_have_no_crystallites_and_a_warning(
    beam_and_noise: Path, settings_by: Callable[..., ge.Settings]
) -> None:
    result = map_frames(beam_and_noise, settings_by())
    assert result.count == 0
    assert any("no disks were found" in note for note in result.provenance.notes)
    assert len(result.reflections) == len(result.outlines) == len(list(result.masks)) == 0
    assert result.mean_patterns.shape == (0, 72, 80)


def test_more_crystallites_than_scan_positions_are_refused(
    polycrystal: Any, save_hdf5: SaveHDF5, refused: Refused
) -> None:
    path = save_hdf5(polycrystal.frames[:2, :3])
    with refused(SettingsError, "cut.count is 7", "6 scan positions"):
        map_frames(path, polycrystal.settings(cut=CutSettings(count=7)))
