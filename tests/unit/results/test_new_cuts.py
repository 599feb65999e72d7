"""Another cut through the dendrogram of a result: no frame is read, and it is what mapping would have given."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import graineye as ge
from graineye.crystallites import labels_of_cut
from graineye.errors import SettingsError
from graineye.progress import silent
from graineye.settings import CutSettings

SaveHDF5 = Callable[..., Path]

CUTS = (
    {"relative": 1.2},
    {"distance": 2.0},
    {"count": 11},
    {"count": 30, "min_size": 5},
    {"relative": 1e6},
    {"count": 168},
)


@pytest.mark.parametrize("how", CUTS, ids=str)
def test_a_cut_gives_what_mapping_with_these_settings_gives(how: dict[str, Any], mapped: ge.CrystalliteMap) -> None:
    settings = replace(mapped.settings, cut=CutSettings(**how))
    anew = ge.map_crystallites(mapped.scan, settings, silent)
    cut = mapped.cut(**how)
    np.testing.assert_array_equal(cut.labels, anew.labels)
    assert cut.settings == anew.settings
    assert cut.count == anew.count > 0
    np.testing.assert_array_equal(cut.table, anew.table)


def test_a_result_without_disks_stays_without_crystallites(
    polycrystal: Any, save_legacy_emd: SaveHDF5, tmp_path: Path
) -> None:
    same = np.broadcast_to(polycrystal.frames[0, 0], (4, 5, 72, 80))
    scan = ge.open_scan(save_legacy_emd(tmp_path / "a.h5", same))
    result = ge.map_crystallites(scan, polycrystal.settings(), silent)
    assert result.count == 0
    assert result.cut(relative=3.0).count == result.cut(distance=1.0).count == 0


def test_a_count_is_kept_and_unset_values_are_the_settings(mapped: ge.CrystalliteMap) -> None:
    assert mapped.cut(count=5).count == 5
    np.testing.assert_array_equal(mapped.cut().labels, mapped.labels)
    assert mapped.cut(count=5).cut().settings.cut == replace(mapped.settings.cut)


def test_the_original_is_left_alone(mapped: ge.CrystalliteMap) -> None:
    before = mapped.labels.copy()
    finer = mapped.cut(count=6)
    assert finer is not mapped
    np.testing.assert_array_equal(mapped.labels, before)
    assert mapped.count == 3


def test_small_crystallites_go_to_a_neighbour(mapped: ge.CrystalliteMap) -> None:
    sizes = np.bincount(mapped.cut(count=40).labels.ravel())[1:]
    assert sizes.min() < 4
    kept = np.bincount(mapped.cut(count=40, min_size=4).labels.ravel())[1:]
    assert kept.min() >= 4
    assert kept.sum() == 12 * 14


def test_what_belongs_to_the_old_labels_follows_the_new_ones(mapped: ge.CrystalliteMap) -> None:
    finer = mapped.cut(count=6)
    assert len(finer.table) == 6
    assert finer.table["area_px"].tolist() == np.bincount(finer.labels.ravel())[1:].tolist()
    assert set(finer.outlines["label"]) == set(range(1, 7))
    assert set(finer.reflections["label"]) <= set(range(1, 7))


def test_no_frame_is_read(mapped: ge.CrystalliteMap, monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(*_: object, **__: object) -> None:
        raise AssertionError("a frame was read")

    monkeypatch.setattr(mapped.scan.context, "run_udf", forbidden)
    finer = mapped.cut(count=4)
    assert (finer.count, len(finer.table), len(finer.features.shape)) == (4, 4, 3)


@pytest.mark.parametrize(
    ("how", "piece"),
    [
        ({"distance": 1.0, "count": 2}, "choose one"),
        ({"count": 169}, "168 scan positions"),
        ({"count": 0}, "at least 1"),
        ({"relative": -1.0}, "at least 0"),
        ({"min_size": -1}, "at least 0"),
        ({"distance": float("inf")}, "cut.distance"),
    ],
)
def test_a_cut_out_of_range_is_refused(
    how: dict[str, Any], piece: str, mapped: ge.CrystalliteMap, refused: Callable[..., Any]
) -> None:
    with refused(SettingsError, "cut.", piece):
        mapped.cut(**how)


@pytest.mark.parametrize("how", CUTS, ids=str)
def test_a_cut_of_crystallites_that_may_overlap_is_one_of_their_dendrogram(
    how: dict[str, Any], mapped_as_overlaps: ge.CrystalliteMap
) -> None:
    cut = mapped_as_overlaps.cut(**how)
    expected = labels_of_cut(mapped_as_overlaps.dendrogram, mapped_as_overlaps.features, cut.settings.cut)
    np.testing.assert_array_equal(cut.labels, expected)
    assert cut.overlapping is None
    assert not cut.settings.overlapping
    assert cut.table["area_px"].sum() == 168
    assert "fraction" not in " ".join(cut.table)
    assert len(list(cut.masks)) == cut.count == len(cut.mean_patterns)


def test_a_cut_of_crystallites_that_may_overlap_can_give_the_same_regions(
    mapped_as_overlaps: ge.CrystalliteMap, polycrystal: Any
) -> None:
    np.testing.assert_array_equal(mapped_as_overlaps.cut(count=3).labels, polycrystal.regions)
