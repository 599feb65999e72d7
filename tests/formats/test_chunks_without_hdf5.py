"""Chunks that graineye decodes itself hold the frames that HDF5 reads from them, whatever their shape and filters."""

import contextlib
import itertools
import pickle
import threading
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import hdf5plugin
import numpy as np
import pytest
from libertem.udf.raw import PickUDF
from numpy.typing import NDArray

import graineye as ge
from graineye.errors import ScanError
from graineye.scan.chunk_codecs import Pipeline, pipeline_of
from graineye.scan.chunked_frames import ChunkedHDF5
from graineye.scan.partitions import PARTITION_BYTES, pieces_of
from graineye.scan.sources import SourceDataSet

Frames = NDArray[np.uint16]
SaveHDF5 = Callable[..., Path]
Refused = Callable[..., Any]

FILTERS: dict[str, dict[str, Any]] = {
    "none": {},
    "gzip": {"compression": "gzip"},
    "gzip, shuffled": {"compression": "gzip", "shuffle": True},
    "gzip, shuffled, with checksums": {"compression": "gzip", "shuffle": True, "fletcher32": True},
    "shuffled": {"shuffle": True},
    "checksums": {"fletcher32": True},
    "lzf": {"compression": "lzf", "shuffle": True},
    "lz4": dict(hdf5plugin.LZ4(nbytes=2048)),
    "zstd": dict(hdf5plugin.Zstd()),
    "bitshuffle": dict(hdf5plugin.Bitshuffle(cname="none")),
    "bitshuffle-LZ4": dict(hdf5plugin.Bitshuffle(cname="lz4")),
    "bitshuffle-LZ4 in small blocks": dict(hdf5plugin.Bitshuffle(cname="lz4", nelems=64)),
    "bitshuffle-zstd": dict(hdf5plugin.Bitshuffle(cname="zstd")),
    "bitshuffle-LZ4 with checksums": {**hdf5plugin.Bitshuffle(cname="lz4"), "fletcher32": True},
}
SHAPES = [(1, 1, 32, 40), (1, 5, 32, 40), (2, 3, 32, 40), (4, 3, 20, 13), (6, 5, 1, 40), (1, 1, 8, 40), (6, 5, 32, 40)]


def by_hdf5(path: Path) -> NDArray[Any]:
    with h5py.File(path) as file:
        return np.asarray(file["scan/frames"][:])


def every_frame(scan: ge.Scan, chosen: NDArray[np.bool_] | None = None) -> NDArray[Any]:
    """All frames, or those that are chosen, in the order of scan positions."""
    chosen = np.ones(scan.scan_shape, bool) if chosen is None else chosen
    return np.asarray(scan.context.run_udf(dataset=scan.dataset, udf=PickUDF(), roi=chosen)["intensity"].data)


@pytest.mark.usefixtures("small_partitions")
@pytest.mark.parametrize("chunks", SHAPES)
@pytest.mark.parametrize("name", FILTERS)
def test_every_frame_is_that_which_hdf5_reads(
    name: str, chunks: tuple[int, ...], frames: Frames, save_hdf5: SaveHDF5
) -> None:
    path = save_hdf5(frames, chunks=chunks, **FILTERS[name])
    np.testing.assert_array_equal(by_hdf5(path), frames)
    scan = ge.open_scan(path)
    np.testing.assert_array_equal(every_frame(scan), frames.reshape(30, 32, 40))
    some = np.zeros((6, 5), bool)
    some[1, 3] = some[4, :2] = some[5, 4] = True
    np.testing.assert_array_equal(every_frame(scan, some), frames[some])


@pytest.mark.parametrize("dtype", ["u1", "i2", ">u2", "u4", ">i4", "f2", "f4", ">f8", "u8", "?"])
@pytest.mark.parametrize("name", ["none", "gzip, shuffled, with checksums", "bitshuffle-LZ4", "bitshuffle"])
def test_numbers_of_every_type_are_those_that_hdf5_reads(
    name: str, dtype: str, frames: Frames, save_hdf5: SaveHDF5
) -> None:
    values = (frames % 200).astype(dtype) if dtype != "?" else frames > 25
    scan = ge.open_scan(save_hdf5(values, chunks=(2, 3, 16, 40), **FILTERS[name]))
    assert isinstance(scan.dataset, ChunkedHDF5)
    assert scan.dtype == np.dtype(dtype)
    np.testing.assert_array_equal(every_frame(scan), values.reshape(30, 32, 40))


@pytest.mark.parametrize("largest", [1, 300, 65535])
def test_blocks_that_do_not_get_smaller_are_unpacked_too(largest: int, save_hdf5: SaveHDF5) -> None:
    values = np.random.default_rng(largest).integers(0, largest, (3, 4, 51, 53), endpoint=True).astype(np.uint16)
    for number, packing in enumerate(("lz4", "zstd")):
        how = dict(hdf5plugin.Bitshuffle(cname=packing))
        scan = ge.open_scan(save_hdf5(values, name=f"{number}.h5", chunks=(1, 1, 51, 53), **how))
        np.testing.assert_array_equal(every_frame(scan), values.reshape(12, 51, 53))


@pytest.mark.usefixtures("small_partitions")
@pytest.mark.parametrize("stored", [(30, 32, 40), (1, 6, 5, 32, 40), (2, 15, 32, 40), (6, 1, 5, 32, 40)])
def test_frames_of_any_number_of_axes_are_counted_on(
    stored: tuple[int, ...], frames: Frames, save_hdf5: SaveHDF5
) -> None:
    for number, first in enumerate((1, 2)):
        chunks = (*(min(first, length) for length in stored[:-2]), 32, 20)
        path = save_hdf5(frames.reshape(stored), name=f"{number}.h5", chunks=chunks, compression="gzip")
        scan = ge.open_scan(path, nav_shape="6,5")
        np.testing.assert_array_equal(every_frame(scan), frames.reshape(30, 32, 40))


@pytest.mark.usefixtures("small_partitions")
@pytest.mark.parametrize("chunks", [(1, 1, 32, 40), (2, 2, 16, 40), (6, 5, 8, 8)])
def test_chunks_that_were_never_written_hold_the_fill_value(
    chunks: tuple[int, ...], frames: Frames, tmp_path: Path
) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        made = file.create_dataset("scan/frames", frames.shape, "u2", chunks=chunks, compression="gzip", fillvalue=7)
        made[2, 3] = frames[2, 3]
        made[4:, :2] = frames[4:, :2]
    found = every_frame(ge.open_scan(tmp_path / "a.h5"))
    np.testing.assert_array_equal(found, by_hdf5(tmp_path / "a.h5").reshape(30, 32, 40))
    assert (found == 7).any() or chunks == (6, 5, 8, 8)


def test_a_chunk_to_which_a_filter_was_not_applied_is_taken_as_it_is(frames: Frames, tmp_path: Path) -> None:
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        how: dict[str, Any] = {"chunks": (1, 5, 32, 40), "shuffle": True, "compression": "gzip"}
        made = file.create_dataset("scan/frames", data=frames, **how)
        sorted_bytes = frames[2].ravel().view("u1").reshape(-1, 2).T.tobytes()
        made.id.write_direct_chunk((1, 0, 0, 0), zlib.compress(frames[1].tobytes()), filter_mask=0b01)
        made.id.write_direct_chunk((2, 0, 0, 0), sorted_bytes, filter_mask=0b10)
        made.id.write_direct_chunk((3, 0, 0, 0), frames[3].tobytes(), filter_mask=0b11)
    np.testing.assert_array_equal(every_frame(ge.open_scan(path)), frames.reshape(30, 32, 40))


@pytest.mark.usefixtures("small_partitions")
@pytest.mark.parametrize("chunks", SHAPES[:-1])
def test_a_pass_decodes_each_chunk_once(
    chunks: tuple[int, ...], frames: Frames, save_hdf5: SaveHDF5, monkeypatch: pytest.MonkeyPatch
) -> None:
    scan = ge.open_scan(save_hdf5(frames, chunks=chunks, compression="gzip"))
    right, lock, decoded = Pipeline.decode, threading.Lock(), []

    def counted(self: Pipeline, data: NDArray[np.uint8], skipped: int, out: NDArray[np.uint8]) -> None:
        with lock:
            decoded.append(len(out))
        right(self, data, skipped, out)

    monkeypatch.setattr(Pipeline, "decode", counted)
    np.testing.assert_array_equal(every_frame(scan), frames.reshape(30, 32, 40))
    times = 1 if chunks[0] <= 2 else -(-6 // 2)  # a piece has no more than two rows here
    written = int(np.prod([-(-length // chunk) for length, chunk in zip(frames.shape, chunks, strict=True)]))
    assert written <= len(decoded) <= times * written


def test_frames_that_are_not_asked_for_are_not_decoded(
    frames: Frames, save_hdf5: SaveHDF5, monkeypatch: pytest.MonkeyPatch
) -> None:
    scan = ge.open_scan(save_hdf5(frames, chunks=(2, 2, 32, 40), compression="gzip"))
    right, decoded = Pipeline.decode, []

    def counted(self: Pipeline, *words: Any) -> None:
        decoded.append(words)
        right(self, *words)

    monkeypatch.setattr(Pipeline, "decode", counted)
    np.testing.assert_array_equal(scan.frame(3, 4), frames[3, 4])
    assert len(decoded) == 1


@pytest.mark.usefixtures("small_partitions")
def test_partitions_can_be_sent_to_other_machines(frames: Frames, save_hdf5: SaveHDF5) -> None:
    scan = ge.open_scan(save_hdf5(frames, chunks=(2, 2, 32, 20), compression="gzip", shuffle=True))
    sent = [pickle.dumps(part) for part in scan.dataset.get_partitions()]
    assert len(sent) > 1
    read = [pickle.loads(part).load(None) for part in sent]  # noqa: S301  # made above
    np.testing.assert_array_equal(np.concatenate(read), frames.reshape(30, 32, 40))


def test_a_user_block_before_the_hdf5_data_shifts_no_chunk(frames: Frames, tmp_path: Path) -> None:
    for name, how in (("a.h5", {}), ("b.h5", {"compression": "gzip"})):
        with h5py.File(tmp_path / name, "w", userblock_size=1024) as file:
            file.create_dataset("scan/frames", data=frames, chunks=(1, 5, 32, 40), **how)
        np.testing.assert_array_equal(every_frame(ge.open_scan(tmp_path / name)), frames.reshape(30, 32, 40))


@pytest.mark.parametrize("chunks", [None, (1, 5, 32, 40)])
def test_numbers_of_fewer_bits_than_they_take_are_left_to_hdf5(
    chunks: tuple[int, ...] | None, frames: Frames, tmp_path: Path
) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        kind = h5py.h5t.NATIVE_UINT16.copy()
        kind.set_precision(12)
        kind.set_offset(4)
        layout = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        if chunks:
            layout.set_chunk(chunks)
        space = h5py.h5s.create_simple(frames.shape)
        h5py.Dataset(h5py.h5d.create(file.id, b"frames", kind, space, layout))[:] = frames
    scan = ge.open_scan(tmp_path / "a.h5")
    assert isinstance(scan.dataset, SourceDataSet)
    np.testing.assert_array_equal(every_frame(scan), frames.reshape(30, 32, 40))


@pytest.mark.usefixtures("small_partitions")
@pytest.mark.parametrize("name", [name for name in FILTERS if name not in ("none", "shuffled", "bitshuffle")])
def test_a_damaged_chunk_is_named_and_those_beside_it_can_be_read(
    name: str, frames: Frames, save_hdf5: SaveHDF5, refused: Refused
) -> None:
    """Every twentieth byte is another one."""
    path = save_hdf5(frames, chunks=(1, 2, 32, 40), **FILTERS[name])
    with h5py.File(path) as file:
        chunk = file["scan/frames"].id.get_chunk_info_by_coord((3, 2, 0, 0))
    content = bytearray(path.read_bytes())
    for place in range(chunk.byte_offset, chunk.byte_offset + chunk.size, 20):
        content[place] ^= 0x5A
    path.write_bytes(content)
    scan = ge.open_scan(path)
    with refused(ScanError, path, "2 frames do not decode, the first at (3, 2)", "whole"):
        ge.statistics(scan)
    beside = np.ones((6, 5), bool)
    beside[3, 2:4] = False
    np.testing.assert_array_equal(every_frame(scan, beside), frames[beside])


def test_a_file_that_was_cut_off_since_it_was_opened_is_refused(
    frames: Frames, save_hdf5: SaveHDF5, refused: Refused
) -> None:
    for name in ("none", "gzip"):
        path = save_hdf5(frames, name=f"{name}.h5", chunks=(1, 4, 32, 40), **FILTERS[name])
        scan = ge.open_scan(path)
        path.write_bytes(path.read_bytes()[:6000])
        with refused(ScanError, path, "the file ends within a chunk"):
            ge.statistics(scan)


@pytest.mark.parametrize("name", [name for name in FILTERS if name != "none"])
def test_codecs_bear_whatever_a_chunk_holds(name: str, frames: Frames, save_hdf5: SaveHDF5) -> None:
    """They give numbers or say that it does not decode, and write nothing beyond the chunk."""
    with h5py.File(save_hdf5(frames[:1, :1], chunks=(1, 1, 32, 40), **FILTERS[name])) as file:
        pipeline = pipeline_of(file["scan/frames"])
        _, sound = file["scan/frames"].id.read_direct_chunk((0, 0, 0, 0))
    assert pipeline is not None
    chance = np.random.default_rng(3)
    out, size = np.full(32 * 40 * 2 + 64, 77, np.uint8), 32 * 40 * 2
    for _ in range(400):
        raw = np.frombuffer(sound, np.uint8).copy()
        for place in chance.integers(0, len(raw) if chance.random() < 0.5 else 24, chance.integers(1, 5)):
            raw[place] = chance.choice([0, 1, 127, 128, 255, chance.integers(256)])
        raw = raw[: chance.integers(0, len(raw))] if chance.random() < 0.2 else raw
        with contextlib.suppress(OSError):
            pipeline.decode(raw, 0, out[:size])
        assert (out[size:] == 77).all()


def test_what_is_packed_twice_is_left_to_hdf5(frames: Frames, tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        layout = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        layout.set_chunk((1, 5, 32, 40))
        layout.set_deflate(4)
        layout.set_filter(32015, h5py.h5z.FLAG_OPTIONAL, (3,))
        space = h5py.h5s.create_simple(frames.shape)
        made = h5py.h5d.create(file.id, b"frames", h5py.h5t.NATIVE_UINT16, space, layout)
        h5py.Dataset(made)[:] = frames
    scan = ge.open_scan(tmp_path / "a.h5")
    assert isinstance(scan.dataset, SourceDataSet)
    np.testing.assert_array_equal(every_frame(scan), frames.reshape(30, 32, 40))


PIECES = [
    ((100, 84), (1, 1), 125_000),
    ((100, 84), (7, 5), 125_000),
    ((8400,), (10,), 125_000),
    ((1, 1, 100, 84), (1, 1, 4, 84), 125_000),
    ((512, 512), (32, 32), 131_072),
    ((4, 100_000), (1, 7), 20_000),
    ((3, 2), (1, 1), 900_000_000),
]


@pytest.mark.parametrize(("axes", "chunk", "frame_bytes"), PIECES)
def test_pieces_cover_all_frames_in_order_and_end_where_chunks_end(
    axes: tuple[int, ...], chunk: tuple[int, ...], frame_bytes: int
) -> None:
    numbers, met = np.arange(np.prod(axes)).reshape(axes), {}
    pieces = list(pieces_of(axes, chunk, frame_bytes))
    np.testing.assert_array_equal(np.concatenate([numbers[piece].ravel() for piece in pieces]), numbers.ravel())
    for piece in pieces:
        assert numbers[piece].size * frame_bytes <= max(4 * PARTITION_BYTES, frame_bytes)
        grid = itertools.product(
            *(range(part.start // c, -(-part.stop // c)) for part, c in zip(piece, chunk, strict=True))
        )
        for place in grid:
            met[place] = met.get(place, 0) + 1
    large = chunk[0] * np.prod(axes[1:]) * frame_bytes > 4 * PARTITION_BYTES and chunk[0] > 1
    assert max(met.values()) == 1 or large
