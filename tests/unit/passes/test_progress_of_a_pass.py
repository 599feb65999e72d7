"""What a pass tells of how far it is."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

import graineye as ge
from graineye.passes import template_values
from graineye.progress import Progress

Frames = NDArray[np.uint16]
SaveHDF5 = Callable[..., Path]

PASSES: dict[str, Callable[[ge.Scan, Progress], object]] = {
    "statistics": ge.statistics,
    "dark fields": lambda scan, told: template_values(scan, np.ones((3, 3), np.float32), np.array([[0, 0]]), told),
    "mean patterns": lambda scan, told: ge.region_means(scan, np.ones(scan.scan_shape, np.int32), told),
}


@pytest.mark.usefixtures("small_partitions")
@pytest.mark.parametrize("stage", PASSES)
@pytest.mark.parametrize(("roi", "total"), [(None, 30), ("1:4,2:5", 9)])
@pytest.mark.parametrize("cpus", [1, 2])
def test_counts_of_frames_never_fall_and_end_at_the_total(
    stage: str, roi: str | None, total: int, cpus: int, frames: Frames, save_hdf5: SaveHDF5
) -> None:
    told: list[tuple[str, int, int]] = []
    scan = ge.open_scan(save_hdf5(frames), roi=roi, cpus=cpus)
    PASSES[stage](scan, lambda *report: told.append(report))
    counts = [done for _, done, _ in told]
    assert {(name, whole) for name, _, whole in told} == {(stage, total)}
    assert counts == sorted(counts)
    assert counts[0] == 0
    assert counts[-1] == total


def test_a_pass_that_is_told_to_stop_stops_and_the_next_one_runs(frames: Frames, save_hdf5: SaveHDF5) -> None:
    def interrupt(stage: str, done: int, total: int) -> None:
        raise KeyboardInterrupt

    scan = ge.open_scan(save_hdf5(frames, chunks=(1, 5, 32, 40)))
    with pytest.raises(KeyboardInterrupt):
        ge.statistics(scan, interrupt)
    np.testing.assert_array_equal(ge.statistics(scan).total_counts, frames.sum(axis=(2, 3)))
