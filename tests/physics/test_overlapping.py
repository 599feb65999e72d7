"""What crystallites that may overlap must be: right against the truth, and the same however the scan was recorded."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import graineye as ge
from graineye.progress import silent
from graineye.score import adjusted_rand_index

Frames = NDArray[np.integer]
BULLSEYE = {
    "detector": 112,
    "detector_pixel": 0.3333,
    "spot_radius": 1.4,
    "ring_inner": 4,
    "ring_outer": 5.75,
    "bar_width": 1.5,
}
FILM = BULLSEYE | {"scan": "40x36", "grain_size": 7.0, "thickness": 8.0, "dose": 1e5, "descan": 1.5, "offset": 1.0}


def read(path: Path) -> Frames:
    scan = ge.open_scan(path)
    ny, nx = scan.scan_shape
    return np.array([[scan.frame(y, x) for x in range(nx)] for y in range(ny)])


@pytest.fixture(scope="module")
def columns(tmp_path_factory: pytest.TempPathFactory) -> Frames:
    """Grains that go through the whole film: where several share the column, small changes move their boundaries."""
    path = tmp_path_factory.mktemp("columns") / "columns.h5"
    options = ge.SimulationOptions(**FILM, columnar=True, dead=0, hot=0, seed=41)
    return read(ge.simulate_scan(path, options, silent).path)


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> tuple[Frames, ge.Truth]:
    """Grains that overlap along the beam, at 100,000 electrons a frame, without dead or hot pixels."""
    path = tmp_path_factory.mktemp("film") / "film.h5"
    simulated = ge.simulate_scan(path, ge.SimulationOptions(**FILM, dead=0, hot=0, seed=41), silent)
    return read(simulated.path), ge.Truth.load(simulated.truth_path)


@pytest.fixture(scope="module")
def mapped(
    tmp_path_factory: pytest.TempPathFactory, small_bullseye: dict[str, Any]
) -> Callable[[Frames], ge.CrystalliteMap]:
    """Maps frames (ny, nx, qy, qx) that lie in a file of their own."""
    folder = tmp_path_factory.mktemp("npy")
    settings = ge.Settings.from_dict({"probe": small_bullseye})

    def map_frames(frames: Frames) -> ge.CrystalliteMap:
        path = folder / "scan.npy"
        np.save(path, np.ascontiguousarray(frames))
        return ge.map_crystallites(ge.open_scan(path), settings, silent)

    return map_frames


@pytest.fixture(scope="module")
def plain(columns: Frames, mapped: Callable[[Frames], ge.CrystalliteMap]) -> ge.CrystalliteMap:
    return mapped(columns)


def test_grains_that_overlap_are_found_as_objects(
    film: tuple[Frames, ge.Truth], mapped: Callable[[Frames], ge.CrystalliteMap]
) -> None:
    result = mapped(film[0])
    score = ge.score_map(film[1], result.labels, result.overlapping.masks)
    assert score.labels.matching.pq > 0.85
    assert score.masks.matching.pq > 0.65
    assert result.table["overlapping"].mean() > 0.2


@pytest.mark.parametrize(
    "change",
    [
        lambda frames: np.roll(frames, (3, -2), axis=(2, 3)),
        lambda frames: np.rot90(frames, axes=(2, 3)),
    ],
    ids=["moved by (3, -2) px", "patterns turned by 90 degrees"],
)
def test_moved_and_turned_patterns_give_the_same_crystallites(
    change: Callable[[Frames], Frames],
    columns: Frames,
    plain: ge.CrystalliteMap,
    mapped: Callable[[Frames], ge.CrystalliteMap],
) -> None:
    assert adjusted_rand_index(mapped(change(columns)).labels, plain.labels) > 0.97


def test_a_scan_that_is_turned_gives_the_same_crystallites(
    columns: Frames, plain: ge.CrystalliteMap, mapped: Callable[[Frames], ge.CrystalliteMap]
) -> None:
    turned = mapped(np.rot90(columns, axes=(0, 1)))
    assert adjusted_rand_index(turned.labels, np.rot90(plain.labels)) > 0.97


def test_half_of_the_counts_give_the_same_crystallites(
    columns: Frames, plain: ge.CrystalliteMap, mapped: Callable[[Frames], ge.CrystalliteMap]
) -> None:
    thinned = np.random.default_rng(3).binomial(columns, 0.5).astype(np.uint16)
    assert adjusted_rand_index(mapped(thinned).labels, plain.labels) > 0.97


def test_the_same_scan_gives_the_same_map_again(
    columns: Frames, plain: ge.CrystalliteMap, mapped: Callable[[Frames], ge.CrystalliteMap]
) -> None:
    again = mapped(columns)
    np.testing.assert_array_equal(again.labels, plain.labels)
    assert again.overlapping.fractions.tobytes() == plain.overlapping.fractions.tobytes()


def _of(folder: Path, **options: object) -> tuple[ge.CrystalliteMap, ge.Truth]:
    simulated = ge.simulate_scan(folder / "scan.h5", ge.SimulationOptions(**(FILM | options)), silent)
    return ge.map_crystallites(ge.open_scan(simulated.path), progress=silent), ge.Truth.load(simulated.truth_path)


@pytest.mark.parametrize(
    ("options", "most"),
    [({"single": True}, 1), ({"single": True, "wedge": True}, 1), ({"single": True, "bend": 0.5}, 2)],
    ids=["flat", "wedge", "bent by half a degree"],
)
def test_one_crystal_is_one_crystallite(options: dict[str, object], most: int, tmp_path: Path) -> None:
    result, _ = _of(tmp_path, **options, seed=5)
    assert 1 <= result.count <= most


def test_vacuum_stays_without_a_label(tmp_path: Path) -> None:
    result, truth = _of(tmp_path, vacuum=0.4, carbon=3.0, seed=6)
    assert ge.score_map(truth, result.labels).labels.vacuum_assigned < 0.05


def test_the_beam_is_followed_to_a_tenth_of_a_pixel(tmp_path: Path) -> None:
    result, _ = _of(tmp_path, seed=7, descan=3.0)
    with np.load(tmp_path / "scan.truth.npz") as truth:
        beam = np.moveaxis(truth["centre"] + truth["descan"], -1, 0)
    assert np.sqrt(((result.descan.beam - beam) ** 2).sum(axis=0).mean()) < 0.1
