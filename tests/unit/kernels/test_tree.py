"""Walks over a tree of merges against trees drawn by hand and recursion from the root."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from graineye.kernels.tree import regions_below, subtree_heights

#     6        leaves 0 to 3; merge 0 is node 4, merge 1 node 5, merge 2 the root
#   4   5
#  0 3 1 2
PAIRS = np.array([[0, 3], [1, 2], [4, 5]], np.int32)
#       6
#     5   3
#   4   2
#  0 1
CHAIN = np.array([[0, 1], [4, 2], [5, 3]], np.int32)


def random_tree(seed: int, leaves: int) -> NDArray[np.int32]:
    rng = np.random.default_rng(seed)
    live = list(range(leaves))
    children = []
    for merge in range(leaves - 1):
        a, b = (live.pop(int(rng.integers(len(live)))) for _ in range(2))
        children.append((a, b))
        live.append(leaves + merge)
    return np.array(children, np.int32).reshape(-1, 2)


def leaves_below(children: NDArray[np.int32], node: int) -> set[int]:
    leaves = len(children) + 1
    if node < leaves:
        return {node}
    return set().union(*(leaves_below(children, int(child)) for child in children[node - leaves]))


def merges_below(children: NDArray[np.int32], node: int) -> set[int]:
    merge = node - len(children) - 1
    if merge < 0:
        return set()
    return {merge}.union(*(merges_below(children, int(child)) for child in children[merge]))


def test_without_inversions_heights_stay() -> None:
    assert subtree_heights(CHAIN, np.array([1.0, 2.0, 3.0])).tolist() == [1.0, 2.0, 3.0]


def test_a_merge_lower_than_one_below_it_counts_as_that_one() -> None:
    assert subtree_heights(CHAIN, np.array([5.0, 3.0, 4.0])).tolist() == [5.0, 5.0, 5.0]
    assert subtree_heights(PAIRS, np.array([5.0, 1.0, 4.0])).tolist() == [5.0, 1.0, 5.0]


@pytest.mark.parametrize(
    ("children", "kept", "regions"),
    [
        (PAIRS, [False, False, False], [1, 2, 3, 4]),
        (PAIRS, [True, False, False], [1, 2, 3, 1]),
        (PAIRS, [False, True, False], [1, 2, 2, 3]),
        (PAIRS, [True, True, False], [1, 2, 2, 1]),
        (PAIRS, [True, True, True], [1, 1, 1, 1]),
        (CHAIN, [True, False, False], [1, 1, 2, 3]),
        (CHAIN, [True, True, False], [1, 1, 1, 2]),
    ],
)
def test_regions_are_those_drawn_by_hand(children: NDArray[np.int32], kept: list[bool], regions: list[int]) -> None:
    assert regions_below(children, np.array(kept)).tolist() == regions


def test_a_single_leaf_is_one_region() -> None:
    assert regions_below(np.zeros((0, 2), np.int32), np.zeros(0, bool)).tolist() == [1]
    assert subtree_heights(np.zeros((0, 2), np.int32), np.zeros(0)).size == 0


@settings(deadline=None, max_examples=60)
@given(seed=st.integers(0, 10**6), leaves=st.integers(2, 25))
def test_subtree_heights_are_the_highest_of_all_merges_below(seed: int, leaves: int) -> None:
    children = random_tree(seed, leaves)
    heights = np.random.default_rng(seed).random(leaves - 1)
    found = subtree_heights(children, heights)
    for merge in range(leaves - 1):
        assert found[merge] == max(heights[m] for m in merges_below(children, leaves + merge))


@settings(deadline=None, max_examples=60)
@given(seed=st.integers(0, 10**6), leaves=st.integers(2, 25), limit=st.floats(0, 1))
def test_regions_are_the_leaves_below_the_topmost_kept_merges(seed: int, leaves: int, limit: float) -> None:
    children = random_tree(seed, leaves)
    kept = subtree_heights(children, np.random.default_rng(seed).random(leaves - 1)) < limit
    regions = regions_below(children, kept)
    parents = {int(child): merge for merge, pair in enumerate(children) for child in pair}
    tops = [m for m in range(leaves - 1) if kept[m] and not kept[parents.get(leaves + m, m)]]
    tops += [leaves - 2] if kept[-1] else []
    expected = [leaves_below(children, leaves + m) for m in tops]
    alone = set(range(leaves)).difference(*expected)
    found = {frozenset(np.flatnonzero(regions == k).tolist()) for k in range(1, regions.max() + 1)}
    assert found == {frozenset(region) for region in expected} | {frozenset([leaf]) for leaf in alone}
    first = [int(np.flatnonzero(regions == k)[0]) for k in range(1, regions.max() + 1)]
    assert first == sorted(first)
