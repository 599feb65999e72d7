"""Ward's merges on a grid: those of the definition, of scikit-learn, and of a calculation by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.cluster import ward_tree
from sklearn.feature_extraction.image import grid_to_graph

from graineye.kernels.ward import edge_lengths, edge_lengths_slow, merge_cost, ward_merges, ward_merges_slow

SHAPES = [(1, 15), (15, 1), (1, 2), (2, 2), (3, 5), (8, 11), (13, 6)]


def grid(ny: int, nx: int) -> NDArray[np.int32]:
    """Pairs of neighbours, the larger index first."""
    pairs = [(y * nx + x, y * nx + x - 1) for y in range(ny) for x in range(1, nx)]
    pairs += [(y * nx + x, (y - 1) * nx + x) for y in range(1, ny) for x in range(nx)]
    return np.array(pairs, np.int32).reshape(-1, 2)


def unordered(children: NDArray[np.integer]) -> list[list[int]]:
    return np.sort(children, axis=1).tolist()


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("n_features", [1, 2, 7])
def test_merges_are_scikit_learn_s(shape: tuple[int, int], n_features: int) -> None:
    features = np.random.default_rng(3).normal(size=(shape[0] * shape[1], n_features))
    children, heights = ward_merges(features, grid(*shape))
    connectivity = grid_to_graph(n_x=shape[0], n_y=shape[1])
    theirs, *_, their_heights = ward_tree(features, connectivity=connectivity, return_distance=True)
    assert unordered(children) == unordered(theirs)
    np.testing.assert_allclose(heights, their_heights, rtol=1e-9)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("shape", [(1, 6), (4, 1), (2, 3), (4, 5), (6, 6)])
def test_merges_are_those_of_the_definition(dtype: type, shape: tuple[int, int]) -> None:
    features = np.random.default_rng(4).random((shape[0] * shape[1], 3)).astype(dtype)
    children, heights = ward_merges(features, grid(*shape))
    by_definition, expected = ward_merges_slow(features.astype(np.float64), grid(*shape))
    assert children.tolist() == by_definition.tolist()
    np.testing.assert_allclose(heights, expected, rtol=1e-9)


def test_a_row_of_four_merges_as_by_hand() -> None:
    # 0 and 1 merge (mean 1/2), then 3 joins (mean 4/3), then 10: added variance gap^2 ab / (a + b), height sqrt(2 ...).
    children, heights = ward_merges(np.array([[0.0], [1.0], [3.0], [10.0]]), grid(1, 4))
    assert unordered(children) == [[0, 1], [2, 4], [3, 5]]
    np.testing.assert_allclose(heights, [1.0, np.sqrt(25 / 3), np.sqrt(338 / 3)], rtol=1e-14)


def test_only_neighbours_merge_however_alike() -> None:
    # The ends are equal and so are the inner two, but the ends never touch before all is one.
    children, _ = ward_merges(np.array([[0.0], [9.0], [9.0], [0.0]]), grid(1, 4))
    assert unordered(children) == [[1, 2], [0, 4], [3, 5]]


def test_ties_go_to_the_lower_numbers() -> None:
    children, heights = ward_merges(np.ones((4, 2)), grid(2, 2))
    assert children.tolist() == [[1, 0], [3, 2], [5, 4]]
    assert heights.tolist() == [0.0, 0.0, 0.0]


@pytest.mark.parametrize("shape", [(1, 9), (5, 4), (6, 7)])
def test_without_any_contrast_the_order_is_that_of_the_definition(shape: tuple[int, int]) -> None:
    features = np.full((shape[0] * shape[1], 2), 3.0)
    assert ward_merges(features, grid(*shape))[0].tolist() == ward_merges_slow(features, grid(*shape))[0].tolist()


def test_the_order_of_the_pairs_does_not_matter() -> None:
    features = np.random.default_rng(5).integers(0, 2, (30, 2)).astype(np.float32)  # many ties
    pairs = grid(5, 6)
    children, heights = ward_merges(features, pairs)
    for seed in range(5):
        again = ward_merges(features, np.random.default_rng(seed).permutation(pairs))
        assert again[0].tolist() == children.tolist()
        assert again[1].tolist() == heights.tolist()


def test_a_single_position_has_nothing_to_merge() -> None:
    children, heights = ward_merges(np.ones((1, 3), np.float32), grid(1, 1))
    assert children.shape == (0, 2)
    assert heights.shape == (0,)


def test_the_cost_of_a_merge_is_the_variance_that_it_adds() -> None:
    rng = np.random.default_rng(6)
    a, b = rng.normal(size=(5, 4)), rng.normal(size=(3, 4))

    def spread(members: NDArray[np.float64]) -> float:
        return float(((members - members.mean(axis=0)) ** 2).sum())

    added = spread(np.concatenate([a, b])) - spread(a) - spread(b)
    assert merge_cost(a.sum(axis=0), 5.0, b.sum(axis=0), 3.0) == pytest.approx(added, rel=1e-12)


@settings(deadline=None, max_examples=30)
@given(
    seed=st.integers(0, 10**6),
    ny=st.integers(1, 7),
    nx=st.integers(1, 7),
    shift=st.floats(-50, 50),
    factor=st.floats(0.01, 100),
)
def test_an_offset_changes_no_merge_and_a_factor_only_the_heights(
    seed: int, ny: int, nx: int, shift: float, factor: float
) -> None:
    features = np.random.default_rng(seed).normal(size=(ny * nx, 3))
    children, heights = ward_merges(features, grid(ny, nx))
    changed, changed_heights = ward_merges(features * factor + shift, grid(ny, nx))
    assert changed.tolist() == children.tolist()
    np.testing.assert_allclose(changed_heights, heights * factor, rtol=1e-6)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("n_features", [1, 7, 500])
def test_the_length_of_an_edge_is_the_feature_distance_of_its_positions(dtype: type, n_features: int) -> None:
    random = np.random.default_rng(5)
    features = random.normal(1000.0, 1.0, (30, n_features)).astype(dtype)
    edges = random.integers(0, 30, (80, 2)).astype(np.int32)
    np.testing.assert_allclose(edge_lengths(features, edges), edge_lengths_slow(features, edges), rtol=1e-12)
    assert len(edge_lengths(features, edges[:0])) == 0
