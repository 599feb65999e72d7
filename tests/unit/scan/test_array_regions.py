"""A rectangle of scan positions is read out of an array of any leading axes, and no frame besides it."""

from math import prod

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from graineye.scan.array_regions import read_rectangle

SHAPES = {  # scan shapes, and arrays that hold as many frames
    24: [(24,), (4, 6), (6, 4), (1, 24), (24, 1), (2, 3, 4), (1, 4, 6), (1, 1, 4, 6), (2, 1, 2, 6)],
    30: [(30,), (5, 6), (6, 5), (3, 10), (1, 30), (5, 3, 2), (1, 6, 5)],
}


@given(data=st.data(), count=st.sampled_from(sorted(SHAPES)))
def test_a_rectangle_is_what_stands_there_once_the_array_has_the_scan_s_shape(data: st.DataObject, count: int) -> None:
    axes = data.draw(st.sampled_from(SHAPES[count]))
    ny, nx = data.draw(st.sampled_from([shape for shape in SHAPES[count] if len(shape) == 2]))
    top, left = data.draw(st.integers(0, ny - 1)), data.draw(st.integers(0, nx - 1))
    y, x = slice(top, data.draw(st.integers(top + 1, ny))), slice(left, data.draw(st.integers(left + 1, nx)))
    array = np.arange(count * 6).reshape(*axes, 2, 3)
    read_frames = []

    def read(region: tuple[slice, ...]) -> NDArray[np.int64]:
        assert all(part.stop <= length for part, length in zip(region, axes, strict=True))
        read_frames.append(prod(array[region].shape[:-2]))
        return array[region]

    found = read_rectangle(read, array.shape, (ny, nx), y, x)
    np.testing.assert_array_equal(found, array.reshape(ny, nx, 2, 3)[y, x])
    assert sum(read_frames) == prod(found.shape[:2])
    if axes[-2:] == (ny, nx) or (x == slice(0, nx) and len(axes) == 1):
        assert len(read_frames) == 1
