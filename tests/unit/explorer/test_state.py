"""What every action makes of the explorer's state, without a widget."""

from pathlib import Path

import numpy as np
import pytest

import graineye as ge
from graineye.explorer.detectors import Circle
from graineye.explorer.state import CRYSTALLITES, DARK_FIELD, VIRTUAL_DETECTOR, State


@pytest.fixture
def state(mapped: ge.CrystalliteMap) -> State:
    """Three crystallites: 1 left above, 2 right, 3 left below."""
    return State.of(mapped)


def test_nothing_is_selected_at_first(state: State, mapped: ge.CrystalliteMap) -> None:
    assert state.shown is mapped
    assert (state.selected, state.position, state.boundary, state.unsaved) == ((), None, None, False)


def test_a_click_selects_the_crystallite_that_is_there(state: State) -> None:
    clicked = state.clicking((2, 11))
    assert clicked.selected == (2,)
    assert clicked.pinned == (2, 11)
    assert state.selected == ()


def test_a_click_that_adds_keeps_what_was_selected_and_takes_away_what_was_there(state: State) -> None:
    both = state.clicking((0, 0)).clicking((9, 2), add=True)
    assert both.selected == (1, 3)
    assert both.clicking((0, 0), add=True).selected == (3,)


def test_the_pointer_goes_before_the_click(state: State) -> None:
    pointing = state.clicking((0, 0)).pointing((5, 5))
    assert pointing.position == (5, 5)
    assert pointing.pointing(None).position == (0, 0)


def test_labels_that_do_not_exist_are_not_selected(state: State) -> None:
    assert state.selecting([0, 2, 4, 2]).selected == (2,)


def test_stepping_goes_round(state: State) -> None:
    steps = [state.stepping(1)]
    for _ in range(3):
        steps.append(steps[-1].stepping(1))
    assert [step.selected for step in steps] == [(1,), (2,), (3,), (1,)]
    assert state.stepping(-1).selected == (3,)
    assert all(step.label_at(step.pinned) == step.selected[0] for step in steps)


def test_all_crystallites_of_a_position_are_named_the_largest_share_first(
    mapped_as_overlaps: ge.CrystalliteMap,
) -> None:
    state, found = State.of(mapped_as_overlaps), mapped_as_overlaps.overlapping
    for y, x in np.ndindex(*mapped_as_overlaps.labels.shape):
        here = state.labels_at((y, x))
        shares = [found.fractions[y, x, label - 1] for label in here]
        assert sorted(shares, reverse=True) == shares
        assert sorted(here) == (np.flatnonzero(found.masks[:, y, x]) + 1).tolist()


def test_a_dark_field_and_a_virtual_detector_colour_the_scan(state: State) -> None:
    assert state.quantity == CRYSTALLITES
    dark = state.at_disk(4)
    assert (dark.quantity, dark.disk) == (DARK_FIELD, 4)
    drawn = dark.detecting(Circle((20.0, 30.0), 5.0))
    assert (drawn.quantity, drawn.virtual) == (DARK_FIELD, None)
    counted = drawn.detected(np.ones((12, 14), np.float32))
    assert counted.quantity == VIRTUAL_DETECTOR
    assert counted.detecting(None).quantity == CRYSTALLITES


def test_filters_and_brushing_leave_what_passes_both(state: State) -> None:
    assert state.kept is None
    sizes = state.shown.table["diameter_nm"].tolist()
    largest = max(sizes)
    brushed = state.brushing((0.0, (sorted(sizes)[1] + largest) / 2))
    expected = [False, *(size < largest for size in sizes)]
    assert brushed.kept[1:].tolist() == expected[1:]
    small = int(np.argmin(sizes)) + 1
    assert brushed.filtering([small]).kept.nonzero()[0].tolist() == [small]
    assert brushed.filtering(None).brushing(None).kept is None


def test_a_cut_shows_the_map_that_the_result_gives_for_it(state: State, mapped: ge.CrystalliteMap) -> None:
    height = float(np.sort(mapped.dendrogram.subtree_heights())[-6])
    cut = state.cutting(height)
    np.testing.assert_array_equal(cut.shown.labels, mapped.cut(distance=height).labels)
    assert cut.cut == height
    np.testing.assert_array_equal(cut.cutting(None).shown.labels, mapped.labels)


def test_a_selection_follows_its_place_to_another_cut(state: State) -> None:
    cut = state.clicking((2, 11)).cutting(1e9)
    assert cut.shown.count == 1
    assert cut.selected == (1,)


def test_merged_crystallites_are_one_and_undone_are_two_again(state: State, mapped: ge.CrystalliteMap) -> None:
    merged = state.selecting([1, 3]).merging()
    assert merged.shown.count == 2
    assert merged.shown.labels[0, 0] == merged.shown.labels[9, 2]
    assert merged.unsaved
    undone = merged.undoing()
    np.testing.assert_array_equal(undone.shown.labels, mapped.labels)
    assert not undone.unsaved
    np.testing.assert_array_equal(undone.redoing().shown.labels, merged.shown.labels)


def test_a_new_edit_forgets_what_was_undone(state: State) -> None:
    other = state.selecting([1, 3]).merging().undoing().clicking((0, 0)).renaming("twin")
    assert other.undone == ()
    assert other.shown.names == {1: "twin"}


def test_a_split_divides_a_merged_crystallite_where_the_tree_does(state: State) -> None:
    one = state.cutting(1e9)
    two = one.selecting([1]).splitting()
    assert two.shown.count == 2
    np.testing.assert_array_equal(np.unique(two.shown.labels), [1, 2])
    # the highest merge joined two of the three regions with the third
    joined = {int(two.shown.labels[place]) for place in ((0, 0), (2, 11), (9, 2))}
    assert joined == {1, 2}


def test_positions_are_given_to_the_selected_crystallite(state: State) -> None:
    mask = np.zeros((12, 14), bool)
    mask[2:4, 7:9] = True
    given = state.clicking((2, 11)).giving(mask)
    assert (given.shown.labels[2:4, 7:9] == given.shown.labels[2, 11]).all()


def test_a_rejected_crystallite_is_gone(state: State) -> None:
    rejected = state.clicking((9, 2)).rejecting()
    assert rejected.shown.count == 2


def test_an_edit_without_the_right_selection_changes_nothing_and_says_why(state: State) -> None:
    of_two = state.selecting([1, 2])
    for tried in (state.merging(), state.splitting(), state.rejecting(), state.renaming("x"), of_two.splitting()):
        assert tried.edits == ()
        assert "select" in tried.message or "choose two" in tried.message
    assert state.undoing().message == "there is nothing to undo"
    assert state.redoing().message == "there is nothing to redo"


def test_saved_edits_are_there_when_the_file_is_opened_again(state: State, tmp_path: Path) -> None:
    saved = state.selecting([1, 3]).merging().clicking((0, 0)).renaming("<b>both</b>").saving(tmp_path / "r.emd")
    assert not saved.unsaved
    again = State.of(ge.load_result(tmp_path / "r.emd"))
    assert [edit.kind for edit in again.edits] == ["merge", "rename"]
    assert all(edit.time for edit in again.edits)
    assert again.shown.names == {1: "<b>both</b>"}
    assert again.undoing().undoing().shown.count == 3


def test_a_folder_that_cannot_be_written_to_is_said(state: State, tmp_path: Path) -> None:
    tried = state.saving(tmp_path / "none" / "r.emd")
    assert "none" in tried.message
