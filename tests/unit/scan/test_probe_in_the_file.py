"""The image of the probe that a file may hold beside its scan."""

from pathlib import Path

import h5py
import numpy as np
import pytest
from numpy.typing import NDArray

import graineye as ge

Frames = NDArray[np.uint16]


@pytest.fixture
def probe() -> NDArray[np.float32]:
    """A bright spot off the centre of a frame of 32 x 40 px."""
    y, x = np.mgrid[:32, :40]
    return np.asarray(1000.0 * (np.hypot(y - 14, x - 21) < 5) + y + 100 * x, np.float32)


def write(path: Path, frames: Frames, image: NDArray[np.generic], name: str) -> Path:
    with h5py.File(path, "w") as file:
        file["4DSTEM_experiment/data/datacubes/polyAu/data"] = frames
        file[f"4DSTEM_experiment/data/diffractionslices/{name}/data"] = image
    return path


def test_the_probe_is_found_beside_the_scan_and_is_not_taken_for_it(
    frames: Frames, probe: NDArray[np.float32], tmp_path: Path
) -> None:
    scan = ge.open_scan(write(tmp_path / "a.h5", frames, probe, "bullseyeProbe"))
    assert scan.shape == (6, 5, 32, 40)
    assert scan.probe is not None
    np.testing.assert_array_equal(scan.probe, probe)


@pytest.mark.parametrize("counted_last", [True, False])
def test_of_several_probe_images_the_first_is_taken(
    counted_last: bool, frames: Frames, probe: NDArray[np.float32], tmp_path: Path
) -> None:
    images = np.stack([probe, probe[::-1], probe[:, ::-1]])
    stored = np.moveaxis(images, 0, -1) if counted_last else images
    scan = ge.open_scan(write(tmp_path / "a.h5", frames, stored, "PROBE"))
    assert scan.probe is not None
    np.testing.assert_array_equal(scan.probe, probe)


def test_an_image_of_another_name_is_no_probe(frames: Frames, probe: NDArray[np.float32], tmp_path: Path) -> None:
    assert ge.open_scan(write(tmp_path / "a.h5", frames, probe, "average")).probe is None


def test_a_probe_of_another_frame_shape_is_not_this_cameras(
    frames: Frames, probe: NDArray[np.float32], tmp_path: Path
) -> None:
    assert ge.open_scan(write(tmp_path / "a.h5", frames, probe.T, "probe")).probe is None


@pytest.mark.parametrize("value", [0.0, 7.0, np.nan])
def test_an_image_that_shows_nothing_is_no_probe(value: float, frames: Frames, tmp_path: Path) -> None:
    empty = np.full((32, 40), value, np.float32)
    assert ge.open_scan(write(tmp_path / "a.h5", frames, empty, "probe")).probe is None


def test_virtual_images_beside_the_scan_are_not_taken_for_it(frames: Frames, tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["images/bright_field"] = frames.mean(axis=(2, 3))
        file["images/stack"] = frames[:, :, :3, :2]
        file["images/sum"] = frames.sum(axis=(0, 1))
        file["scan/frames"] = frames
        file["table"] = np.arange(12.0)
    scan = ge.open_scan(tmp_path / "a.h5")
    assert scan.dataset_path == "/scan/frames"
    np.testing.assert_array_equal(scan.frame(5, 1), frames[5, 1])
