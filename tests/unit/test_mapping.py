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
from graineye.settings import CutSettings, DisksSettings, ScanSettings

SaveHDF5 = Callable[..., Path]
Refused = Callable[..., Any]


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


@pytest.mark.parametrize("turn", ["mirrored", "transposed"])
def test_a_scan_that_is_turned_gives_a_map_that_is_turned(turn: str, polycrystal: Any, save_hdf5: SaveHDF5) -> None:
    frames, regions = polycrystal.frames, polycrystal.regions
    if turn == "mirrored":
        frames, regions = frames[::-1, ::-1], regions[::-1, ::-1]
    else:
        frames, regions = np.swapaxes(frames, 0, 1), regions.T
    labels = map_frames(save_hdf5(frames), polycrystal.settings()).labels
    pairs = set(zip(labels.ravel().tolist(), regions.ravel().tolist(), strict=True))
    assert len(pairs) == 3, "one to one, though numbered anew"
    assert labels[0, 0] == 1


def test_the_beam_and_the_disks_stand_where_they_were_drawn(polycrystal: Any, save_hdf5: SaveHDF5) -> None:
    result = map_frames(save_hdf5(polycrystal.frames), polycrystal.settings(disks=DisksSettings(count=40)))
    assert result.beam.position == pytest.approx(polycrystal.beam, abs=0.05)
    found = {tuple(place) for place in result.disks.positions.tolist()}
    for places in polycrystal.disks.values():
        assert set(places) <= found


def test_one_crystallite_is_one_crystallite(polycrystal: Any, save_hdf5: SaveHDF5) -> None:
    result = map_frames(save_hdf5(polycrystal.frames[:7, :8]), polycrystal.settings())
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


def test_negative_values_change_nothing(polycrystal: Any, save_hdf5: SaveHDF5) -> None:
    result = map_frames(save_hdf5(polycrystal.frames.astype(np.int32) - 50), polycrystal.settings())
    np.testing.assert_array_equal(result.labels, polycrystal.regions)


def test_frames_with_nan_are_refused_or_taken_as_zero(polycrystal: Any, save_hdf5: SaveHDF5, refused: Refused) -> None:
    values = polycrystal.frames.astype(np.float32)
    values[0, 0, 3, 3], values[5, 6, 3, 3] = np.nan, np.inf
    path = save_hdf5(values)
    with refused(BadValues, path, "2 of 168 frames", "--scan.bad-values zero"):
        map_frames(path, polycrystal.settings())
    result = map_frames(path, polycrystal.settings(scan=ScanSettings(bad_values="zero")))
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
    value: int, polycrystal: Any, save_hdf5: SaveHDF5, refused: Refused
) -> None:
    path = save_hdf5(np.full((5, 6, 72, 80), value, np.uint16))
    with refused(BeamNotFound, path, "no zero-order beam", "is this a scan"):
        map_frames(path, polycrystal.settings())


def test_a_scan_of_one_frame_again_and_again_has_no_crystallites(polycrystal: Any, save_hdf5: SaveHDF5) -> None:
    path = save_hdf5(np.broadcast_to(polycrystal.frames[0, 0], (5, 6, 72, 80)))
    result = map_frames(path, polycrystal.settings())
    assert (result.count, len(result.disks), len(result.table)) == (0, 0, 0)
    assert not result.labels.any()
    assert result.dark_fields.shape == (5, 6, 0)
    assert any("no disks were found" in note for note in result.provenance.notes)


@pytest.fixture
def beam_and_noise(save_hdf5: SaveHDF5) -> Path:
    y, x = np.mgrid[:72, :80]
    mean = 0.3 + 30.0 * (np.hypot(y - 36, x - 40) < 6)
    return save_hdf5(np.random.default_rng(22).poisson(mean, (12, 14, 72, 80)).astype(np.uint16))


def test_beam_and_noise_are_never_divided_into_crystallites(beam_and_noise: Path, polycrystal: Any) -> None:
    assert map_frames(beam_and_noise, polycrystal.settings()).count <= 1


def test_beam_and_noise_have_no_crystallites_and_a_warning(beam_and_noise: Path, polycrystal: Any) -> None:
    result = map_frames(beam_and_noise, polycrystal.settings())
    assert result.count == 0
    assert any("no disks were found" in note for note in result.provenance.notes)


def test_more_crystallites_than_scan_positions_are_refused(
    polycrystal: Any, save_hdf5: SaveHDF5, refused: Refused
) -> None:
    path = save_hdf5(polycrystal.frames[:2, :3])
    with refused(SettingsError, "cut.count is 7", "6 scan positions"):
        map_frames(path, polycrystal.settings(cut=CutSettings(count=7)))
