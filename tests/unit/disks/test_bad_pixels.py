"""Dead and hot pixels are found at any dose, and sound pixels are not taken for them."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import ndimage

from graineye.disks import find_bad_pixels
from graineye.disks.bad_pixels import _most_change
from graineye.probe import shapes

Frames = NDArray[np.float64]
SHAPE = (48, 44)
DISKS = [(10, 12), (35, 9), (24, 38), (4, 30), (47, 20), (38, 43)]  # two are cut by the border


def scan(n: int, dose: float, every: int = 3) -> Frames:
    """`n` frames of a beam and of disks that show in one of `every` frames, `dose` electrons in each."""
    y, x = np.mgrid[: SHAPE[0], : SHAPE[1]].astype(np.float64)
    still = 0.02 * np.exp(-np.hypot(y - 24, x - 22) / 12) + 0.0005 + shapes.disk(y - 24.3, x - 21.6, 4.5)
    shown = [0.2 * shapes.disk(y - a, x - b, 4.5) for a, b in DISKS]
    patterns = [still + sum(s for k, s in enumerate(shown) if (i + k) % every == 0) for i in range(every)]
    expected = np.array([p / p.sum() * dose for p in patterns])
    return np.random.default_rng(n).poisson(expected[np.arange(n) // 5 % every]).astype(np.float64)


def bad_pixels(frames: Frames) -> set[tuple[int, int]]:
    mean, std = frames.mean(axis=0).astype(np.float32), frames.std(axis=0).astype(np.float32)
    return {(int(y), int(x)) for y, x in np.argwhere(find_bad_pixels(mean, std, len(frames)))}


@pytest.mark.parametrize("n", [30, 400])
@pytest.mark.parametrize("dose", [20, 100, 500, 5000, 100000])
@pytest.mark.parametrize("every", [3, 20])
def test_a_clean_scan_has_none(n: int, dose: float, every: int) -> None:
    frames = scan(n, dose, every)
    assert bad_pixels(frames) == set()
    assert bad_pixels(frames * 37.5) == set()  # a camera's gain


@pytest.mark.parametrize("dose", [500, 5000, 100000])
@pytest.mark.parametrize(
    "hot",
    [
        [(30, 30)],
        [(0, 0)],
        [(47, 43)],
        [(0, 20)],
        [(20, 43)],
        [(30, 30), (30, 31)],
        [(30, 30), (31, 31)],
        [(30, 30), (31, 30), (31, 31)],
        [(0, 0), (0, 1)],
        [(47, 0), (46, 1)],
        [(0, 20), (0, 21)],
        [(20, 43), (20, 42)],
        [(24, 27)],
    ],
    ids=str,
)
def test_hot_pixels_are_found(hot: list[tuple[int, int]], dose: float) -> None:
    # (24, 27) is beside the beam
    frames = scan(100, dose)
    for y, x in hot:
        frames[:, y, x] += 40 + 0.02 * dose
    assert bad_pixels(frames) == set(hot)


def test_a_flickering_pixel_is_found() -> None:
    frames = scan(400, 2000)
    frames[::10, 30, 33] += 300
    frames[::7, 0, 43] += 300
    assert bad_pixels(frames) == {(30, 33), (0, 43)}


def test_a_single_x_ray_is_found() -> None:
    frames = scan(400, 2000)
    frames[123, 33, 30] = 4000
    assert bad_pixels(frames) == {(33, 30)}


@pytest.mark.parametrize("stuck", [0, 7, 65535])
@pytest.mark.parametrize("place", [(24, 22), (10, 12), (0, 0), (30, 30)])
def test_a_pixel_that_never_changes_is_found(place: tuple[int, int], stuck: float) -> None:
    frames = scan(400, 20000)
    frames[:, place[0], place[1]] = stuck
    assert bad_pixels(frames) == {place}


def test_a_dead_pixel_is_found_in_frames_with_a_dark_image_taken_off() -> None:
    frames = scan(100, 300) + np.random.default_rng(0).normal(0, 2, (100, *SHAPE))
    frames[:, 40, 5] = 0
    assert bad_pixels(frames) == {(40, 5)}


def test_a_pixel_without_a_count_where_few_are_due_may_be_sound() -> None:
    frames = np.random.default_rng(1).poisson(0.04, (100, *SHAPE)).astype(np.float64)  # four in all
    assert (frames.sum(axis=0) == 0).sum() > 10
    assert bad_pixels(frames) == set()


def test_a_dead_column_is_found() -> None:
    frames = scan(100, 200000)
    frames[:, :, 7] = 0
    assert bad_pixels(frames) == {(y, 7) for y in range(SHAPE[0])}


@pytest.mark.parametrize("level", [0, 1])
def test_frames_that_never_change_have_no_dead_pixels(level: float) -> None:
    assert bad_pixels(np.full((20, *SHAPE), level)) == set()


@pytest.mark.parametrize("depth", [0.4, 0.7, 1.0, 1.4, 2.0, 3.1])
@pytest.mark.parametrize("axis", [0, 1])
def test_the_rim_of_a_disk_beyond_the_border_is_not_hot(depth: float, axis: int) -> None:
    y, x = np.mgrid[: SHAPE[0], : SHAPE[1]].astype(np.float64)
    mean = 2 + 1000 * shapes.disk(y + 0.5 + 11.5 - depth, x - 20.3, 11.5)
    mean = (mean if axis == 0 else mean.T).astype(np.float32)
    assert not find_bad_pixels(mean, np.sqrt(mean), 4000).any()


@pytest.mark.parametrize("shape", [(40, 31), (3, 9), (1, 1)])
def test_most_pixels_change_where_their_median_does(shape: tuple[int, int]) -> None:
    std = np.maximum(np.random.default_rng(8).normal(size=shape), 0).astype(np.float32)
    np.testing.assert_array_equal(_most_change(std), ndimage.median_filter(std, size=5, mode="nearest") > 0)
