"""A hot pixel is told from anything that a beam can look like."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import ndimage

from graineye.probe import shapes
from graineye.probe.hot_pixels import RING, _second_and_third, hot_pixels

Image = NDArray[np.float64]


def disks(radius: float, centre: tuple[float, float] = (15.3, 20.8)) -> Image:
    y, x = np.mgrid[:40, :44].astype(np.float64)
    return 100 * shapes.disk(y - centre[0], x - centre[1], radius)


def found(image: Image, error: float = 0.0) -> set[tuple[int, int]]:
    return {(int(y), int(x)) for y, x in np.argwhere(hot_pixels([image], [error]))}


@pytest.mark.parametrize(
    "hot",
    [
        {(30, 30)},
        {(0, 0)},
        {(39, 43)},
        {(0, 20)},
        {(30, 30), (30, 31)},
        {(30, 30), (31, 31)},
        {(30, 30), (31, 30), (31, 31)},
        {(0, 0), (0, 1)},
        {(15, 20)},
        {(15, 27)},
    ],
    ids=str,
)
def test_hot_pixels_are_found_beside_the_beam_and_in_it(hot: set[tuple[int, int]]) -> None:
    image = disks(6.5)
    for pixel in hot:
        image[pixel] += 5000
    assert found(image) == hot


@pytest.mark.parametrize("radius", [1.2, 1.5, 2.0, 6.5, 12.0])
@pytest.mark.parametrize("centre", [(15.0, 20.0), (15.5, 20.5), (15.5, 20.0), (0.2, 20.0), (39.0, 43.0)])
def test_a_beam_is_not_hot_however_small_and_wherever_it_stands(radius: float, centre: tuple[float, float]) -> None:
    assert found(disks(radius, centre)) == set()


@pytest.mark.parametrize("width", [1.0, 1.5, 3.0])
def test_neither_is_the_top_of_a_gaussian_spot(width: float) -> None:
    y, x = np.mgrid[:40, :44].astype(np.float64)
    assert found(np.exp(-((y - 15.4) ** 2 + (x - 20.9) ** 2) / (2 * width**2))) == set()


def test_a_single_electron_is_not_hot_where_its_error_is_known() -> None:
    image = np.zeros((20, 20))
    image[7, 9] = 1.0
    assert found(image) == {(7, 9)}
    assert found(image, 1.0) == set()


def test_a_pixel_is_hot_if_any_image_of_its_detector_says_so() -> None:
    mean, std = disks(6.5), disks(6.5) ** 0.5
    std[30, 30] += 500
    assert np.argwhere(hot_pixels([mean, std], [0.0, 0.0])).tolist() == [[30, 30]]


@pytest.mark.parametrize("shape", [(33, 40), (3, 7), (1, 5), (1, 1)])
def test_the_second_and_third_brightest_neighbours_are_those_of_rank_filters(shape: tuple[int, int]) -> None:
    image = np.random.default_rng(3).poisson(4.0, shape).astype(np.float32)
    for rank, found in zip((-2, -3), _second_and_third(image), strict=True):
        expected = ndimage.rank_filter(image, rank, footprint=RING, mode="constant", cval=-np.inf)
        np.testing.assert_array_equal(found, expected)
