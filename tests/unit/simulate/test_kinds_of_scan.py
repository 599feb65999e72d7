"""Every kind of scan is opened and mapped, is scored against its truth, and is the same on any number of threads."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

import graineye as ge
from graineye.cli import main
from graineye.progress import silent
from graineye.settings import ProbeSettings
from graineye.simulate import scan as simulation

SMALL: dict[str, Any] = {
    "scan": "10x9", "detector": 64, "detector_pixel": 0.5, "spot_radius": 1.0, "ring_inner": 2.5, "ring_outer": 4.0,
    "bar_width": 1.0, "descan": 1.0, "descan_wave": 0.2, "dead": 2, "hot": 1, "grain_size": 3.0, "columnar": True,
}  # fmt: skip
KINDS: dict[str, dict[str, Any]] = {
    "islands": {"vacuum": 0.4, "island_size": 3.0},
    "carbon": {"carbon": 10.0},
    "phases": {"phases": "Cu,Fe,bcc:0.33:41"},
    "twins": {"twins": 0.4, "similar": 0.3},
    "single": {"single": True, "columnar": False},
    "wedge": {"wedge": True},
    "bend": {"single": True, "columnar": False, "bend": 5.0},
    "empty": {"empty": True},
    "precession": {"precession": 20.0, "probe": "disk", "ring_outer": 2.0},
    "ellipse": {"ellipticity": 0.1, "ellipticity_angle": 20.0},
    "hole3": {"probe": "hole3", "spot_radius": 1.5},
    "annulus": {"probe": "annulus"},
    "blur": {"blur": 0.7},
    "gauss": {"probe": "gauss"},
    "all": {
        "vacuum": 0.3, "island_size": 3.0, "carbon": 5.0, "phases": "W,Si", "twins": 0.3, "similar": 0.2, "wedge": True,
        "bend": 3.0, "precession": 15.0, "ellipticity": 0.05, "probe": "annulus", "blur": 0.3,
    },
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_scan_is_mapped_and_scored(kind: str, tmp_path: Path) -> None:
    simulated = ge.simulate_scan(tmp_path / "scan.h5", ge.SimulationOptions(**{**SMALL, **KINDS[kind]}), silent)
    truth = ge.Truth.load(simulated.truth_path)
    # The image of a Gaussian probe has no dark rim; a round template finds its spots as well.
    probe = ProbeSettings("disk", 0.0, 0.0, 3.0, 5.0) if kind == "gauss" else ProbeSettings()
    found = ge.map_crystallites(ge.open_scan(simulated.path), ge.Settings(probe=probe), silent)
    assert found.labels.shape == truth.labels.shape == (10, 9)
    itself = ge.score_map(truth, truth.labels, truth.fractions).to_dict()
    assert itself["fp"] == itself["fn"] == itself["m_fp"] == itself["m_fn"] == 0
    assert 0 <= ge.score_map(truth, found.labels).to_dict()["pq"] <= 1


@pytest.mark.parametrize("kind", ["single", "bend"])
def test_one_crystal_is_one_grain_everywhere(kind: str, tmp_path: Path) -> None:
    simulated = ge.simulate_scan(tmp_path / "scan.h5", ge.SimulationOptions(**{**SMALL, **KINDS[kind]}), silent)
    truth = ge.Truth.load(simulated.truth_path)
    assert (truth.labels == 1).all()
    assert (truth.fractions == 1).all()
    assert not truth.ambiguous.any()


def test_a_map_of_an_empty_scan_is_scored_by_what_it_finds_in_vacuum(tmp_path: Path) -> None:
    simulated = ge.simulate_scan(tmp_path / "scan.h5", ge.SimulationOptions(**{**SMALL, "empty": True}), silent)
    truth = ge.Truth.load(simulated.truth_path)
    nothing, something = np.zeros((10, 9), int), np.zeros((10, 9), int)
    something[:5] = 1
    assert ge.score_map(truth, nothing).to_dict()["vacuum_assigned"] == 0
    assert ge.score_map(truth, something).to_dict()["vacuum_assigned"] == 0.5
    assert ge.score_map(truth, nothing).to_dict()["pq"] == 1


@pytest.fixture
def with_threads(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Makes simulations run on so many threads."""

    def choose(threads: int) -> None:
        monkeypatch.setattr(simulation, "ThreadPoolExecutor", partial(ThreadPoolExecutor, max_workers=threads))

    return choose


@pytest.mark.parametrize("kind", ["all", "bend"])
def test_the_same_seed_gives_the_same_scan_on_any_number_of_threads(
    kind: str, tmp_path: Path, with_threads: Callable[[int], None]
) -> None:
    written = []
    for threads in (1, 3):
        with_threads(threads)
        simulated = ge.simulate_scan(
            tmp_path / f"{threads}.h5", ge.SimulationOptions(**{**SMALL, **KINDS[kind]}), silent
        )
        with h5py.File(simulated.path) as file, np.load(simulated.truth_path) as truth:
            written.append({"frames": file["4DSTEM_experiment/data/datacubes/simulated/data"][()], **truth})
    for key in written[0]:
        np.testing.assert_array_equal(written[0][key], written[1][key])


@pytest.mark.parametrize("option", [{"twins": 0.5}, {"wedge": True}, {"carbon": 9.0}, {"phases": "fcc:0.408:79"}])
def test_an_option_of_the_specimen_changes_neither_where_grains_are_nor_the_beam(
    option: dict[str, Any], tmp_path: Path
) -> None:
    truths = []
    for i, more in enumerate(({}, option)):
        simulated = ge.simulate_scan(tmp_path / f"{i}.h5", ge.SimulationOptions(**{**SMALL, **more}), silent)
        with np.load(simulated.truth_path) as file:
            truths.append(dict(file))
    for key in ("labels", "frac", "centre", "descan", "dead", "hot"):
        np.testing.assert_array_equal(truths[0][key], truths[1][key])


def test_the_command_line_takes_the_options_as_flags(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = "--scan 3x4 --detector 64 --probe hole3 --ring-outer 6 --spot-radius 2 --descan 1 --phases Cu,fcc:0.4:47 "
    words += (
        "--vacuum 0.25 --twins 0.2 --bend 2 --wedge --precession 5 --ellipticity -0.05 --blur 0.5 --carbon 3 --quiet"
    )
    main(["simulate", str(tmp_path / "scan.h5"), *words.split()])
    assert "scan.truth.npz" in capsys.readouterr().out
    with np.load(tmp_path / "scan.truth.npz") as truth:
        assert truth["phases"].tolist() == ["Cu", "fcc:4:47"]
        assert (truth["labels"] == 0).sum() == 3
        assert truth["ellipticity"] == -0.05


def test_a_flag_out_of_range_is_told_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["simulate", str(tmp_path / "scan.h5"), "--vacuum", "2"])
    assert left.value.code != 0
    told = capsys.readouterr().err.strip()
    assert "vacuum is 2: it must be between 0 and 0.95" in told
    assert "Traceback" not in told
    assert list(tmp_path.iterdir()) == []
