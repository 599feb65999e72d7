"""Disk positions are the strongest local maxima, apart from each other and from the border."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from skimage.feature import peak_local_max

from graineye.disks import find_disks, log_scaled


def peaks(shape: tuple[int, int], heights: dict[tuple[int, int], float]) -> NDArray[np.float32]:
    image = np.zeros(shape, np.float32)
    for place, height in heights.items():
        image[place] = height
    return image


def test_the_strongest_comes_first_with_its_height() -> None:
    found = find_disks(peaks((9, 9), {(1, 1): 2.0, (4, 7): 5.0, (7, 3): 3.5}))
    assert found.positions.tolist() == [[4, 7], [7, 3], [1, 1]]
    assert found.correlation.tolist() == [5.0, 3.5, 2.0]
    assert len(found) == 3


def test_no_more_than_the_count_are_taken() -> None:
    image = peaks((9, 9), {(1, 1): 2.0, (4, 7): 5.0, (7, 3): 3.5})
    assert find_disks(image, count=2).positions.tolist() == [[4, 7], [7, 3]]
    assert find_disks(image, count=1).positions.tolist() == [[4, 7]]


def test_equal_heights_come_in_the_order_of_their_pixels() -> None:
    image = peaks((9, 9), {(7, 1): 4.0, (1, 6): 4.0, (1, 2): 4.0, (4, 4): 9.0})
    assert find_disks(image).positions.tolist() == [[4, 4], [1, 2], [1, 6], [7, 1]]


@pytest.mark.parametrize(("distance", "kept"), [(1, [0, 2, 5]), (2, [0, 5]), (4, [0, 5]), (5, [0])])
def test_positions_differ_by_more_than_the_distance(distance: int, kept: list[int]) -> None:
    image = peaks((1, 9), {(0, 0): 9.0, (0, 2): 7.0, (0, 5): 8.0})
    found = find_disks(image, min_distance=distance)
    assert sorted(found.positions[:, 1].tolist()) == kept


def test_a_diagonal_neighbour_within_the_distance_is_no_position() -> None:
    assert find_disks(peaks((7, 7), {(3, 3): 5.0, (4, 4): 4.0})).positions.tolist() == [[3, 3]]
    assert len(find_disks(peaks((7, 7), {(3, 3): 5.0, (5, 4): 4.0}))) == 2


def test_a_plateau_is_thinned_from_its_first_pixel_on() -> None:
    assert find_disks(np.ones((1, 6), np.float32)).positions[:, 1].tolist() == [0, 2, 4]
    assert find_disks(np.ones((4, 4), np.float32), min_distance=2).positions.tolist() == [
        [0, 0],
        [0, 3],
        [3, 0],
        [3, 3],
    ]


@pytest.mark.parametrize(("border", "kept"), [(0.0, 4), (0.5, 3), (1.0, 3), (1.5, 2), (2.0, 2), (3.0, 1), (3.5, 0)])
def test_positions_nearer_to_the_border_are_left_out(border: float, kept: int) -> None:
    # 0, 1, 2 and 3 px from the nearest border pixel of 7 rows and 31 columns
    image = peaks((7, 31), {(3, 0): 1.0, (5, 10): 2.0, (3, 28): 3.0, (3, 20): 4.0})
    assert len(find_disks(image, border=border)) == kept


def test_only_what_correlates_above_zero_is_a_position() -> None:
    assert len(find_disks(np.zeros((5, 5), np.float32))) == 0
    assert len(find_disks(np.full((5, 5), -2.0, np.float32))) == 0
    nothing = find_disks(-np.eye(6, dtype=np.float32))
    assert nothing.positions.shape == (0, 2)
    assert nothing.correlation.shape == (0,)


def test_what_is_but_the_rounding_of_the_highest_is_no_position() -> None:
    assert find_disks(peaks((9, 9), {(1, 1): 1e5, (4, 4): 1e-3, (7, 7): 1.0})).positions.tolist() == [[1, 1], [7, 7]]


@pytest.mark.parametrize("distance", [1, 2, 3, 6])
@pytest.mark.parametrize("border", [0, 4])
@pytest.mark.parametrize("count", [7, 1000])
def test_positions_are_scikit_image_s_peaks(distance: int, border: int, count: int) -> None:
    image = np.random.default_rng(distance).random((50, 41)).astype(np.float32) - np.float32(0.2)
    theirs = peak_local_max(
        image,
        min_distance=distance,
        threshold_abs=0,
        exclude_border=border or False,
        num_peaks=count,
        p_norm=np.inf,
    )
    assert find_disks(image, count, distance, border).positions.tolist() == theirs.tolist()


@settings(deadline=None, max_examples=50)
@given(
    seed=st.integers(0, 10**6),
    levels=st.integers(1, 6),
    distance=st.integers(1, 5),
    border=st.floats(0, 4),
    count=st.integers(1, 40),
)
def test_what_holds_of_any_map(seed: int, levels: int, distance: int, border: float, count: int) -> None:
    image = np.random.default_rng(seed).integers(-1, levels, (14, 17)).astype(np.float32)
    found = find_disks(image, count, distance, border)
    assert len(found) <= count
    assert (found.correlation > 0).all()
    assert (np.diff(found.correlation) <= 0).all()
    np.testing.assert_array_equal(image[tuple(found.positions.T)], found.correlation)
    limits = np.array(image.shape) - 1 - border
    assert ((found.positions >= border) & (found.positions <= limits)).all()
    apart = np.abs(found.positions[:, None] - found.positions).max(axis=2)
    assert (apart[~np.eye(len(found), dtype=bool)] > distance).all()
    for y, x in found.positions:
        near = image[max(y - distance, 0) : y + distance + 1, max(x - distance, 0) : x + distance + 1]
        assert image[y, x] == near.max()


def test_standard_deviations_are_scaled_from_their_minimum() -> None:
    scaled = log_scaled(np.array([[3.0, 4.0], [2.0, 11.0]], np.float32))
    np.testing.assert_allclose(scaled, np.log([[2, 3], [1, 10]]), rtol=1e-6)
    assert scaled.dtype == np.float32
