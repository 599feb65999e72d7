"""nexusformat, the NeXus community's reader, finds entry, data and axes, and the label map as the default plot."""

from typing import Any

import numpy as np
import pytest

nexus = pytest.importorskip("nexusformat.nexus")


def test_every_array_is_nxdata_with_its_axes_and_units(saved: Any) -> None:
    root = nexus.nxload(str(saved.path))
    assert isinstance(root["graineye"], nexus.NXentry)
    found = {name for name, item in root["graineye"].items() if isinstance(item, nexus.NXdata)}
    assert found == set(saved.arrays)
    for name, expected in saved.arrays.items():
        data = root["graineye"][name]
        np.testing.assert_array_equal(data.nxsignal.nxvalue, expected.values, err_msg=name)
        assert data.nxsignal.attrs["units"] == expected.unit
        assert [axis.nxname for axis in data.nxaxes] == [axis.name for axis in expected.axes]
        for ticks, axis in zip(data.nxaxes, expected.axes, strict=True):
            np.testing.assert_allclose(np.atleast_1d(ticks.nxvalue), axis.ticks(), rtol=1e-12, atol=1e-12)
            assert ticks.attrs["units"] == axis.unit


def test_the_default_plot_is_the_label_map(saved: Any) -> None:
    plotted = nexus.nxload(str(saved.path)).get_default()
    assert plotted.nxpath == "/graineye/labels"
    np.testing.assert_array_equal(plotted.nxsignal.nxvalue, saved.result.labels)


def test_the_whole_tree_can_be_shown(saved: Any) -> None:
    tree = nexus.nxload(str(saved.path)).tree
    assert all(f"{name}:NXdata" in tree for name in saved.arrays)
