"""From the statistics of a scan to its beam and its disk positions, past bad pixels and the border."""

import numpy as np
import pytest
from numpy.typing import NDArray

from graineye.disks import locate_disks
from graineye.errors import BeamNotFound
from graineye.passes import Statistics
from graineye.probe import disk, shapes
from graineye.settings import DisksSettings

SHAPE = (70, 76)
BEAM = (34.3, 37.6)
DISKS = [(15, 20), (52, 60), (60, 18), (12, 60)]
RADIUS = 5.0


def statistics_of(frames: NDArray[np.float64]) -> Statistics:
    log_sum = np.log(frames - frames.min(axis=(1, 2), keepdims=True) + 1).sum(axis=0)
    mean, std = frames.mean(axis=0), frames.std(axis=0)
    totals = frames.sum(axis=(1, 2))[None]
    return Statistics(mean.astype(np.float32), std.astype(np.float32), log_sum.astype(np.float32), totals)


@pytest.fixture(scope="module")
def frames() -> NDArray[np.float64]:
    y, x = np.mgrid[: SHAPE[0], : SHAPE[1]].astype(np.float64)
    beam = 60 * shapes.disk(y - BEAM[0], x - BEAM[1], RADIUS) + 0.5
    shown = [20 * shapes.disk(y - a, x - b, RADIUS) for a, b in [*DISKS, (2, 40)]]
    patterns = np.array([beam + one for one in shown])
    return np.random.default_rng(0).poisson(patterns[np.arange(150) % len(shown)]).astype(np.float64)


def test_the_beam_and_every_disk_are_found(frames: NDArray[np.float64]) -> None:
    located = locate_disks(statistics_of(frames), disk(RADIUS, 8), DisksSettings(count=4, min_distance=5))
    np.testing.assert_allclose(located.beam.position, BEAM, atol=0.15)
    assert sorted(map(tuple, located.disks.positions.tolist())) == sorted(DISKS)
    assert not located.bad_pixels.any()


def test_a_hot_and_a_dead_pixel_make_no_position(frames: NDArray[np.float64]) -> None:
    broken = frames.copy()
    broken[::3, 40, 12] += 5000
    broken[:, 52, 61] = 0
    located = locate_disks(statistics_of(broken), disk(RADIUS, 8), DisksSettings(count=4, min_distance=5))
    assert sorted(map(tuple, np.argwhere(located.bad_pixels).tolist())) == [(40, 12), (52, 61)]
    assert sorted(map(tuple, located.disks.positions.tolist())) == sorted(DISKS)


def test_a_disk_that_the_border_cuts_is_dropped_or_kept(frames: NDArray[np.float64]) -> None:
    statistics = statistics_of(frames)
    dropped = locate_disks(statistics, disk(RADIUS, 8), DisksSettings(count=15, min_distance=5, border="drop"))
    kept = locate_disks(statistics, disk(RADIUS, 8), DisksSettings(count=15, min_distance=5, border="keep"))
    assert (dropped.disks.positions >= RADIUS).all()
    assert min(np.hypot(*(np.array([2, 40]) - p)) for p in kept.disks.positions) <= 2


def test_frames_without_contrast_have_no_beam() -> None:
    with pytest.raises(BeamNotFound):
        locate_disks(statistics_of(np.full((9, *SHAPE), 3.0)), disk(RADIUS, 8), DisksSettings())
