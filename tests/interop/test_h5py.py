"""Plain h5py, or any other HDF5 library: every value can be reached by its name, without plugins."""

from typing import Any

import h5py
import numpy as np


def test_every_array_stands_beside_its_axes(saved: Any) -> None:
    with h5py.File(saved.path) as file:
        for name, expected in saved.arrays.items():
            group = file["graineye"][name]
            np.testing.assert_array_equal(group["data"][()], expected.values)
            assert group["data"].attrs["units"] == expected.unit
            assert list(group.attrs["axes"]) == [axis.name for axis in expected.axes]
            for axis in expected.axes:
                np.testing.assert_allclose(group[axis.name][()], axis.ticks(), rtol=1e-12, atol=1e-12)
                assert group[axis.name].attrs["units"] == axis.unit


def test_nothing_but_the_filters_of_every_hdf5_library_is_used(saved: Any) -> None:
    standard = {h5py.h5z.FILTER_DEFLATE, h5py.h5z.FILTER_SHUFFLE}
    with h5py.File(saved.path) as file:
        for name in saved.arrays:
            how = file["graineye"][name]["data"].id.get_create_plist()
            assert {how.get_filter(i)[0] for i in range(how.get_nfilters())} == standard


def test_nothing_in_the_file_is_empty(saved: Any) -> None:
    sizes = {}
    with h5py.File(saved.path) as file:
        file.visititems(lambda name, item: sizes.update({name: item.size}) if isinstance(item, h5py.Dataset) else None)
    assert [name for name, size in sizes.items() if size == 0] == []


def test_every_link_leads_somewhere(saved: Any) -> None:
    dangling = []
    with h5py.File(saved.path) as file:
        file.visititems_links(lambda name, _: dangling.append(name) if name not in file else None)
    assert dangling == []


def test_columns_tell_their_units(saved: Any) -> None:
    expected = {
        "crystallites": {
            "label": None,
            "area_px": "px",
            "area_nm2": "nm2",
            "diameter_nm": "nm",
            "y_px": "px",
            "x_nm": "nm",
            "top": "px",
            "right": "px",
            "touches_edge": None,
        },
        "boundaries": {"neighbour": None, "length_px": "px", "length_nm": "nm"},
        "outlines": {"ring": None, "y": "px", "x": "px"},
        "reflections": {"disk": None, "strength": "counts", "d_nm": "nm", "azimuth_deg": "degrees"},
        "disks": {"y": "px", "x": "px", "correlation": None, "mean_magnitude": "counts"},
        "dendrogram": {"left": None, "right": None, "height": None, "size": "px"},
    }
    with h5py.File(saved.path) as file:
        root = file["graineye"]
        for table, columns in expected.items():
            if table in root:
                assert {name: root[table][name].attrs.get("units") for name in columns} == columns
