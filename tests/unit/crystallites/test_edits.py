"""Edits as constraints on scan positions: what each does to a map, and what never depends on how it was put."""

from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray
from scipy import ndimage

from graineye.crystallites import (
    Edit,
    EditedCrystallites,
    OverlappingCrystallites,
    apply_edits,
    cut_into,
    dendrogram,
    give,
    merge,
    part_along_tree,
    reject,
    rename,
    split,
)
from graineye.errors import SettingsError

SIX = np.array([[1, 1, 2, 2, 3, 3]] * 4, np.int32)
NO_DISKS = np.zeros((4, 6, 0), np.float32)


def of_cut(labels: NDArray[np.int32], *edits: Edit) -> EditedCrystallites:
    return apply_edits(labels, None, np.zeros((*labels.shape, 0), np.float32), edits)


def in_columns(labels: NDArray[np.int32] = SIX) -> OverlappingCrystallites:
    """Each takes most of its columns, and the second the rest everywhere; a fourth lies under all of them."""
    fractions = np.stack([0.6 * (labels == k) for k in (1, 2, 3)] + [np.full(labels.shape, 0.3)], axis=-1)
    fractions[..., 1] += 0.1
    strengths = np.array([[9, 0, 0], [0, 8, 0], [0, 1, 7], [3, 3, 3]], np.float32)
    return OverlappingCrystallites(fractions.astype(np.float32), strengths, np.array([0.5, 0.6, 0.7, 0.8]))


def of_columns(*edits: Edit, dark_fields: NDArray[np.float32] | None = None) -> EditedCrystallites:
    fields = np.zeros((*SIX.shape, 3), np.float32) if dark_fields is None else dark_fields
    return apply_edits(SIX, in_columns(), fields, edits)


def test_merged_crystallites_are_one_and_the_others_stay() -> None:
    found = of_cut(SIX, merge(SIX, [1, 3]))
    assert found.labels.tolist() == [[1, 1, 2, 2, 1, 1]] * 4
    assert found.notes == ()


def test_a_rejected_crystallite_of_a_cut_leaves_its_positions_unassigned() -> None:
    assert of_cut(SIX, reject(SIX, 2)).labels.tolist() == [[1, 1, 0, 0, 2, 2]] * 4


def test_a_split_crystallite_is_two() -> None:
    lower = np.arange(4)[:, None] >= np.full(6, 3)
    found = of_cut(SIX, split(SIX, 2, lower))
    assert found.labels[:3].tolist() == [[1, 1, 2, 2, 3, 3]] * 3
    assert found.labels[3].tolist() == [1, 1, 4, 4, 3, 3]


def test_given_positions_change_hands() -> None:
    mask = np.zeros(SIX.shape, bool)
    mask[0] = True
    found = of_cut(SIX, give(SIX, mask, 3))
    assert found.labels.tolist() == [[1] * 6] + [[2, 2, 3, 3, 1, 1]] * 3


def test_a_crystallite_that_gives_all_it_has_is_none() -> None:
    assert of_cut(SIX, give(SIX, SIX == 1, 3)).labels.tolist() == [[1, 1, 2, 2, 1, 1]] * 4


def test_excluded_positions_cannot_be_given() -> None:
    labels = SIX.copy()
    labels[0, 0] = 0
    found = apply_edits(labels, None, NO_DISKS, [give(labels, labels < 2, 3)], excluded=labels == 0)
    assert found.labels[0].tolist() == [0, 1, 2, 2, 1, 1]
    assert "1 scan positions, which are excluded" in found.notes[0]


def test_names_follow_the_crystallites() -> None:
    found = of_cut(SIX, rename(SIX, 3, "twin"), rename(SIX, 2, "gone"), reject(SIX, 2))
    assert found.names == {2: "twin"}
    assert of_cut(SIX, rename(SIX, 3, "twin"), rename(SIX, 3, "")).names == {}
    assert of_cut(SIX, rename(SIX, 3, "twin"), merge(SIX, [1, 3])).names == {1: "twin"}


def test_fractions_of_merged_crystallites_add_up_to_one_at_most() -> None:
    found = of_columns(merge(SIX, [1, 2]))
    merged = found.overlapping
    np.testing.assert_allclose(merged.fractions[0, :, 0], [0.7, 0.7, 0.7, 0.7, 0.1, 0.1], rtol=1e-6)
    assert merged.strengths[0].tolist() == [9, 8, 0]
    assert merged.quality.tolist() == [0.6, 0.7, 0.8]
    assert found.labels.tolist() == [[1, 1, 1, 1, 2, 2]] * 4
    full = OverlappingCrystallites(np.full((4, 6, 3), 0.8, np.float32), np.zeros((3, 0), np.float32), np.ones(3))
    assert apply_edits(SIX, full, NO_DISKS, [merge(SIX, [1, 2, 3])]).overlapping.fractions.max() == 1


def test_where_a_crystallite_was_rejected_the_next_one_shows() -> None:
    found = of_columns(reject(SIX, 1))
    # Of the others only the one below all takes a quarter there; it was nowhere the largest before.
    assert found.labels.tolist() == [[1, 1, 2, 2, 3, 3]] * 4
    np.testing.assert_array_equal(found.overlapping.strengths[0], in_columns().strengths[3])
    assert len(found.overlapping) == 3


def test_where_no_other_takes_a_quarter_of_the_column_a_rejected_crystallite_leaves_nothing() -> None:
    found = of_columns(reject(SIX, 3), Edit("reject", np.argwhere(SIX == 3)))
    assert found.labels.tolist() == [[1, 1, 2, 2, 0, 0]] * 4
    assert len(found.overlapping) == 2


def test_a_crystallite_that_gives_all_its_columns_is_none() -> None:
    found = of_columns(give(SIX, SIX == 1, 3))
    assert len(found.overlapping) == 3
    assert sorted(found.overlapping.quality.tolist()) == [0.6, 0.7, 0.8]


def test_a_part_of_which_there_is_little_is_where_its_label_is() -> None:
    thin = in_columns()
    thin.fractions[0, :, 1] = 0.1
    upper = np.arange(4)[:, None] < np.full(6, 1)
    found = apply_edits(SIX, thin, np.zeros((4, 6, 3), np.float32), [split(SIX, 2, upper)])
    np.testing.assert_array_equal(found.overlapping.masks[1], upper & (SIX == 2))


def test_a_part_keeps_its_fraction_where_it_is_the_nearer_one() -> None:
    upper = np.arange(4)[:, None] < np.full(6, 2)
    found = of_columns(split(SIX, 2, upper))
    assert found.labels[:, 2].tolist() == [2, 2, 4, 4]
    new, old = found.overlapping.fractions[..., 1], found.overlapping.fractions[..., 3]
    whole = in_columns().fractions[..., 1]
    np.testing.assert_array_equal(new[:2], whole[:2])
    np.testing.assert_array_equal(old[2:], whole[2:])
    assert not new[2:].any()
    assert not old[:2].any()


def test_a_part_has_the_disks_that_it_shows_more_or_less_than_the_whole() -> None:
    fields = np.zeros((4, 6, 3), np.float32)
    fields[..., 1] = 8
    fields[:2, 2:4] += [4, -6, 0]
    upper = np.arange(4)[:, None] < np.full(6, 2)
    found = of_columns(split(SIX, 2, upper), dark_fields=fields)
    np.testing.assert_allclose(found.overlapping.strengths[found.labels[0, 2] - 1], [2, 5, 0])
    np.testing.assert_allclose(found.overlapping.strengths[found.labels[3, 2] - 1], [0, 11, 0])


def test_a_given_position_is_mostly_the_taker_s_and_the_column_is_as_full_as_before() -> None:
    mask = np.zeros(SIX.shape, bool)
    mask[2, 0] = True
    found = of_columns(give(SIX, mask, 3))
    at = found.overlapping.fractions[2, 0]
    assert found.labels[2, 0] == at.argmax() + 1 == found.labels[0, 5]
    np.testing.assert_allclose(np.sort(at), np.sort(in_columns().fractions[2, 0]))
    rest = np.ones(SIX.shape, bool)
    rest[2, 0] = False
    np.testing.assert_array_equal(found.overlapping.fractions[rest], in_columns().fractions[rest])


def test_what_is_given_of_nothing_takes_a_quarter_of_the_column() -> None:
    labels = SIX.copy()
    labels[0, 0] = 0
    empty = in_columns()
    empty.fractions[0, 0] = 0
    found = apply_edits(labels, empty, np.zeros((4, 6, 3), np.float32), [give(labels, labels == 0, 1)])
    assert found.labels[0, 0] == 1
    assert found.overlapping.masks[0, 0, 0]


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (Edit("merge", [[0, 0], [3, 1]]), "its crystallites are one already"),
        (Edit("split", [[0, 0]], [[0, 5]]), "its parts are two crystallites already"),
        (Edit("give", [[0, 0]], [[3, 1]]), "has its scan positions already"),
    ],
)
def test_an_edit_that_is_true_already_is_left_out(edit: Edit, said: str) -> None:
    found = of_cut(SIX, edit)
    assert found.labels is SIX
    assert len(found.notes) == 1
    assert found.notes[0].startswith(f"edit 1 ({edit.kind}) ")
    assert said in found.notes[0]


@pytest.mark.parametrize(
    "edit",
    [
        Edit("merge", [[0, 0], [3, 1]]),
        Edit("split", [[0, 0]], [[0, 5]]),
        Edit("give", [[0, 0]], [[3, 1]]),
        Edit("reject", [[0, 0]]),
        Edit("rename", [[0, 0]], name="a"),
    ],
    ids=lambda edit: edit.kind,
)
def test_where_nothing_is_assigned_any_more_nothing_is_edited(edit: Edit) -> None:
    empty = np.zeros((4, 6), np.int32)
    found = of_cut(empty, edit)
    assert found.labels is empty
    assert found.names == {}
    assert "left out" in found.notes[0]


def test_a_crystallite_that_has_grown_over_a_rejected_one_is_not_rejected() -> None:
    edit = reject(SIX, 1)
    found = of_cut(np.ones_like(SIX), edit)
    assert found.labels.all()
    assert "small part of a larger crystallite" in found.notes[0]


def test_a_crystallite_that_has_grown_is_split_with_a_note() -> None:
    found = of_cut(np.ones((4, 18), np.int32), split(SIX, 1, np.arange(6) * np.ones((4, 1)) < 1))
    assert found.labels.tolist() == [[1] + [2] * 17] * 4
    assert "more than twice as large" in found.notes[0]


def test_parts_that_are_the_same_positions_split_nothing() -> None:
    found = of_cut(SIX, Edit("split", [[0, 0]], [[0, 0]]))
    assert found.labels is SIX
    assert "the same scan positions" in found.notes[0]


def test_positions_of_a_part_that_went_to_another_crystallite_attract_nothing() -> None:
    labels = np.array([[1, 1, 1, 1, 2, 2]], np.int32)
    found = of_cut(labels, Edit("split", [[0, 0], [0, 1], [0, 4]], [[0, 2]]))
    assert found.labels.tolist() == [[1, 1, 2, 2, 3, 3]]


def test_the_crystallite_is_that_of_the_positions_that_are_still_assigned() -> None:
    labels = np.array([[0, 0, 0, 1]], np.int32)
    assert of_cut(labels, Edit("rename", [[0, 0], [0, 1], [0, 3]], name="a")).names == {1: "a"}


@pytest.mark.parametrize(("just_outside", "left"), [([[0, 2], [0, 3], [1, 1]], 3), ([[0, 2], [0, 3], [1, 2]], 2)])
def test_what_lies_just_outside_tells_whether_a_crystallite_has_grown(just_outside: list[list[int]], left: int) -> None:
    assert of_cut(SIX, Edit("reject", [[0, 0]], just_outside)).labels.max() == left


def test_one_position_alone_rejects_the_crystallite_round_it() -> None:
    assert of_cut(SIX, Edit("reject", [[2, 1]])).labels.tolist() == [[0, 0, 1, 1, 2, 2]] * 4


def test_a_rejected_crystallite_in_the_corner_of_a_larger_one_takes_nothing_with_it() -> None:
    labels = np.array([[1, 1, 1], [1, 2, 3], [3, 3, 3]], np.int32)  # half of what lies round it is of the larger one
    larger = np.array([[1, 1, 1], [1, 1, 2], [2, 2, 2]], np.int32)
    found = of_cut(larger, reject(labels, 2))
    assert found.labels is larger
    assert "small part of a larger crystallite" in found.notes[0]


def test_all_pieces_of_a_rejected_crystallite_are_rejected() -> None:
    pieces = SIX.copy()
    pieces[2:, :2] = 4
    pieces[0, 0] = 5
    assert not of_cut(pieces, reject(SIX, 1)).labels[:, :2].any()


def test_a_crystallite_that_gained_two_positions_is_still_the_rejected_one() -> None:
    grown = SIX.copy()
    grown[:2, 2] = 1
    assert of_cut(grown, reject(SIX, 1)).labels.max() == 2


def test_an_anchor_lies_deep_inside() -> None:
    labels = np.zeros((20, 30), np.int32)
    labels[2:13, 4:29] = 1
    (y, x), *_ = rename(labels, 1, "a").positions.tolist()
    assert y == 7
    assert 9 <= x <= 23
    assert rename(np.ones((5, 7), np.int32), 1, "a").positions[0, 0] == 2  # the scan's edge is a rim


def test_a_crystallite_split_along_the_tree_is_the_next_cut() -> None:
    y, x = np.mgrid[:8, :8]
    halves = np.stack(
        [16 * (y // 4), 8 * (x // 4), 4 * (y // 2 % 2)], axis=-1
    )  # of the scan, of its halves, of quarters
    tree = dendrogram((halves + np.random.default_rng(5).normal(0, 0.1, (8, 8, 3))).astype(np.float32))
    for count in range(1, 8):
        coarse, fine = cut_into(tree, count), cut_into(tree, count + 1)
        (divided,) = [k for k in range(1, count + 1) if len(np.unique(fine[coarse == k])) > 1]
        found = of_cut(coarse, split(coarse, divided, part_along_tree(tree, coarse == divided)))
        np.testing.assert_array_equal(found.labels, fine)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: merge(SIX, [2, 2]), "choose two or more"),
        (lambda: merge(SIX, [2, 9]), "crystallite 9 has no scan position"),
        (lambda: reject(SIX, 0), "crystallite 0 has no scan position"),
        (lambda: split(SIX, 1, SIX == 1), "not split by that part"),
        (lambda: give(SIX, SIX == 1, 1), "has those scan positions already"),
        (lambda: rename(SIX, 1, "a\0b"), "no UTF-8 text"),
        (lambda: rename(SIX, 1, "\ud800"), "no UTF-8 text"),
        (lambda: Edit("melt", [[0, 0]]), "no kind of edit"),
        (lambda: Edit("reject", [[0.5, 0]]), "whole numbers"),
        (lambda: Edit("reject", [0, 0]), "(n, 2)"),
        (lambda: Edit("reject", [[-1, 0]]), "outside of any scan"),
        (lambda: Edit("reject", [[0, 2**40]]), "outside of any scan"),
        (lambda: Edit("reject", []), "names no scan positions"),
        (lambda: Edit("give", [[0, 0]]), "names no scan positions"),
        (lambda: of_cut(SIX, Edit("merge", [[0, 0], [4, 0]])), "(4, 0), the scan has 4 x 6"),
        (lambda: of_cut(SIX, Edit("give", [[0, 0]], [[0, 6]])), "(0, 6), the scan has 4 x 6"),
        (lambda: part_along_tree(dendrogram(np.zeros((2, 2, 1), np.float32)), np.eye(2) > 2), "cannot be split"),
    ],
)
def test_an_edit_that_cannot_be_is_refused(make: Any, said: str, refused: Any) -> None:
    with refused(SettingsError, said):
        make()


LABELS = arrays(np.int32, (7, 8), elements=st.integers(0, 6)).map(
    lambda drawn: ndimage.grey_closing(drawn, 2).astype(np.int32)
)


def numbered(labels: NDArray[np.int32]) -> NDArray[np.int32]:
    """The same with labels in the order of first scan positions, by a walk over them."""
    order = [k for k in dict.fromkeys(labels.ravel().tolist()) if k]
    found = np.zeros_like(labels)
    for number, k in enumerate(order, 1):
        found[labels == k] = number
    return found


@st.composite
def maps(draw: st.DrawFn) -> tuple[NDArray[np.int32], OverlappingCrystallites | None, NDArray[np.float32]]:
    """A label map numbered as graineye numbers, by itself or with fractions and hidden crystallites."""
    labels = numbered(draw(LABELS))
    fields = draw(arrays(np.float32, (7, 8, 2), elements=st.floats(-9, 9, width=32)))
    n = int(labels.max(initial=0))
    if draw(st.booleans()):
        return labels, None, fields
    noise = np.random.default_rng(draw(st.integers(0, 99)))
    hidden = draw(st.integers(0, 2))
    fractions = noise.uniform(0, 0.4, (7, 8, n + hidden)).astype(np.float32)
    fractions[..., :n] += 0.5 * (labels[..., None] == np.arange(1, n + 1))
    fractions[0, 0, n:] = 0.3
    strengths = noise.uniform(0, 9, (n + hidden, 2)).astype(np.float32)
    return labels, OverlappingCrystallites(fractions, strengths, noise.uniform(size=n + hidden)), fields


PLACES = arrays(np.int32, st.tuples(st.integers(1, 12), st.just(2)), elements=st.integers(0, 6))
EDITS = st.lists(
    st.builds(
        Edit,
        st.sampled_from(["merge", "split", "give", "reject", "rename"]),
        PLACES,
        PLACES,
        st.text("ab<é\n", max_size=3),
    ),
    max_size=6,
)
SOME_MAP = maps()


@given(SOME_MAP, EDITS)
def test_labels_have_no_gaps_and_agree_with_the_crystallites(drawn: Any, edits: list[Edit]) -> None:
    labels, overlapping, fields = drawn
    found = apply_edits(labels, overlapping, fields, edits)
    shown = np.unique(found.labels[found.labels > 0])
    assert shown.tolist() == list(range(1, len(shown) + 1))
    np.testing.assert_array_equal(numbered(found.labels), found.labels)
    assert set(found.names) <= set(range(1, 1 + max(len(shown), len(found.overlapping or ()))))
    if found.overlapping is None:
        assert overlapping is None
    else:
        assert len(found.overlapping) >= len(shown)
        assert found.overlapping.fractions.shape == (7, 8, len(found.overlapping))
        assert found.overlapping.strengths.shape == (len(found.overlapping), 2)
        assert ((found.overlapping.fractions >= 0) & (found.overlapping.fractions <= 1)).all()
        assert found.overlapping.masks.any(axis=(1, 2)).all()
    assert (found.labels is labels) or edits


@given(SOME_MAP, EDITS)
def test_the_unedited_map_is_left_alone(drawn: Any, edits: list[Edit]) -> None:
    labels, overlapping, fields = drawn
    before = labels.copy(), None if overlapping is None else overlapping.fractions.copy(), fields.copy()
    apply_edits(labels, overlapping, fields, edits)
    np.testing.assert_array_equal(before[0], labels)
    np.testing.assert_array_equal(before[2], fields)
    if overlapping is not None:
        np.testing.assert_array_equal(before[1], overlapping.fractions)
    undone = apply_edits(labels, overlapping, fields, [])
    assert undone.labels is labels
    assert undone.overlapping is overlapping


@given(SOME_MAP, EDITS, st.randoms(use_true_random=False))
def test_the_order_of_an_edit_s_positions_does_not_matter(drawn: Any, edits: list[Edit], random: Any) -> None:
    def mixed(places: NDArray[np.int32]) -> NDArray[np.int32]:
        return places[random.sample(range(len(places)), len(places))]

    other = [Edit(e.kind, mixed(e.positions), mixed(e.others), e.name) for e in edits]
    assert_same(apply_edits(*drawn, edits), apply_edits(*drawn, other))


@given(SOME_MAP, st.data())
def test_the_order_of_merged_crystallites_does_not_matter(drawn: Any, data: st.DataObject) -> None:
    labels = drawn[0]
    assume(labels.max() > 1)
    chosen = data.draw(st.lists(st.integers(1, int(labels.max())), min_size=2, unique=True))
    other = data.draw(st.permutations(chosen))
    found = apply_edits(*drawn, [merge(labels, chosen)])
    assert_same(found, apply_edits(*drawn, [merge(labels, other)]))
    regions = [labels == k for k in range(1, int(labels.max()) + 1) if k not in chosen]
    for region in [np.isin(labels, chosen), *regions]:
        (label,) = np.unique(found.labels[region])
        np.testing.assert_array_equal(found.labels == label, region)


@given(SOME_MAP, st.data())
def test_a_split_crystallite_that_is_merged_again_is_the_same(drawn: Any, data: st.DataObject) -> None:
    labels, overlapping, _ = drawn
    assume((labels == 1).sum() > 1)
    part = data.draw(arrays(bool, (7, 8)))
    assume((part & (labels == 1)).any() and (~part & (labels == 1)).any())
    parted = split(labels, 1, part)
    link = Edit("merge", np.concatenate([parted.positions, parted.others]))
    once, again = apply_edits(*drawn, [parted]), apply_edits(*drawn, [parted, link])
    assert len(np.unique(once.labels[labels == 1])) == 2
    np.testing.assert_array_equal(again.labels, labels)
    if overlapping is not None and len(again.overlapping) == len(overlapping):
        raised = overlapping.fractions.copy()
        np.testing.assert_array_less(raised - again.overlapping.fractions, 1e-6)


@given(SOME_MAP, st.data())
def test_a_given_region_is_the_taker_s_and_nothing_else_changes_hands(drawn: Any, data: st.DataObject) -> None:
    labels = drawn[0]
    assume(labels.any())
    taker = data.draw(st.integers(1, int(labels.max())))
    mask = data.draw(arrays(bool, (7, 8)))
    assume((mask & (labels != taker)).any() and (~mask & (labels == taker)).any())
    found = apply_edits(*drawn, [give(labels, mask, taker)])
    (label,) = np.unique(found.labels[mask | (labels == taker)])
    np.testing.assert_array_equal(found.labels == label, mask | (labels == taker))
    assert ((found.labels == 0) == ((labels == 0) & ~mask)).all()


def assert_same(first: EditedCrystallites, second: EditedCrystallites) -> None:
    np.testing.assert_array_equal(first.labels, second.labels)
    assert (first.names, first.notes) == (second.names, second.notes)
    if first.overlapping is not None:
        for name in ("fractions", "strengths", "quality"):
            np.testing.assert_array_equal(getattr(first.overlapping, name), getattr(second.overlapping, name))
