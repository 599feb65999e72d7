"""Results files that cannot be read, and places that cannot be written: one line each, and nothing left half."""

import errno
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

import graineye as ge
from graineye.errors import OutputError, ResultError
from graineye.results import writing
from graineye.results.layout import FORMAT_VERSION, put_table

Refused = Callable[..., Any]
AssertSame = Callable[[ge.CrystalliteMap, ge.CrystalliteMap], None]


@pytest.fixture
def saved(mapped: ge.CrystalliteMap, tmp_path: Path) -> Path:
    return mapped.save(tmp_path / "a.crystallites.emd")


def test_a_file_that_is_not_there_is_refused(tmp_path: Path, refused: Refused) -> None:
    for path in (tmp_path / "gone.emd", tmp_path):
        with refused(ResultError, path, "no such results file", "check the name"):
            ge.load_result(path)


def test_a_file_of_a_newer_format_is_refused(saved: Path, refused: Refused) -> None:
    with h5py.File(saved, "a") as file:
        file["graineye"].attrs["format_version"] = FORMAT_VERSION + 1
    with refused(ResultError, saved, "newer", f"format {FORMAT_VERSION + 1}", "update graineye"):
        ge.load_result(saved)


@pytest.mark.parametrize("kept", [0.0, 0.001, 0.3, 0.9, 0.999])
def test_a_file_that_was_cut_off_is_refused(kept: float, saved: Path, refused: Refused) -> None:
    whole = saved.read_bytes()
    saved.write_bytes(whole[: int(kept * len(whole))])
    with refused(ResultError, saved, "no whole results file", "run graineye again"):
        ge.load_result(saved)


@pytest.mark.parametrize(
    "gone", ["labels", "mean", "dendrogram", "metadatabundle/settings", "metadatabundle/facts/beam_y"]
)
def test_a_file_of_which_a_part_is_missing_is_refused(gone: str, saved: Path, refused: Refused) -> None:
    with h5py.File(saved, "a") as file:
        del file["graineye"][gone]
    with refused(ResultError, saved, "no whole results file"):
        ge.load_result(saved)


def test_a_file_with_settings_that_are_none_is_refused(saved: Path, refused: Refused) -> None:
    with h5py.File(saved, "a") as file:
        file["graineye/metadatabundle/settings/toml"][()] = "[cut]\nrelatif = 3.0\n"
    with refused(ResultError, saved, "relatif"):
        ge.load_result(saved)


def test_another_hdf5_file_is_refused(tmp_path: Path, refused: Refused) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["graineye"] = np.arange(3)
    h5py.File(tmp_path / "b.h5", "w").close()
    for name in ("a.h5", "b.h5"):
        with refused(ResultError, tmp_path / name, "not a results file", "NAME.crystallites.emd"):
            ge.load_result(tmp_path / name)


def test_a_text_is_refused(tmp_path: Path, refused: Refused) -> None:
    (tmp_path / "a.emd").write_text("label area\n1 20\n")
    with refused(ResultError, tmp_path / "a.emd", "no whole results file"):
        ge.load_result(tmp_path / "a.emd")


def test_what_this_version_does_not_know_is_passed_over(
    mapped: ge.CrystalliteMap, saved: Path, assert_same: AssertSame
) -> None:
    with h5py.File(saved, "a") as file:
        root = file["graineye"]
        put_table(root, "stability", mapped.table[["label", "area_px"]])
        root.create_group("strain").create_dataset("data", data=np.zeros((2, 12, 14)))
        root["crystallites"].create_dataset("confidence", data=np.ones(3))
        root["metadatabundle"].create_group("edits").create_dataset("who", data="somebody")
        file["another"] = np.arange(3)
    assert_same(mapped, ge.load_result(saved))


@pytest.mark.parametrize(
    "error", [KeyboardInterrupt(), OSError(errno.ENOSPC, "No space left on device"), MemoryError()]
)
def test_an_interrupted_write_leaves_nothing(
    error: BaseException, mapped: ge.CrystalliteMap, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object) -> None:
        raise error

    monkeypatch.setattr(writing, "_put_facts", interrupt)
    with pytest.raises(OutputError if isinstance(error, OSError) else type(error)):
        mapped.save(tmp_path / "a.emd")
    assert list(tmp_path.iterdir()) == []


def test_an_interrupted_write_keeps_the_file_that_was_there(
    mapped: ge.CrystalliteMap, saved: Path, assert_same: AssertSame, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = saved.read_bytes()

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(writing, "_put_tables", full)
    with pytest.raises(OutputError, match="disk full"):
        mapped.cut(count=5).save(saved)
    assert saved.read_bytes() == before
    assert list(saved.parent.iterdir()) == [saved]


def test_a_folder_that_is_not_there_is_refused(mapped: ge.CrystalliteMap, tmp_path: Path, refused: Refused) -> None:
    path = tmp_path / "gone" / "a.emd"
    with refused(OutputError, path, "cannot be written", "another folder"):
        mapped.save(path)
