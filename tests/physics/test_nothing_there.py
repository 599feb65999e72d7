"""Beam, background and noise are no crystallites; a faint crystal is one."""

from pathlib import Path
from typing import Any

import pytest

import graineye as ge
from graineye.progress import silent


def _mapped(folder: Path, **options: Any) -> ge.CrystalliteMap:
    simulated = ge.simulate_scan(
        folder / "scan.h5", ge.SimulationOptions(**({"scan": "20x16", "detector": 160} | options)), silent
    )
    return ge.map_crystallites(ge.open_scan(simulated.path), progress=silent)


@pytest.mark.parametrize("dose", [1e3, 2e4, 1e6])
@pytest.mark.parametrize("seed", [1, 2])
def test_beam_and_noise_have_no_crystallites_at_any_dose(tmp_path: Path, dose: float, seed: int) -> None:
    result = _mapped(tmp_path, empty=True, dose=dose, seed=seed)
    assert result.count == 0
    assert any("no disks were found" in note for note in result.provenance.notes)
    assert result.cut(distance=1e-6).count == 0


def test_an_amorphous_film_has_no_crystallites(tmp_path: Path) -> None:
    assert _mapped(tmp_path, empty=True, carbon=20.0).count == 0


def test_a_gain_does_not_make_noise_a_disk(tmp_path: Path) -> None:
    import h5py

    simulated = ge.simulate_scan(
        tmp_path / "scan.h5", ge.SimulationOptions(scan="20x16", detector=160, empty=True, dose=2e4, hot=0), silent
    )
    with h5py.File(simulated.path, "r+") as file:
        frames = file["4DSTEM_experiment/data/datacubes/simulated/data"]
        for y in range(20):
            frames[y] = frames[y] * 37
    assert ge.map_crystallites(ge.open_scan(simulated.path), progress=silent).count == 0


@pytest.mark.parametrize("options", [{"single": True}, {"thickness": 3.0}, {"vacuum": 0.8}])
def test_few_electrons_show_a_crystal_all_the_same(tmp_path: Path, options: dict[str, Any]) -> None:
    assert _mapped(tmp_path, dose=1e3, **options).count > 0
