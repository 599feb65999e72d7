"""zarr stores, folders and zip files of either format; nothing in them is run, and no chunk grows beyond its shape."""

import json
import shutil
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import zarr
from numpy.typing import NDArray

import graineye as ge
from graineye.errors import NoScanFound, ScanError, SeveralScans

Frames = NDArray[np.uint16]
Refused = Callable[..., object]
Holds = Callable[[ge.Scan, NDArray[np.generic]], None]


def save(path: Path, frames: NDArray[np.generic], zarr_format: int = 2, name: str = "scan/data", **how: object) -> Path:
    root = zarr.open_group(str(path), mode="a", zarr_format=zarr_format)
    root.create_array(name, data=frames, **({"chunks": (2, 5, 32, 40)} | how))
    return path


def zipped(folder: Path, path: Path, packed: bool = False) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED) as archive:
        for file in sorted(p for p in folder.rglob("*") if p.is_file()):
            archive.write(file, file.relative_to(folder).as_posix())
    return path


@pytest.mark.parametrize("zarr_format", [2, 3])
@pytest.mark.parametrize("chunks", [(1, 5, 32, 40), (4, 3, 20, 13), (6, 5, 32, 40)])
@pytest.mark.usefixtures("small_partitions")
def test_a_folder_is_a_scan(
    zarr_format: int, chunks: tuple[int, ...], small: Frames, tmp_path: Path, holds: Holds
) -> None:
    scan = ge.open_scan(save(tmp_path / "a.zarr", small, zarr_format, chunks=chunks))
    assert (scan.format, scan.dataset_path) == ("zarr", "/scan/data")
    holds(scan, small)


@pytest.mark.parametrize("zarr_format", [2, 3])
@pytest.mark.parametrize("packed", [False, True])
def test_a_zip_file_is_a_scan(zarr_format: int, packed: bool, small: Frames, tmp_path: Path, holds: Holds) -> None:
    folder = save(tmp_path / "a", small, zarr_format)
    holds(ge.open_scan(zipped(folder, tmp_path / "a.zspy", packed)), small)


@pytest.mark.parametrize("dtype", ["uint8", ">u2", "int32", "float32", "bool"])
def test_every_number_type_is_read(dtype: str, small: Frames, tmp_path: Path, holds: Holds) -> None:
    values = (small > 25) if dtype == "bool" else (small // 2).astype(dtype)
    holds(ge.open_scan(save(tmp_path / "a.zarr", values)), values)


def test_an_array_may_be_the_whole_store(small: Frames, tmp_path: Path, holds: Holds) -> None:
    zarr.create_array(str(tmp_path / "a.zarr"), data=small, chunks=(1, 5, 32, 40), zarr_format=2)
    holds(ge.open_scan(tmp_path / "a.zarr"), small)


def test_the_axes_of_hyperspy_are_read(small: Frames, tmp_path: Path) -> None:
    path = save(tmp_path / "a.zspy", small, name="Experiments/scan/data")
    root = zarr.open_group(str(path), mode="a", zarr_format=2)
    for number, (scale, units) in enumerate([(2.0, "nm"), (25.0, "Å"), (0.02, "1/Å"), (0.25, "1/nm")]):
        root.create_group(f"Experiments/scan/axis-{number}").attrs.update(scale=scale, units=units)
    scan = ge.open_scan(path)
    assert scan.format == "HyperSpy zarr"
    assert (scan.calibration.scan_unit, scan.calibration.detector_unit) == ("nm", "1/nm")
    np.testing.assert_allclose(scan.calibration.scan_step, (2.0, 2.5))
    np.testing.assert_allclose(scan.calibration.detector_pixel, (0.2, 0.25))


def test_a_stack_gets_its_scan_positions_from_the_user(
    small: Frames, tmp_path: Path, refused: Refused, holds: Holds
) -> None:
    path = save(tmp_path / "a.zarr", small.reshape(30, 32, 40), chunks=(7, 32, 40))
    with refused(NoScanFound, path, "(30, 32, 40)", "--nav-shape"):
        ge.open_scan(path)
    holds(ge.open_scan(path, nav_shape="6,5"), small)


@pytest.mark.parametrize("stored", [(6, 5), (1, 30), (1, 6, 5), (30,)])
@pytest.mark.parametrize("scan_shape", [(6, 5), (5, 6), (3, 10), (30, 1)])
@pytest.mark.usefixtures("small_partitions")
def test_scan_positions_may_have_another_shape_than_the_array(
    scan_shape: tuple[int, int], stored: tuple[int, ...], small: Frames, tmp_path: Path, holds: Holds
) -> None:
    path = save(tmp_path / "a.zarr", small.reshape(*stored, 32, 40), chunks=(*[1] * len(stored), 32, 40))
    holds(ge.open_scan(path, nav_shape=scan_shape), small.reshape(*scan_shape, 32, 40))


def test_several_scans_are_listed_and_one_can_be_named(
    small: Frames, tmp_path: Path, refused: Refused, holds: Holds
) -> None:
    path = save(tmp_path / "a.zarr", small, name="a")
    save(path, small[:4], name="b/data")
    with refused(SeveralScans, path, "/a (6, 5, 32, 40)", "/b/data (4, 5, 32, 40)", "--ds-path"):
        ge.open_scan(path)
    holds(ge.open_scan(path, ds_path="b/data"), small[:4])
    with refused(ScanError, path, "'c'", "/a (6, 5, 32, 40)"):
        ge.open_scan(path, ds_path="c")


def test_a_store_without_a_scan_lists_what_it_holds(tmp_path: Path, refused: Refused) -> None:
    zarr.open_group(str(tmp_path / "a.zarr"), mode="w", zarr_format=2)
    with refused(NoScanFound, tmp_path / "a.zarr", "no array at all", "right file"):
        ge.open_scan(tmp_path / "a.zarr")
    save(tmp_path / "a.zarr", np.arange(4.0), chunks=(4,))
    with refused(NoScanFound, tmp_path / "a.zarr", "/scan/data (4,)", "right file"):
        ge.open_scan(tmp_path / "a.zarr")


def test_a_folder_that_is_no_store_is_refused(tmp_path: Path, refused: Refused) -> None:
    (tmp_path / "a.zarr").mkdir()
    with refused(ScanError, tmp_path / "a.zarr", "a folder"):
        ge.open_scan(tmp_path / "a.zarr")


def test_chunks_that_are_not_stored_are_told(small: Frames, tmp_path: Path, holds: Holds) -> None:
    path = save(tmp_path / "a.zarr", small)
    (path / "scan/data/1.0.0.0").unlink()
    scan = ge.open_scan(path)
    assert any("1 of 3 chunks are not stored" in note for note in scan.notes)
    expected = small.copy()
    expected[2:4] = 0
    holds(scan, expected)


@pytest.mark.parametrize("kept", [0, 10, 16, 1000, -200, -1])
def test_a_chunk_that_is_cut_off_is_one_line(kept: int, small: Frames, tmp_path: Path, refused: Refused) -> None:
    path = save(tmp_path / "a.zarr", small)
    chunk = path / "scan/data/1.0.0.0"
    chunk.write_bytes(chunk.read_bytes()[:kept])
    scan = ge.open_scan(path)
    with refused(ScanError, path, "scan/data", "do not decode", "whole"):
        ge.statistics(scan)


def test_metadata_that_makes_no_sense_is_one_line(small: Frames, tmp_path: Path, refused: Refused) -> None:
    path = save(tmp_path / "a.zarr", small)
    (path / "scan/data/.zarray").write_text("{ not JSON")
    with refused(ScanError, path):
        ge.open_scan(path)


def rewritten(path: Path, **fields: object) -> None:
    file = path / "scan/data/.zarray"
    file.write_text(json.dumps(json.loads(file.read_text()) | fields))


def test_a_store_that_would_be_unpickled_is_refused(small: Frames, tmp_path: Path, refused: Refused) -> None:
    path = save(tmp_path / "a.zarr", small)
    rewritten(path, filters=[{"id": "pickle", "protocol": 5}], compressor=None)
    with refused(ScanError, path, "pickle"):
        ge.open_scan(path)


@pytest.mark.parametrize("codec", ["zlib", "gzip", "bz2", "lzma"])
def test_a_chunk_that_would_grow_beyond_its_shape_is_not_decoded(
    codec: str, small: Frames, tmp_path: Path, refused: Refused, monkeypatch: pytest.MonkeyPatch
) -> None:
    import bz2
    import gzip
    import lzma

    import numcodecs

    packed = {"zlib": zlib.compress, "gzip": gzip.compress, "bz2": bz2.compress, "lzma": lzma.compress}[codec]
    kinds = {"zlib": numcodecs.Zlib, "gzip": numcodecs.GZip, "bz2": numcodecs.BZ2, "lzma": numcodecs.LZMA}
    path = save(tmp_path / "a.zarr", small, compressors=kinds[codec]())
    assert ge.open_scan(path).frame(1, 1)[0, 0] == small[1, 1, 0, 0]
    (path / "scan/data/1.0.0.0").write_bytes(packed(bytes(50_000_000)))
    scan = ge.open_scan(path)

    def explode(*_: object) -> None:
        raise AssertionError("it was decoded")

    monkeypatch.setattr(kinds[codec], "decode", explode)
    with refused(ScanError, path, "more than its shape"):
        scan.frame(2, 2)


def test_a_chunk_that_says_that_it_is_larger_than_its_shape_is_not_decoded(
    small: Frames, tmp_path: Path, refused: Refused
) -> None:
    import numcodecs

    for codec in (numcodecs.Blosc(), numcodecs.LZ4(), numcodecs.Zstd()):
        path = save(tmp_path / f"{codec.codec_id}.zarr", small, compressors=codec)
        (path / "scan/data/1.0.0.0").write_bytes(codec.encode(np.zeros(20_000_000, np.uint8)))
        with refused(ScanError, path, "more than its shape"):
            ge.statistics(ge.open_scan(path))


def test_numpys_and_rosettasciios_zip_files_are_refused_with_a_way(
    small: Frames, tmp_path: Path, refused: Refused
) -> None:
    np.savez(tmp_path / "a.npz", small)
    with refused(ScanError, tmp_path / "a.npz", "numpy.save"):
        ge.open_scan(tmp_path / "a.npz")
    shutil.copy(tmp_path / "a.npz", tmp_path / "a.prz")
    with refused(ScanError, tmp_path / "a.prz", "prz", ".hspy"):
        ge.open_scan(tmp_path / "a.prz")


@pytest.mark.parametrize("separator", [".", "/"])
def test_chunks_are_found_under_either_way_of_naming_them(
    separator: str, small: Frames, tmp_path: Path, holds: Holds
) -> None:
    encoding = {"name": "default", "separator": separator}
    scan = ge.open_scan(save(tmp_path / "a.zarr", small, 3, chunk_key_encoding=encoding))
    assert scan.notes == ()
    holds(scan, small)


@pytest.mark.parametrize("zarr_format", [2, 3])
def test_chunks_beyond_a_damaged_shape_are_told(zarr_format: int, small: Frames, tmp_path: Path, holds: Holds) -> None:
    path = save(tmp_path / "a.zarr", small, zarr_format)
    header = path / "scan" / "data" / ("zarr.json" if zarr_format == 3 else ".zarray")
    stated = json.loads(header.read_text())
    header.write_text(json.dumps(stated | {"shape": [4, 5, 32, 40]}))
    scan = ge.open_scan(path)
    assert [note for note in scan.notes if "beyond the shape (4, 5, 32, 40): 1;" in note]
    holds(scan, small[:4])


def test_an_array_that_was_made_smaller_has_no_note(small: Frames, tmp_path: Path, holds: Holds) -> None:
    path = save(tmp_path / "a.zarr", small)
    zarr.open_array(str(path), path="scan/data", mode="r+").resize((2, 5, 32, 40))
    scan = ge.open_scan(path)
    assert scan.notes == ()
    holds(scan, small[:2])
