"""Chunks of bitshuffle and LZ4 are looked through before the HDF5 filter, which a damaged one would make end the process."""

import struct
from collections.abc import Callable
from pathlib import Path

import h5py
import hdf5plugin
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

import graineye as ge
from graineye.errors import ScanError
from graineye.scan.bitshuffle import check_chunk

Frames = NDArray[np.uint16]
Refused = Callable[..., object]
ITEM = 2


def unpacked(data: bytes) -> int | None:
    """Bytes that LZ4 data unpack to, by a plain decoder; None if they are no LZ4."""
    made, place = bytearray(), 0
    try:
        while True:
            token, place = data[place], place + 1
            lengths = []
            for first in (token >> 4, token & 15):
                length = first
                while first == 15:
                    more, place = data[place], place + 1
                    length += more
                    if more != 255:
                        break
                lengths.append(length)
                if len(lengths) == 1:
                    if place + length > len(data):
                        return None
                    made += data[place : place + length]
                    place += length
                    if place == len(data):
                        return len(made)
                    back, place = struct.unpack_from("<H", data, place)[0], place + 2
                    if not 0 < back <= len(made):
                        return None
            for _ in range(lengths[1] + 4):
                made.append(made[-back])
    except (IndexError, struct.error):
        return None


def accepted(raw: bytes, declared: int) -> bool:
    try:
        check_chunk(raw, (0, 4, ITEM, 0, 2), declared, ITEM)
    except OSError:
        return False
    return True


def chunk_of(values: NDArray[np.generic], folder: Path) -> bytes:
    """A chunk as the filter itself packs it."""
    with h5py.File(folder / "chunk.h5", "w") as file:
        made = file.create_dataset("x", data=values, chunks=values.shape, **hdf5plugin.Bitshuffle(cname="lz4"))
        _, raw = made.id.read_direct_chunk((0,) * values.ndim)
    return bytes(raw)


@pytest.mark.parametrize("count", [8, 100, 1000, 4096, 4100, 12_345, 50_003])
@pytest.mark.parametrize("largest", [1, 40, 65535])
def test_sound_chunks_of_any_size_pass(count: int, largest: int, tmp_path: Path) -> None:
    values = np.random.default_rng(count).integers(0, largest + 1, count).astype(np.uint16)
    assert accepted(chunk_of(values, tmp_path), values.nbytes)
    assert not accepted(chunk_of(values, tmp_path), values.nbytes + 2)


@pytest.fixture(scope="module")
def block(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The only block of a packed chunk of 640 numbers."""
    values = np.random.default_rng(8).poisson(3, 640).astype(np.uint16)
    raw = chunk_of(values, tmp_path_factory.mktemp("block"))
    assert struct.unpack_from(">QII", raw) == (1280, 8192, len(raw) - 16)
    return raw[16:]


@settings(max_examples=300, deadline=None)
@given(damage=st.lists(st.tuples(st.integers(0, 400), st.integers(0, 255)), max_size=4), kept=st.integers(0, 20))
def test_a_damaged_block_passes_only_if_it_unpacks_to_its_size(
    damage: list[tuple[int, int]], kept: int, block: bytes
) -> None:
    broken = bytearray(block)
    for place, value in damage:
        broken[place % len(broken)] = value
    data = bytes(broken[: len(broken) - kept] if kept > 15 else broken)
    raw = struct.pack(">QII", 1280, 8192, len(data)) + data
    assert accepted(raw, 1280) == (unpacked(data) == 1280)


@pytest.mark.parametrize("head", [(2**40, 8192), (1280, 0x7FFFFF00), (1280, 24), (0, 8192)])
def test_a_header_that_asks_for_more_than_the_shape_is_refused(head: tuple[int, int], block: bytes) -> None:
    assert not accepted(struct.pack(">QII", *head, len(block)) + block, 1280)
    assert not accepted(struct.pack(">QII", 1280, 8192, len(block) + 1) + block, 1280)
    assert not accepted(b"\0" * 11, 1280)


@pytest.mark.usefixtures("small_partitions")
def test_a_scan_with_a_damaged_chunk_says_which_frame_it_is(frames: Frames, tmp_path: Path, refused: Refused) -> None:
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        made = file.create_dataset("x", data=frames, chunks=(1, 1, 32, 40), **hdf5plugin.Bitshuffle(cname="lz4"))
        info = made.id.get_chunk_info_by_coord((3, 2, 0, 0))
    content = bytearray(path.read_bytes())
    content[info.byte_offset : info.byte_offset + 8] = struct.pack(">Q", 2**30)
    path.write_bytes(content)
    scan = ge.open_scan(path)
    with refused(ScanError, path, "1 frames do not decode", "(3, 2)", "whole"):
        ge.statistics(scan)
    np.testing.assert_array_equal(scan.frame(3, 3), frames[3, 3])
