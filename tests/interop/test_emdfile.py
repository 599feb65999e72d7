"""emdfile, which py4DSTEM reads with, opens a results file as one tree of arrays, tables and metadata."""

from typing import Any

import numpy as np
import pytest

emdfile = pytest.importorskip("emdfile")
# It asks every module that is loaded for an attribute; some of them warn about names of theirs.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


def test_every_array_has_its_values_axes_and_units(saved: Any) -> None:
    root = emdfile.read(saved.path)
    found = {name for name in root.treekeys if isinstance(root.tree(name), emdfile.Array)}
    assert found == set(saved.arrays)
    for name, expected in saved.arrays.items():
        array = root.tree(name)
        np.testing.assert_array_equal(array.data, expected.values, err_msg=name)
        assert array.data.dtype == expected.values.dtype
        assert array.units == expected.unit
        assert list(array.dim_names) == [axis.name for axis in expected.axes]
        assert list(array.dim_units) == [axis.unit for axis in expected.axes]
        for ticks, axis in zip(array.dims, expected.axes, strict=True):
            np.testing.assert_allclose(ticks, axis.ticks(), rtol=1e-12, atol=1e-12)


def test_every_table_has_its_columns_and_an_empty_one_is_left_out(saved: Any) -> None:
    root = emdfile.read(saved.path)
    found = {name: root.tree(name) for name in root.treekeys if isinstance(root.tree(name), emdfile.PointList)}
    result = saved.result
    tables = {
        "crystallites": result.table,
        "boundaries": result.boundaries,
        "outlines": result.outlines,
        "reflections": result.reflections,
    }
    assert set(found) - {"disks", "dendrogram"} == {name for name, table in tables.items() if len(table)}
    assert ("disks" in found) == (len(result.disks) > 0)
    for name in set(found) & set(tables):
        for column in tables[name].columns:
            values = tables[name][column].to_numpy()
            assert found[name].data[column].dtype == values.dtype, (name, column)
            np.testing.assert_array_equal(found[name].data[column], values)


def test_every_setting_is_metadata(saved: Any) -> None:
    metadata = emdfile.read(saved.path).metadata
    assert metadata["settings"]["probe.ring-outer"] == 6.0
    assert metadata["settings"]["disks.count"] == 60
    assert metadata["settings"]["scan.bad-values"] == "refuse"
    assert metadata["facts"]["template_bright_radius"] == saved.result.template.bright_radius


def test_no_metadata_are_taken_for_py4dstems_calibration(saved: Any) -> None:
    """py4DSTEM's reader calls methods of its own class on whatever is named so."""
    assert "calibration" not in emdfile.read(saved.path).metadata


def test_a_single_array_can_be_read(saved: Any) -> None:
    array = emdfile.read(saved.path, "graineye/labels")
    np.testing.assert_array_equal(array.data, saved.result.labels)
