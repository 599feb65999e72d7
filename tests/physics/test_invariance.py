"""What must not change a map: moved patterns, more counts, a scan seen in another order."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import graineye as ge
from graineye.progress import silent

Frames = NDArray[np.integer]

SIMULATION = ge.SimulationOptions(
    scan="17x14", detector=112, detector_pixel=0.3333, spot_radius=1.4, ring_inner=4, ring_outer=5.75, bar_width=1.5,
    grain_size=3.0, thickness=6.0, columnar=True, descan=1.0, descan_wave=0.2, offset=1.0, dose=5e4, dead=0, hot=0,
    seed=8,
)  # fmt: skip
BY_CUT = {"disks": {"count": 150}, "segmentation": {"method": "dendrogram"}, "cut": {"relative": 5.0}}


@pytest.fixture(scope="module")
def frames(tmp_path_factory: pytest.TempPathFactory) -> Frames:
    path = tmp_path_factory.mktemp("scan") / "scan.h5"
    scan = ge.open_scan(ge.simulate_scan(path, SIMULATION, silent).path)
    ny, nx = scan.scan_shape
    return np.array([[scan.frame(y, x) for x in range(nx)] for y in range(ny)])


@pytest.fixture(scope="module")
def mapped(
    tmp_path_factory: pytest.TempPathFactory, small_bullseye: dict[str, Any]
) -> Iterator[Callable[[Frames], ge.CrystalliteMap]]:
    """Maps frames (ny, nx, qy, qx) that lie in a file of their own."""
    folder: Path = tmp_path_factory.mktemp("npy")
    settings = ge.Settings.from_dict({"probe": small_bullseye} | BY_CUT)

    def map_frames(frames: Frames) -> ge.CrystalliteMap:
        path = folder / f"{len(list(folder.iterdir()))}.npy"
        np.save(path, np.ascontiguousarray(frames))
        return ge.map_crystallites(ge.open_scan(path), settings, silent)

    return map_frames


@pytest.fixture(scope="module")
def plain(frames: Frames, mapped: Callable[[Frames], ge.CrystalliteMap]) -> ge.CrystalliteMap:
    return mapped(frames)


def same_regions(first: NDArray[np.integer], second: NDArray[np.integer]) -> bool:
    """Whether two label maps differ in their numbers only."""
    pairs = len(np.unique(np.stack([first.ravel(), second.ravel()]), axis=1).T)
    return pairs == len(np.unique(first)) == len(np.unique(second))


def test_the_scan_of_these_tests_has_crystallites_to_confuse(plain: ge.CrystalliteMap) -> None:
    assert 5 < plain.labels.max() < 60
    assert len(plain.disks) == 150


def on_larger_detector(frames: Frames, shift: tuple[int, int]) -> Frames:
    """The same patterns moved on a detector that goes on so far that no template at its border touches them."""
    ny, nx, qy, qx = frames.shape
    larger = np.zeros((ny, nx, qy + 40, qx + 40), frames.dtype)
    larger[:, :, 20 + shift[0] : 20 + shift[0] + qy, 20 + shift[1] : 20 + shift[1] + qx] = frames
    return larger


@pytest.mark.parametrize("shift", [(3, 0), (0, -4), (2, 3)])
def test_patterns_moved_by_whole_pixels_move_the_beam_and_the_disks_and_leave_the_labels(
    shift: tuple[int, int],
    frames: Frames,
    mapped: Callable[[Frames], ge.CrystalliteMap],
) -> None:
    still, result = mapped(on_larger_detector(frames, (0, 0))), mapped(on_larger_detector(frames, shift))
    np.testing.assert_allclose(np.subtract(result.beam.position, still.beam.position), shift, atol=1e-3)
    np.testing.assert_array_equal(result.disks.positions, still.disks.positions + shift)
    np.testing.assert_array_equal(result.labels, still.labels)
    assert still.labels.max() > 5


def test_twice_the_counts_leave_the_labels(
    frames: Frames, plain: ge.CrystalliteMap, mapped: Callable[[Frames], ge.CrystalliteMap]
) -> None:
    doubled = mapped(2 * frames)
    np.testing.assert_allclose(doubled.statistics.std, 2 * plain.statistics.std, rtol=1e-6)
    np.testing.assert_array_equal(doubled.labels, plain.labels)


@pytest.mark.parametrize(
    "order",
    [
        lambda scan: np.swapaxes(scan, 0, 1),
        lambda scan: scan[::-1],
        lambda scan: scan[:, ::-1],
        lambda scan: np.swapaxes(scan, 0, 1)[::-1],
    ],
    ids=["transposed", "upside down", "right to left", "turned"],
)
def test_a_scan_seen_in_another_order_has_its_labels_in_that_order(
    order: Callable[[NDArray[np.generic]], NDArray[np.generic]],
    frames: Frames,
    plain: ge.CrystalliteMap,
    mapped: Callable[[Frames], ge.CrystalliteMap],
) -> None:
    result = mapped(order(frames))
    assert same_regions(result.labels, order(plain.labels))
    assert result.labels[0, 0] == 1, "numbered anew in the scan's order"
    np.testing.assert_allclose(result.statistics.total_counts, order(plain.statistics.total_counts))


def test_the_same_scan_gives_the_same_map_again(
    frames: Frames, plain: ge.CrystalliteMap, mapped: Callable[[Frames], ge.CrystalliteMap]
) -> None:
    again = mapped(frames)
    np.testing.assert_array_equal(again.labels, plain.labels)
    assert again.dark_fields.tobytes() == plain.dark_fields.tobytes()
    assert again.dendrogram.heights.tobytes() == plain.dendrogram.heights.tobytes()
