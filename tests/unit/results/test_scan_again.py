"""A result knows how its scan was read, and reads the same frames again."""

from pathlib import Path

import numpy as np
import pytest

import graineye as ge
from graineye.mean_patterns import mean_patterns, scan_of
from graineye.progress import silent


@pytest.fixture
def frames(tmp_path: Path) -> np.ndarray:
    """A simulated scan's frames, (6, 5, 96, 96)."""
    made = ge.simulate_scan(tmp_path / "made.h5", ge.SimulationOptions(scan="6x5", detector=96, dead=0, hot=0), silent)
    scan = ge.open_scan(made.path)
    return np.array([[scan.frame(y, x) for x in range(5)] for y in range(6)])


def test_a_raw_scan_with_references_and_a_region_is_read_as_before(tmp_path: Path, frames: np.ndarray) -> None:
    frames.tofile(tmp_path / "scan.raw")
    np.save(tmp_path / "dark.npy", np.full((96, 96), 0.5, np.float32))
    scan = ge.open_scan(
        tmp_path / "scan.raw",
        dtype="uint16",
        nav_shape=(6, 5),
        sig_shape=(96, 96),
        dark=str(tmp_path / "dark.npy"),
        bin=2,
        flyback=1,
        roi="1:6,0:4",
    )
    settings = ge.Settings.from_dict({"probe": {"source": "disk", "ring-outer": 5.5, "excluded-radius": 8}})
    result = ge.map_crystallites(scan, settings, silent)
    loaded = ge.load_result(result.save(tmp_path / "result.emd"))
    again = scan_of(loaded)
    assert again.shape == (5, 4, 48, 48)
    binned = (frames[3, 2].astype(np.float64) - 0.5).reshape(48, 2, 48, 2).sum(axis=(1, 3))
    np.testing.assert_allclose(again.frame(2, 2), binned, rtol=1e-6)
    patterns = mean_patterns(loaded.cut(count=2), silent)
    assert patterns.shape == (2, 48, 48)
