"""A simulated scan as a whole: where its disks stand, how many electrons it holds, that it is repeatable and never half."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path

import h5py
import numpy as np
import pytest
from scipy import ndimage

import graineye as ge
from graineye.errors import OutputError
from graineye.progress import silent
from graineye.simulate import scan as simulation

SMALL = ge.SimulationOptions(
    scan="6x5", detector=64, detector_pixel=0.4, probe="disk", spot_radius=1.0, ring_inner=2.0, ring_outer=3.0,
    descan=1.0, descan_wave=0.2, dose=1e4, dead=3, hot=2,
)  # fmt: skip
FRAMES = "4DSTEM_experiment/data/datacubes/simulated/data"

# h2 + k2 + l2 that a centring allows, up to 24.
SQUARES = {"fcc": [3, 4, 8, 11, 12, 16, 19, 20, 24], "bcc": [2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24]}


def frames_of(path: Path) -> np.ndarray:
    with h5py.File(path) as file:
        return np.array(file[FRAMES])


@pytest.mark.parametrize(("centring", "lattice_parameter"), [("fcc", 0.408), ("bcc", 0.2866)])
def test_every_strong_disk_has_the_distance_of_lattice_planes(
    centring: str, lattice_parameter: float, tmp_path: Path
) -> None:
    pixel, size = 0.2, 128
    options = replace(
        SMALL, scan="8x8", scan_step=20.0, grain_size=8.0, thickness=20.0, columnar=True, detector=size,
        detector_pixel=pixel, dose=0.0, background=0.0, dead=0, hot=0, centring=centring,
        lattice_parameter=lattice_parameter,
    )  # fmt: skip
    simulated = ge.simulate_scan(tmp_path / "scan.h5", options, silent)
    truth = np.load(simulated.truth_path)
    beam = (truth["centre"] + truth["descan"]).reshape(-1, 2)
    one_grain = truth["frac"].max(0).ravel() == 1
    lengths = []
    for frame, origin in zip(
        frames_of(simulated.path).reshape(-1, size, size)[one_grain], beam[one_grain], strict=True
    ):
        spots, count = ndimage.label(frame > 1e-4)
        places = np.array(ndimage.center_of_mass(frame, spots, range(1, count + 1)))
        strong = ndimage.sum(frame, spots, range(1, count + 1)) > 0.04
        inside = ((places > 5) & (places < size - 6)).all(1)
        length = pixel * np.hypot(*(places[inside & strong] - origin).T)
        lengths += length[length > pixel].tolist()  # the beam itself left out
    allowed = np.sqrt(SQUARES[centring]) / lattice_parameter
    measured = np.array([length for length in lengths if length < allowed[-1]])
    nearest = allowed[np.abs(measured[:, None] - allowed).argmin(1)]
    assert len(measured) > 30
    assert len(np.unique(nearest)) > 3
    np.testing.assert_allclose(measured, nearest, atol=0.1 * pixel)


def test_a_frame_holds_its_dose_and_its_dark_counts_within_three_sigma(tmp_path: Path) -> None:
    options = replace(SMALL, dark=0.1, dead=0, hot=0, background=0.1)
    shares = frames_of(ge.simulate_scan(tmp_path / "shares.h5", replace(options, dose=0.0), silent).path)
    on_detector = shares.sum((2, 3), dtype=float)
    assert (on_detector <= 1 + 1e-6).all()
    assert (on_detector > 0.9).all()
    counts = frames_of(ge.simulate_scan(tmp_path / "counts.h5", options, silent).path).sum((2, 3), dtype=float)
    expected = on_detector * options.dose + 64 * 64 * options.dark
    sigma = (counts - expected) / np.sqrt(expected)
    assert np.abs(sigma.mean()) < 3 / np.sqrt(30)
    assert np.abs(sigma).max() < 4  # the largest of thirty


def test_a_frame_without_noise_is_what_many_counted_frames_tend_to(tmp_path: Path) -> None:
    options = replace(SMALL, scan="1x1", dead=0, hot=0, dark=0.0, dose=1e8, background=0.05)
    shares = frames_of(ge.simulate_scan(tmp_path / "shares.h5", replace(options, dose=0.0), silent).path)[0, 0]
    counts = frames_of(ge.simulate_scan(tmp_path / "counts.h5", options, silent).path)[0, 0].astype(float)
    below_full = shares * options.dose < 60000
    expected = shares[below_full].astype(float) * options.dose
    deviation = (counts[below_full] - expected) / np.sqrt(expected + 1)
    assert deviation.std() == pytest.approx(1, abs=0.1)


def test_at_dose_zero_the_file_holds_float32_shares(tmp_path: Path) -> None:
    frames = frames_of(
        ge.simulate_scan(tmp_path / "scan.h5", replace(SMALL, dose=0.0, dark=5.0, dead=0, hot=0), silent).path
    )
    assert frames.dtype == np.float32
    assert frames.sum((2, 3)).max() <= 1 + 1e-5


def test_bad_pixels_are_so_in_every_frame_and_in_the_truth(tmp_path: Path) -> None:
    simulated = ge.simulate_scan(tmp_path / "scan.h5", SMALL, silent)
    frames, truth = frames_of(simulated.path), np.load(simulated.truth_path)
    assert truth["dead"].shape == (3, 2)
    assert truth["hot"].shape == (2, 2)
    assert (frames[:, :, *truth["dead"].T] == 0).all()
    assert (frames[:, :, *truth["hot"].T] > 20).all()


@pytest.fixture
def with_threads(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Makes simulations run on so many threads."""

    def choose(threads: int) -> None:
        monkeypatch.setattr(simulation, "ThreadPoolExecutor", partial(ThreadPoolExecutor, max_workers=threads))

    return choose


def test_the_same_seed_gives_the_same_bytes_on_one_thread_and_on_two(
    tmp_path: Path, with_threads: Callable[[int], None]
) -> None:
    written = []
    for threads in (1, 2):
        with_threads(threads)
        written.append(ge.simulate_scan(tmp_path / f"{threads}.h5", SMALL, silent))
    one, two = written
    assert frames_of(one.path).tobytes() == frames_of(two.path).tobytes()
    first, second = np.load(one.truth_path), np.load(two.truth_path)
    for key in first.files:
        np.testing.assert_array_equal(first[key], second[key])


def test_another_seed_gives_another_scan(tmp_path: Path) -> None:
    first, second = (
        frames_of(ge.simulate_scan(tmp_path / f"{seed}.h5", replace(SMALL, seed=seed), silent).path) for seed in (1, 2)
    )
    assert (first != second).any((2, 3)).all()


def test_the_noise_is_new_in_every_frame_and_for_every_seed(tmp_path: Path) -> None:
    """With nothing but background every frame is expected to be the same."""
    options = replace(SMALL, background=1.0, offset=0.0, descan=0.0, descan_wave=0.0, dead=0, hot=0)
    frames = [
        frames_of(ge.simulate_scan(tmp_path / f"{seed}.h5", replace(options, seed=seed), silent).path)
        for seed in (1, 2)
    ]
    every = np.concatenate(frames).reshape(60, -1).astype(float)
    lit = every.mean(0) > 0
    noise = (every - every.mean(0))[:, lit] / np.sqrt(every.mean(0)[lit])
    together = np.corrcoef(noise)[~np.eye(60, dtype=bool)]
    assert np.abs(together).max() < 0.1


@pytest.mark.parametrize("interruption", [KeyboardInterrupt, RuntimeError])
def test_an_interrupted_simulation_leaves_nothing_behind(interruption: type[BaseException], tmp_path: Path) -> None:
    def stop(stage: str, done: int, total: int) -> None:
        if done > total // 2:
            raise interruption

    with pytest.raises(interruption):
        ge.simulate_scan(tmp_path / "scan.h5", SMALL, stop)
    assert list(tmp_path.iterdir()) == []


def test_an_interrupted_simulation_keeps_the_files_that_it_was_to_replace(tmp_path: Path) -> None:
    def stop(stage: str, done: int, total: int) -> None:
        if done:
            raise KeyboardInterrupt

    before = ge.simulate_scan(tmp_path / "scan.h5", SMALL, silent)
    contents = [path.read_bytes() for path in (before.path, before.truth_path)]
    with pytest.raises(KeyboardInterrupt):
        ge.simulate_scan(before.path, replace(SMALL, seed=2), stop, force=True)
    assert [path.read_bytes() for path in (before.path, before.truth_path)] == contents
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.parametrize("existing", ["scan.h5", "scan.truth.npz"])
def test_files_that_exist_are_not_replaced_unasked(existing: str, tmp_path: Path) -> None:
    (tmp_path / existing).write_text("mine")
    with pytest.raises(OutputError, match=rf"{existing}: exists already: give --force"):
        ge.simulate_scan(tmp_path / "scan.h5", SMALL, silent)
    assert (tmp_path / existing).read_text() == "mine"
    assert len(list(tmp_path.iterdir())) == 1


def test_progress_counts_every_frame_up_to_the_last(tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    ge.simulate_scan(tmp_path / "scan.h5", SMALL, lambda *step: told.append(step))
    assert told == [("simulate", done, 30) for done in range(0, 31, 5)]
