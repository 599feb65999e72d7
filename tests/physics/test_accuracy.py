"""Scores of the default map on specimens of many kinds, which are simulated here: `make accuracy SCANS=DIR` scores more.

Single specimens differ by more than a change of the method may cost, and so their mean is held.
"""

from typing import Any

import numpy as np
import pytest

import graineye as ge
from graineye.progress import silent
from graineye.score import Truth, score_map

KINDS: dict[str, dict[str, Any]] = {
    "a film": {"dose": 1e5},
    "few electrons": {"dose": 4e3, "thickness": 6.0},
    "columns": {"columnar": True, "dose": 2e4},
    "islands in vacuum": {"vacuum": 0.35, "carbon": 3.0, "dose": 5e4},
    "twins": {"twins": 0.4, "phases": "Cu", "dose": 5e4},
    "a plain disk": {"probe": "disk", "phases": "Ag", "dose": 5e4},
    "two phases": {"phases": "Fe,Al", "dose": 3e5},
    "large grains": {"grain_size": 11.0, "phases": "Pt", "dose": 2e4},
}
SMALL = {"scan": "48x44", "detector": 144, "detector_pixel": 0.26, "grain_size": 6.5, "thickness": 8.0}
APERTURE = {"ring_outer": 7.0, "ring_inner": 4.8, "spot_radius": 2.0, "bar_width": 2.0}


@pytest.fixture(scope="module")
def scores(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[float, float]]:
    """PQ and m_PQ of each kind."""
    folder, found = tmp_path_factory.mktemp("kinds"), {}
    for seed, (kind, options) in enumerate(KINDS.items(), 7001):
        asked = ge.SimulationOptions(**(SMALL | APERTURE | options), seed=seed)
        simulated = ge.simulate_scan(folder / f"{seed}.h5", asked, silent)
        result = ge.map_crystallites(ge.open_scan(simulated.path), progress=silent)
        assert result.overlapping is not None
        scored = score_map(Truth.load(simulated.truth_path), result.labels, result.overlapping.masks)
        assert scored.masks is not None
        found[kind] = (scored.labels.matching.pq, scored.masks.matching.pq)
    return found


def test_the_default_map_is_right_on_every_kind_of_specimen(scores: dict[str, tuple[float, float]]) -> None:
    labels, masks = np.array(list(scores.values())).T
    assert labels.mean() > 0.91, scores
    assert masks.mean() > 0.755, scores
    assert labels.min() > 0.84, scores
