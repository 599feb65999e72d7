"""Amounts of known spectra are those of scipy's non-negative least squares."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.optimize import nnls
from scipy.sparse import csr_array

from graineye.kernels.nonnegative import amounts_of_spectra, inner_products, solve_nonnegative, unexplained_energy

ROUNDS, CLOSE = 5000, 1e-10


def spectra_of(rng: np.random.Generator, n: int, numbers: int) -> NDArray[np.float32]:
    """Disks' strengths: mostly zero, none alike, and partly shared."""
    return (rng.gamma(1.0, size=(n, numbers)) * (rng.random((n, numbers)) < 0.6) + 0.05).astype(np.float32)


def solved(
    spectra: NDArray[np.floating], signal: NDArray[np.floating], chosen: NDArray[np.int64], rounds: int = ROUNDS
) -> NDArray[np.float64]:
    known = spectra.astype(np.float64)
    return solve_nonnegative(known @ known.T, known @ signal.astype(np.float64), chosen, rounds, CLOSE)


@settings(deadline=None, max_examples=60)
@given(seed=st.integers(0, 10**6), n=st.integers(1, 7), numbers=st.integers(8, 60), noise=st.floats(0, 2))
def test_amounts_are_scipy_s(seed: int, n: int, numbers: int, noise: float) -> None:
    rng = np.random.default_rng(seed)
    spectra = spectra_of(rng, n, numbers)
    signal = rng.gamma(0.5, size=n) @ spectra + noise * rng.normal(size=numbers)
    found = solved(spectra, signal, np.arange(n))
    expected, residual = nnls(spectra.T.astype(np.float64), signal)
    assert (found >= 0).all()
    assert np.linalg.norm(spectra.T @ found - signal) <= residual * (1 + 1e-6) + 1e-4
    np.testing.assert_allclose(found, expected, atol=1e-3 * max(1.0, np.linalg.cond(spectra)))


def test_spectra_that_are_not_chosen_take_no_part() -> None:
    rng = np.random.default_rng(41)
    spectra, chosen = spectra_of(rng, 6, 30), np.array([4, 0, 3])
    signal = rng.gamma(1.0, size=30)
    np.testing.assert_allclose(
        solved(spectra, signal, chosen), nnls(spectra[chosen].T.astype(np.float64), signal)[0], atol=1e-6
    )


def test_a_signal_that_opposes_all_spectra_holds_none() -> None:
    spectra = spectra_of(np.random.default_rng(42), 4, 20)
    assert solved(spectra, -spectra.sum(axis=0), np.arange(4)).tolist() == [0, 0, 0, 0]


def test_a_spectrum_of_nothing_has_no_amount() -> None:
    spectra = spectra_of(np.random.default_rng(43), 3, 20)
    spectra[1] = 0
    found = solved(spectra, 2 * spectra[0] + 3 * spectra[2], np.arange(3))
    np.testing.assert_allclose(found, [2, 0, 3], rtol=1e-6)


def test_no_chosen_spectra_have_no_amounts() -> None:
    assert solved(np.ones((2, 5)), np.ones(5), np.zeros(0, np.int64)).shape == (0,)


def test_spectra_that_are_alike_share_the_signal_between_them() -> None:
    spectra = np.ones((2, 5))
    assert solved(spectra, np.full(5, 3.0), np.arange(2)).sum() == pytest.approx(3)


def test_it_ends_after_the_rounds_that_are_allowed() -> None:
    spectra = np.array([[1.0, 0.0], [1.0, 1.0]])
    one, many = (solved(spectra, np.array([3.0, 2.0]), np.arange(2), rounds) for rounds in (1, ROUNDS))
    # In the first round the first spectrum takes all that it can: 3; the second takes half of the rest, 2.
    np.testing.assert_allclose(one, [3, 1])
    np.testing.assert_allclose(many, [1, 2], rtol=1e-6)


def test_each_signal_is_made_of_its_own_allowed_spectra() -> None:
    rng = np.random.default_rng(44)
    spectra = spectra_of(rng, 5, 37)
    signals = (rng.gamma(0.5, size=(20, 5)) @ spectra + 0.5 * rng.normal(size=(20, 37))).astype(np.float32)
    allowed = rng.random((20, 5)) < 0.5
    allowed[3] = False
    of_position, found = amounts_of_allowed(signals, spectra, allowed)
    for p in range(20):
        # What is negative in a signal counts as zero.
        known, signal = spectra[allowed[p]].T.astype(np.float64), np.maximum(signals[p], 0)
        expected = nnls(known, signal)[0] if allowed[p].any() else []
        np.testing.assert_allclose(found[of_position[p] : of_position[p + 1]], expected, rtol=1e-3, atol=1e-4)


def test_without_scan_positions_there_are_no_amounts() -> None:
    spectra = spectra_of(np.random.default_rng(46), 3, 9)
    _, found = amounts_of_allowed(np.zeros((0, 9), np.float32), spectra, np.zeros((0, 3), bool))
    assert found.shape == (0,)


def amounts_of_allowed(
    signals: NDArray[np.float32], spectra: NDArray[np.float32], allowed: NDArray[np.bool_]
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Where each signal's amounts begin, and the amounts of its allowed spectra."""
    rows = csr_array(allowed)
    together = csr_array(allowed.T.astype(int) @ allowed.astype(int))
    products = inner_products(spectra.astype(np.float64), together.indptr, together.indices)
    of_all = (together.indptr, together.indices, products)
    found = amounts_of_spectra(signals, spectra, *of_all, rows.indptr, rows.indices, ROUNDS, CLOSE)
    return rows.indptr, found


def test_inner_products_are_those_of_the_pairs() -> None:
    spectra = spectra_of(np.random.default_rng(50), 4, 9).astype(np.float64)
    starts, partners = np.array([0, 2, 2, 5, 6]), np.array([1, 3, 0, 1, 2, 3])
    expected = [spectra[a] @ spectra[b] for a, b in ((0, 1), (0, 3), (2, 0), (2, 1), (2, 2), (3, 3))]
    np.testing.assert_allclose(inner_products(spectra, starts, partners), expected)


def test_what_stays_unexplained_is_the_energy_of_the_difference() -> None:
    rng = np.random.default_rng(47)
    spectra, signal = spectra_of(rng, 6, 40).astype(np.float64), rng.gamma(0.5, size=40)
    chosen, amounts = np.array([4, 1, 3]), np.array([0.5, 0.0, 2.0])
    expected = ((signal - amounts @ spectra[chosen]) ** 2).sum()
    found = unexplained_energy(signal @ signal, spectra @ spectra.T, spectra @ signal, chosen, amounts)
    np.testing.assert_allclose(found, expected)
