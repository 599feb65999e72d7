"""Shapes and number types that no scan has: each is refused in one line that says what it is."""

from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest
from numpy.typing import NDArray

import graineye as ge
from graineye.errors import NoScanFound, ScanError
from graineye.scan.formats import npy

Frames = NDArray[np.uint16]
SaveHDF5 = Callable[..., Path]
Refused = Callable[..., object]

ODD_TYPES = {
    "complex numbers": np.dtype("c8"),
    "compound records": np.dtype([("a", "u2"), ("b", "f4")]),
    "text": np.dtype("S4"),
    "text or objects": h5py.string_dtype(),
}


@pytest.mark.parametrize("what", ODD_TYPES)
def test_a_dataset_of_other_things_than_real_numbers_is_refused(what: str, tmp_path: Path, refused: Refused) -> None:
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        file.create_dataset("x", (6, 5, 32, 40), ODD_TYPES[what])
    with refused(NoScanFound, path, "/x (6, 5, 32, 40)", what, "real numbers"):
        ge.open_scan(path)
    with refused(ScanError, path, "x holds", what, "--ds-path"):
        ge.open_scan(path, ds_path="x")


def test_objects_of_any_length_are_refused(tmp_path: Path, refused: Refused) -> None:
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        file.create_dataset("x", (6, 5, 32, 40), h5py.vlen_dtype(np.int32))
    with refused(NoScanFound, path, "/x (6, 5, 32, 40)", "objects"):
        ge.open_scan(path)


def test_a_single_image_is_refused(frames: Frames, save_hdf5: SaveHDF5, refused: Refused) -> None:
    path = save_hdf5(frames[0, 0])
    with refused(NoScanFound, path, "/scan/frames (32, 40)", "right file"):
        ge.open_scan(path)
    with refused(ScanError, path, "scan/frames", "(32, 40)", "four axes (y, x, qy, qx)"):
        ge.open_scan(path, ds_path="scan/frames")


def test_a_scan_without_frames_is_refused(frames: Frames, save_hdf5: SaveHDF5, refused: Refused) -> None:
    path = save_hdf5(frames[:0])
    with refused(NoScanFound, path, "(0, 5, 32, 40)", "holds nothing"):
        ge.open_scan(path)
    with refused(ScanError, path, "(0, 5, 32, 40)", "holds nothing"):
        ge.open_scan(path, ds_path="scan/frames")


def test_frames_too_small_for_a_disk_are_refused(frames: Frames, save_hdf5: SaveHDF5, refused: Refused) -> None:
    path = save_hdf5(frames[..., :3, :3])
    with refused(NoScanFound, path, "(6, 5, 3, 3)", "less than 4 px"):
        ge.open_scan(path)


def test_a_scan_that_was_never_written_is_refused(tmp_path: Path, refused: Refused) -> None:
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        file.create_dataset("x", (6, 5, 32, 40), "u2")
    with refused(ScanError, path, "/x", "never written"):
        ge.open_scan(path)


@pytest.mark.parametrize(
    ("shape", "pieces"),
    [
        ((32, 40), ("(32, 40)", "four axes", "--nav-shape")),
        ((30, 32, 40), ("(30, 32, 40)", "four axes", "--nav-shape")),
        ((2, 3, 5, 32, 40), ("(2, 3, 5, 32, 40)", "four axes", "--nav-shape")),
        ((0, 5, 32, 40), ("(0, 5, 32, 40)", "holds nothing")),
    ],
)
def test_an_npy_file_of_another_shape_is_refused(
    shape: tuple[int, ...], pieces: tuple[str, ...], tmp_path: Path, refused: Refused
) -> None:
    np.save(tmp_path / "a.npy", np.zeros(shape, np.uint16))
    with refused(ScanError, tmp_path / "a.npy", *pieces):
        ge.open_scan(tmp_path / "a.npy")


def test_an_npy_stack_that_does_not_fit_is_refused(frames: Frames, tmp_path: Path, refused: Refused) -> None:
    np.save(tmp_path / "a.npy", frames.reshape(30, 32, 40))
    with refused(ScanError, tmp_path / "a.npy", "30 frames", "--nav-shape 6,6"):
        ge.open_scan(tmp_path / "a.npy", nav_shape=(6, 6))


@pytest.mark.parametrize("dtype", ["complex64", "S4", "U4", "float16", [("a", "u2")], "datetime64[s]"])
def test_an_npy_file_of_other_things_than_real_numbers_is_refused(
    dtype: object, tmp_path: Path, refused: Refused
) -> None:
    np.save(tmp_path / "a.npy", np.zeros((6, 5, 8, 9), dtype))
    with refused(ScanError, tmp_path / "a.npy", "holds", "whole numbers", "numpy"):
        ge.open_scan(tmp_path / "a.npy")


def test_a_large_npy_file_in_fortran_order_is_refused(
    frames: Frames, tmp_path: Path, refused: Refused, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(npy, "LARGEST_REVERSED", frames.nbytes - 1)
    np.save(tmp_path / "a.npy", np.asfortranarray(frames))
    with refused(ScanError, tmp_path / "a.npy", "Fortran", "numpy.ascontiguousarray"):
        ge.open_scan(tmp_path / "a.npy")


class Trap:
    """Leaves a file behind when it is unpickled."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[object, ...]:
        return Path.touch, (self.mark,)


def test_an_npy_file_of_python_objects_is_refused_and_never_unpickled(tmp_path: Path, refused: Refused) -> None:
    objects = np.empty((1, 1, 4, 4), object)
    objects[...] = Trap(tmp_path / "sprung")
    np.save(tmp_path / "a.npy", objects, allow_pickle=True)
    with refused(ScanError, tmp_path / "a.npy", "Python objects", "numpy"):
        ge.open_scan(tmp_path / "a.npy")
    assert not (tmp_path / "sprung").exists()
    np.load(tmp_path / "a.npy", allow_pickle=True)
    assert (tmp_path / "sprung").exists(), "the trap works where objects are unpickled"
