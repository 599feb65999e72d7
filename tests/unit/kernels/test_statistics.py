"""The sums over frames are those of plain array expressions and of whole-number arithmetic."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from graineye.kernels.statistics import GROUP, add_frames, add_frames_slow

DTYPES = [np.uint8, np.uint16, np.int16, np.uint32, np.int32, np.float32, np.float64]


def sums_of(
    frames: NDArray[np.generic],
    pivot: NDArray[np.float64] | None = None,
    kernel: Callable[..., None] = add_frames,
    columns: int | None = None,
) -> dict[str, NDArray[np.float64]]:
    n, pixels = frames.shape
    sizes = {"totals": n, "moments": (n, 2), "sums": pixels, "squares": pixels, "log_sums": pixels}
    results = {name: np.zeros(size) for name, size in sizes.items()}
    kernel(frames, columns or pixels, np.zeros(pixels) if pivot is None else pivot, *results.values())
    return results


def some_frames(dtype: type, n: int, pixels: int) -> NDArray[np.generic]:
    rng = np.random.default_rng(n * pixels)
    values = rng.poisson(3.0, (n, pixels)) + (rng.random((n, pixels)) < 0.01) * 200
    if np.issubdtype(dtype, np.signedinteger):
        values -= 40
    if np.issubdtype(dtype, np.floating):
        return (values - 0.3 * rng.random((n, pixels)) - 20).astype(dtype)
    return values.astype(dtype)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    ("n", "shape"), [(1, (1, 1)), (7, (27, 19)), (GROUP, (16, 32)), (GROUP + 1, (1, 97)), (3 * GROUP - 5, (2111, 3))]
)
def test_sums_are_those_of_the_array_expressions(dtype: type, n: int, shape: tuple[int, int]) -> None:
    frames = some_frames(dtype, n, shape[0] * shape[1])
    pivot = frames[0].astype(np.float64)
    fast, slow = sums_of(frames, pivot, columns=shape[1]), sums_of(frames, pivot, add_frames_slow, shape[1])
    for name in fast:
        np.testing.assert_allclose(fast[name], slow[name], rtol=1e-12, atol=1e-10, err_msg=name)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.int16])
def test_sums_of_whole_numbers_are_exact(dtype: type) -> None:
    limits = np.iinfo(dtype)
    frames = np.random.default_rng(1).integers(limits.min, limits.max, (75, 30), dtype=dtype, endpoint=True)
    pivot = frames[3].astype(np.float64)
    deviations = [[int(v) - int(p) for v, p in zip(row, frames[3], strict=True)] for row in frames]
    found = sums_of(frames, pivot)
    assert found["totals"].tolist() == [sum(map(int, row)) for row in frames]
    assert found["moments"].tolist() == [[0, sum(i * int(v) for i, v in enumerate(row))] for row in frames]
    assert found["sums"].tolist() == [sum(column) for column in zip(*deviations, strict=True)]
    assert found["squares"].tolist() == [sum(d * d for d in column) for column in zip(*deviations, strict=True)]


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.uint32, np.int32])
def test_saturated_frames_sum_to_saturation_and_have_no_contrast(dtype: type) -> None:
    top = int(np.iinfo(dtype).max)
    found = sums_of(np.full((40, 9), top, dtype))
    assert found["totals"].tolist() == [9 * top] * 40
    assert found["sums"].tolist() == [40 * top] * 9
    assert found["log_sums"].tolist() == [0.0] * 9


@pytest.mark.parametrize("dtype", DTYPES)
def test_empty_frames_sum_to_nothing(dtype: type) -> None:
    found = sums_of(np.zeros((33, 5), dtype))
    assert all(not values.any() for values in found.values())


def test_every_frame_is_scaled_from_its_own_minimum() -> None:
    # log(frame - min + 1): the first frame has minimum 2, the second -1.
    found = sums_of(np.array([[2, 3, 9], [-1, 6, 1]], np.int16))
    np.testing.assert_allclose(found["log_sums"], np.log([1 * 1, 2 * 8, 8 * 3]), rtol=1e-14, atol=1e-14)
    assert found["totals"].tolist() == [14.0, 6.0]


def test_sums_go_on_where_the_last_call_left_them() -> None:
    frames = some_frames(np.uint16, 50, 20)
    whole = sums_of(frames)
    parts = {name: np.zeros(20) for name in ("sums", "squares", "log_sums")}
    for part in (frames[:13], frames[13:]):
        add_frames(part, 20, np.zeros(20), np.empty(len(part)), np.empty((len(part), 2)), *parts.values())
    for name, values in parts.items():
        np.testing.assert_allclose(values, whole[name], rtol=1e-13)


def test_a_pivot_keeps_a_faint_signal_on_a_huge_offset() -> None:
    signal = np.random.default_rng(2).normal(0, 1, (100, 6))
    frames = 1e9 + signal
    pivot = frames[0].copy()
    found = sums_of(frames, pivot)
    variance = found["squares"] / 100 - (found["sums"] / 100) ** 2
    np.testing.assert_allclose(variance, (frames - 1e9).var(axis=0), rtol=1e-6)


@settings(deadline=None, max_examples=40)
@given(seed=st.integers(0, 10**6), offset=st.integers(-1000, 1000), n=st.integers(1, 70))
def test_the_log_sum_does_not_know_a_frame_s_offset(seed: int, offset: int, n: int) -> None:
    frames = np.random.default_rng(seed).integers(0, 500, (n, 11)).astype(np.int32)
    moved = sums_of(frames + np.int32(offset))
    np.testing.assert_allclose(moved["log_sums"], sums_of(frames)["log_sums"], rtol=1e-12, atol=1e-12)


def test_of_no_pixels_nothing_is_summed() -> None:
    found = sums_of(np.zeros((3, 0), np.uint16))
    assert not found["totals"].any()
    assert not found["moments"].any()
