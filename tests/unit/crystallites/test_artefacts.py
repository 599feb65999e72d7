"""Maps that follow the microscope are flagged, those of a specimen are not."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import ndimage, spatial

from graineye.crystallites import boundary_table
from graineye.crystallites.artefacts import Artefact, find_artefacts

SHAPE = (64, 56)


def beam() -> NDArray[np.float64]:
    """A wander of a few px, a slope and a wave along each axis."""
    y, x = np.indices(SHAPE) / SHAPE[0]
    return np.stack([124 + 4 * y + 1.5 * np.sin(5 * x), 125 - 3 * x + 1.2 * np.sin(4 * y + 1)])


def distinct(labels: NDArray[np.int32], seed: int = 0) -> NDArray[np.float64]:
    """Strengths of a dozen disks of its own for every label."""
    rng = np.random.default_rng(seed)
    strengths = np.zeros((int(labels.max()), 300))
    for row in strengths:
        row[rng.choice(300, 12, replace=False)] = rng.exponential(1000, 12)
    return strengths


def polycrystal(seed: int, grains: int = 40) -> NDArray[np.int32]:
    rng = np.random.default_rng(seed)
    centres = rng.uniform(0, 1, (grains, 2)) * SHAPE
    _, nearest = spatial.cKDTree(centres).query(np.argwhere(np.ones(SHAPE)))
    return np.unique(nearest, return_inverse=True)[1].reshape(SHAPE).astype(np.int32) + 1


def relabelled(values: NDArray[np.generic]) -> NDArray[np.int32]:
    return np.unique(values, return_inverse=True)[1].reshape(SHAPE).astype(np.int32) + 1


def artefacts(
    labels: NDArray[np.int32],
    strengths: NDArray[np.float64] | None = None,
    counts: NDArray[np.float64] | None = None,
    wander: NDArray[np.float64] | None = None,
) -> list[Artefact]:
    if counts is None:
        counts = np.random.default_rng(1).poisson(50_000, labels.shape).astype(np.float64)
    return find_artefacts(
        labels,
        beam() if wander is None else wander,
        counts,
        distinct(labels) if strengths is None else strengths,
        boundary_table(labels),
    )


@pytest.mark.parametrize("grains", [1, 2, 3, 5, 12, 40, 120])
def test_of_polycrystals_nearly_none_is_flagged(grains: int) -> None:
    found = [artefacts(polycrystal(seed, grains)) for seed in range(30)]
    assert sum(map(bool, found)) <= 1


def test_columnar_crystallites_with_vacuum_between_are_not_flagged() -> None:
    labels = polycrystal(3, 20)
    labels[20:40] = 0
    assert artefacts(labels) == []


def test_bands_of_rows_are_flagged() -> None:
    labels = polycrystal(5)
    labels[30:32] = labels.max() + 1  # two rows of flyback over the whole width
    found = artefacts(labels)
    assert [artefact.what for artefact in found] == ["scan row", "scan row"]
    assert all(int(labels.max()) in artefact.labels for artefact in found)
    assert all(artefact.strength == 1.0 for artefact in found)
    assert "rows 29 and 30" in found[0].sentence


def test_bands_of_columns_are_flagged() -> None:
    labels = polycrystal(5)
    labels[:, :3] = labels.max() + 1
    found = artefacts(labels)
    assert [artefact.what for artefact in found] == ["scan column"]
    assert "columns 2 and 3" in found[0].sentence


def test_a_map_that_jumps_at_a_row_is_flagged() -> None:
    above, below = polycrystal(6, 30), polycrystal(7, 30)
    labels = relabelled(np.where(np.arange(SHAPE[0])[:, None] < 25, above, 1000 + below))
    assert [artefact.what for artefact in artefacts(labels)] == ["scan row"]


@pytest.mark.parametrize("step", [0.7, 1.0])
def test_levels_of_the_beam_are_flagged(step: float) -> None:
    for axis in range(2):
        labels = relabelled(np.round(beam()[axis] / step))
        found = [artefact for artefact in artefacts(labels) if artefact.what == "descan"]
        assert len(found) == 1
        assert found[0].strength > 0.8
        assert set(found[0].labels) <= set(labels.ravel().tolist())


def test_cells_of_quantised_descan_are_flagged() -> None:
    y, x = np.round(beam() / 1.5).astype(int)
    cells = np.zeros(SHAPE, np.int32)
    for value in np.unique(100 * y + x):
        part, count = ndimage.label(100 * y + x == value)
        cells += np.where(part > 0, part + cells.max(), 0).astype(np.int32)
        assert count
    assert "descan" in [artefact.what for artefact in artefacts(cells)]


def test_a_beam_that_stands_still_or_was_not_followed_flags_nothing() -> None:
    labels = relabelled(np.round(beam()[0] / 0.7))
    still = 124 + (beam() - 124) * 0.01
    assert artefacts(labels, wander=still) == []
    counts = np.full(SHAPE, 1000.0)
    assert find_artefacts(labels, None, counts, distinct(labels), boundary_table(labels)) == []


def test_one_crystal_in_bands_of_thickness_is_flagged() -> None:
    y, x = np.indices(SHAPE)
    thickness = 10 + 0.4 * y + 0.3 * x + 3 * np.sin(x / 9)
    labels = relabelled(np.floor(thickness / 6))
    one = distinct(np.ones(SHAPE, np.int32))
    rng = np.random.default_rng(2)
    strengths = rng.poisson(one * (1 + 0.4 * np.arange(labels.max())[:, None])).astype(float)
    counts = rng.poisson(50_000 - 300 * thickness).astype(float)
    found = [artefact for artefact in artefacts(labels, strengths, counts) if artefact.what == "thickness"]
    assert {artefact.labels for artefact in found} == {(k, k + 1) for k in range(1, int(labels.max()))}
    assert all(artefact.strength > 0.95 for artefact in found)


def test_nearly_the_same_disks_are_flagged_only_where_the_counts_step() -> None:
    labels = polycrystal(8, 2)
    strengths = np.array([[100.0, 100, 100, 100, 0], [100.0, 100, 100, 100, 80]])  # cosine 0.93
    rng = np.random.default_rng(3)
    level = rng.poisson(50_000, SHAPE).astype(float)
    stepped = level + 2_000 * (labels == 2)
    assert artefacts(labels, strengths, level) == []
    (found,) = artefacts(labels, strengths, stepped)
    assert found.what == "thickness"
    assert found.labels == (1, 2)


def test_a_straight_cut_through_one_crystal_says_so() -> None:
    labels = np.ones(SHAPE, np.int32)
    labels[:, 30:] = 2
    labels[40:, :] = 3
    same = np.tile(distinct(np.ones(SHAPE, np.int32)), (2, 1))
    strengths = np.concatenate([same, distinct(np.ones(SHAPE, np.int32), seed=9)])
    (found,) = [artefact for artefact in artefacts(labels, strengths) if artefact.what == "thickness"]
    assert found.labels == (1, 2)
    assert "scan column" in found.sentence


@pytest.mark.parametrize("shape", [(1, 1), (1, 20), (20, 1), (5, 4)])
def test_small_maps_and_empty_ones_are_taken(shape: tuple[int, int]) -> None:
    nothing = np.zeros(shape, np.int32)
    still = np.zeros((2, *shape))
    assert find_artefacts(nothing, still, np.ones(shape), np.zeros((0, 3)), boundary_table(nothing)) == []
    one = np.ones(shape, np.int32)
    assert find_artefacts(one, still, np.ones(shape), np.ones((1, 3)), boundary_table(one)) == []
