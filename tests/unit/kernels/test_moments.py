"""What is added up of a single frame: least, largest, sum and first moments."""

import numpy as np
import pytest
from numpy.typing import NDArray

from graineye.kernels.moments import add_up_narrow, add_up_slow, add_up_wide, moments_fit, moments_of, rows_together

NARROW = [np.uint8, np.uint16, np.int16]
WIDE = [np.uint32, np.int32, np.float32, np.float64]
SHAPES = [(1, 1), (5, 7), (251, 253), (1, 5000), (4097, 1), (3, 2049)]


def added_up(frame: NDArray[np.generic]) -> tuple[float, ...]:
    columns = frame.shape[1]
    narrow = frame.dtype.kind in "ui" and frame.dtype.itemsize <= 2
    sums = np.empty(rows_together(columns) * columns, np.int32 if narrow else np.float64)
    return (add_up_narrow if narrow else add_up_wide)(frame.ravel(), columns, sums)


@pytest.mark.parametrize("dtype", NARROW + WIDE)
@pytest.mark.parametrize("shape", SHAPES)
def test_it_is_what_the_array_expressions_give(dtype: type, shape: tuple[int, int]) -> None:
    frame = np.random.default_rng(39).integers(0, 120, shape).astype(dtype)
    if np.dtype(dtype).kind in "if":
        frame -= 60
    np.testing.assert_allclose(added_up(frame), add_up_slow(frame.ravel(), shape[1]), rtol=1e-12, atol=1e-9)


@pytest.mark.parametrize("dtype", NARROW)
@pytest.mark.parametrize("limit", ["min", "max"])
def test_saturated_frames_do_not_overflow(dtype: type, limit: str) -> None:
    top, rows, columns = int(getattr(np.iinfo(dtype), limit)), 2048, 3000
    y, x = rows * (rows - 1) // 2 * columns * top, columns * (columns - 1) // 2 * rows * top
    assert added_up(np.full((rows, columns), top, dtype)) == (top, top, rows * columns * top, y, x)


@pytest.mark.parametrize(("rows", "columns"), [(2, 32767), (32767, 2)])
def test_the_longest_rows_and_columns_that_fit_do_not_overflow(rows: int, columns: int) -> None:
    assert moments_fit(rows, columns)
    assert not moments_fit(rows + 32768, columns)
    assert added_up(np.full((rows, columns), 65535, np.uint16))[2] == rows * columns * 65535


def test_moments_of_many_frames_are_those_of_each() -> None:
    frames = np.random.default_rng(40).integers(0, 1000, (4, 6, 7)).astype(np.uint16)
    found = moments_of(frames.reshape(4, -1), 7)
    assert found.tolist() == [list(add_up_slow(frame.ravel(), 7)[3:]) for frame in frames]
