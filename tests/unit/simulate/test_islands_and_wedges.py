"""Where there is specimen, and how thick it is: islands in vacuum, wedges, no specimen at all."""

from pathlib import Path

import h5py
import numpy as np
import pytest
from scipy import ndimage

import graineye as ge
from graineye.errors import SettingsError
from graineye.progress import silent
from graineye.simulate import SimulationOptions
from graineye.simulate.thickness import islands, random_field, thickness_map

SMALL = {
    "scan": "14x12", "detector": 64, "detector_pixel": 0.4, "probe": "disk", "ring_outer": 3.0, "descan": 1.0,
    "descan_wave": 0.2, "dead": 0, "hot": 0, "grain_size": 3.0,
}  # fmt: skip


def simulated(folder: Path, **options: object) -> tuple[np.ndarray, np.ndarray, dict[str, np.ndarray]]:
    """Frames, the probe's image and the truth of a small scan."""
    scan = ge.simulate_scan(folder / "scan.h5", SimulationOptions(**{**SMALL, **options}), silent, force=True)
    with h5py.File(scan.path) as file, np.load(scan.truth_path) as truth:
        top = file["4DSTEM_experiment/data"]
        return top["datacubes/simulated/data"][()], top["diffractionslices/probe/data"][()], dict(truth)


@pytest.mark.parametrize("share", [0.0, 0.01, 0.3, 0.7, 0.95])
@pytest.mark.parametrize("seed", [1, 2])
def test_vacuum_takes_the_share_of_positions_that_was_asked_for(share: float, seed: int) -> None:
    filled = islands((40, 37), 0.5, share, 6.0, 0.11, seed)
    assert (filled == 0).sum() == round(share * 40 * 37)
    assert filled.min() >= 0
    assert filled.max() == 1


def test_islands_are_smooth_and_about_as_wide_as_asked_for() -> None:
    land = islands((300, 300), 0.5, 0.5, 10.0, 0.11, 3) > 0
    crossings = (land[:, 1:] != land[:, :-1]).sum() + (land[1:] != land[:-1]).sum()
    width = 2 * 300 * 300 * 0.5 / crossings  # mean length of a run of land or vacuum, nm
    assert 7 < width < 18
    lone = land & (ndimage.uniform_filter(land.astype(float), 3) < 0.3)
    assert lone.sum() == 0


def test_the_random_field_is_as_steep_as_it_changes() -> None:
    y, x, h = np.linspace(0, 20, 50)[:, None], np.linspace(0, 20, 50)[None, :], 1e-5
    height, slope = random_field(y, x, 5.0, 1)
    along_y = (random_field(y + h, x, 5.0, 1)[0] - height) / h
    along_x = (random_field(y, x + h, 5.0, 1)[0] - height) / h
    np.testing.assert_allclose(slope, np.hypot(along_y, along_x), atol=1e-4)
    many = np.array([random_field(np.zeros(1), np.zeros(1), 5.0, seed)[0][0] for seed in range(400)])
    assert abs(many.mean()) < 0.2
    assert many.std() == pytest.approx(1, abs=0.15)


def test_the_edge_of_an_island_is_a_ramp_as_wide_as_the_probe() -> None:
    footprint = 0.8
    filled = islands((400, 5), 0.05, 0.5, 20.0, footprint, 2)[:, 2]
    ramp = (filled > 0) & (filled < 1)
    edges = int((np.diff((filled > 0).astype(int)) != 0).sum())
    steepest = np.abs(np.diff(filled)).max() / 0.05
    assert edges >= 1
    assert steepest == pytest.approx(1 / (4 * footprint), rel=0.5)
    assert ramp.any()


def test_frames_in_vacuum_show_the_beam_alone(tmp_path: Path) -> None:
    still = {"dose": 0.0, "descan": 0.0, "descan_wave": 0.0, "background": 0.1}
    frames, probe, truth = simulated(tmp_path, vacuum=0.4, island_size=3.0, **still)
    vacuum = truth["labels"] == 0
    assert vacuum.sum() == round(0.4 * vacuum.size)
    expected = np.broadcast_to(probe, frames[vacuum].shape)
    np.testing.assert_allclose(frames[vacuum], expected, atol=1e-7)
    assert (np.abs(frames[~vacuum] - probe).sum((1, 2)) > 1e-3).all()


def test_the_truth_knows_no_grain_and_no_thickness_in_vacuum(tmp_path: Path) -> None:
    _, _, truth = simulated(tmp_path, vacuum=0.4, island_size=3.0)
    vacuum = truth["labels"] == 0
    assert (truth["frac"][:, vacuum] == 0).all()
    assert (truth["thickness"][vacuum] == 0).all()
    assert (truth["thickness"][~vacuum] > 0).all()
    assert not truth["ambiguous"][vacuum].any()
    assert (truth["frac"].max((1, 2)) > 0).all()
    np.testing.assert_array_equal(np.unique(truth["labels"][~vacuum]) <= len(truth["visible"]), True)


@pytest.mark.parametrize("options", [{}, {"vacuum": 0.5, "island_size": 4.0}, {"wedge": True}, {"single": True}])
def test_the_grains_shares_make_up_the_thickness(options: dict[str, object], tmp_path: Path) -> None:
    _, _, truth = simulated(tmp_path, thickness=12.0, **options)
    together = (truth["frac"].astype(float) * truth["thickness"]).sum(0)
    np.testing.assert_allclose(together, truth["thickness"], rtol=2e-3)
    assert truth["thickness"].max() == pytest.approx(120)


def test_a_grain_beside_the_islands_is_not_in_the_truth(tmp_path: Path) -> None:
    with_all, some = (simulated(tmp_path, vacuum=share, island_size=3.0)[2] for share in (0.0, 0.6))
    assert 0 < len(some["visible"]) < len(with_all["visible"])
    kept = [(np.abs(with_all["orientation"] - one).max((1, 2)) < 1e-12).any() for one in some["orientation"]]
    assert all(kept)


def test_a_wedge_grows_linearly_from_a_fifth_to_all_of_the_thickness() -> None:
    thickness = thickness_map(SimulationOptions(scan="4x31", thickness=20.0, wedge=True), 0.1)
    np.testing.assert_allclose(thickness, np.broadcast_to(np.linspace(4, 20, 31), (4, 31)))


def test_the_brightest_disk_of_a_thin_wedge_grows_as_the_thickness_squared(tmp_path: Path) -> None:
    """As kinematic theory says of a reflection at Bragg."""
    frames, probe, truth = simulated(
        tmp_path, scan="2x9", wedge=True, single=True, thickness=2.0, dose=0.0, background=0.0, descan=0.0,
        descan_wave=0.0, phases="Al",
    )  # fmt: skip
    outside = ~ndimage.binary_dilation(probe > 0, iterations=2)
    brightest = np.unravel_index((frames[0, -1] * outside).argmax(), probe.shape)
    power = np.polyfit(np.log(truth["thickness"][0]), np.log(frames[0, :, *brightest]), 1)[0]
    assert power == pytest.approx(2, abs=0.2)


def test_the_background_grows_with_the_thickness(tmp_path: Path) -> None:
    frames, _, truth = simulated(tmp_path, wedge=True, single=True, dose=0.0, background=0.2, descan=0.0, offset=0.0)
    corner = frames[..., :4, :4].sum((2, 3), dtype=float)
    ratio = corner[:, -1] / corner[:, 0]
    assert ratio == pytest.approx(truth["thickness"][:, -1] / truth["thickness"][:, 0], rel=0.1)


def test_an_empty_scan_has_no_grain_and_every_array_of_its_truth_has_that_length(tmp_path: Path) -> None:
    _, _, truth = simulated(tmp_path, empty=True)
    shapes = {"frac": (0, 14, 12), "visible": (0,), "strongest": (0,), "orientation": (0, 3, 3), "phase": (0,)}
    assert {key: truth[key].shape for key in shapes} == shapes
    for key in ("labels", "thickness", "ambiguous"):
        assert truth[key].shape == (14, 12)
        assert not truth[key].any()
    assert truth["visible"].dtype == bool


def test_an_empty_scan_holds_the_beam_and_poisson_noise(tmp_path: Path) -> None:
    still = {"descan": 0.0, "descan_wave": 0.0, "empty": True}
    frames, probe, _ = simulated(tmp_path, dose=2e4, dark=0.2, **still)
    counts = frames.reshape(-1, 64, 64).astype(float)
    expected, n = probe + 0.2, len(counts)
    mean_error = (counts.mean(0) - expected) / np.sqrt(expected / n)
    variance_error = (counts.var(0) - expected) / np.sqrt((expected + 2 * expected**2) / n)
    for error in (mean_error, variance_error):
        assert error.std() == pytest.approx(1, abs=0.1)
        assert abs(error.mean()) < 0.1


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"empty": True, "wedge": True, "vacuum": 0.5}, "empty leaves no specimen: leave out vacuum, wedge"),
        ({"empty": True, "single": True}, "empty leaves no specimen: leave out single"),
        ({"single": True, "twins": 0.5}, "single is one crystal: leave out twins, similar and columnar"),
        ({"single": True, "phases": "Au,Cu"}, "single is one crystal of one phase, and phases names 2: name one"),
        ({"twins": 0.6, "similar": 0.7}, "twins and similar are 0.6 and 0.7: together they must be at most 1"),
    ],
)
def test_specimens_that_cannot_be_are_refused_in_one_line(options: dict[str, object], said: str) -> None:
    with pytest.raises(SettingsError) as refused:
        SimulationOptions(**options)
    assert str(refused.value).startswith(said)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("vacuum", 0.96), ("island_size", 0.0), ("carbon", -1.0), ("twins", 1.1), ("similar", -0.1),
        ("similar_angle", 31.0), ("bend", 50.0), ("precession", 101.0), ("ellipticity", 0.4),
        ("ellipticity_angle", 400.0), ("blur", 21.0), ("vacuum", float("nan")), ("bend", float("inf")),
    ],
)  # fmt: skip
def test_a_number_out_of_range_is_refused_by_its_flag_and_value(name: str, value: float) -> None:
    with pytest.raises(SettingsError) as refused:
        SimulationOptions(**{name: value})
    message = str(refused.value)
    assert message.startswith(f"{name.replace('_', '-')} is {value:g}")
    assert "it must be between" in message
    assert "\n" not in message
