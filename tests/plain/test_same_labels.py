"""On every kind of scan that graineye simulates, its labels are those of the slow expressions on LiberTEM's own readers."""

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from plain_path import both_labels

import graineye as ge
from graineye.progress import silent
from graineye.settings import CutSettings, ProbeSettings

SMALL: dict[str, Any] = {
    "scan": "14x12", "detector": 64, "detector_pixel": 0.5, "spot_radius": 1.0, "ring_inner": 2.5, "ring_outer": 4.0,
    "bar_width": 1.0, "descan": 1.0, "descan_wave": 0.2, "dead": 2, "hot": 1, "grain_size": 2.5, "columnar": True,
    "offset": 1.0,
}  # fmt: skip
KINDS: dict[str, dict[str, Any]] = {
    "columnar": {},
    "overlapping": {"columnar": False, "thickness": 6.0, "seed": 2},
    "low dose": {"dose": 3000.0, "background": 0.1, "dark": 0.02},
    "noiseless": {"dose": 0.0},
    "islands": {"vacuum": 0.4, "island_size": 3.0},
    "carbon": {"carbon": 10.0},
    "phases": {"phases": "Cu,Fe,bcc:0.33:41"},
    "cell": {"lattice_parameter": 0.35, "centring": "bcc", "beam_energy": 200.0, "scan_step": 0.4},
    "twins": {"twins": 0.4, "similar": 0.3, "similar_angle": 6.0},
    "single": {"single": True, "columnar": False},
    "wedge": {"wedge": True},
    "bend": {"single": True, "columnar": False, "bend": 5.0},
    "empty": {"empty": True},
    "precession": {"precession": 20.0, "probe": "disk", "ring_outer": 2.0},
    "ellipse": {"ellipticity": 0.1, "ellipticity_angle": 20.0},
    "bars": {"bar_count": 3, "bar_angle": 20.0},
    "hole3": {"probe": "hole3", "spot_radius": 1.5},
    "annulus": {"probe": "annulus"},
    "blur": {"blur": 0.7},
    "gauss": {"probe": "gauss"},
}  # fmt: skip
BULLSEYE = ProbeSettings("bullseye", 1.0, 2.5, 4.0, 6.0, 1.0)
CLASSIC = dataclasses.replace(ge.Settings.classic(), probe=BULLSEYE)
METHODS = {
    "default": ge.Settings(),
    "classic": dataclasses.replace(CLASSIC, cut=CutSettings(distance=20.0)),
}
"""The classic one with its aperture, and its cut, as much smaller as these scans are."""


def settings_for(kind: str, method: str) -> ge.Settings:
    if kind == "gauss":  # the image of a Gaussian probe has no dark rim; a round template finds its spots as well
        return dataclasses.replace(METHODS[method], probe=ProbeSettings("disk", 0.0, 0.0, 3.0, 5.0))
    return METHODS[method]


@pytest.fixture(scope="module")
def scans(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a scan of every kind."""
    folder = tmp_path_factory.mktemp("kinds")
    for kind, options in KINDS.items():
        ge.simulate_scan(folder / f"{kind}.h5", ge.SimulationOptions(**{**SMALL, **options}), silent)
    return folder


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("kind", KINDS)
def test_labels_are_those_of_the_plain_path(kind: str, method: str, scans: Path) -> None:
    found, plain = both_labels(scans / f"{kind}.h5", settings_for(kind, method))
    np.testing.assert_array_equal(found, plain)


def test_every_option_of_the_simulator_makes_a_kind() -> None:
    varied = set(SMALL).union(*KINDS.values())
    assert {option.name for option in dataclasses.fields(ge.SimulationOptions)} == varied
