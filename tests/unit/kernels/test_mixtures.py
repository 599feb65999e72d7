"""Sums over amounts that are held without their zeros, against matrix products with all of them."""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from graineye.kernels.mixtures import left_by_others, sums_by_amount, weighted_amounts, weighted_rows

Held = tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float32]]


def held(amounts: NDArray[np.float32]) -> Held:
    """By scan position, without zeros."""
    rows = csr_array(amounts)
    return rows.indptr, rows.indices, rows.data


def sparse_amounts(rng: np.random.Generator, n_positions: int, n: int) -> NDArray[np.float32]:
    """Most of them zero."""
    return (rng.random((n_positions, n)) * (rng.random((n_positions, n)) < 0.3)).astype(np.float32)


def test_sums_by_amount_are_a_matrix_product_with_what_is_positive() -> None:
    rng = np.random.default_rng(45)
    amounts = sparse_amounts(rng, 30, 6)
    amounts[:, 2], amounts[4] = 0, 0
    signals = rng.normal(size=(30, 11)).astype(np.float32)
    found = sums_by_amount(*held(amounts), 6, signals)
    np.testing.assert_allclose(found, amounts.T @ np.maximum(signals, 0), rtol=1e-5, atol=1e-6)
    assert not found[2].any()


def test_without_scan_positions_sums_are_zero() -> None:
    nothing = held(np.zeros((0, 3), np.float32))
    assert not sums_by_amount(*nothing, 3, np.zeros((0, 9), np.float32)).any()


def test_weighted_rows_are_a_product_with_the_chosen_rows() -> None:
    rng = np.random.default_rng(48)
    stack, rows = rng.normal(size=(30, 11)).astype(np.float32), np.array([4, 29, 0])
    weights = rng.random(3).astype(np.float32)
    np.testing.assert_allclose(weighted_rows(stack, rows, weights), weights @ stack[rows], rtol=1e-5, atol=1e-6)
    assert not weighted_rows(stack, rows[:0], weights[:0]).any()
    amounts = sparse_amounts(rng, 30, 6)
    found = weighted_amounts(*held(amounts), 6, rows, weights)
    np.testing.assert_allclose(found, weights @ amounts[rows], rtol=1e-5, atol=1e-6)


def test_what_others_leave_is_the_signal_less_all_but_one() -> None:
    rng = np.random.default_rng(49)
    signals, spectra = rng.normal(size=(30, 11)).astype(np.float32), rng.random((6, 11)).astype(np.float32)
    amounts = sparse_amounts(rng, 30, 6)
    positions, numbers, one = np.array([3, 17, 8, 0]), np.array([10, 2]), 4
    others = amounts.copy()
    others[:, one] = 0
    expected = (signals - others @ spectra)[np.ix_(positions, numbers)]
    found = left_by_others(signals, *held(amounts), spectra, one, positions, numbers)
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)
