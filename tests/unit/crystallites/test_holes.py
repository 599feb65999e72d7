"""Excluded scan positions join nothing, bridge nothing and influence nothing in the dendrogram."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import ndimage
from sklearn.cluster import ward_tree
from sklearn.feature_extraction.image import grid_to_graph

from graineye.crystallites import absorb_small, cut_at_distance, cut_into, dendrogram, height_of_cut
from graineye.errors import SettingsError
from graineye.settings import CutSettings


def random_features(seed: int, shape: tuple[int, int], n: int = 4) -> NDArray[np.float32]:
    return np.random.default_rng(seed).normal(size=(*shape, n)).astype(np.float32)


def test_round_a_hole_the_merges_are_scikit_learn_s() -> None:
    features, excluded = random_features(1, (9, 8)), np.zeros((9, 8), bool)
    excluded[3:6, 2:5] = excluded[0, 7] = True
    positions = np.flatnonzero(~excluded)
    graph = grid_to_graph(n_x=9, n_y=8, mask=~excluded)
    theirs, *_, distances = ward_tree(features[~excluded].astype(np.float64), connectivity=graph, return_distance=True)
    tree = dendrogram(features, excluded)
    count = len(positions) - 1
    numbers = np.concatenate([positions, 72 + np.arange(count)])
    assert np.sort(tree.children[:count], axis=1).tolist() == np.sort(numbers[theirs], axis=1).tolist()
    np.testing.assert_allclose(tree.heights[:count], distances, rtol=1e-9)
    assert np.isinf(tree.heights[count:]).all()
    assert (tree.positions, tree.parts) == (len(positions), 1)


def test_the_parts_of_a_divided_scan_merge_as_each_does_alone() -> None:
    features, excluded = random_features(2, (7, 9)), np.zeros((7, 9), bool)
    excluded[:, 4] = True
    tree, left, right = dendrogram(features, excluded), dendrogram(features[:, :4]), dendrogram(features[:, 5:])
    assert (tree.parts, tree.positions) == (2, 56)
    finite = tree.heights[np.isfinite(tree.heights)]
    assert sorted(finite.tolist()) == pytest.approx(sorted([*left.heights, *right.heights]))
    for distance in np.quantile(finite, [0.2, 0.6, 0.95]):
        labels = cut_at_distance(tree, distance)
        for part, alone in ((labels[:, :4], left), (labels[:, 5:], right)):
            np.testing.assert_array_equal(same_regions(part), same_regions(cut_at_distance(alone, distance)))


def same_regions(labels: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Which positions are in the same region as which."""
    return labels.ravel()[:, None] == labels.ravel()[None]


def test_equal_positions_on_two_sides_of_a_hole_stay_apart() -> None:
    features, excluded = np.ones((4, 5, 2), np.float32), np.zeros((4, 5), bool)
    excluded[:, 2] = True
    expected = [[1, 1, 0, 2, 2]] * 4
    tree = dendrogram(features, excluded)
    assert cut_at_distance(tree, 1e9).tolist() == expected
    assert cut_at_distance(tree, np.inf).tolist() == expected
    assert cut_into(tree, 2).tolist() == expected
    assert absorb_small(cut_into(tree, 5), features, 100).tolist() == expected


def test_fewer_crystallites_than_parts_cannot_be_had() -> None:
    excluded = np.zeros((3, 5), bool)
    excluded[:, [1, 3]] = True
    tree = dendrogram(random_features(3, (3, 5)), excluded)
    assert cut_into(tree, 3).max() == 3
    assert cut_into(tree, 9).max() == 9
    for count in (2, 10):
        with pytest.raises(SettingsError, match="divide into 3 parts"):
            cut_into(tree, count)


def test_without_holes_the_tree_is_the_same() -> None:
    features = random_features(4, (6, 7))
    tree, plain = dendrogram(features, np.zeros((6, 7), bool)), dendrogram(features)
    assert tree.children.tolist() == plain.children.tolist()
    assert tree.heights.tolist() == plain.heights.tolist()
    assert tree.neighbour_distance == plain.neighbour_distance
    assert plain.parts == 1


@settings(deadline=None, max_examples=40)
@given(seed=st.integers(0, 10**6), ny=st.integers(1, 7), nx=st.integers(1, 7), share=st.floats(0, 0.9))
def test_what_stands_at_excluded_positions_does_not_matter(seed: int, ny: int, nx: int, share: float) -> None:
    rng = np.random.default_rng(seed)
    features, excluded = random_features(seed, (ny, nx)), rng.random((ny, nx)) < share
    excluded.flat[rng.integers(ny * nx)] = False
    other = features.copy()
    other[excluded] = np.nan
    tree, same = dendrogram(features, excluded), dendrogram(other, excluded)
    assert (tree.children.tolist(), tree.heights.tolist()) == (same.children.tolist(), same.heights.tolist())
    assert tree.neighbour_distance == same.neighbour_distance
    parts = ndimage.label(~excluded)[1]
    assert tree.parts == parts
    heights, regions = tree.regions_by_height()
    assert len(heights) == tree.positions - parts
    for count in {parts, (parts + tree.positions) // 2, tree.positions}:
        labels = cut_into(tree, count)
        assert labels.max() == count
        assert ((labels == 0) == excluded).all()
        assert all(ndimage.label(labels == label)[1] == 1 for label in range(1, count + 1))
        assert cut_at_distance(tree, height_of_cut(tree, CutSettings(count=count))).max() >= count
    # Of merges that an inversion puts at the same height all are carried out by a cut just above it.
    for height, first in zip(*np.unique(heights, return_index=True), strict=True):
        count = regions[first]
        assert cut_at_distance(tree, np.nextafter(height, np.inf)).max() == count
