"""Scores of label maps and masks, worked by hand: two grains of 20 positions each, side by side."""

from math import comb
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.metrics import adjusted_rand_score

from graineye.errors import ScoreError
from graineye.score import Truth, adjusted_rand_index, score_labels, score_map, score_masks

GRAINS = np.repeat([[1, 1, 1, 1, 1, 2, 2, 2, 2, 2]], 4, axis=0)


def truth_of(labels: NDArray[Any], ambiguous: object = None, visible: object = None) -> Truth:
    n = int(labels.max(initial=0))
    return Truth(
        labels=labels.astype(np.int64),
        fractions=np.array([labels == k for k in range(1, n + 1)], np.float32).reshape(n, *labels.shape),
        ambiguous=np.zeros(labels.shape, bool) if ambiguous is None else np.asarray(ambiguous),
        visible=np.ones(n, bool) if visible is None else np.asarray(visible),
    )


def columns(*labels: int) -> NDArray[np.int64]:
    """A label map of 4 rows, each column of one label."""
    return np.repeat([labels], 4, axis=0)


def span(first: int, last: int) -> NDArray[np.bool_]:
    """A mask of 4 x 10 positions counted row by row, from `first` to before `last`."""
    return ((np.arange(40) >= first) & (np.arange(40) < last)).reshape(4, 10)


TRUTH = truth_of(GRAINS)
# Three columns with the first grain's share moved: contingency 16, 4 / 0, 20.
MOVED = (comb(16, 2) + comb(4, 2) + comb(20, 2), comb(16, 2) + comb(24, 2), 2 * comb(20, 2), comb(40, 2))


def ari(together: int, found: int, grains: int, pairs: int) -> float:
    return (together - found * grains / pairs) / ((found + grains) / 2 - found * grains / pairs)


@pytest.mark.parametrize(
    ("labels", "counts", "sq", "f1", "pq", "index"),
    [
        pytest.param(columns(7, 7, 7, 7, 7, 3, 3, 3, 3, 3), (2, 0, 0), 1, 1, 1, 1, id="as it is"),
        # IoU 16 / 20 and 20 / 24
        pytest.param(columns(1, 1, 1, 1, 2, 2, 2, 2, 2, 2), (2, 0, 0), 49 / 60, 1, 49 / 60, ari(*MOVED), id="moved"),
        # IoU 12 / 20 is found, the other 8 positions are invented, the second grain is found whole
        pytest.param(columns(1, 1, 1, 3, 3, 2, 2, 2, 2, 2), (2, 1, 0), 0.8, 0.8, 0.64, None, id="split"),
        # IoU 20 / 40 with both grains: at exactly one half it finds one of them
        pytest.param(columns(*[1] * 10), (1, 0, 1), 0.5, 2 / 3, 1 / 3, 0, id="all one"),
        pytest.param(columns(*[0] * 10), (0, 0, 2), 0, 0, 0, 0, id="nothing"),
        # IoU 12 / 20 and 1; unassigned positions are regions of their own
        pytest.param(
            columns(1, 1, 1, 0, 0, 2, 2, 2, 2, 2),
            (2, 0, 0),
            0.8,
            1,
            0.8,
            ari(comb(12, 2) + comb(20, 2), comb(12, 2) + comb(20, 2), 2 * comb(20, 2), comb(40, 2)),
            id="unassigned",
        ),
        # each half of a grain has IoU 10 / 20: one finds it, the other is invented
        pytest.param(
            np.array([[1] * 5 + [2] * 5] * 2 + [[3] * 5 + [2] * 5] * 2), (2, 1, 0), 0.75, 0.8, 0.6, None, id="halves"
        ),
        pytest.param(np.arange(40).reshape(4, 10) + 1, (0, 40, 2), 0, 0, 0, 0, id="every position"),
    ],
)
def test_label_maps_by_hand(
    labels: NDArray[Any], counts: tuple[int, int, int], sq: float, f1: float, pq: float, index: float | None
) -> None:
    score = score_labels(TRUTH, labels)
    matching = score.matching
    assert (matching.tp, matching.fp, matching.fn) == counts
    assert (matching.sq, matching.f1, matching.pq) == pytest.approx((sq, f1, pq))
    assert score.matching_all == matching
    assert score.vacuum_assigned is None
    if index is not None:
        assert score.ari == pytest.approx(index, abs=1e-12)


def test_vacuum_is_not_counted_but_what_stands_there_is_told() -> None:
    truth = truth_of(columns(1, 1, 1, 1, 1, 2, 2, 2, 0, 0))
    score = score_labels(truth, columns(1, 1, 1, 1, 1, 2, 2, 2, 2, 3))
    assert score.matching.to_dict() == {"tp": 2, "fp": 0, "fn": 0, "f1": 1, "sq": 1, "pq": 1}
    assert score.vacuum_assigned == 1
    assert score_labels(truth, columns(1, 1, 1, 1, 1, 2, 2, 2, 0, 3)).vacuum_assigned == 0.5
    assert score.n_pred == 3


def test_ambiguous_positions_are_not_counted() -> None:
    ambiguous = np.zeros((4, 10), bool)
    ambiguous[:, 4:6] = True
    labels = columns(1, 1, 1, 1, 9, 9, 2, 2, 2, 2)
    assert score_labels(truth_of(GRAINS, ambiguous), labels).matching.pq == 1
    assert score_labels(TRUTH, labels).matching.to_dict() == pytest.approx(
        {"tp": 2, "fp": 1, "fn": 0, "f1": 0.8, "sq": 0.8, "pq": 0.64}
    )


@pytest.mark.parametrize(("size", "missed"), [(9, 0), (10, 1)])
def test_grains_of_fewer_than_ten_positions_are_left_out(size: int, missed: int) -> None:
    grains = np.where(np.arange(40).reshape(4, 10) < size, 2, 1)
    score = score_map(truth_of(grains), np.where(grains == 1, 5, 0))
    assert (score.labels.matching.tp, score.labels.matching.fn) == (1, missed)
    assert (score.masks.matching.tp, score.masks.matching.fn) == (1, missed)


def test_grains_without_a_visible_disk_count_in_the_figures_with_all_only() -> None:
    truth = truth_of(GRAINS, visible=[True, False])
    figures = score_map(truth, columns(4, 4, 4, 4, 4, 0, 0, 0, 0, 0)).to_dict()
    assert (figures["tp"], figures["fn"], figures["pq"]) == (1, 0, 1)
    assert (figures["tp_all"], figures["fn_all"], figures["pq_all"]) == (1, 1, pytest.approx(2 / 3))
    assert (figures["m_tp"], figures["m_fn"]) == (1, 0)
    both = score_map(truth, GRAINS).to_dict()
    assert (both["fp"], both["fp_all"], both["m_fp"]) == (0, 0, 0)
    assert figures["ari"] == 1
    assert figures["ari_all"] == pytest.approx(ari(comb(20, 2), comb(20, 2), 2 * comb(20, 2), comb(40, 2)), abs=1e-12)


def test_a_crystallite_that_lies_half_outside_is_not_invented() -> None:
    truth = truth_of(columns(1, 1, 1, 1, 1, 0, 0, 0, 0, 0))
    labels = columns(1, 1, 1, 3, 3, 3, 3, 0, 0, 0)  # 8 of 16 positions of label 3 are counted
    assert score_labels(truth, labels).matching.fp == 0
    labels[0, 6] = 0  # 8 of 15
    assert score_labels(truth, labels).matching.fp == 1


OVERLAPPING = Truth(
    labels=np.where(span(0, 12), 1, np.where(span(12, 25), 2, 0)).astype(np.int64),
    fractions=np.array([span(0, 20), span(5, 25)]) * np.float32(0.5),
    ambiguous=np.zeros((4, 10), bool),
    visible=np.ones(2, bool),
)


def test_masks_and_grains_are_paired_for_the_largest_sum() -> None:
    # Grains 0..19 and 5..24. The mask 0..17 fits the first best (18 / 20) but is needed for the second (13 / 25);
    # the mask 0..15 fits the first (16 / 20), and the second with 11 / 25 only.
    score = score_masks(OVERLAPPING, np.array([span(0, 18), span(0, 16)])).to_dict()
    expected = {"m_tp": 2, "m_fp": 0, "m_fn": 0, "m_f1": 1, "m_sq": 0.66, "m_pq": 0.66}
    assert score == pytest.approx(expected)


def test_one_mask_finds_one_grain() -> None:
    score = score_masks(OVERLAPPING, np.array([span(0, 20), span(30, 40)])).matching
    assert (score.tp, score.fp, score.fn, score.pq) == (1, 1, 1, 0.5)


def test_a_share_of_a_quarter_is_there() -> None:
    shares = np.where(span(0, 20), 0.25, 0.0) + np.where(span(20, 40), 0.249, 0.0)
    assert score_masks(OVERLAPPING, [shares, OVERLAPPING.fractions[1]]).matching.pq == 1
    faint = Truth(TRUTH.labels, TRUTH.fractions * np.float32(0.249), TRUTH.ambiguous, TRUTH.visible)
    assert score_masks(faint, [GRAINS == 1]).matching.to_dict() == {
        "tp": 0,
        "fp": 1,
        "fn": 0,
        "f1": 0,
        "sq": 0,
        "pq": 0,
    }


def test_masks_without_a_position_are_no_objects() -> None:
    assert score_masks(TRUTH, [GRAINS == 1, GRAINS == 3, GRAINS == 2]).matching.fp == 0


def test_an_empty_map_finds_nothing_and_an_empty_truth_has_nothing_to_find() -> None:
    nothing = score_map(TRUTH, np.zeros((4, 10), int)).to_dict()
    assert (nothing["m_tp"], nothing["m_fp"], nothing["m_fn"], nothing["m_pq"]) == (0, 0, 2, 0)
    vacuum = truth_of(np.zeros((4, 10), int))
    assert score_map(vacuum, np.zeros((4, 10), int)).to_dict()["pq"] == 1
    labelled = score_map(vacuum, GRAINS).to_dict()
    assert (labelled["fp"], labelled["m_fp"], labelled["vacuum_assigned"]) == (0, 2, 1)
    assert score_map(truth_of(np.zeros((0, 0), int)), np.zeros((0, 0), int)).to_dict()["m_pq"] == 1


@given(seed=st.integers(0, 10**6))
def test_names_of_crystallites_and_order_of_masks_do_not_matter(seed: int) -> None:
    rng = np.random.default_rng(seed)
    labels = np.where(rng.random((4, 10)) < 0.3, rng.integers(0, 6, (4, 10)), GRAINS)
    names = np.concatenate([[0], rng.permutation(50)[:5] + 1])
    assert score_map(TRUTH, names[labels]).to_dict() == pytest.approx(score_map(TRUTH, labels).to_dict())


@given(seed=st.integers(0, 10**6), n=st.integers(2, 60), regions=st.integers(1, 8))
def test_the_adjusted_rand_index_is_scikit_learn_s(seed: int, n: int, regions: int) -> None:
    one, other = np.random.default_rng(seed).integers(0, regions, (2, n))
    assert adjusted_rand_index(one, other) == pytest.approx(adjusted_rand_score(one, other), abs=1e-12)
    assert adjusted_rand_index(one, one) == 1


def test_a_single_position_has_no_rand_index() -> None:
    assert np.isnan(adjusted_rand_index([3], [5]))
    with pytest.raises(ScoreError, match="shapes"):
        adjusted_rand_index([1, 2], [1, 2, 3])


@pytest.mark.parametrize(
    ("labels", "fact"), [(GRAINS[:3], "shape"), (GRAINS / 2, "whole numbers"), (GRAINS - 2, "whole numbers")]
)
def test_what_is_no_label_map_of_the_scan_is_refused(labels: NDArray[Any], fact: str) -> None:
    with pytest.raises(ScoreError, match=fact):
        score_map(TRUTH, labels)
    with pytest.raises(ScoreError, match="shape"):
        score_masks(TRUTH, GRAINS == 1)


CONTENT = {"labels": GRAINS, "frac": TRUTH.fractions, "ambiguous": TRUTH.ambiguous, "visible": TRUTH.visible}


def test_a_truth_comes_back_from_its_file(tmp_path: Path) -> None:
    np.savez_compressed(tmp_path / "a.truth.npz", **CONTENT, ro=11.5)
    assert score_map(Truth.load(tmp_path / "a.truth.npz"), GRAINS).to_dict() == score_map(TRUTH, GRAINS).to_dict()


@pytest.mark.parametrize("key", CONTENT)
def test_a_truth_without_a_key_or_with_one_that_does_not_fit_is_refused(tmp_path: Path, key: str) -> None:
    path = tmp_path / "a.npz"
    np.savez(path, **{k: v for k, v in CONTENT.items() if k != key})
    with pytest.raises(ScoreError, match=rf"a\.npz: .*{key}"):
        Truth.load(path)
    np.savez(path, **{k: v[:1] if k == key else v for k, v in CONTENT.items()})
    with pytest.raises(ScoreError, match=r"a\.npz: .*fit"):
        Truth.load(path)


def test_what_is_no_truth_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    np.savez(path, **CONTENT)
    whole = path.read_bytes()
    np.save(tmp_path / "b.npy", GRAINS)
    np.savez(tmp_path / "c.npz", **CONTENT | {"labels": np.array([{}] * 40, object).reshape(4, 10)}, allow_pickle=True)
    np.savez(tmp_path / "d.npz", **CONTENT | {"labels": GRAINS + 1})
    for size in (0, 40, len(whole) // 2, len(whole) - 5):
        (tmp_path / f"cut{size}.npz").write_bytes(whole[:size])
    (tmp_path / "e.npz").write_text("<html>not found</html>")
    for file in [*sorted(tmp_path.glob("*[!a].np*")), tmp_path / "none.npz", tmp_path]:
        with pytest.raises(ScoreError) as refusal:
            Truth.load(file)
        assert str(refusal.value).startswith(f"{file}: ")
        assert "\n" not in str(refusal.value)
