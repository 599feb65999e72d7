"""The truth file: every key, its shape, and that it says what the frames show."""

import json
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest

import graineye as ge
from graineye.progress import silent

OPTIONS = ge.SimulationOptions(
    scan="16x14", detector=128, detector_pixel=0.3333, spot_radius=1.4, ring_inner=4, ring_outer=5.75, bar_width=1.5,
    bar_angle=0.0, grain_size=4.0, descan=3.0, dose=1e6, dead=0, hot=0, seed=11,
)  # fmt: skip
NY, NX = 16, 14


@pytest.fixture(scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return ge.simulate_scan(tmp_path_factory.mktemp("scan") / "scan.h5", OPTIONS, silent).path


@pytest.fixture(scope="module")
def truth(simulated: Path) -> dict[str, np.ndarray]:
    with np.load(simulated.with_name("scan.truth.npz"), allow_pickle=False) as file:
        return dict(file)


def test_every_key_that_scores_and_peers_read_is_there_in_its_shape(truth: dict[str, np.ndarray]) -> None:
    n = len(truth["visible"])
    shapes = {
        "labels": (NY, NX),
        "frac": (n, NY, NX),
        "ambiguous": (NY, NX),
        "visible": (n,),
        "thickness": (NY, NX),
        "orientation": (n, 3, 3),
        "centre": (2,),
        "descan": (NY, NX, 2),
        "ro": (),
        "ri": (),
        "rii": (),
        "bar": (),
        "angle": (),
        "step": (),
        "dk": (),
    }
    assert {key: truth[key].shape for key in shapes} == shapes
    assert truth["ambiguous"].dtype == truth["visible"].dtype == bool


def test_lengths_are_in_angstrom_and_radii_in_pixels(truth: dict[str, np.ndarray]) -> None:
    assert truth["step"] == pytest.approx(5.0)
    assert truth["dk"] == pytest.approx(0.03333)
    np.testing.assert_allclose(truth["thickness"], 100)
    radii = [float(truth[key]) for key in ("ro", "ri", "rii", "bar", "angle")]
    assert radii == [5.75, 4.0, 1.4, 0.75, 0.0]


def test_labels_name_the_grain_that_takes_most_of_the_column(truth: dict[str, np.ndarray]) -> None:
    frac = truth["frac"].astype(float)
    np.testing.assert_allclose(frac.sum(0), 1, atol=2e-3)
    assert truth["labels"].min() >= 1
    of_label = np.take_along_axis(frac, truth["labels"][None].astype(int) - 1, 0)[0]
    np.testing.assert_array_equal(of_label, frac.max(0))


def test_ambiguous_is_where_the_two_largest_shares_lie_within_a_fifth(truth: dict[str, np.ndarray]) -> None:
    second, first = np.sort(truth["frac"].astype(float), 0)[-2:]
    gap = first - second
    clear = np.abs(gap - 0.2) > 1e-3  # shares are rounded to 16 bits
    assert truth["ambiguous"].any()
    np.testing.assert_array_equal(truth["ambiguous"][clear], (gap < 0.2)[clear])


def test_every_grain_of_the_truth_occurs_and_is_a_rotation(truth: dict[str, np.ndarray]) -> None:
    assert (truth["frac"].max((1, 2)) > 0).all()
    rotation = truth["orientation"]
    np.testing.assert_allclose(
        rotation @ rotation.transpose(0, 2, 1), np.broadcast_to(np.eye(3), rotation.shape), atol=1e-12
    )
    np.testing.assert_allclose(np.linalg.det(rotation), 1)


def test_a_grain_is_visible_by_its_strongest_disk_in_share_and_in_electrons(tmp_path: Path) -> None:
    visible = {}
    for dose in (1e6, 1e3, 0.0):
        path = ge.simulate_scan(tmp_path / f"{dose:g}.h5", replace(OPTIONS, dose=dose), silent).truth_path
        with np.load(path) as file:
            visible[dose], strongest = file["visible"], file["strongest"]
    np.testing.assert_array_equal(visible[1e6], strongest > 0.003)
    np.testing.assert_array_equal(visible[0.0], strongest > 0.003)
    np.testing.assert_array_equal(visible[1e3], strongest > 0.02)
    assert visible[1e3].sum() < visible[1e6].sum()


@pytest.mark.parametrize("dose", [0.0, 1e4])
def test_a_grain_none_of_whose_disks_is_clear_of_the_beam_is_not_visible(dose: float, tmp_path: Path) -> None:
    whole_detector_in_the_beam = replace(OPTIONS, scan="3x3", detector_pixel=1e-3, dose=dose)
    with np.load(ge.simulate_scan(tmp_path / "scan.h5", whole_detector_in_the_beam, silent).truth_path) as file:
        assert not file["visible"].any()


def test_the_beam_of_every_frame_is_at_centre_and_descan(simulated: Path, truth: dict[str, np.ndarray]) -> None:
    scan = ge.open_scan(simulated)
    template = ge.bullseye(1.4, 4, 5.75, excluded_radius=8, bar_width=1.5)
    found = np.array(
        [[ge.find_beam(ge.correlate(scan.frame(y, x), template.image)).position for x in range(NX)] for y in range(NY)]
    )
    assert np.ptp(truth["descan"]) > 2
    np.testing.assert_allclose(found, truth["centre"] + truth["descan"], atol=0.1)


def test_the_arguments_of_the_simulation_stand_in_the_truth(truth: dict[str, np.ndarray]) -> None:
    assert json.loads(str(truth["args"])) == asdict(OPTIONS)


def test_score_takes_the_truth_and_finds_its_own_labels_right(simulated: Path, truth: dict[str, np.ndarray]) -> None:
    loaded = ge.Truth.load(simulated.with_name("scan.truth.npz"))
    perfect = ge.score_map(loaded, truth["labels"], truth["frac"]).to_dict()
    assert perfect["pq"] == perfect["m_pq"] == perfect["ari"] == 1
    assert perfect["tp"] >= 2
