"""Edits in the results file: as they were made, readable by other programs, refused in one line where they are damaged."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import graineye as ge
from graineye.crystallites import merge, reject, rename
from graineye.errors import ResultError
from graineye.results.exporting import save_table
from graineye.results.layout import get_table, put_table

HOSTILE = (
    "<script>alert(1)</script>",
    "../../etc/passwd",
    "=1+1",
    "a\nb\tc",
    '"\\%s{0}',
    " spaces ",
    "Körner \u65e5\u672c",
    "",
)


@pytest.fixture(scope="module")
def saved(mapped_as_overlaps: ge.CrystalliteMap, tmp_path_factory: pytest.TempPathFactory) -> Path:
    labels = mapped_as_overlaps.labels
    edits = [rename(labels, 2, "a<b>", "2026-11-25T15:00:00Z"), reject(labels, 1, "2026-11-25T15:00:07Z")]
    return mapped_as_overlaps.edited(edits).save(tmp_path_factory.mktemp("edited") / "a.emd")


def test_two_tables_hold_them_one_column_a_dataset(saved: Path, mapped_as_overlaps: ge.CrystalliteMap) -> None:
    with h5py.File(saved) as file:
        edits = {name: column[()] for name, column in file["graineye/edits"].items()}
        places = {name: column[()] for name, column in file["graineye/edit_positions"].items()}
        kept = file["graineye/unedited_labels/data"][()]
        names = file["graineye/crystallites/name"].asstr()[()].tolist()
        for table in ("edits", "edit_positions", "crystallites"):
            for column in file["graineye"][table].values():
                assert np.dtype(column.attrs["dtype"].decode()) == column.dtype or column.dtype.kind == "u"
    assert edits["kind"].tolist() == [b"rename", b"reject"]
    assert edits["name"].tolist() == [b"a<b>", b""]
    assert edits["time"].tolist() == [b"2026-11-25T15:00:00Z", b"2026-11-25T15:00:07Z"]
    rejected = (places["edit"] == 1) & (places["other"] == 0)
    found = np.column_stack([places["y"], places["x"]])[rejected]
    np.testing.assert_array_equal(found, np.argwhere(mapped_as_overlaps.labels == 1))
    np.testing.assert_array_equal(kept, mapped_as_overlaps.labels)
    assert names[0] == "a<b>"


def test_a_file_without_edits_has_none_of_it(mapped: ge.CrystalliteMap, tmp_path: Path) -> None:
    with h5py.File(mapped.save(tmp_path / "a.emd")) as file:
        assert [name for name in file["graineye"] if "edit" in name] == []
        assert "name" not in file["graineye/crystallites"]
    assert ge.load_result(tmp_path / "a.emd").edits == ()


@pytest.mark.parametrize("name", HOSTILE)
def test_any_name_stays_text(name: str, mapped: ge.CrystalliteMap, tmp_path: Path) -> None:
    edited = mapped.edited([rename(mapped.labels, 1, name), merge(mapped.labels, [2, 3])])
    loaded = ge.load_result(edited.save(tmp_path / "a.emd"))
    assert loaded.edits[0].name == name
    assert loaded.names == ({1: name} if name else {})
    assert ("name" in loaded.table) == bool(name)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    texts=st.lists(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])), min_size=1, max_size=5)
)
def test_texts_of_a_table_come_back_to_the_letter(texts: list[str], tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        put_table(file, "t", pd.DataFrame({"text": texts, "number": range(len(texts))}))
        assert get_table(file, "t")["text"].tolist() == texts


def changed(saved: Path, folder: Path, change: Callable[[h5py.Group], None]) -> Path:
    path = folder / "changed.emd"
    shutil.copy(saved, path)
    with h5py.File(path, "a") as file:
        change(file["graineye"])
    return path


def put(name: str, value: Any) -> Callable[[h5py.Group], None]:
    def change(root: h5py.Group) -> None:
        del root[name]
        root[name] = value

    return change


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (put("edits/kind", np.array([b"melt", b"reject"])), "no kind of edit"),
        (put("edits/kind", np.array([b"rename"])), "length"),
        (put("edits/name", np.array([b"\xff", b""])), "utf-8"),
        (put("edits/time", np.array([1.0, 2.0])), "no UTF-8 text"),
        (put("edits/name", np.zeros((2, 2))), ""),
        (lambda root: root["edit_positions/edit"].__setitem__(0, 7), "positions of edits that are not there"),
        (lambda root: root["edit_positions/other"].__setitem__(0, -1), "positions of edits that are not there"),
        (lambda root: root["edit_positions/edit"].__setitem__(0, 1), "names no scan positions"),
        (lambda root: root["edit_positions/y"].__setitem__(0, 12), "scan positions that the scan does not have"),
        (lambda root: root["edit_positions/y"].__setitem__(0, -1), "outside of any scan"),
        (lambda root: root.__delitem__("edit_positions"), ""),
        (lambda root: root.__delitem__("unedited_labels"), ""),
        (lambda root: root.__delitem__("unedited_crystallites"), ""),
        (put("unedited_labels/data", np.zeros((3, 3), np.int32)), "unedited_labels has shape (3, 3)"),
        (lambda root: root["unedited_labels/data"].__setitem__((0, 0), 99), "that no crystallites have"),
        (put("unedited_strengths/data", np.zeros((3, 2), np.float32)), "unedited_strengths has shape"),
        (put("unedited_fractions/data", np.zeros((9, 5, 5), np.float32)), "unedited_fractions has shape"),
        (put("unedited_crystallites/quality", np.zeros(99)), "unedited_fractions has shape"),
    ],
)
def test_a_damaged_file_is_refused_in_one_line(
    change: Callable[[h5py.Group], None], said: str, saved: Path, tmp_path: Path, refused: Any
) -> None:
    path = changed(saved, tmp_path, change)
    with refused(ResultError, path, "no whole results file", said):
        ge.load_result(path)


def test_a_file_that_lost_its_edits_is_a_map_by_itself(saved: Path, tmp_path: Path) -> None:
    loaded = ge.load_result(changed(saved, tmp_path, lambda root: root.__delitem__("edits")))
    assert (loaded.edits, loaded.names, loaded.unedited) == ((), {}, None)
    np.testing.assert_array_equal(loaded.labels, ge.load_result(saved).labels)


def test_a_name_is_no_formula_in_a_spreadsheet(mapped: ge.CrystalliteMap, tmp_path: Path) -> None:
    edited = mapped.edited([rename(mapped.labels, 1, '=HYPERLINK("x")'), rename(mapped.labels, 2, 'a, "b"\nc')])
    save_table(edited.table, tmp_path / "a.csv")
    read = pd.read_csv(tmp_path / "a.csv", keep_default_na=False)
    assert read["name"].tolist() == ['\'=HYPERLINK("x")', 'a, "b"\nc', ""]
    assert edited.table["name"][0].startswith("=")
