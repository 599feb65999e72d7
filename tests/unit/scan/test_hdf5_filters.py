"""What is looked at before HDF5 decodes a chunk: sound files pass, wrong sizes are named."""

import struct
from pathlib import Path
from typing import Any

import h5py
import hdf5plugin
import numpy as np
import pytest

from graineye.scan.hdf5_filters import what_cannot_be

HOW: dict[str, dict[str, Any]] = {
    "plain": {},
    "gzip": {"compression": "gzip"},
    "shuffle": {"compression": "gzip", "shuffle": True, "fletcher32": True},
    "checksum": {"fletcher32": True},
    "lzf": {"compression": "lzf"},
    "bitshuffle": hdf5plugin.Bitshuffle(cname="none"),
    "bitshuffle lz4": hdf5plugin.Bitshuffle(),
    "bitshuffle zstd": hdf5plugin.Bitshuffle(cname="zstd"),
    "blocks": hdf5plugin.Bitshuffle(nelems=64),
    "lz4": hdf5plugin.LZ4(),
    "blosc": hdf5plugin.Blosc(),
}


@pytest.mark.parametrize("dtype", ["u1", "<u2", ">u2", "f4", "f8"])
@pytest.mark.parametrize("name", HOW)
def test_sound_files_pass(tmp_path: Path, name: str, dtype: str) -> None:
    data = np.random.default_rng(1).poisson(3, (5, 4, 13, 21)).astype(dtype)
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.create_dataset("a", data=data, chunks=(2, 3, 13, 21), **HOW[name])
        file.create_dataset("b", (6, 5, 13, 21), dtype, chunks=(1, 1, 13, 21), **HOW[name])[3, 4] = data[0, 0]
    with h5py.File(tmp_path / "a.h5") as file:
        for dataset in file.values():
            assert what_cannot_be(dataset, (tmp_path / "a.h5").stat().st_size) == ""


def _bitshuffled(tmp_path: Path) -> tuple[Path, int, int]:
    """A file of one chunk, and where that is."""
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        data = np.random.default_rng(2).poisson(2, (1, 1, 64, 64)).astype("u2")
        info = file.create_dataset(
            "a", data=data, chunks=data.shape, **hdf5plugin.Bitshuffle(nelems=512)
        ).id.get_chunk_info(0)
    return path, info.byte_offset, info.size


def test_a_chunk_beyond_the_end_of_the_file_is_named(tmp_path: Path) -> None:
    path, offset, size = _bitshuffled(tmp_path)
    with h5py.File(path) as file:
        assert what_cannot_be(file["a"], offset + size) == ""
        assert what_cannot_be(file["a"], offset + size - 1) == f"a chunk of {size} bytes at byte {offset}"


def test_a_shape_that_was_changed_is_named(tmp_path: Path) -> None:
    """The number of columns stands in the dataspace: 3 of 5 would be taken for all of them."""
    for how in ({}, {"chunks": (1, 1, 16, 16)}):
        path = tmp_path / "a.h5"
        with h5py.File(path, "w") as file:
            file.create_dataset("a", data=np.ones((4, 5, 16, 16), "u2"), **how)
        content, shape = path.read_bytes(), struct.pack("<4Q", 4, 5, 16, 16)
        assert content.count(shape) >= 1
        path.write_bytes(content.replace(shape, struct.pack("<4Q", 4, 3, 16, 16)))
        with h5py.File(path) as file:
            assert file["a"].shape == (4, 3, 16, 16)
            assert "its shape (4, 3, 16, 16)" in what_cannot_be(file["a"], path.stat().st_size)


def test_a_plain_chunk_of_another_size_than_its_shape_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        dataset = file.create_dataset("a", (1, 1, 16, 16), "u2", chunks=(1, 1, 16, 16), compression="gzip")
        dataset.id.write_direct_chunk((0, 0, 0, 0), b"x" * 700, filter_mask=1)
    with h5py.File(path) as file:
        assert "a chunk of 700 bytes" in what_cannot_be(file["a"], path.stat().st_size)
