"""What the camera makes of expected intensities: Poisson counts, dead and hot pixels, a moving beam, a smooth background."""

from dataclasses import replace

import numpy as np
import pytest

from graineye.simulate import SimulationOptions
from graineye.simulate.detector import add_diffuse, beam_positions, camera, diffuse, record

SMALL = {"detector": 32, "spot_radius": 1.0, "ring_inner": 2.0, "ring_outer": 3.0, "descan": 1.0, "descan_wave": 0.2}
OPTIONS = SimulationOptions(**SMALL, dose=2000.0, dark=0.5, dead=4, hot=3)


def frames(options: SimulationOptions, expected: np.ndarray, count: int = 2000) -> np.ndarray:
    detector = camera(options)
    return np.stack([record(expected, options, detector, np.random.default_rng(i)) for i in range(count)])


def slope() -> np.ndarray:
    """Expected shares from dim to bright, their sum 1."""
    image = np.linspace(0.2, 2, 32 * 32).reshape(32, 32)
    return image / image.sum()


def test_counts_have_the_mean_and_the_variance_of_poisson() -> None:
    options = replace(OPTIONS, dead=0, hot=0)
    expected = slope() * options.dose + options.dark
    counts, n = frames(options, slope()), 2000
    mean_error = (counts.mean(0) - expected) / np.sqrt(expected / n)
    # The variance of n Poisson numbers of mean m is itself uncertain by sqrt((m + 2 m2) / n).
    variance_error = (counts.var(0) - expected) / np.sqrt((expected + 2 * expected**2) / n)
    for error in (mean_error, variance_error):
        assert np.abs(error).max() < 5
        assert error.std() == pytest.approx(1, abs=0.1)


def test_counts_of_neighbouring_pixels_and_of_frames_are_independent() -> None:
    counts = frames(replace(OPTIONS, dead=0, hot=0), slope()).astype(float)
    off = counts - counts.mean(0)
    scale = (off**2).mean()
    assert abs((off[:, :, 1:] * off[:, :, :-1]).mean() / scale) < 0.01
    assert abs((off[1:] * off[:-1]).mean() / scale) < 0.01


def test_dead_pixels_stay_zero_and_hot_ones_bright() -> None:
    detector, counts = camera(OPTIONS), frames(OPTIONS, slope(), 200)
    assert detector.dead.shape == (4, 2)
    assert detector.hot.shape == (3, 2)
    assert (counts[:, *detector.dead.T] == 0).all()
    sound = np.ones((32, 32), bool)
    sound[tuple(np.concatenate([detector.dead, detector.hot]).T)] = False
    assert counts[:, *detector.hot.T].mean(0).min() > 40
    assert counts[:, sound].max() < 40
    np.testing.assert_allclose(counts[:, *detector.hot.T].mean(0), detector.hot_counts, rtol=0.15)


def test_a_hot_pixel_takes_between_a_thousandth_and_a_hundredth_of_a_high_dose() -> None:
    shares = camera(replace(OPTIONS, dose=1e6, hot=200, dead=0)).hot_counts / 1e6
    assert (shares >= 1e-3).all()
    assert (shares <= 1e-2).all()


def test_no_pixel_is_bad_twice() -> None:
    detector = camera(replace(OPTIONS, dead=200, hot=200))
    assert len(np.unique(np.concatenate([detector.dead, detector.hot]), axis=0)) == 400


def test_at_dose_zero_a_frame_is_the_shares_themselves_without_noise_or_dark_counts() -> None:
    options = replace(OPTIONS, dose=0.0, dead=0, hot=0, dark=100.0)
    frame = frames(options, slope(), 1)[0]
    assert frame.dtype == np.float32
    np.testing.assert_array_equal(frame, slope().astype(np.float32))


def test_a_counter_that_is_full_stays_so() -> None:
    frame = frames(replace(OPTIONS, dose=1e9, dead=0, hot=0), slope(), 1)[0]
    assert frame.dtype == np.uint16
    assert (frame == 65535).all()


def test_without_a_wave_the_descan_is_a_plane_that_falls_by_its_amplitude_across_the_scan() -> None:
    options = SimulationOptions(scan="21x31", descan=4.0, descan_wave=0.0)
    descan = beam_positions(options)[1]
    along_y, along_x = np.meshgrid(np.linspace(0, 1, 21), np.linspace(0, 1, 31), indexing="ij")
    plane = np.stack([np.ones(21 * 31), along_y.ravel(), along_x.ravel()], 1)
    for axis in range(2):
        (_, y, x), residual, *_ = np.linalg.lstsq(plane, descan[..., axis].ravel(), rcond=None)
        assert residual == pytest.approx(0, abs=1e-18)
        assert np.hypot(y, x) == pytest.approx(4.0)


def test_without_a_slope_the_descan_is_a_wave_within_its_amplitude() -> None:
    still = beam_positions(SimulationOptions(descan=0.0, descan_wave=0.0))[1]
    np.testing.assert_array_equal(still, 0)
    for seed in range(5):
        wave = beam_positions(SimulationOptions(descan=0.0, descan_wave=0.8, seed=seed))[1]
        height = np.ptp(wave, axis=(0, 1))
        assert (height > 0.4).all()
        assert (height <= 2 * 0.8).all()


@pytest.mark.parametrize("seed", range(5))
def test_the_descan_has_no_mean_and_the_centre_is_near_the_middle(seed: int) -> None:
    centre, descan = beam_positions(SimulationOptions(seed=seed, offset=2.0))
    np.testing.assert_allclose(descan.mean((0, 1)), 0, atol=1e-12)
    assert (np.abs(centre - 125) <= 2).all()


def test_the_diffuse_background_is_smooth_and_round_and_moves_with_the_beam() -> None:
    falling = diffuse((64, 64), 3.0)
    assert falling.sum() == pytest.approx(1)
    assert np.unravel_index(falling.argmax(), falling.shape) == (64, 64)
    image = np.zeros((64, 64))
    add_diffuse(image, falling, np.array([30.0, 40.0]), 0.3)
    assert np.unravel_index(image.argmax(), image.shape) == (30, 40)
    assert 0.2 < image.sum() <= 0.3
    for y, x in ((0, 9), (9, 0), (0, -9), (-9, 0)):  # half width 9 px: (1 + 1)^-2 of the middle
        assert image[30 + y, 40 + x] == pytest.approx(image[30, 40] / 4)
