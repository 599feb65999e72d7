"""Formats that LiberTEM's readers open: SEQ, SER, sparse frames, blo and TVIPS; whole, in small partitions, told apart."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from writers import write_by_rosettasciio

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
    pytest.importorskip(f"rsciio.{module}")
    frames = small[..., :32].astype(np.uint8) if module == "blockfile" else small
    write_by_rosettasciio(module, tmp_path / name, frames)
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


@pytest.mark.parametrize("wrong", [-1, 2**31 - 1])
def test_sparse_frames_that_do_not_follow_each_other_are_refused(
    wrong: int, small: Frames, write_csr: Write, tmp_path: Path, refused: Refused
) -> None:
    path = write_csr(tmp_path / "a.toml", small)
    rows = np.fromfile(tmp_path / "a_indptr.dat", "<i4")
    rows[7] = wrong
    rows.tofile(tmp_path / "a_indptr.dat")
    with refused(ScanError, path, "do not follow each other"):
        ge.statistics(ge.open_scan(path))


@pytest.mark.parametrize(
    ("stated", "instead", "said"),
    [
        ("[32, 40]", "[32, 400000]", "frames of 32 x 400000 px"),
        ("[32, 40]", "[32]", "frames of 32 px"),
        ("[6, 5]", "[6, 4]", "30 frames"),
        ("[6, 5]", "[6, -5]", "an axis of length -5"),
        ('data_dtype = "<i4"', 'data_dtype = "<c8"', "complex64"),
        ('indptr_dtype = "<i4"', 'indptr_dtype = "<f4"', "float32"),
        ("a_data.dat", "b_data.dat", "missing"),
        ("[raw_csr]", "[other]", "nothing on"),
    ],
)
def test_a_header_of_sparse_frames_that_cannot_be_is_refused(
    stated: str, instead: str, said: str, small: Frames, write_csr: Write, tmp_path: Path, refused: Refused
) -> None:
    path = write_csr(tmp_path / "a.toml", small)
    assert stated in path.read_text()
    path.write_text(path.read_text().replace(stated, instead))
    with refused(ScanError, path, said):
        ge.open_scan(path)


def test_sparse_frames_may_be_skipped_and_take_another_shape(
    small: Frames, write_csr: Write, tmp_path: Path, holds: Holds
) -> None:
    path = write_csr(tmp_path / "a.toml", small)
    holds(ge.open_scan(path, nav_shape="5,5", sync_offset=5), small[1:].reshape(5, 5, 32, 40))
    holds(ge.open_scan(path, nav_shape="5,6", sig_shape="40,32"), small.reshape(5, 6, 40, 32))


@pytest.mark.parametrize(("axis", "wrong"), [(548, 41), (548, 39), (548, 0), (552, 33), (556, 8), (564, 1)])
def test_a_streampix_header_whose_sizes_do_not_agree_is_refused(
    axis: int, wrong: int, small: Frames, write_seq: Write, tmp_path: Path, refused: Refused
) -> None:
    path = with_number(write_seq(tmp_path / "a.seq", small), axis, wrong.to_bytes(4, "little"))
    with refused(ScanError, path, "cannot be"):
        ge.open_scan(path, nav_shape="6,5")


@pytest.mark.parametrize(("behind", "wrong"), [(42, 41), (42, 39), (42, -40), (46, 33), (46, 0)])
def test_a_series_of_tia_whose_frames_do_not_fit_is_refused(
    behind: int, wrong: int, small: Frames, write_ser: Write, tmp_path: Path, refused: Refused
) -> None:
    path = write_ser(tmp_path / "a.ser", small)
    first = int.from_bytes(path.read_bytes()[110:118], "little")
    with refused(ScanError, with_number(path, first + behind, wrong.to_bytes(4, "little", signed=True)), "cannot be"):
        ge.open_scan(path)


def test_frames_that_the_shape_of_a_series_leaves_out_are_told(
    small: Frames, write_ser: Write, tmp_path: Path, holds: Holds
) -> None:
    columns = 34
    scan = ge.open_scan(with_number(write_ser(tmp_path / "a.ser", small), columns, (4).to_bytes(4, "little")))
    assert [note for note in scan.notes if "leaves out 6 of its 30 frames" in note]
    holds(scan, small.reshape(30, 32, 40)[:24].reshape(6, 4, 32, 40))


@pytest.mark.parametrize(("place", "wrong"), [(20, 31), (20, 0), (24, 4), (26, 7)])
def test_a_blo_file_that_does_not_end_with_its_frames_is_refused(
    place: int, wrong: int, small: Frames, tmp_path: Path, refused: Refused
) -> None:
    pytest.importorskip("rsciio.blockfile")
    path = write_by_rosettasciio("blockfile", tmp_path / "a.blo", small[..., :32].astype(np.uint8))
    with refused(ScanError, with_number(path, place, wrong.to_bytes(2, "little")), "is the file whole"):
        ge.open_scan(path)


def with_number(path: Path, place: int, number: bytes) -> Path:
    """The file with another number in its header."""
    content = path.read_bytes()
    path.write_bytes(content[:place] + number + content[place + len(number) :])
    return path
