"""The dendrogram is scikit-learn's, and knows neither the order of the disks nor how the scan lies."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.cluster import AgglomerativeClustering
from sklearn.feature_extraction.image import grid_to_graph

from graineye.crystallites import Dendrogram, dendrogram
from graineye.crystallites.dendrogram import neighbours

Merges = list[tuple[frozenset[frozenset[int]], float]]


def random_features(seed: int, ny: int, nx: int, n: int = 4) -> NDArray[np.float32]:
    return np.random.default_rng(seed).normal(size=(ny, nx, n)).astype(np.float32)


def merges(tree: Dendrogram, position: NDArray[np.integer]) -> Merges:
    """Each merge as the two sets of scan positions that it joins, under the numbers in `position`, and its height."""
    regions = [frozenset([int(p)]) for p in position]
    found = []
    for (a, b), height in zip(tree.children.tolist(), tree.heights.tolist(), strict=True):
        found.append((frozenset([regions[a], regions[b]]), height))
        regions.append(regions[a] | regions[b])
    return found


def assert_same(one: Merges, other: Merges) -> None:
    assert [pair for pair, _ in one] == [pair for pair, _ in other]
    np.testing.assert_allclose([h for _, h in one], [h for _, h in other], rtol=1e-9)


def test_neighbours_lie_next_to_each_other() -> None:
    # 0 1 2
    # 3 4 5
    pairs = {(1, 0), (2, 1), (4, 3), (5, 4), (3, 0), (4, 1), (5, 2)}
    assert {(int(a), int(b)) for a, b in neighbours((2, 3))} == pairs
    assert len(neighbours((2, 3))) == 7
    assert neighbours((1, 1)).shape == (0, 2)


@pytest.mark.parametrize("shape", [(9, 7), (1, 20), (20, 1), (2, 2), (12, 13)])
def test_the_merges_are_scikit_learn_s(shape: tuple[int, int]) -> None:
    features = random_features(1, *shape, 5)
    theirs = AgglomerativeClustering(
        n_clusters=1,
        linkage="ward",
        connectivity=grid_to_graph(n_x=shape[0], n_y=shape[1]),
        compute_full_tree=True,
        compute_distances=True,
    ).fit(features.reshape(-1, 5).astype(np.float64))
    tree = dendrogram(features)
    assert np.sort(tree.children, axis=1).tolist() == np.sort(theirs.children_, axis=1).tolist()
    np.testing.assert_allclose(tree.heights, theirs.distances_, rtol=1e-9)


def test_a_grid_has_inversions_and_the_tree_keeps_them() -> None:
    tree = dendrogram(random_features(2, 15, 15))
    assert (np.diff(tree.heights) < 0).any()
    highest = tree.subtree_heights()
    assert (highest >= tree.heights).all()
    assert (highest > tree.heights).any()


@settings(deadline=None, max_examples=30)
@given(seed=st.integers(0, 10**6), ny=st.integers(1, 7), nx=st.integers(1, 7))
def test_the_order_of_the_disks_does_not_matter(seed: int, ny: int, nx: int) -> None:
    features = random_features(seed, ny, nx)
    shuffled = features[..., np.random.default_rng(seed).permutation(4)]
    numbers = np.arange(ny * nx)
    assert_same(merges(dendrogram(shuffled), numbers), merges(dendrogram(features), numbers))


@settings(deadline=None, max_examples=30)
@given(seed=st.integers(0, 10**6), ny=st.integers(1, 7), nx=st.integers(1, 7))
def test_how_the_scan_lies_does_not_matter(seed: int, ny: int, nx: int) -> None:
    features = random_features(seed, ny, nx)
    numbers = np.arange(ny * nx).reshape(ny, nx)
    upright = merges(dendrogram(features), numbers.ravel())
    assert_same(merges(dendrogram(features.swapaxes(0, 1)), numbers.T.ravel()), upright)
    assert_same(merges(dendrogram(features[::-1]), numbers[::-1].ravel()), upright)


def test_sizes_count_the_scan_positions_below_each_merge() -> None:
    tree = dendrogram(random_features(3, 6, 5))
    sizes = [sum(len(region) for region in pair) for pair, _ in merges(tree, np.arange(30))]
    assert tree.sizes.tolist() == sizes
    assert tree.sizes[-1] == 30


def test_the_neighbour_distance_is_the_median_over_all_next_neighbours() -> None:
    # Rows 0 3 / 4 9: distances 3 and 5 along x, 4 and 6 along y.
    tree = dendrogram(np.array([[[0.0], [3.0]], [[4.0], [9.0]]], np.float32))
    assert tree.neighbour_distance == 4.5
    # Feature vectors (0, 0), (3, 4), (3, 4): distances 5 and 0.
    row = np.array([[[0, 0], [3, 4], [3, 4]]], np.float32)
    assert dendrogram(row).neighbour_distance == 2.5


def test_the_neighbour_distance_of_many_positions_is_the_same_by_definition() -> None:
    features = random_features(4, 70, 65, 2)
    along_x = np.linalg.norm(np.diff(features, axis=1), axis=2).ravel()
    along_y = np.linalg.norm(np.diff(features, axis=0), axis=2).ravel()
    expected = np.median(np.concatenate([along_x, along_y]))
    assert dendrogram(features).neighbour_distance == pytest.approx(expected, rel=1e-6)


def test_one_scan_position_is_a_tree_without_merges() -> None:
    tree = dendrogram(np.ones((1, 1, 3), np.float32))
    assert tree.children.shape == (0, 2)
    assert tree.neighbour_distance == 0
    assert tree.shape == (1, 1)


def test_without_disks_all_positions_are_alike() -> None:
    tree = dendrogram(np.zeros((3, 4, 0), np.float32))
    assert tree.heights.tolist() == [0.0] * 11
    assert tree.sizes[-1] == 12
