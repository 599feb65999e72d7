"""Small regions go to the neighbour with which a merge adds least variance, the smallest first."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from skimage.measure import label

from graineye.crystallites import absorb_small
from graineye.crystallites.cut import renumbered, touching


def absorbed(labels: list[list[int]], values: list[list[float]], min_size: int) -> list[list[int]]:
    """With one feature a position."""
    features = np.array(values, np.float32)[..., None]
    return absorb_small(np.array(labels, np.int32), features, min_size).tolist()


def test_a_small_region_goes_to_the_neighbour_that_is_more_alike() -> None:
    assert absorbed([[1, 1, 2, 3, 3]], [[0, 0, 7, 10, 10]], 2) == [[1, 1, 2, 2, 2]]
    assert absorbed([[1, 1, 2, 3, 3]], [[0, 0, 4, 10, 10]], 2) == [[1, 1, 1, 2, 2]]


def test_variance_counts_and_not_the_gap_alone() -> None:
    # Added variance gap^2 ab / (a + b): 2^2 * 1/2 = 2 with the single position, 1.6^2 * 8/9 = 2.28 with the eight.
    labels, values = [[1, 2] + [3] * 8], [[0.0, 2.0] + [3.6] * 8]
    assert absorbed(labels, values, 2) == [[1, 1] + [2] * 8]


def test_ties_go_to_the_lower_label() -> None:
    assert absorbed([[2, 2, 1, 3, 3]], [[0, 0, 5, 10, 10]], 2) == [[1, 1, 1, 2, 2]]
    assert absorbed([[3, 3, 1, 2, 2]], [[0, 0, 5, 10, 10]], 2) == [[1, 1, 2, 2, 2]]


def test_the_smallest_goes_first_and_its_gain_is_remembered() -> None:
    # Label 2 (one position) joins label 3 (two), which then is large enough and stays.
    assert absorbed([[1, 1, 1, 2, 3, 3]], [[0, 0, 0, 9, 10, 10]], 3) == [[1, 1, 1, 2, 2, 2]]


def test_a_grown_region_that_is_still_small_goes_on() -> None:
    # 2 joins 3; together they have mean 8 and still fewer than 4 positions: they join 4, at 9, and not 1, at 0.
    assert absorbed([[1, 1, 1, 1, 2, 3, 3, 4, 4, 4, 4]], [[0, 0, 0, 0, 6, 9, 9, 9, 9, 9, 9]], 4) == [[1] * 4 + [2] * 7]


def test_unassigned_positions_are_neither_given_nor_taken() -> None:
    assert absorbed([[1, 0, 2, 2], [0, 0, 2, 3]], [[5, 5, 5, 5], [5, 5, 5, 5]], 3) == [[1, 0, 2, 2], [0, 0, 2, 2]]


def test_a_diagonal_neighbour_is_none() -> None:
    assert absorbed([[1, 2], [2, 3]], [[0, 9], [9, 0]], 2) == [[1, 1], [1, 1]]
    assert absorbed([[1, 0], [0, 2]], [[5, 0], [0, 5]], 2) == [[1, 0], [0, 2]]


@pytest.mark.parametrize("min_size", [0, 1])
def test_regions_of_one_position_stay_if_they_may(min_size: int) -> None:
    assert absorbed([[4, 4, 9, 2]], [[0, 0, 0, 0]], min_size) == [[1, 1, 2, 3]]


def test_all_become_one_when_none_is_large_enough() -> None:
    assert absorbed([[1, 2, 3], [4, 5, 6]], [[1, 9, 2], [8, 3, 7]], 100) == [[1, 1, 1], [1, 1, 1]]


def random_labels(seed: int) -> NDArray[np.int32]:
    """Connected regions of one to many positions, some of them unassigned."""
    rng = np.random.default_rng(seed)
    regions = label(rng.integers(0, 3, (8, 9)), background=-1, connectivity=1)
    return np.where(rng.random((8, 9)) < rng.choice([0, 0.1]), 0, regions).astype(np.int32)


@settings(deadline=None, max_examples=60)
@given(seed=st.integers(0, 10**6), min_size=st.integers(0, 12))
def test_no_small_region_with_a_neighbour_is_left(seed: int, min_size: int) -> None:
    labels = random_labels(seed)
    features = np.random.default_rng(seed).normal(size=(8, 9, 2)).astype(np.float32)
    found = absorb_small(labels, features, min_size)
    assert ((found == 0) == (labels == 0)).all()
    touched = {int(k) for pair in touching(found) for k in pair}
    sizes = np.bincount(found.ravel())
    assert all(sizes[k] >= min_size for k in touched)
    for k in np.unique(labels):  # no region is divided
        assert len(np.unique(found[labels == k])) == 1
    large = {int(k) for k in np.unique(labels[labels > 0]) if (labels == k).sum() >= min_size}
    assert len({int(found[labels == k][0]) for k in large}) == len(large)  # and no two large ones are joined


def by_definition(labels: NDArray[np.int32], features: NDArray[np.float32], min_size: int) -> NDArray[np.int32]:
    """Merge the smallest small region with the neighbour that adds least variance, again and again."""
    labels = labels.copy()

    def spread(chosen: NDArray[np.bool_]) -> float:
        return float(((features[chosen] - features[chosen].mean(axis=0)) ** 2).sum())

    while True:
        near: dict[int, set[int]] = {}
        for a, b in touching(labels).tolist():
            near.setdefault(a, set()).add(b)
            near.setdefault(b, set()).add(a)
        small = [((labels == k).sum(), k) for k in near if (labels == k).sum() < min_size]
        if not small:
            return renumbered(labels)
        own = labels == min(small)[1]
        costs = [(spread(own | (labels == k)) - spread(own) - spread(labels == k), k) for k in near[min(small)[1]]]
        labels[own] = min(costs)[1]


@settings(deadline=None, max_examples=40)
@given(seed=st.integers(0, 10**6), min_size=st.integers(0, 12))
def test_regions_are_absorbed_by_the_definition(seed: int, min_size: int) -> None:
    labels = random_labels(seed)
    features = np.random.default_rng(seed).normal(size=(8, 9, 2))
    np.testing.assert_array_equal(absorb_small(labels, features, min_size), by_definition(labels, features, min_size))


@settings(deadline=None, max_examples=30)
@given(seed=st.integers(0, 10**6), min_size=st.integers(0, 12))
def test_of_the_regions_names_only_the_order_matters(seed: int, min_size: int) -> None:
    labels = random_labels(seed)
    features = np.random.default_rng(seed).normal(size=(8, 9, 2)).astype(np.float32)
    names = np.cumsum(np.random.default_rng(seed).integers(1, 5, 73)).astype(np.int32)
    names[0] = 0
    np.testing.assert_array_equal(
        absorb_small(names[labels], features, min_size), absorb_small(labels, features, min_size)
    )


def test_touching_lists_every_edge_between_crystallites() -> None:
    labels = np.array([[1, 1, 3], [2, 0, 3], [2, 2, 3]], np.int32)
    assert sorted(map(tuple, touching(labels).tolist())) == [(1, 2), (1, 3), (2, 3)]
    assert touching(np.array([[5, 4], [5, 4]], np.int32)).tolist() == [[4, 5], [4, 5]]


def test_renumbered_counts_from_one_in_the_order_of_first_positions() -> None:
    labels = np.array([[0, 7, 7], [3, 0, 7], [3, 12, 12]])
    assert renumbered(labels).tolist() == [[0, 1, 1], [2, 0, 1], [2, 3, 3]]
    assert renumbered(np.zeros((2, 2), int)).tolist() == [[0, 0], [0, 0]]
