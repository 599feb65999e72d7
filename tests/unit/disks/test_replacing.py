"""A bad pixel takes the median of the good ones near it, and nothing else changes."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from graineye.disks import replace_bad_pixels


def test_a_bad_pixel_takes_the_median_of_the_good_ones_within_two_pixels() -> None:
    image = np.arange(49, dtype=np.float32).reshape(7, 7)
    image[3, 3] = 1000
    bad = image == 1000
    # Around 24 the other 24 values lie symmetrically: their median is 24.
    assert replace_bad_pixels(image, bad)[3, 3] == 24


def test_bad_neighbours_are_not_asked() -> None:
    image = np.array([[1, 999, 3, 50], [999, 999, 4, 60]], np.float32)
    mended = replace_bad_pixels(image, image == 999)
    # (0, 1) and (1, 1) see all columns, (1, 0) only the first three: of 1, 3, 4, 50, 60 and of 1, 3, 4 the median.
    assert mended.tolist() == [[1, 4, 3, 50], [3, 4, 4, 60]]


def test_at_the_corner_the_frame_ends() -> None:
    image = np.array([[500, 1, 2, 90], [3, 4, 5, 90], [6, 7, 8, 90], [90, 90, 90, 90]], np.float32)
    assert replace_bad_pixels(image, image == 500)[0, 0] == 4.5


def test_without_a_good_pixel_near_it_keeps_its_value() -> None:
    image = np.arange(35, dtype=np.float32).reshape(5, 7)
    bad = np.ones((5, 7), bool)
    bad[0, 6] = False
    mended = replace_bad_pixels(image, bad)
    assert mended[4, 0] == image[4, 0]
    assert mended[2, 4] == image[0, 6]


@given(seed=st.integers(0, 10**6), share=st.floats(0, 1))
def test_good_pixels_and_the_image_itself_stay(seed: int, share: float) -> None:
    rng = np.random.default_rng(seed)
    image, bad = rng.random((8, 9)).astype(np.float32), rng.random((8, 9)) < share
    before = image.copy()
    mended = replace_bad_pixels(image, bad)
    np.testing.assert_array_equal(image, before)
    np.testing.assert_array_equal(mended[~bad], image[~bad])
    assert mended.min() >= image.min()
    assert mended.max() <= image.max()
