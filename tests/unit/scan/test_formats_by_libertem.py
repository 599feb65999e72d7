"""Formats that LiberTEM's own readers open; Merlin's mib stands for them."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

import graineye as ge
from graineye.errors import ScanError

Frames = NDArray[np.uint16]
Refused = Callable[..., object]


@pytest.fixture
def merlin(frames: Frames, tmp_path: Path) -> Path:
    """The scan as a Merlin camera writes it: big-endian frames, each behind a text header of 384 bytes."""
    dacs = ",".join(["0.0E+0"] * 8 + ["3RX"] + ["000"] * 28)
    path = tmp_path / "a.mib"
    with path.open("wb") as file:
        for number, frame in enumerate(frames.reshape(30, 32, 40), start=1):
            header = (
                f"MQ1,{number:06d},00384,01,0040,0032,U16,   1x1,01,2026-01-01 00:00:00.000000,0.001000,0,0,0,{dacs},"
                "MQ1A,2026-01-01T00:00:00.000000000Z,1000000ns,12,"
            )
            file.write(header.encode().ljust(384, b"\0") + frame.astype(">u2").tobytes())
    return path


def test_a_merlin_file_is_read_with_its_scan_positions_from_the_user(merlin: Path, frames: Frames) -> None:
    scan = ge.open_scan(merlin, nav_shape="6,5")
    assert (scan.shape, scan.format) == ((6, 5, 32, 40), "Merlin")
    np.testing.assert_array_equal(scan.frame(4, 2), frames[4, 2])
    found = ge.statistics(scan)
    np.testing.assert_array_equal(found.total_counts, frames.sum(axis=(2, 3)))
    np.testing.assert_allclose(found.std, frames.astype(float).std(axis=(0, 1)), rtol=1e-6)


@pytest.mark.parametrize("frames_kept", [20, 29])
def test_a_merlin_file_that_was_cut_off_is_refused_instead_of_ending_in_zeros(
    frames_kept: int, merlin: Path, refused: Refused
) -> None:
    merlin.write_bytes(merlin.read_bytes()[: frames_kept * (384 + 32 * 40 * 2)])
    with refused(ScanError, merlin, f"{30 - frames_kept} of 30 frames are not in the file", "--nav-shape"):
        ge.open_scan(merlin, nav_shape="6,5")
