"""Formats that LiberTEM's readers open: SEQ, SER, sparse frames, blo and TVIPS; whole, in small partitions, told apart."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

import graineye as ge
from graineye.errors import ScanError
from graineye.scan.formats import FORMATS
from graineye.scan.formats.interface import Source

Frames = NDArray[np.uint16]
Write = Callable[..., Path]
Refused = Callable[..., object]
Holds = Callable[[ge.Scan, NDArray[np.generic]], None]


@pytest.mark.usefixtures("small_partitions")
def test_a_sequence_of_streampix(small: Frames, write_seq: Write, tmp_path: Path, holds: Holds) -> None:
    scan = ge.open_scan(write_seq(tmp_path / "a.seq", small), nav_shape="6,5")
    assert scan.format == "Norpix SEQ"
    assert len(list(scan.dataset.get_partitions())) > 1
    holds(scan, small)


@pytest.mark.usefixtures("small_partitions")
def test_a_series_of_tia(small: Frames, write_ser: Write, tmp_path: Path, holds: Holds) -> None:
    scan = ge.open_scan(write_ser(tmp_path / "a.ser", small))
    assert scan.format == "TIA SER"
    holds(scan, small)
    holds(ge.open_scan(tmp_path / "a.ser", bin=2, roi="2:4,:"), small.reshape(6, 5, 16, 2, 20, 2).sum(axis=(3, 5))[2:4])


@pytest.mark.usefixtures("small_partitions")
def test_sparse_frames(small: Frames, write_csr: Write, tmp_path: Path, holds: Holds) -> None:
    sparse = np.where(small > 28, small, 0)
    scan = ge.open_scan(write_csr(tmp_path / "a.toml", sparse))
    assert scan.format == "raw CSR"
    holds(scan, sparse)


@pytest.mark.parametrize(("module", "name"), [("blockfile", "a.blo"), ("tvips", "a_000.tvips")])
def test_files_that_rosettasciio_wrote(module: str, name: str, small: Frames, tmp_path: Path, holds: Holds) -> None:
    writer = pytest.importorskip(f"rsciio.{module}")
    frames = small[..., :32].astype(np.uint8) if module == "blockfile" else small
    pixel = "cm" if module == "blockfile" else "1/nm"
    units, scales = ("nm", "nm", pixel, pixel), (2.0, 2.5, 0.2, 0.2)
    axes = [
        {"name": "yxvu"[i], "units": units[i], "scale": scales[i], "offset": 0.0, "size": n, "index_in_array": i}
        | {"navigate": i < 2, "_type": "UniformDataAxis", "is_binned": False}
        for i, n in enumerate(frames.shape)
    ]
    meta = {"General": {"title": "scan"}, "Signal": {"signal_type": ""}}
    signal = {"data": frames, "axes": axes, "metadata": meta, "original_metadata": {}, "attributes": {"_lazy": False}}
    signal |= {"learning_results": {}, "package": "", "package_version": "", "models": {}}
    options = {"navigator": None} if module == "blockfile" else {}
    writer.file_writer(str(tmp_path / name), signal, **options)
    holds(ge.open_scan(tmp_path / name, nav_shape="6,5"), frames)


@pytest.mark.parametrize("suffix", ["", ".dat"])
def test_formats_with_a_signature_are_known_without_their_suffix(
    suffix: str, small: Frames, write_seq: Write, write_ser: Write, write_mib: Write, write_mrc: Write, tmp_path: Path
) -> None:
    known = {
        "Norpix SEQ": write_seq(tmp_path / "a.seq", small),
        "TIA SER": write_ser(tmp_path / "a.ser", small),
        "Merlin .mib": write_mib(tmp_path / "a.mib", small),
        "MRC": write_mrc(tmp_path / "a.mrc", small),
    }
    for name, path in known.items():
        renamed = path.rename(tmp_path / f"{path.stem}_{path.suffix[1:]}{suffix}")
        with renamed.open("rb") as file:
            source = Source(renamed, file.read(512), context=None)  # type: ignore[arg-type]
        assert next(known for known in FORMATS if known.recognises(source)).name == name


def test_every_format_has_a_name_of_its_own() -> None:
    names = [known.name for known in FORMATS]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("kept", [0.9, 0.5, 0.05])
def test_files_that_were_cut_off_are_refused(
    kept: float, small: Frames, write_seq: Write, write_ser: Write, write_csr: Write, tmp_path: Path, refused: Refused
) -> None:
    toml = write_csr(tmp_path / "a.toml", small)
    for path, opened in (
        (write_seq(tmp_path / "a.seq", small), tmp_path / "a.seq"),
        (write_ser(tmp_path / "a.ser", small), tmp_path / "a.ser"),
        (tmp_path / "a_data.dat", toml),
    ):
        whole = path.read_bytes()
        path.write_bytes(whole[: int(kept * len(whole))])
        with refused(ScanError, opened):
            ge.statistics(ge.open_scan(opened, nav_shape="6,5"))


def test_sparse_frames_that_point_outside_of_their_frame_are_refused(
    small: Frames, write_csr: Write, tmp_path: Path, refused: Refused
) -> None:
    path = write_csr(tmp_path / "a.toml", small)
    columns = np.fromfile(tmp_path / "a_indices.dat", "<i4")
    columns[1000] = 10**9
    columns.tofile(tmp_path / "a_indices.dat")
    with refused(ScanError, path, "cannot be read"):
        ge.statistics(ge.open_scan(path))
