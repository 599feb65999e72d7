"""Neighbouring crystallites have clearly different colours, also for colour-blind eyes."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graineye.crystallites import boundary_table
from graineye.figures import label_colours

# Machado et al. 2009 (10.1109/TVCG.2009.113): what eyes without one kind of cone see, in linear red, green, blue.
_WITHOUT_RED = np.array(
    [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
)
_WITHOUT_GREEN = np.array(
    [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
)


def _voronoi(seed: int, count: int, size: int) -> np.ndarray:
    random = np.random.default_rng(seed)
    points = random.uniform(0, size, (count, 2))
    y, x = np.mgrid[:size, :size]
    nearest = np.argmin((y[..., None] - points[:, 0]) ** 2 + (x[..., None] - points[:, 1]) ** 2, axis=-1)
    return (np.unique(nearest, return_inverse=True)[1].reshape(size, size) + 1).astype(np.int32)


def _closest_neighbours(labels: np.ndarray, seen: np.ndarray = np.eye(3)) -> float:  # noqa: B008
    colours = label_colours(labels) @ seen.T
    pairs = boundary_table(labels)[["label", "neighbour"]].to_numpy()
    return float(np.linalg.norm(colours[pairs[:, 0]] - colours[pairs[:, 1]], axis=1).min())


@given(st.integers(0, 1000), st.integers(2, 60))
@settings(max_examples=20, deadline=None)
def test_neighbours_differ(seed: int, count: int) -> None:
    labels = _voronoi(seed, count, 40)
    if labels.max() > 1:
        assert _closest_neighbours(labels) > 0.2


@pytest.mark.parametrize("seen", [_WITHOUT_RED, _WITHOUT_GREEN])
def test_nearly_all_neighbours_differ_for_colour_blind_eyes(seen: np.ndarray) -> None:
    shares = []
    for seed in range(5):
        labels = _voronoi(seed, 60, 60)
        colours = label_colours(labels) @ seen.T
        pairs = boundary_table(labels)[["label", "neighbour"]].to_numpy()
        apart = np.linalg.norm(colours[pairs[:, 0]] - colours[pairs[:, 1]], axis=1)
        shares.append((apart > 0.12).mean())
    assert np.mean(shares) > 0.95


def test_unassigned_positions_are_grey_and_the_same_map_has_the_same_colours() -> None:
    labels = _voronoi(3, 20, 30)
    labels[:4] = 0
    colours = label_colours(labels)
    assert colours[0, 0] == colours[0, 1] == colours[0, 2]
    np.testing.assert_array_equal(colours, label_colours(labels))


def test_a_map_without_crystallites_has_one_colour() -> None:
    assert label_colours(np.zeros((3, 3), np.int32)).shape == (1, 3)
