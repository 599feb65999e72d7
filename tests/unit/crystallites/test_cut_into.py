"""A cut into a number of regions gives that number, each connected, each cut a refinement of the one before."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from graineye.crystallites import Dendrogram, cut_at_distance, cut_into, dendrogram
from graineye.errors import SettingsError


def random_tree(seed: int, ny: int, nx: int) -> Dendrogram:
    return dendrogram(np.random.default_rng(seed).normal(size=(ny, nx, 3)).astype(np.float32))


def row_of(children: list[list[int]], heights: list[float]) -> Dendrogram:
    n = len(heights) + 1
    return Dendrogram((1, n), np.array(children, np.int32), np.array(heights), np.zeros(n - 1, np.int32), 1.0)


@pytest.mark.parametrize("shape", [(5, 6), (1, 12), (9, 1), (1, 1)])
def test_every_count_is_met_with_connected_regions(shape: tuple[int, int]) -> None:
    tree = random_tree(0, *shape)
    for count in range(1, shape[0] * shape[1] + 1):
        labels = cut_into(tree, count)
        assert np.unique(labels).tolist() == list(range(1, count + 1))
        assert all(ndimage.label(labels == k)[1] == 1 for k in range(1, count + 1))


@settings(deadline=None, max_examples=20)
@given(seed=st.integers(0, 10**6))
def test_each_count_divides_one_region_of_the_count_before(seed: int) -> None:
    tree = random_tree(seed, 5, 5)
    for count in range(1, 25):
        coarse, fine = cut_into(tree, count), cut_into(tree, count + 1)
        parents = {int(k): set(coarse[fine == k].tolist()) for k in np.unique(fine)}
        assert all(len(parent) == 1 for parent in parents.values())


@settings(deadline=None, max_examples=20)
@given(seed=st.integers(0, 10**6), distance=st.floats(0.5, 6))
def test_a_cut_at_a_distance_is_the_cut_into_as_many(seed: int, distance: float) -> None:
    tree = random_tree(seed, 6, 5)
    labels = cut_at_distance(tree, distance)
    np.testing.assert_array_equal(cut_into(tree, int(labels.max())), labels)


@pytest.mark.parametrize(
    ("count", "labels"), [(1, [1, 1, 1, 1]), (2, [1, 1, 1, 2]), (3, [1, 1, 2, 3]), (4, [1, 2, 3, 4])]
)
def test_an_inversion_is_undone_from_above(count: int, labels: list[int]) -> None:
    # 2 joins 0 and 1 at 3, lower than 0 and 1 joined at 5: it counts as 5, and is undone before what it holds.
    tree = row_of([[1, 0], [4, 2], [5, 3]], [5.0, 3.0, 10.0])
    assert cut_into(tree, count).tolist() == [labels]


def test_of_equal_merges_the_later_is_undone_first() -> None:
    tree = row_of([[1, 0], [3, 2], [5, 4]], [2.0, 2.0, 2.0])
    assert cut_into(tree, 2).tolist() == [[1, 1, 2, 2]]
    assert cut_into(tree, 3).tolist() == [[1, 1, 2, 3]]


def test_without_any_contrast_every_count_is_still_met() -> None:
    tree = dendrogram(np.ones((4, 5, 2), np.float32))
    for count in range(1, 21):
        assert len(np.unique(cut_into(tree, count))) == count


@pytest.mark.parametrize("count", [0, -1, 13])
def test_a_count_that_cannot_be_is_refused(count: int) -> None:
    with pytest.raises(SettingsError, match=rf"cut.count is {count}: there are 12 scan positions"):
        cut_into(random_tree(0, 3, 4), count)
