"""A proper cut: no merge at or above the distance inside a region, also where the tree has inversions."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import ndimage

from graineye.crystallites import Dendrogram, cut_at_distance, cut_relative, dendrogram, labels_of_cut
from graineye.settings import CutSettings

# Four positions in a row; 0 and 1 merge at 5, then 2 joins them at only 3 (an inversion), then 3 at 10.
INVERTED = Dendrogram(
    shape=(1, 4),
    children=np.array([[1, 0], [4, 2], [5, 3]], np.int32),
    heights=np.array([5.0, 3.0, 10.0]),
    sizes=np.array([2, 3, 4], np.int32),
    neighbour_distance=2.0,
)


def random_tree(seed: int, ny: int, nx: int) -> Dendrogram:
    return dendrogram(np.random.default_rng(seed).normal(size=(ny, nx, 3)).astype(np.float32))


def by_recursion(tree: Dendrogram, distance: float) -> set[frozenset[int]]:
    """From the root down: a node is a region if no merge in it reaches `distance`, else its children are looked at."""
    leaves = len(tree.heights) + 1

    def content(node: int) -> tuple[set[int], float]:
        if node < leaves:
            return {node}, -np.inf
        (a, high_a), (b, high_b) = (content(int(child)) for child in tree.children[node - leaves])
        return a | b, max(high_a, high_b, float(tree.heights[node - leaves]))

    def regions(node: int) -> set[frozenset[int]]:
        positions, highest = content(node)
        if highest < distance:
            return {frozenset(positions)}
        return set().union(*(regions(int(child)) for child in tree.children[node - leaves]))

    return regions(2 * leaves - 2)


def as_sets(labels: NDArray[np.int32]) -> set[frozenset[int]]:
    return {frozenset(np.flatnonzero(labels == k).tolist()) for k in np.unique(labels)}


@pytest.mark.parametrize(
    ("distance", "labels"),
    [
        (0, [1, 2, 3, 4]),
        (3, [1, 2, 3, 4]),
        (4, [1, 2, 3, 4]),  # the merge at 3 holds the one at 5
        (5, [1, 2, 3, 4]),
        (5.1, [1, 1, 1, 2]),
        (10, [1, 1, 1, 2]),
        (10.1, [1, 1, 1, 1]),
        (np.inf, [1, 1, 1, 1]),
    ],
)
def test_an_inverted_tree_is_cut_as_by_hand(distance: float, labels: list[int]) -> None:
    assert cut_at_distance(INVERTED, distance).tolist() == [labels]


@settings(deadline=None, max_examples=40)
@given(seed=st.integers(0, 10**6), ny=st.integers(1, 7), nx=st.integers(1, 7), distance=st.floats(0, 8))
def test_a_cut_is_that_of_a_recursion_from_the_root(seed: int, ny: int, nx: int, distance: float) -> None:
    tree = random_tree(seed, ny, nx)
    assert as_sets(cut_at_distance(tree, distance)) == by_recursion(tree, distance)


@settings(deadline=None, max_examples=40)
@given(seed=st.integers(0, 10**6), distances=st.tuples(st.floats(0, 8), st.floats(0, 8)))
def test_a_larger_distance_never_splits_a_region(seed: int, distances: tuple[float, float]) -> None:
    tree = random_tree(seed, 6, 7)
    fine, coarse = (cut_at_distance(tree, distance) for distance in sorted(distances))
    for label in np.unique(fine):
        assert len(np.unique(coarse[fine == label])) == 1


@settings(deadline=None, max_examples=30)
@given(seed=st.integers(0, 10**6), distance=st.floats(0, 8))
def test_labels_run_from_one_in_the_order_of_first_positions_over_connected_regions(seed: int, distance: float) -> None:
    labels = cut_at_distance(random_tree(seed, 7, 6), distance)
    names, first = np.unique(labels, return_index=True)
    assert names.tolist() == list(range(1, len(names) + 1))
    assert (np.diff(first) > 0).all()
    assert labels.dtype == np.int32
    assert [ndimage.label(labels == name)[1] for name in names] == [1] * len(names)


def test_two_halves_are_cut_where_they_meet() -> None:
    features = np.zeros((4, 6, 2), np.float32)
    features[:, :2], features[:, 2:] = (5, 0), (0, 5)
    expected = np.repeat([[1, 1, 2, 2, 2, 2]], 4, axis=0)
    np.testing.assert_array_equal(cut_at_distance(dendrogram(features), 1.0), expected)


def test_a_relative_cut_is_at_a_multiple_of_the_neighbour_distance() -> None:
    # The neighbour distance of INVERTED is 2.
    assert cut_relative(INVERTED, 2.5).tolist() == [[1, 2, 3, 4]]
    assert cut_relative(INVERTED, 2.6).tolist() == [[1, 1, 1, 2]]
    assert cut_relative(INVERTED, 5.1).tolist() == [[1, 1, 1, 1]]


@settings(deadline=None, max_examples=20)
@given(seed=st.integers(0, 10**6), gain=st.floats(0.01, 100), factor=st.floats(0.5, 8))
def test_a_relative_cut_does_not_know_the_unit_of_the_features(seed: int, gain: float, factor: float) -> None:
    features = np.random.default_rng(seed).normal(size=(6, 6, 3)).astype(np.float32)
    scaled = (features * gain).astype(np.float32)
    one, other = (cut_relative(dendrogram(f), factor) for f in (features, scaled))
    np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize(
    ("cut", "labels"),
    [
        (CutSettings(distance=6), [1, 1, 1, 2]),
        (CutSettings(relative=5.5), [1, 1, 1, 1]),
        (CutSettings(relative=0.1, distance=6), [1, 1, 1, 2]),  # distance goes before relative
        (CutSettings(count=3), [1, 1, 2, 3]),
        (CutSettings(distance=6, min_size=1), [1, 1, 1, 2]),
        (CutSettings(distance=6, min_size=2), [1, 1, 1, 1]),
    ],
)
def test_the_settings_say_which_cut_is_made(cut: CutSettings, labels: list[int]) -> None:
    assert labels_of_cut(INVERTED, np.zeros((1, 4, 1), np.float32), cut).tolist() == [labels]
