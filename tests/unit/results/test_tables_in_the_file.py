"""Tables and metadata of the results file, read with h5py alone."""

import hashlib
import json
import tomllib
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

import graineye as ge

COLUMNS = {
    "crystallites": {
        "label",
        "area_px",
        "area_nm2",
        "diameter_nm",
        "y_px",
        "x_px",
        "y_nm",
        "x_nm",
        "touches_edge",
        "neighbours",
    },
    "disks": {"y", "x", "correlation", "mean_magnitude"},
    "dendrogram": {"left", "right", "height", "size"},
    "outlines": {"label", "ring", "y", "x"},
    "boundaries": {"label", "neighbour", "length_px"},
    "reflections": {"label", "disk", "strength", "d_nm", "azimuth_deg"},
}


@pytest.fixture(scope="module")
def path(mapped: ge.CrystalliteMap, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return mapped.save(tmp_path_factory.mktemp("file") / "a.emd")


@pytest.mark.parametrize("name", COLUMNS)
def test_a_table_stands_under_its_name_one_column_a_dataset(name: str, path: Path) -> None:
    with h5py.File(path) as file:
        table = file["graineye"][name]
        assert (table.attrs["emd_group_type"], table.attrs["python_class"]) == ("pointlist", "PointList")
        assert set(table) >= COLUMNS[name]
        lengths = {column.shape for column in table.values()}
        assert len(lengths) == 1
        for column in table.values():
            assert isinstance(column.attrs["dtype"], bytes)
            np.dtype(column.attrs["dtype"].decode())


def test_crystallites_are_measured_in_positions_and_in_nm(path: Path) -> None:
    with h5py.File(path) as file:
        table = {name: column[()] for name, column in file["graineye/crystallites"].items()}
    # 7 x 8, 12 x 6 and 5 x 8 positions of 2 nm x 2.5 nm.
    assert table["label"].tolist() == [1, 2, 3]
    assert table["area_px"].tolist() == [56, 72, 40]
    np.testing.assert_allclose(table["area_nm2"], [280.0, 360.0, 200.0])
    np.testing.assert_allclose(table["y_px"], [3.0, 5.5, 9.0])
    np.testing.assert_allclose(table["x_nm"], [3.5 * 2.5, 10.5 * 2.5, 3.5 * 2.5])
    assert table["neighbours"].tolist() == [2, 2, 2]


def test_boundaries_are_counted_in_edges_between_positions(path: Path) -> None:
    with h5py.File(path) as file:
        table = file["graineye/boundaries"]
        rows = set(zip(*(table[name][()].tolist() for name in ("label", "neighbour", "length_px")), strict=True))
    assert rows == {(1, 2, 7), (2, 1, 7), (1, 3, 8), (3, 1, 8), (2, 3, 5), (3, 2, 5)}


def test_the_dendrogram_joins_every_position(path: Path) -> None:
    with h5py.File(path) as file:
        table = {name: column[()] for name, column in file["graineye/dendrogram"].items()}
    assert len(table["height"]) == 12 * 14 - 1
    assert table["size"].max() == 12 * 14
    joined = np.sort(np.concatenate([table["left"], table["right"]]))
    np.testing.assert_array_equal(joined, np.arange(2 * 12 * 14 - 2))


def test_the_disks_of_each_region_are_among_its_reflections(path: Path, polycrystal: Any) -> None:
    with h5py.File(path) as file:
        disks = np.stack([file["graineye/disks"][axis][()] for axis in "yx"], axis=1)
        label, disk, d_nm = (file["graineye/reflections"][name][()] for name in ("label", "disk", "d_nm"))
    for region, places in polycrystal.disks.items():
        strongest = disks[disk[label == region][:2]]
        assert {tuple(place) for place in strongest.tolist()} == set(places)
        for place, found in zip(strongest, d_nm[label == region][:2], strict=True):
            g = np.hypot((place[0] - 36) * 0.2, (place[1] - 40) * 0.25)
            assert found == pytest.approx(1 / g, rel=1e-2)


def test_settings_stand_one_by_one_and_as_the_toml_that_reproduces_the_run(
    path: Path, mapped: ge.CrystalliteMap
) -> None:
    with h5py.File(path) as file:
        bundle = file["graineye/metadatabundle"]
        assert bundle.attrs["emd_group_type"] == "metadatabundle"
        group = bundle["settings"]
        assert (group.attrs["emd_group_type"], group.attrs["python_class"]) == ("metadata", "Metadata")
        values = {name: item[()] for name, item in group.items()}
        types = {name: item.attrs["type"] for name, item in group.items()}
    assert values["disks.count"] == 60
    assert values["probe.ring-outer"] == 6.0
    assert values["scan.bad-values"] == b"refuse"
    assert (types["disks.count"], types["scan.bad-values"]) == (b"number", b"string")
    assert "cut.distance" not in values, "unset"
    assert ge.Settings.from_dict(tomllib.loads(values["toml"].decode())) == mapped.settings


def test_provenance_tells_the_scan_and_the_versions(path: Path, mapped: ge.CrystalliteMap) -> None:
    scan = mapped.scan.path
    with h5py.File(path) as file:
        known = json.loads(file["graineye/metadatabundle/provenance/json"][()])
    content = scan.read_bytes()
    assert known["scan_name"] == "polycrystal.h5"
    assert Path(known["scan_path"]) == scan
    assert known["dataset_path"] == "/4DSTEM_experiment/data/datacubes/scan/data"
    assert known["scan_size"] == len(content) > 2**20
    assert known["scan_checksum"] == hashlib.sha256(content[: 2**20] + content[-(2**20) :]).hexdigest()
    assert known["scan_shape"] == [12, 14, 72, 80]
    assert known["roi"] is None
    assert known["versions"]["h5py"] == h5py.__version__
    assert known["versions"]["numpy"] == np.__version__
    assert set(known["seconds"]) >= {"template", "statistics", "dark fields", "dendrogram", "cut"}
    assert all(seconds >= 0 for seconds in known["seconds"].values())
    assert any("60 were asked for" in note for note in known["notes"]) == (len(mapped.disks) < 60)
