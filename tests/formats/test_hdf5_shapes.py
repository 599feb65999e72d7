"""An HDF5 dataset of a shape smaller than it was made for says so; one smaller than what is stored is refused."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from numpy.typing import NDArray

import graineye as ge
from graineye.errors import ScanError

Frames = NDArray[np.uint16]
Refused = Callable[..., object]
Holds = Callable[[ge.Scan, NDArray[np.generic]], None]
CHUNKS = {"chunks": (2, 5, 16, 40)}


def rows_lost(path: Path, rows: int) -> None:
    """Let the dataspace of 6 x 5 x 32 x 40 speak of fewer rows, as a few flipped bits do."""
    content = path.read_bytes()
    stated = np.array([6, 5, 32, 40], "<u8").tobytes()
    assert stated in content
    path.write_bytes(content.replace(stated, rows.to_bytes(8, "little") + stated[8:], 1))


@pytest.mark.parametrize(
    "how",
    [
        {},
        CHUNKS,
        CHUNKS | {"compression": "gzip"},
        {"maxshape": (6, None, 32, 40)},
        {"maxshape": (None,) * 4},
    ],
)
def test_a_sound_shape_has_no_note(how: dict[str, Any], frames: Frames, save_hdf5: Callable[..., Path]) -> None:
    assert ge.open_scan(save_hdf5(frames, **how)).notes == ()


def test_a_dataset_that_was_made_smaller_has_no_note(
    frames: Frames, save_hdf5: Callable[..., Path], holds: Holds
) -> None:
    path = save_hdf5(frames, maxshape=(None, None, 32, 40), **CHUNKS)
    with h5py.File(path, "a") as file:
        file["scan/frames"].resize((3, 5, 32, 40))
    scan = ge.open_scan(path)
    assert scan.notes == ()
    holds(scan, frames[:3])


def test_a_recording_that_was_to_become_larger_is_told(
    frames: Frames, save_hdf5: Callable[..., Path], holds: Holds
) -> None:
    scan = ge.open_scan(save_hdf5(frames, maxshape=(8, None, 32, 40), **CHUNKS))
    assert scan.notes == (
        "the shape is (6, 5, 32, 40), of at most (8, 5, 32, 40): was the recording stopped, or is the file damaged?",
    )
    holds(scan, frames)


def test_chunks_beyond_a_damaged_shape_are_refused(
    frames: Frames, save_hdf5: Callable[..., Path], refused: Refused
) -> None:
    path = save_hdf5(frames, maxshape=(None, 5, 32, 40), **CHUNKS)
    rows_lost(path, 3)
    with refused(ScanError, path, "(3, 5, 32, 40)", "is the file whole?"):
        ge.open_scan(path)


def test_bytes_beyond_a_damaged_shape_are_refused(
    frames: Frames, save_hdf5: Callable[..., Path], refused: Refused
) -> None:
    path = save_hdf5(frames)
    rows_lost(path, 4)
    with refused(ScanError, path, "(4, 5, 32, 40)", "is the file whole?"):
        ge.open_scan(path)


def test_a_damaged_shape_within_the_same_chunks_is_told(
    frames: Frames, save_hdf5: Callable[..., Path], holds: Holds
) -> None:
    path = save_hdf5(frames, **CHUNKS)
    rows_lost(path, 5)
    scan = ge.open_scan(path)
    assert [note for note in scan.notes if "(5, 5, 32, 40), of at most (6, 5, 32, 40)" in note]
    holds(scan, frames[:5])
