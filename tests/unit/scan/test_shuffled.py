"""Sorted bytes and bits are put back as plain array expressions put them."""

import numpy as np
import pytest

from graineye.scan.shuffled import bits_unshuffled, bits_unshuffled_slow, unshuffled


@pytest.mark.parametrize("item", [1, 2, 4, 8])
@pytest.mark.parametrize("numbers", [0, 1, 7, 8, 100, 1000, 5001])
@pytest.mark.parametrize("block", [64, 512, 8192])
def test_bits_are_put_back(item: int, numbers: int, block: int) -> None:
    data = np.random.default_rng(numbers).integers(0, 256, numbers * item).astype(np.uint8)
    out = np.empty_like(data)
    bits_unshuffled(data, item, block, out)
    np.testing.assert_array_equal(out, bits_unshuffled_slow(data, item, block))


@pytest.mark.parametrize("item", [1, 2, 4, 8])
@pytest.mark.parametrize("size", [0, 5, 64, 1000, 4099])
def test_bytes_are_put_back(item: int, size: int) -> None:
    data = np.random.default_rng(size).integers(0, 256, size).astype(np.uint8)
    out = np.empty_like(data)
    unshuffled(data, item, out)
    whole = size // item * item
    np.testing.assert_array_equal(out[:whole], data[:whole].reshape(item, -1).T.ravel())
    np.testing.assert_array_equal(out[whole:], data[whole:])
