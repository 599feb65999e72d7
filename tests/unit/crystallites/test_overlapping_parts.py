"""The parts of the search for overlapping crystallites, each against what can be told by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray
from scipy import ndimage
from scipy.sparse import csc_array

from graineye.crystallites.overlapping.confidence import confidence_of, dominating
from graineye.crystallites.overlapping.elimination import eliminate
from graineye.crystallites.overlapping.fitting import blurred, fit
from graineye.crystallites.overlapping.fractions import crystal_fractions, largest_fraction
from graineye.crystallites.overlapping.joining import pieces_of_crystals
from graineye.crystallites.overlapping.leftover import count_apart
from graineye.crystallites.overlapping.mixture import Mixture
from graineye.crystallites.overlapping.regions import mean_signals, neighbours_of
from graineye.crystallites.overlapping.signals import disk_signals
from graineye.crystallites.overlapping.support import averaged, dilated, supports

POSITIONS = np.array([[0, 0], [0, 40], [40, 0], [40, 40], [80, 0], [80, 40]])


def signals_of(counts: NDArray[np.float32]) -> object:
    return disk_signals(counts, np.maximum(counts, 0), 0.5, POSITIONS[: counts.shape[-1]], 10.0)


def two_and_their_overlap() -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Left a crystallite with three disks, right one with three others, between them columns that hold half of each."""
    labels = np.ones((10, 18), np.int32)
    labels[:, 7:11], labels[:, 11:] = 2, 3
    spectra = np.zeros((4, 6), np.float32)
    spectra[1, :3], spectra[3, 3:] = 900, 900
    spectra[2] = (spectra[1] + spectra[3]) / 2
    return labels, spectra[labels]


def test_a_zone_of_overlap_is_explained_by_its_neighbours_and_goes() -> None:
    labels, counts = two_and_their_overlap()
    signals = signals_of(counts)
    regions = mean_signals(labels, signals.values, signals.variance)
    elimination = eliminate(regions, neighbours_of(labels))
    assert elimination.kept == [1, 3]
    np.testing.assert_allclose(elimination.shares[2], [0.5, 0.5], atol=0.02)


def test_a_region_with_disks_of_its_own_stays() -> None:
    labels, counts = two_and_their_overlap()
    counts[labels == 2] = [0, 900, 0, 900, 0, 0]
    counts[labels == 1] = [900, 0, 900, 0, 0, 0]
    counts[labels == 3] = [0, 0, 0, 0, 900, 900]
    signals = signals_of(counts)
    regions = mean_signals(labels, signals.values, signals.variance)
    assert eliminate(regions, neighbours_of(labels)).kept == [1, 2, 3]


def test_amounts_and_fractions_of_two_crystallites_that_share_columns() -> None:
    labels, counts = two_and_their_overlap()
    signals = signals_of(counts)
    start = Mixture.of_maps(
        np.stack([labels < 3, labels > 1], axis=-1).astype(np.float32),
        np.stack([signals.values[0, 0], signals.values[0, -1]]).astype(np.float64),
    )
    fitted = fit(start, signals, blurred(signals.values), turns=2)
    amounts = fitted.amounts.toarray().reshape(*labels.shape, 2)
    np.testing.assert_allclose(amounts[5, 2], [1, 0], atol=0.05)
    np.testing.assert_allclose(amounts[5, 15], [0, 1], atol=0.05)
    np.testing.assert_allclose(amounts[5, 8:10], 0.5, atol=0.07)
    fractions = crystal_fractions(fitted, np.ones(2), np.array([0, 1]))
    np.testing.assert_allclose(fractions.sum(axis=-1), 1, atol=0.2)
    assert (fractions[:, 8:10] > 0.25).all()
    found = largest_fraction(fractions)
    assert (found[:, :7] == 1).all()
    assert (found[:, 11:] == 2).all()


def test_pieces_that_pass_gradually_into_each_other_are_one_crystal_and_others_are_not() -> None:
    x = np.linspace(0, 1, 30, dtype=np.float32)
    gradual = np.tile(np.stack([1 - x, x], axis=-1), (12, 1, 1))
    sudden = np.tile(np.stack([x < 0.5, x >= 0.5], axis=-1), (12, 1, 1)).astype(np.float32)
    alike, unlike = np.array([[3.0, 2, 1], [2, 2, 2]]), np.eye(2, 3)
    assert len(set(pieces_of_crystals(Mixture.of_maps(gradual, alike)).tolist())) == 1
    assert len(set(pieces_of_crystals(Mixture.of_maps(sudden, alike)).tolist())) == 2
    assert len(set(pieces_of_crystals(Mixture.of_maps(gradual, unlike)).tolist())) == 2


def test_positions_on_one_disk_count_once() -> None:
    places = np.array([[0.0, 0], [3, 0], [30, 0], [30, 4], [0, 30]])
    assert count_apart(places, np.arange(5.0), 10.0) == 3


@given(quality=st.floats(0, 1), size=st.integers(6, 5000), more=st.floats(0.001, 0.5))
@settings(deadline=None)
def test_confidence_is_a_probability_that_grows_with_evidence_and_size(quality: float, size: int, more: float) -> None:
    low, better, larger = confidence_of(np.array([quality, quality + more, quality]), np.array([size, size, 2 * size]))
    assert 0 <= low <= better <= 1
    assert low <= larger <= 1


@pytest.mark.parametrize("shape", [(20, 20), (1, 60)])
def test_crystallites_side_by_side_dominate_without_doubt(shape: tuple[int, int]) -> None:
    x = np.arange(shape[1]) * 4 // shape[1]
    fractions = np.tile((x[:, None] == np.arange(4)).astype(np.float32), (shape[0], 1, 1))
    assert dominating(fractions) == (4, 4, 4)


def test_of_two_equal_halves_of_a_column_none_dominates_for_certain() -> None:
    fractions = np.full((10, 10, 2), 0.5, np.float32)
    assert dominating(fractions) == (0, 0, 0)
    assert dominating(np.zeros((5, 5, 0), np.float32)) == (0, 0, 0)


def maps_of(stack: NDArray[np.generic]) -> csc_array[np.float32]:
    """Sparse maps of a stack (ny, nx, n)."""
    return csc_array(stack.reshape(-1, stack.shape[-1]).astype(np.float32))


@given(st.integers(0, 4), arrays(bool, st.tuples(st.integers(1, 7), st.integers(1, 7), st.integers(1, 3))))
@settings(deadline=None)
def test_masks_grow_as_by_a_cross(by: int, masks: NDArray[np.bool_]) -> None:
    cross = ndimage.generate_binary_structure(2, 1)[..., None]
    expected = ndimage.binary_dilation(masks, cross, iterations=by) if by else masks
    found = dilated(maps_of(masks), masks.shape[:2], by)
    np.testing.assert_array_equal(found.toarray().reshape(masks.shape), expected)


@given(arrays(np.float32, (6, 5, 2), elements=st.sampled_from([0.0, 0.2, 0.25, 0.9])))
def test_a_support_is_the_largest_connected_part_of_the_whole_map(amounts: NDArray[np.float32]) -> None:
    found = supports(maps_of(amounts), 5).toarray().reshape(amounts.shape)
    for k in range(2):
        parts, n = ndimage.label(amounts[..., k] >= 0.25)
        sizes = [int((parts == part).sum()) for part in range(1, n + 1)]
        expected = parts == 1 + int(np.argmax(sizes)) if n else parts > 0
        np.testing.assert_array_equal(found[..., k], expected)


@pytest.mark.parametrize("shape", [(12, 9), (1, 20), (2, 3)])
def test_maps_are_averaged_as_by_a_gaussian_filter(shape: tuple[int, int]) -> None:
    stack = np.random.default_rng(6).random((*shape, 4)).astype(np.float32)
    found = averaged(maps_of(stack), shape, 0.7).toarray().reshape(stack.shape)
    np.testing.assert_allclose(found, ndimage.gaussian_filter(stack, (0.7, 0.7, 0)), atol=1e-6)


def test_regions_far_apart_do_not_explain_each_other() -> None:
    labels = np.ones((4, 120), np.int32)
    labels[:, 4:116], labels[:, 116:] = 2, 3
    counts = np.zeros((4, 120, 3), np.float32)
    counts[labels != 2] = 900  # two crystallites of one orientation at the ends of a scan with nothing between
    signals = signals_of(counts)
    regions = mean_signals(labels, signals.values, signals.variance)
    assert eliminate(regions, neighbours_of(labels)).kept == [1, 3]
    near = regions.near(np.array([1, 2, 3]), 10)
    np.testing.assert_array_equal(near, [[True, True, False], [True, True, True], [False, True, True]])
