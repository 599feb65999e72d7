"""A file that a later version of the same format wrote is read: what this version does not know is passed over."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pandas as pd

import graineye as ge
from graineye.results.layout import Axis, put_array, put_metadata, put_table

AssertSame = Callable[[ge.CrystalliteMap, ge.CrystalliteMap], None]


def test_arrays_tables_columns_and_metadata_of_a_later_version_are_passed_over(
    mapped: ge.CrystalliteMap, assert_same: AssertSame, tmp_path: Path
) -> None:
    path = mapped.save(tmp_path / "a.emd")
    with h5py.File(path, "a") as file:
        root = file["graineye"]
        put_array(root, "strain", np.ones((2, 12, 14)), [Axis("axis"), Axis("y"), Axis("x")], "px")
        put_table(root, "stability", pd.DataFrame({"label": [1, 2, 3], "stability": [0.5, 0.9, 1.0]}))
        for name in ("crystallites", "disks", "dendrogram", "reflections"):
            length = len(root[name][min(root[name])])
            root[name].create_dataset("confidence", data=np.ones(length)).attrs["dtype"] = np.bytes_("float64")
        put_metadata(root, "edits", {"merged": "3 into 1"})
        root["metadatabundle/facts"]["stability"] = 0.7
    assert_same(mapped, ge.load_result(path))


def test_more_of_the_scan_and_its_axes_than_this_version_knows_is_passed_over(
    mapped: ge.CrystalliteMap, assert_same: AssertSame, tmp_path: Path
) -> None:
    path = mapped.save(tmp_path / "a.emd")

    def add(file: h5py.File, name: str, change: Callable[[dict[str, Any]], None]) -> None:
        group = file[f"graineye/metadatabundle/{name}"]
        values = json.loads(group["json"][()])
        change(values)
        del group["json"]  # a longer text needs a longer place
        group["json"] = json.dumps(values)

    with h5py.File(path, "a") as file:
        add(file, "provenance", lambda values: values.update(cluster="tcp://node:8786"))
        add(file, "scales", lambda values: values["y"].update(error=0.01))
        add(file, "scales", lambda values: values.update(astigmatism=12.5))
    assert_same(mapped, ge.load_result(path))


def test_a_file_of_before_crystallites_could_overlap_is_one_of_a_cut(mapped: ge.CrystalliteMap, tmp_path: Path) -> None:
    path = mapped.save(tmp_path / "a.emd")
    with h5py.File(path, "a") as file:
        toml = file["graineye/metadatabundle/settings/toml"]
        before = toml[()].decode().replace('[segmentation]\nmethod = "dendrogram"\n', "")
        assert "segmentation" not in before
        toml[()] = before
    loaded = ge.load_result(path)
    assert loaded.settings == mapped.settings
    assert loaded.overlapping is None
    np.testing.assert_array_equal(loaded.labels, mapped.labels)
