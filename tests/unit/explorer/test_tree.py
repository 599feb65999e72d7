"""The dendrogram as a picture, and what it divides."""

import numpy as np

import graineye as ge
from graineye.crystallites import cut_into
from graineye.explorer.tree import chosen_range, first_positions, treetop


def test_every_leaf_of_the_picture_is_a_region_of_its_own(mapped: ge.CrystalliteMap) -> None:
    tree = mapped.dendrogram
    top = treetop(tree, most=11)
    assert len(top.leaves) == 12
    labels = cut_into(tree, 12).ravel()
    assert sorted(labels[top.leaves]) == list(range(1, 13))


def test_brackets_stand_on_the_ones_below(mapped: ge.CrystalliteMap) -> None:
    top = treetop(mapped.dendrogram, most=30)
    assert (top.lefts < top.rights).all()
    assert (top.left_bottoms <= top.tops).all()
    assert (top.right_bottoms <= top.tops).all()
    heights = np.sort(mapped.dendrogram.subtree_heights())[::-1]
    np.testing.assert_allclose(np.sort(top.tops)[::-1], heights[:30])


def test_first_positions_lie_below_their_nodes(mapped: ge.CrystalliteMap) -> None:
    tree = mapped.dendrogram
    leaves, first = tree.shape[0] * tree.shape[1], first_positions(tree)
    for merge in (0, 60, 150, len(tree.heights) - 1):
        below, nodes = [], [leaves + merge]
        while nodes:
            node = nodes.pop()
            nodes += tree.children[node - leaves].tolist() if node >= leaves else []
            below += [node] if node < leaves else []
        assert first[leaves + merge] in below


def test_the_range_of_a_cut_is_where_the_number_changes_least() -> None:
    # 3 x 3 positions of a line: four close pairs far apart
    features = np.zeros((1, 40, 1), np.float32)
    features[0, :, 0] = np.repeat(np.arange(5) * 1000.0, 8) + np.random.default_rng(1).normal(0, 1, 40)
    tree = ge.dendrogram(features)
    mapped_like = _WithTree(tree)
    low, high, words = chosen_range(mapped_like)
    assert ge.cut_at_distance(tree, np.sqrt(low * high)).max() == 5
    assert low < 100
    assert high > 1000
    assert "5" in words


class _WithTree:
    dominating = None

    def __init__(self, tree: ge.Dendrogram) -> None:
        self.dendrogram = tree


def test_of_overlapping_crystallites_the_range_gives_as_many_as_dominate(mapped_as_overlaps: ge.CrystalliteMap) -> None:
    _, low, high = mapped_as_overlaps.dominating
    found = chosen_range(mapped_as_overlaps)
    if low == high:
        return
    bottom, top, words = found
    middle = ge.cut_at_distance(mapped_as_overlaps.dendrogram, np.sqrt(bottom * top)).max()
    assert low <= middle <= high
    assert str(low) in words
