"""Disk positions by significance, and what one electron adds to a frame."""

import numpy as np
import pytest

from graineye.disks import find_significant, one_electron
from graineye.passes import Statistics


def peaks(*places: tuple[int, int, float], shape: tuple[int, int] = (80, 90)) -> np.ndarray:
    """Significance with a peak of some height at each place."""
    image = np.full(shape, 3.0, np.float32)
    for y, x, height in places:
        image[y, x] = height
    return image


def test_positions_are_the_significant_maxima_the_highest_first() -> None:
    found = find_significant(peaks((20, 20, 9.0), (60, 70, 12.0), (20, 60, 6.4)), (40, 45), 6.0)
    assert found.positions.tolist() == [[60, 70], [20, 20]]
    assert found.correlation.tolist() == [12, 9]


def test_none_lies_beside_the_beam_near_the_border_or_where_it_is_hidden() -> None:
    hidden = np.zeros((80, 90), bool)
    hidden[60, 70] = True
    image = peaks((40, 55, 50.0), (2, 40, 50.0), (60, 70, 50.0), (60, 20, 7.0))
    assert find_significant(image, (40, 45), 6.0, hidden).positions.tolist() == [[60, 20]]


def test_without_any_there_are_none() -> None:
    assert len(find_significant(peaks(), (40, 45), 6.0)) == 0


def statistics_of(frames: np.ndarray) -> Statistics:
    mean = frames.mean(axis=0).astype(np.float32)
    return Statistics(mean, frames.std(axis=0).astype(np.float32), mean, frames.sum(axis=(1, 2)))


@pytest.mark.parametrize("dose", [0.02, 3.0, 300.0])
@pytest.mark.parametrize("gain", [1e-5, 0.4, 1.0, 3.0, 37.0])
def test_one_electron_is_known_from_how_noise_grows_with_counts(gain: float, dose: float) -> None:
    counts = np.random.default_rng(5).poisson(dose * np.linspace(0.5, 2, 40), (200, 30, 40))
    assert one_electron(statistics_of(gain * counts)) == pytest.approx(gain, rel=0.25 if gain != 1 else 0)


def test_crystallites_that_come_and_go_do_not_change_it() -> None:
    mean = np.full((200, 30, 40), 2.0)
    mean[::3, 5:15, 5:30] *= 8
    assert one_electron(statistics_of(np.random.default_rng(6).poisson(mean))) == 1


@pytest.mark.parametrize("frames", [np.ones((5, 4, 4)), np.zeros((5, 4, 4)), np.arange(80.0).reshape(5, 4, 4) - 50])
def test_where_it_cannot_be_told_electrons_are_counted(frames: np.ndarray) -> None:
    assert one_electron(statistics_of(frames)) == 1
