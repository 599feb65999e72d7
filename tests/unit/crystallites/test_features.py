"""Each disk counts alike in the features, however bright it is."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from graineye.crystallites import features, mean_magnitude


def test_features_are_dark_fields_over_their_mean_magnitude() -> None:
    dark_fields = np.array([[[2.0, -1.0], [-4.0, 0.0]], [[0.0, 0.5], [6.0, 0.5]]], np.float32)
    assert mean_magnitude(dark_fields).tolist() == [3.0, 0.5]
    np.testing.assert_allclose(features(dark_fields), [[[2 / 3, -2], [-4 / 3, 0]], [[0, 1], [2, 1]]], rtol=1e-6)


def test_a_disk_that_is_nowhere_has_no_features() -> None:
    dark_fields = np.ones((3, 4, 3), np.float32)
    dark_fields[..., 1] = 0
    found = features(dark_fields)
    assert not found[..., 1].any()
    assert (found[..., [0, 2]] == 1).all()


def test_no_disks_give_no_features() -> None:
    assert features(np.zeros((3, 4, 0), np.float32)).shape == (3, 4, 0)


@given(seed=st.integers(0, 10**6), ny=st.integers(1, 6), nx=st.integers(1, 6), n=st.integers(1, 5))
def test_the_mean_magnitude_of_every_disk_s_feature_is_one(seed: int, ny: int, nx: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    dark_fields = (rng.normal(size=(ny, nx, n)) * 10.0 ** rng.integers(-6, 7, n)).astype(np.float32)
    found = features(dark_fields)
    np.testing.assert_allclose(np.abs(found).mean(axis=(0, 1)), 1, rtol=1e-5)
    assert found.dtype == np.float32


@given(seed=st.integers(0, 10**6), exponents=st.lists(st.integers(-15, 15), min_size=4, max_size=4))
def test_the_brightness_of_a_disk_does_not_matter(seed: int, exponents: list[int]) -> None:
    dark_fields = np.random.default_rng(seed).normal(size=(5, 6, 4)).astype(np.float32)
    brighter = dark_fields * np.float32(2.0) ** np.array(exponents, np.float32)  # powers of two round nothing
    np.testing.assert_array_equal(features(brighter), features(dark_fields))


def test_the_dark_fields_themselves_stay() -> None:
    dark_fields = np.random.default_rng(0).normal(size=(3, 4, 2)).astype(np.float32)
    before = dark_fields.copy()
    features(dark_fields)
    np.testing.assert_array_equal(dark_fields, before)
