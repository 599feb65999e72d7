"""However HDF5 stores a scan, the frame at a scan position is the same."""

import itertools
from collections.abc import Callable
from pathlib import Path

import h5py
import hdf5plugin
import numpy as np
import pytest
from numpy.typing import NDArray

import graineye as ge
from graineye.scan.chunked_frames import ChunkedHDF5
from graineye.scan.hdf5_datasets import HDF5Frames
from graineye.scan.sources import StridedFrames

Frames = NDArray[np.uint16]
SaveHDF5 = Callable[..., Path]

LAYOUTS = {
    "contiguous": {},
    "a chunk a frame": {"chunks": (1, 1, 32, 40)},
    "a chunk a row": {"chunks": (1, 5, 32, 40)},
    "chunks over rows and columns": {"chunks": (2, 2, 32, 40)},
    "chunks that fit nowhere": {"chunks": (4, 3, 20, 13)},
    "chunks of parts of frames": {"chunks": (6, 5, 1, 40)},
    "gzip": {"chunks": (2, 3, 32, 40), "compression": "gzip"},
    "gzip, shuffled, with checksums": {
        "chunks": (1, 2, 32, 40),
        "compression": "gzip",
        "shuffle": True,
        "fletcher32": True,
    },
    "lzf": {"chunks": True, "compression": "lzf"},
    "bitshuffle": dict(hdf5plugin.Bitshuffle(cname="lz4")),
    "big-endian": {"dtype": ">u2"},
    "big-endian chunks": {"dtype": ">u2", "chunks": (3, 1, 32, 40)},
}


@pytest.mark.usefixtures("small_partitions")
@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_frame_stands_at_its_scan_position(layout: str, frames: Frames, save_hdf5: SaveHDF5) -> None:
    scan = ge.open_scan(save_hdf5(frames, **LAYOUTS[layout]))
    assert scan.shape == (6, 5, 32, 40)
    for y, x in ((0, 0), (0, 4), (2, 3), (5, 0), (5, 4)):
        np.testing.assert_array_equal(scan.frame(y, x), frames[y, x])


@pytest.mark.usefixtures("small_partitions")
@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_pass_meets_every_frame_once_in_its_place(layout: str, frames: Frames, save_hdf5: SaveHDF5) -> None:
    scan = ge.open_scan(save_hdf5(frames, **LAYOUTS[layout]))
    found = ge.statistics(scan)
    np.testing.assert_array_equal(found.total_counts, frames.sum(axis=(2, 3)))
    np.testing.assert_allclose(found.mean, frames.mean(axis=(0, 1)), rtol=1e-6)


@pytest.mark.usefixtures("small_partitions")
def test_a_pass_takes_any_shape_of_chunks(frames: Frames, save_hdf5: SaveHDF5) -> None:
    totals = frames.sum(axis=(2, 3))
    for number, nav in enumerate(itertools.product((1, 2, 3, 4, 6), (1, 2, 3, 5))):
        scan = ge.open_scan(save_hdf5(frames, name=f"{number}.h5", chunks=(*nav, 32, 40)))
        np.testing.assert_array_equal(ge.statistics(scan).total_counts, totals, err_msg=str(nav))


@pytest.mark.parametrize(
    "dtype", ["uint8", "uint16", "uint32", "int16", "int32", "float32", "float64", ">f4", "float16"]
)
@pytest.mark.parametrize("chunks", [None, (2, 3, 32, 40)])
def test_frames_keep_their_numbers_and_their_type(
    dtype: str, chunks: tuple[int, ...] | None, frames: Frames, save_hdf5: SaveHDF5
) -> None:
    values = (frames % 200).astype(dtype)
    scan = ge.open_scan(save_hdf5(values, chunks=chunks))
    assert scan.dtype == np.dtype(dtype)
    np.testing.assert_array_equal(scan.frame(4, 3), values[4, 3])
    np.testing.assert_array_equal(ge.statistics(scan).total_counts, values.sum(axis=(2, 3), dtype=np.float64))


@pytest.mark.parametrize("chunks", [None, (2, 3, 32, 40)])
def test_frames_of_true_and_false_are_sound(
    chunks: tuple[int, ...] | None, frames: Frames, save_hdf5: SaveHDF5
) -> None:
    values = frames > 25
    scan = ge.open_scan(save_hdf5(values, chunks=chunks))
    assert scan.dtype == bool
    np.testing.assert_array_equal(scan.frame(4, 3), values[4, 3])
    np.testing.assert_array_equal(ge.statistics(scan).total_counts, values.sum(axis=(2, 3)))


def test_what_lies_as_one_array_is_mapped_and_other_chunks_are_decoded_without_hdf5(
    frames: Frames, save_hdf5: SaveHDF5
) -> None:
    kinds: dict[type, list[dict[str, object]]] = {
        StridedFrames: [{}, {"chunks": (1, 5, 32, 40)}, {"chunks": (2, 5, 32, 40)}, {"chunks": (6, 5, 32, 40)}],
        ChunkedHDF5: [
            {"dtype": ">u2", "chunks": (1, 5, 32, 40)},
            {"chunks": (1, 4, 32, 40)},
            {"chunks": (2, 1, 32, 40)},
            {"chunks": (1, 1, 16, 40), "compression": "gzip"},
        ],
        HDF5Frames: [{"dtype": ">u2"}, {"dtype": bool}, dict(hdf5plugin.Blosc())],
    }
    for kind, hows in kinds.items():
        for number, how in enumerate(hows):
            scan = ge.open_scan(save_hdf5(frames, name=f"{kind.__name__}{number}.h5", **how))
            assert type(getattr(scan.dataset, "source", scan.dataset)) is kind, how


@pytest.mark.parametrize("size", [512, 4096])
def test_a_user_block_before_the_hdf5_data_shifts_nothing(size: int, frames: Frames, tmp_path: Path) -> None:
    path = tmp_path / "a.h5"
    with h5py.File(path, "w", userblock_size=size) as file:
        file["scan/frames"] = frames
    with path.open("r+b") as file:
        file.write(b"notes of the microscope".ljust(size, b" "))
    scan = ge.open_scan(path)
    np.testing.assert_array_equal(scan.frame(3, 2), frames[3, 2])
    np.testing.assert_array_equal(ge.statistics(scan).total_counts, frames.sum(axis=(2, 3)))


def test_a_virtual_dataset_whose_source_is_there_is_a_scan(frames: Frames, save_hdf5: SaveHDF5, tmp_path: Path) -> None:
    save_hdf5(frames[:2], name="upper.h5")
    save_hdf5(frames[2:], name="lower.h5")
    layout = h5py.VirtualLayout(frames.shape, frames.dtype)
    layout[:2] = h5py.VirtualSource("upper.h5", "scan/frames", shape=(2, 5, 32, 40))
    layout[2:] = h5py.VirtualSource("lower.h5", "scan/frames", shape=(4, 5, 32, 40))
    with h5py.File(tmp_path / "whole.h5", "w") as file:
        file.create_virtual_dataset("frames", layout)
    scan = ge.open_scan(tmp_path / "whole.h5")
    np.testing.assert_array_equal(ge.statistics(scan).total_counts, frames.sum(axis=(2, 3)))


def test_a_file_opened_twice_gives_the_same(frames: Frames, save_hdf5: SaveHDF5) -> None:
    path = save_hdf5(frames)
    first, second = ge.open_scan(path), ge.open_scan(path)
    assert (first.shape, first.dtype, first.calibration) == (second.shape, second.dtype, second.calibration)
    np.testing.assert_array_equal(ge.statistics(first).log_sum, ge.statistics(second).log_sum)
    np.testing.assert_array_equal(first.frame(2, 2), second.frame(2, 2))


def test_names_with_blanks_and_letters_of_other_languages_are_no_obstacle(frames: Frames, save_hdf5: SaveHDF5) -> None:
    scan = ge.open_scan(save_hdf5(frames, name="Körner µ 1.h5", path="my scan/Körner µ/data"))
    assert scan.dataset_path == "/my scan/Körner µ/data"
    assert scan.name == "Körner µ 1"
    np.testing.assert_array_equal(scan.frame(1, 1), frames[1, 1])
