"""Files that cannot be a scan at all: each is refused in one line with the file, the fact and the remedy."""

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

import graineye as ge
from graineye.errors import ScanError

Frames = NDArray[np.uint16]
SaveHDF5 = Callable[..., Path]
Refused = Callable[..., object]


def test_a_file_that_is_not_there_is_refused(tmp_path: Path, refused: Refused) -> None:
    with refused(ScanError, tmp_path / "gone.h5", "no such file", "check the name"):
        ge.open_scan(tmp_path / "gone.h5")


def test_a_folder_is_refused(tmp_path: Path, refused: Refused) -> None:
    with refused(ScanError, tmp_path, "a folder", "name the scan's file"):
        ge.open_scan(str(tmp_path))


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read every file")
def test_a_file_without_permission_is_refused(frames: Frames, save_hdf5: SaveHDF5, refused: Refused) -> None:
    path = save_hdf5(frames)
    path.chmod(0)
    with refused(ScanError, path, "Permission denied", "permissions"):
        ge.open_scan(path)


@pytest.mark.parametrize("name", ["a.h5", "a.npy", "a.mib", "a"])
def test_an_empty_file_is_refused(name: str, tmp_path: Path, refused: Refused) -> None:
    (tmp_path / name).write_bytes(b"")
    with refused(ScanError, tmp_path / name, "empty", "broken off"):
        ge.open_scan(tmp_path / name)


@pytest.mark.parametrize("page", ["<!DOCTYPE html><html>429</html>", "\n  <HTML><body>Log in</body></HTML>"])
@pytest.mark.parametrize("name", ["a.h5", "a.emd", "a.npy", "a.raw"])
def test_a_web_page_saved_as_a_scan_is_known_for_one(page: str, name: str, tmp_path: Path, refused: Refused) -> None:
    (tmp_path / name).write_text(page)
    with refused(ScanError, tmp_path / name, "a web page", "fetch the file itself"):
        ge.open_scan(tmp_path / name)


def test_a_git_lfs_pointer_is_known_for_one(tmp_path: Path, refused: Refused) -> None:
    (tmp_path / "a.h5").write_text("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n")
    with refused(ScanError, tmp_path / "a.h5", "Git LFS pointer", "git lfs pull"):
        ge.open_scan(tmp_path / "a.h5")


@pytest.mark.parametrize(
    ("name", "kind"), [("a.h5", "HDF5"), ("a.emd", "HDF5"), ("a.HSPY", "HDF5"), ("a.npy", "NumPy")]
)
def test_a_text_under_another_name_is_refused(name: str, kind: str, tmp_path: Path, refused: Refused) -> None:
    (tmp_path / name).write_text("y x intensity\n0 0 17\n" * 40)
    with refused(ScanError, tmp_path / name, f"not a{'n' * (kind == 'HDF5')} {kind} file", "right file"):
        ge.open_scan(tmp_path / name)


@pytest.mark.parametrize("content", [b"y x intensity\n" * 40, bytes(range(256)) * 40])
def test_a_file_of_an_unknown_format_tells_how_raw_numbers_are_opened(
    content: bytes, tmp_path: Path, refused: Refused, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.dat").write_bytes(content)
    with refused(ScanError, tmp_path / "a.dat", "--dtype", "--nav-shape NY,NX", "--sig-shape QY,QX"):
        ge.open_scan(tmp_path / "a.dat")
    assert capfd.readouterr() == ("", ""), "nothing is printed beside the message"


def test_an_hdf5_file_needs_no_suffix_to_be_known(frames: Frames, save_hdf5: SaveHDF5) -> None:
    assert ge.open_scan(save_hdf5(frames, name="scan")).shape == (6, 5, 32, 40)
    assert ge.open_scan(save_hdf5(frames, name="scan.txt")).shape == (6, 5, 32, 40)


@pytest.mark.parametrize("kept", [0.6, 0.01])
@pytest.mark.parametrize("how", [{}, {"chunks": (1, 5, 32, 40), "compression": "gzip"}])
def test_an_hdf5_file_that_was_cut_off_is_refused(
    kept: float, how: dict[str, object], frames: Frames, save_hdf5: SaveHDF5, refused: Refused
) -> None:
    path = save_hdf5(frames, **how)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(kept * len(whole))])
    with refused(ScanError, path, "truncated", "copy it again"):
        ge.open_scan(path)


@pytest.mark.parametrize("kept", [0.6, 0.0005])
def test_an_npy_file_that_was_cut_off_is_refused(kept: float, frames: Frames, tmp_path: Path, refused: Refused) -> None:
    path = tmp_path / "a.npy"
    np.save(path, frames)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(kept * len(whole))])
    with refused(ScanError, path, "NumPy cannot open it", "whole"):
        ge.open_scan(path)
