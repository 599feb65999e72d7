"""The dendrogram is scikit-learn's Ward tree; a cut leaves no merge at or above its height inside a crystallite."""

import numpy as np
import pytest
from numpy.typing import NDArray
from side_by_side import SideBySide

import graineye as ge

Labels = NDArray[np.integer]


def proper_cut(children: NDArray[np.integer], heights: NDArray[np.float64], distance: float) -> list[set[int]]:
    """The largest regions of a tree in which every merge is lower than `distance`, from the root downwards."""
    leaves = len(children) + 1

    def below(node: int) -> tuple[set[int], float]:
        """Scan positions and highest merge under a node."""
        waiting, positions, highest = [node], set(), -np.inf
        while waiting:
            node = waiting.pop()
            if node < leaves:
                positions.add(node)
            else:
                highest = max(highest, heights[node - leaves])
                waiting += children[node - leaves].tolist()
        return positions, float(highest)

    regions, waiting = [], [2 * leaves - 2]
    while waiting:
        node = waiting.pop()
        positions, highest = below(node)
        if highest < distance:
            regions.append(positions)
        else:
            waiting += children[node - leaves].tolist()
    return regions


def regions_of(labels: Labels) -> list[set[int]]:
    return [set(np.flatnonzero(labels == label).tolist()) for label in np.unique(labels)]


def same(first: list[set[int]], second: list[set[int]]) -> bool:
    return sorted(map(sorted, first)) == sorted(map(sorted, second))


def between_merges(heights: NDArray[np.float64], share: float) -> float:
    """A height that no merge has, above this share of them."""
    ordered = np.append(np.sort(heights), 2 * heights.max())
    below = round(share * len(heights))
    return float(ordered[below - 1 : below + 1].mean())


def noise(shape: tuple[int, int], seed: int) -> NDArray[np.float32]:
    return np.random.default_rng(seed).normal(size=(*shape, 6)).astype(np.float32)


def test_the_tree_of_a_scan_is_that_of_scikit_learn(both: SideBySide) -> None:
    tree = ge.dendrogram(both.features)
    np.testing.assert_array_equal(np.sort(tree.children, axis=1), np.sort(both.children, axis=1))
    np.testing.assert_allclose(tree.heights, both.heights, rtol=1e-9)


@pytest.mark.parametrize("shape", [(1, 40), (40, 1), (2, 2), (13, 17)], ids=str)
def test_the_tree_of_noise_is_that_of_scikit_learn(shape: tuple[int, int]) -> None:
    import published

    features = noise(shape, 3)
    tree, expected = ge.dendrogram(features), published.ward(features, shape)
    np.testing.assert_array_equal(np.sort(tree.children, axis=1), np.sort(expected.children, axis=1))
    np.testing.assert_allclose(tree.heights, expected.distances, rtol=1e-9)


@pytest.mark.parametrize("share", [0.5, 0.9, 0.97, 1.0])
def test_the_labels_are_the_tree_of_scikit_learn_cut_properly(both: SideBySide, share: float) -> None:
    assert (np.diff(both.heights) < 0).any(), "no inversion: any cut would be proper"
    distance = between_merges(both.heights, share)
    labels = ge.cut_at_distance(ge.dendrogram(both.features), distance)
    assert same(regions_of(labels), proper_cut(both.children, both.heights, distance))


def test_labels_number_the_regions_in_the_order_of_the_scan(both: SideBySide) -> None:
    tree = ge.dendrogram(both.features)
    labels = ge.cut_at_distance(tree, between_merges(tree.heights, 0.9))
    _, first = np.unique(labels, return_index=True)
    assert labels.min() == 1
    assert (np.diff(first) > 0).all()


def test_where_a_low_merge_follows_a_high_one_the_published_cut_keeps_the_high_one_and_ours_does_not() -> None:
    import published

    shape = (20, 20)
    features = noise(shape, 3)
    tree = published.ward(features, shape)
    distance = between_merges(tree.distances, 0.6)
    proper = proper_cut(tree.children, tree.distances, distance)
    assert not same(regions_of(published.labels(tree, shape, distance)), proper)
    assert same(regions_of(ge.cut_at_distance(ge.dendrogram(features), distance)), proper)
