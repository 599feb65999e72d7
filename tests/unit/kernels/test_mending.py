"""Missing pixels are replaced by the mean of good ones near them, and gaps from their rim inwards."""

import numpy as np
import pytest
from numpy.typing import NDArray

from graineye.kernels.mending import mend, mend_slow, mending_of


def mended(frame: NDArray[np.float32], missing: NDArray[np.bool_]) -> NDArray[np.float32]:
    holed = np.where(missing, np.float32(np.nan), frame)
    mend(holed, mending_of(missing))
    return holed


@pytest.mark.parametrize("share", [0.0, 0.05, 0.5, 0.9])
def test_mended_frames_are_those_of_the_array_expressions(share: float) -> None:
    rng = np.random.default_rng(32)
    frame, missing = rng.random((17, 23)).astype(np.float32), rng.random((17, 23)) < share
    expected = np.where(missing, np.float32(np.nan), frame)
    mend_slow(expected, mending_of(missing))
    np.testing.assert_allclose(mended(frame, missing), expected, rtol=1e-5)


def test_good_pixels_stay_as_they_are() -> None:
    rng = np.random.default_rng(33)
    frame, missing = rng.random((9, 8)).astype(np.float32), rng.random((9, 8)) < 0.3
    np.testing.assert_array_equal(mended(frame, missing)[~missing], frame[~missing])


def test_a_single_pixel_is_the_mean_of_those_within_two_pixels() -> None:
    frame, missing = np.arange(42, dtype=np.float32).reshape(6, 7), np.zeros((6, 7), bool)
    missing[0, 1] = True
    near = np.delete(frame[:3, :4].ravel(), 1)
    assert mended(frame, missing)[0, 1] == pytest.approx(near.mean())


def test_the_middle_of_a_wide_gap_is_mended_too() -> None:
    missing = np.zeros((15, 15), bool)
    missing[1:14, 1:14] = True
    np.testing.assert_allclose(mended(np.full((15, 15), 3.0, np.float32), missing), 3.0)


@pytest.mark.parametrize(
    "missing", [None, np.zeros((4, 5), bool), np.ones((4, 5), bool)], ids=["unsaid", "none", "all"]
)
def test_with_nothing_missing_or_nothing_good_there_is_nothing_to_mend(missing: NDArray[np.bool_] | None) -> None:
    assert len(mending_of(missing).pixels) == 0
