"""A result with edits: all that is measured follows, they outlive new settings, and nothing of the unedited map is lost."""

import warnings
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import graineye as ge
from graineye.crystallites import merge, reject, rename, split
from graineye.errors import SettingsError
from graineye.progress import silent

AssertSame = Callable[[ge.CrystalliteMap, ge.CrystalliteMap], None]


@pytest.fixture(params=["cut", "overlaps"])
def found(request: pytest.FixtureRequest, mapped: ge.CrystalliteMap, mapped_as_overlaps: ge.CrystalliteMap) -> Any:
    """A result of either method."""
    return mapped if request.param == "cut" else mapped_as_overlaps


def test_without_edits_the_original_is_back(found: ge.CrystalliteMap, assert_same: AssertSame) -> None:
    edited = found.edited([reject(found.labels, 1), rename(found.labels, 2, "twin")])
    assert edited.count == found.count - 1
    undone = edited.edited([])
    assert undone.edits == ()
    assert undone.unedited is None
    assert_same(found, undone)


def test_edits_replace_the_ones_before(found: ge.CrystalliteMap, assert_same: AssertSame) -> None:
    one, other = reject(found.labels, 1), merge(found.labels, [1, 2])
    assert_same(found.edited([one]).edited([other]), found.edited([other]))


def test_all_that_is_measured_follows_the_edited_labels(found: ge.CrystalliteMap) -> None:
    edited = found.edited([merge(found.labels, [1, 2])])
    assert len(edited.table) == edited.count == found.count - 1
    both = np.isin(found.labels, [1, 2])
    (label,) = np.unique(edited.labels[both])
    row = edited.table.set_index("label").loc[label]
    if edited.overlapping is None:
        assert row["area_px"] == both.sum()
    else:
        assert row["largest_px"] == both.sum()
        assert edited.overlapping.masks[label - 1][both].all()
    pair = found.boundaries.query("label == 1 and neighbour == 2")["length_px"].sum()
    assert pair > 0
    assert edited.boundaries["length_px"].sum() == found.boundaries["length_px"].sum() - 2 * pair
    assert set(edited.outlines["label"]) == set(range(1, edited.labels.max() + 1))
    assert set(edited.reflections["label"]) <= set(edited.table["label"])
    assert len(list(edited.masks)) == edited.count


def test_the_mean_pattern_of_merged_crystallites_is_that_of_all_their_frames(
    mapped: ge.CrystalliteMap, polycrystal: Any
) -> None:
    both = np.isin(mapped.labels, [1, 2])
    edited = mapped.edited([merge(mapped.labels, [1, 2])])
    np.testing.assert_allclose(edited.mean_patterns[0], polycrystal.frames[both].mean(axis=0), rtol=1e-5)


def test_names_alone_leave_the_patterns_known(mapped: ge.CrystalliteMap) -> None:
    edited = mapped.edited([rename(mapped.labels, 2, "twin")])
    assert edited.known_mean_patterns is mapped.known_mean_patterns
    assert edited.table["name"].tolist() == ["", "twin", ""]
    assert edited.table.columns[1] == "name"
    assert "name" not in mapped.table


def test_edits_are_made_again_on_a_new_cut(mapped: ge.CrystalliteMap) -> None:
    finer = mapped.cut(count=6)
    pieces = [k for k in range(1, 7) if (finer.labels[mapped.labels == 1] == k).any()]
    edit = merge(finer.labels, [pieces[0], next(k for k in range(1, 7) if k not in pieces)])
    edited = finer.edited([edit])
    assert edited.count == 5
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        coarser = edited.cut(count=5)
    assert coarser.count == 4
    np.testing.assert_array_equal(coarser.labels, mapped.cut(count=5).edited([edit]).labels)
    np.testing.assert_array_equal(coarser.edited([]).labels, mapped.cut(count=5).labels)


def test_an_edit_that_does_not_fit_the_new_cut_is_named_and_kept(mapped: ge.CrystalliteMap) -> None:
    edited = mapped.edited([replace(merge(mapped.labels, [1, 2]), time="2026-11-25T15:00:00Z")])
    with pytest.warns(UserWarning, match=r"edit 1 \(merge, made 2026-11-25T15:00:00Z\) is left out"):
        one = edited.cut(count=1)
    assert one.count == 1
    assert len(one.edits) == 1
    np.testing.assert_array_equal(one.cut(count=3).labels, edited.labels)


def test_a_cut_of_overlapping_crystallites_keeps_the_edits(mapped_as_overlaps: ge.CrystalliteMap) -> None:
    edited = mapped_as_overlaps.edited([reject(mapped_as_overlaps.labels, 1)])
    cut = edited.cut(count=3)
    assert cut.overlapping is None
    assert cut.count == 2
    assert cut.edited([]).count == 3


def test_excluded_positions_stay_unassigned(mapped: ge.CrystalliteMap) -> None:
    scan = ge.open_scan(mapped.scan.path, exclude_frames="3:5,2:7")
    found = ge.map_crystallites(scan, mapped.settings, silent)
    edit = ge.Edit("give", np.argwhere(found.labels >= 0), np.argwhere(found.labels == 1))
    with pytest.warns(UserWarning, match="10 scan positions, which are excluded"):
        edited = found.edited([edit])
    np.testing.assert_array_equal(edited.labels, (found.excluded.frames == 0).astype(np.int32))


def test_a_map_made_with_edits_is_the_map_edited_afterwards(found: ge.CrystalliteMap, assert_same: AssertSame) -> None:
    upper = np.arange(len(found.labels))[:, None] < np.full(found.labels.shape, 3)
    edits = [split(found.labels, 1, upper), rename(found.labels, 1, "twin")]
    anew = ge.map_crystallites(found.scan, found.settings, silent, edits)
    assert_same(replace(anew, provenance=found.provenance), found.edited(edits))
    assert anew.provenance.notes == found.provenance.notes


def test_an_edit_of_a_larger_scan_is_refused(found: ge.CrystalliteMap, refused: Any) -> None:
    with refused(SettingsError, "scan position (99, 0)", "12 x 14"):
        found.edited([ge.Edit("reject", [[99, 0]])])
