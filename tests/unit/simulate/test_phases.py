"""Phases by name and by number: frames show the reflections that each lattice allows, where they belong, and no others."""

from pathlib import Path

import h5py
import numpy as np
import pytest
from scipy import ndimage

import graineye as ge
from graineye.errors import SettingsError
from graineye.progress import silent
from graineye.simulate.phases import PRESETS, Phase, parse_phases

PIXEL, SIZE = 0.2, 128
# Small spots of a precessed beam, far apart and many; grains so far from each other that most columns hold one.
SPOTS = {
    "scan": "12x12", "scan_step": 20.0, "grain_size": 10.0, "thickness": 8.0, "columnar": True, "detector": SIZE,
    "detector_pixel": PIXEL, "probe": "disk", "ring_outer": 1.5, "precession": 25.0, "descan": 1.0, "descan_wave": 0.2,
    "dose": 0.0, "background": 0.0, "dead": 0, "hot": 0,
}  # fmt: skip

ALLOWED = {  # h2 + k2 + l2
    "fcc": [3, 4, 8, 11, 12, 16, 19, 20, 24, 27],
    "bcc": [2, 4, 6, 8, 10, 12, 14, 16, 18, 20],
    "diamond": [3, 8, 11, 16, 19, 24, 27, 32, 35],
}
# The first line of each in X-ray tables, nm.
FIRST_LINE = {
    "Au": 0.2355, "Ag": 0.2359, "Cu": 0.2087, "Al": 0.2338, "Pt": 0.2265, "Pd": 0.2246, "Ni": 0.2034, "Fe": 0.2027,
    "W": 0.2238, "Cr": 0.2039, "Si": 0.3136,
}  # fmt: skip


def spots_by_grain(path: Path, **options: object) -> tuple[list[np.ndarray], dict[str, np.ndarray]]:
    """The lengths of all strong spots of every grain, 1/nm, and the truth.

    Faint ones may stand too near to the beam: a thin crystal's reflections are rods along it, cut far from their middle.
    """
    simulated = ge.simulate_scan(path, ge.SimulationOptions(**{**SPOTS, **options}), silent)
    with np.load(simulated.truth_path) as file:
        truth = dict(file)
    with h5py.File(simulated.path) as file:
        frames = file["4DSTEM_experiment/data/datacubes/simulated/data"][()]
    lengths: list[list[float]] = [[] for _ in truth["visible"]]
    for y, x in np.argwhere(truth["frac"].max(0) == 1):
        frame, origin = frames[y, x], truth["centre"] + truth["descan"][y, x]
        spots, count = ndimage.label(frame > 2e-6)
        index = np.arange(1, count + 1)
        size = ndimage.sum(frame > 2e-6, spots, index)
        weight = ndimage.sum(frame, spots, index)
        place = np.array(ndimage.center_of_mass(frame, spots, index))
        alone = (size <= 21) & (weight > 4e-3) & ((place > 3) & (place < SIZE - 4)).all(1)
        length = PIXEL * np.hypot(*(place[alone] - origin).T)
        lengths[truth["labels"][y, x] - 1] += length[length > 2 * PIXEL].tolist()
    return [np.array(one) for one in lengths], truth


@pytest.mark.parametrize("name", sorted(PRESETS))
def test_a_preset_shows_the_reflections_that_its_lattice_allows_and_no_other(name: str, tmp_path: Path) -> None:
    phase = PRESETS[name]
    of_grains, truth = spots_by_grain(tmp_path / "scan.h5", phases=name)
    length = np.concatenate(of_grains)
    allowed = np.sqrt(ALLOWED[phase.centring]) / phase.lattice_parameter
    length = length[length < allowed[-1]]
    nearest = np.abs(length[:, None] - allowed).argmin(1)
    np.testing.assert_allclose(length, allowed[nearest], atol=0.15 * PIXEL)
    assert set(nearest) >= {0, 1, 2, 3}
    assert 1 / allowed[0] == pytest.approx(FIRST_LINE[name], abs=2e-4)
    assert truth["phases"].tolist() == [name]
    assert (truth["phase"] == 0).all()


def test_grains_of_two_phases_show_the_reflections_of_their_own(tmp_path: Path) -> None:
    of_grains, truth = spots_by_grain(tmp_path / "scan.h5", phases="W,fcc:0.5:42")
    assert truth["phases"].tolist() == ["W", "fcc:5:42"]
    assert abs((truth["phase"] == 0).sum() - (truth["phase"] == 1).sum()) <= 1
    lattices = [(np.sqrt(ALLOWED["bcc"]) / 0.31652), np.sqrt(ALLOWED["fcc"]) / 0.5]
    compared = 0
    for length, phase in zip(of_grains, truth["phase"], strict=True):
        allowed = lattices[phase]
        inside = length[length < min(allowed[-1], 9)]
        compared += len(inside)
        if len(inside):
            np.testing.assert_array_less(np.abs(inside[:, None] - allowed).min(1), 0.15 * PIXEL)
    assert compared > 100


def test_without_phases_grains_are_gold_in_the_lattice_of_the_options() -> None:
    assert ge.SimulationOptions().crystals == (Phase("fcc:4.08:79", "fcc", 0.408, 79),)
    options = ge.SimulationOptions(centring="bcc", lattice_parameter=0.3)
    assert options.crystals == (Phase("bcc:3:79", "bcc", 0.3, 79),)


def test_a_list_of_phases_is_read_with_spaces_and_numbers() -> None:
    assert parse_phases("Cu, bcc:0.2866:26") == (PRESETS["Cu"], Phase("bcc:2.866:26", "bcc", 0.2866, 26))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Xx", "phases names 'Xx': it must be one of Au, Ag, "),
        ("Cu,", "phases names '': it must be one of Au"),
        ("fcc:0.4", "phases names 'fcc:0.4': it must be one of Au"),
        ("fcc:much:79", "phases names 'fcc:much:79': it must be one of Au"),
        ("hcp:0.3:12", "phases names 'hcp:0.3:12': the centring must be fcc, bcc, primitive or diamond"),
        ("fcc:4.08:79", "phases names 'fcc:4.08:79': the edge of the cell, in nm, must be between 0.1 and 3"),
        ("fcc:nan:79", "phases names 'fcc:nan:79': the edge of the cell, in nm, must be between 0.1 and 3"),
        ("fcc:0.4:0", "phases names 'fcc:0.4:0': the atomic number must be between 1 and 98"),
    ],
)
def test_an_unknown_phase_is_refused_in_one_line(text: str, said: str) -> None:
    with pytest.raises(SettingsError) as refused:
        ge.SimulationOptions(phases=text)
    assert str(refused.value).startswith(said)
    assert "\n" not in str(refused.value)
