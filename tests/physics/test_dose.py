"""How right the map of a columnar polycrystal is, and that fewer electrons make it worse."""

from collections.abc import Callable

import numpy as np
import pytest

import graineye as ge
from graineye.progress import silent

SEEDS = range(1, 6)
HIGH, LOW = 20_000, 1_000  # electrons a frame

# A film of gold of 3 nm with grains of 4 nm on carbon that scatters a tenth of the electrons: there, a thousand electrons
# are few. (Of 10 nm thickness, disks are so strong that a map at 1,000 electrons is as right as at 20,000.) The camera has
# half the pixels of the default along each side, of twice the size, and as many dark counts a frame.
FILM = {
    "scan": "32x28",
    "columnar": True,
    "grain_size": 4.0,
    "thickness": 3.0,
    "background": 0.1,
    "detector": 128,
    "detector_pixel": 0.3333,
    "spot_radius": 1.4,
    "ring_inner": 4.0,
    "ring_outer": 5.75,
    "bar_width": 1.5,
    "descan": 2.0,
    "descan_wave": 0.4,
    "offset": 1.0,
    "dark": 0.04,
}
CUTS, MOST_CRYSTALLITES = 40, 300
BY_CUT = ge.Settings.from_dict({"segmentation": {"method": "dendrogram"}})


@pytest.fixture(scope="module")
def at_best_cut(tmp_path_factory: pytest.TempPathFactory) -> Callable[[int], list[float]]:
    """The adjusted Rand index of each seed's map at the best of many cuts, for a dose."""
    path = tmp_path_factory.mktemp("film") / "film.h5"

    def best(seed: int, dose: int) -> float:
        options = ge.SimulationOptions(**FILM, seed=seed, dose=dose)
        simulated = ge.simulate_scan(path, options, silent, force=True)
        truth = ge.Truth.load(simulated.truth_path)
        tree = ge.map_crystallites(ge.open_scan(simulated.path), BY_CUT, silent).dendrogram
        highest_first = np.unique(tree.subtree_heights())[::-1]
        chosen = np.unique(np.geomspace(1, MOST_CRYSTALLITES, CUTS).astype(int))
        scores = [ge.score_map(truth, ge.cut_at_distance(tree, height)) for height in highest_first[chosen]]
        return max(score.labels.ari for score in scores)

    return lambda dose: [best(seed, dose) for seed in SEEDS]


def test_at_the_best_cut_maps_are_right_at_high_dose_and_less_so_at_low_dose(
    at_best_cut: Callable[[int], list[float]],
) -> None:
    high, low = np.mean(at_best_cut(HIGH)), np.mean(at_best_cut(LOW))
    assert high > 0.9
    assert low <= high - 0.03
    assert low > 0.5, "a map at low dose is worse, not worthless"
