"""HDF5 files that open, but whose frames are elsewhere, gone or cannot be decoded: never zeros without a word."""

import struct
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest
from numpy.typing import NDArray

import graineye as ge
from graineye.errors import NoScanFound, ScanError

Frames = NDArray[np.uint16]
SaveHDF5 = Callable[..., Path]
Refused = Callable[..., object]


def test_a_contiguous_dataset_whose_end_is_missing_is_refused(
    frames: Frames, save_hdf5: SaveHDF5, refused: Refused
) -> None:
    # The superblock (version 0) says at byte 40 where the file ends: told the new length, HDF5 misses nothing.
    path = save_hdf5(frames)
    whole = path.read_bytes()
    assert struct.unpack("<Q", whole[40:48])[0] == len(whole)
    cut = bytearray(whole[:-5000])
    cut[40:48] = struct.pack("<Q", len(cut))
    path.write_bytes(cut)
    with refused(ScanError, path, "whole"):
        ge.open_scan(path)


@pytest.mark.parametrize("source", ["gone.h5", "there.h5"])
def test_a_virtual_dataset_without_its_source_is_refused(
    source: str, frames: Frames, save_hdf5: SaveHDF5, tmp_path: Path, refused: Refused
) -> None:
    save_hdf5(frames, name="there.h5", path="other/frames")
    layout = h5py.VirtualLayout(frames.shape, frames.dtype)
    layout[:] = h5py.VirtualSource(source, "scan/frames", shape=frames.shape)
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.create_virtual_dataset("frames", layout)
    with refused(
        ScanError,
        tmp_path / "a.h5",
        "/frames",
        f"{source}:scan/frames",
        "missing",
        "that file" if source == "there.h5" else "put that file there",
    ):
        ge.open_scan(tmp_path / "a.h5")


@pytest.mark.parametrize("at", ["scan", "deep/in/groups/scan"])
def test_a_broken_external_link_says_what_it_leads_to(at: str, tmp_path: Path, refused: Refused) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file[at] = h5py.ExternalLink("gone.h5", "/scan/frames")
    with refused(NoScanFound, tmp_path / "a.h5", "gone.h5:/scan/frames", "missing"):
        ge.open_scan(tmp_path / "a.h5")
    with refused(ScanError, tmp_path / "a.h5", at, "gone.h5:/scan/frames", "missing"):
        ge.open_scan(tmp_path / "a.h5", ds_path=at)


def test_a_loop_of_links_is_no_trap(frames: Frames, tmp_path: Path, refused: Refused) -> None:
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        file["a"], file["b"] = h5py.SoftLink("/b"), h5py.SoftLink("/a")
        file.create_group("g")["back"] = file["/"]
    with refused(NoScanFound, path, "without any dataset"):
        ge.open_scan(path)
    with refused(ScanError, path, "'a'", "right file"):
        ge.open_scan(path, ds_path="a")
    with h5py.File(path, "a") as file:
        file["g/frames"] = frames
    assert ge.open_scan(path).dataset_path == "/g/frames"
    with refused(ScanError, path, "'a'", "/g/frames (6, 5, 32, 40)"):
        ge.open_scan(path, ds_path="a")


def test_a_filter_that_is_not_installed_is_named(frames: Frames, tmp_path: Path, refused: Refused) -> None:
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        layout = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        layout.set_chunk((1, 1, 32, 40))
        layout.set_filter(32099, h5py.h5z.FLAG_OPTIONAL, (1,))
        space = h5py.h5s.create_simple(frames.shape)
        stored = h5py.h5d.create(file.id, b"frames", h5py.h5t.NATIVE_UINT16, space, layout)
        for y, x in np.ndindex(6, 5):
            stored.write_direct_chunk((y, x, 0, 0), frames[y, x].tobytes(), filter_mask=0)
    with refused(ScanError, path, "/frames", "filter 32099", "not installed", "install it"):
        ge.open_scan(path)


@pytest.fixture
def corrupt(frames: Frames, save_hdf5: SaveHDF5) -> Path:
    """A scan in gzip chunks of 2 x 2 frames of which the one at scan positions (2, 4) and (3, 4) is damaged."""
    path = save_hdf5(frames, chunks=(2, 2, 32, 40), compression="gzip")
    with h5py.File(path) as file:
        stored = file["scan/frames"].id
        chunks = [stored.get_chunk_info(i) for i in range(stored.get_num_chunks())]
    damaged = next(chunk for chunk in chunks if chunk.chunk_offset == (2, 4, 0, 0))
    content = bytearray(path.read_bytes())
    content[damaged.byte_offset + 50 : damaged.byte_offset + 90] = bytes(40)
    path.write_bytes(content)
    return path


@pytest.mark.usefixtures("small_partitions")
def test_a_chunk_that_does_not_decode_says_which_frames(corrupt: Path, refused: Refused) -> None:
    scan = ge.open_scan(corrupt)
    with refused(ScanError, corrupt, "2 frames do not decode", "(2, 4)", "whole"):
        ge.statistics(scan)
    with refused(ScanError, corrupt, "(3, 4)", "whole"):
        scan.frame(3, 4)


@pytest.mark.usefixtures("small_partitions")
def test_frames_beside_a_damaged_chunk_can_still_be_read(corrupt: Path, frames: Frames) -> None:
    scan = ge.open_scan(corrupt, roi="0:6,0:4")
    np.testing.assert_array_equal(ge.statistics(scan).total_counts, frames[:, :4].sum(axis=(2, 3)))


def test_a_damaged_first_chunk_is_told_at_once(frames: Frames, save_hdf5: SaveHDF5, refused: Refused) -> None:
    path = save_hdf5(frames, chunks=(6, 5, 32, 40), compression="gzip")
    with h5py.File(path) as file:
        chunk = file["scan/frames"].id.get_chunk_info(0)
    content = bytearray(path.read_bytes())
    content[chunk.byte_offset + 50 : chunk.byte_offset + 90] = bytes(40)
    path.write_bytes(content)
    with refused(ScanError, path, "/scan/frames", "cannot be decoded", "whole"):
        ge.open_scan(path)


def test_a_file_that_goes_away_between_two_passes_is_one_line(
    frames: Frames, save_hdf5: SaveHDF5, refused: Refused
) -> None:
    for how in ({}, {"chunks": (1, 5, 32, 40)}):
        path = save_hdf5(frames, **how)
        scan = ge.open_scan(path)
        path.unlink()
        with refused(ScanError, path, "cannot be read"):
            ge.statistics(scan)
        with refused(ScanError, path, "cannot be read"):
            ge.region_means(scan, np.ones((6, 5), np.int32))
