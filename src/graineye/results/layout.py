"""How a results file is laid out: the names, attributes and units that EMD 1.0 and NeXus readers look for.

One HDF5 file; under the root group `graineye` each array is a group of its own with its data and its axes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import h5py
import numpy as np
import pandas as pd
from numpy.typing import NDArray

FORMAT_VERSION = 1
"""Raised when a reader of the version before could misread a file."""
ROOT = "graineye"


@dataclass(frozen=True)
class Axis:
    """One axis of an array: its name, the size of a step along it, and that size's unit."""

    name: str
    step: float = 1.0
    unit: str = ""


def make_root(file: h5py.File) -> h5py.Group:
    """The root group, with what readers look for in the file and in it."""
    file.attrs.update(emd_group_type="file", version_major=1, version_minor=0, default=ROOT)
    root = file.create_group(ROOT)
    root.attrs.update(
        emd_group_type="root", python_class="Root", NX_class="NXentry", default="labels", format_version=FORMAT_VERSION
    )
    return root


def put_array(
    root: h5py.Group,
    name: str,
    data: NDArray[np.generic],
    axes: Sequence[Axis],
    unit: str,
    interpretation: str = "image",
) -> None:
    """Write an array as EMD 1.0 Array and NXdata: `data`, its axes by name, and `dim0`... as links to them.

    Parameters
    ----------
    root
        The root group.
    name
        Of the array.
    data
        As many axes as `axes`; none of length zero, which other readers cannot open.
    axes
        In the order of the data.
    unit
        Of the values.
    interpretation
        NeXus: "image" where the last two axes belong together, "spectrum" where the last one stands alone.
    """
    group = root.create_group(name)
    group.attrs.update(
        emd_group_type="array",
        python_class="Array",
        NX_class="NXdata",
        signal="data",
        axes=[axis.name for axis in axes],
        interpretation=interpretation,
    )
    chunk = (1,) * (data.ndim - 2) + data.shape[-2:]
    values = group.create_dataset("data", data=data, chunks=chunk, compression="gzip", compression_opts=1, shuffle=True)
    values.attrs["units"] = unit
    for i, (axis, length) in enumerate(zip(axes, data.shape, strict=True)):
        group.attrs[f"{axis.name}_indices"] = i
        vector = group.create_dataset(axis.name, data=np.arange(length) * axis.step)
        vector.attrs.update(name=axis.name, units=axis.unit)
        group[f"dim{i}"] = h5py.SoftLink(vector.name)


def get_array(root: h5py.Group, name: str) -> NDArray[np.generic]:
    """The values of an array that `put_array` wrote."""
    return np.asarray(root[name]["data"][()])


def put_table(root: h5py.Group, name: str, table: pd.DataFrame) -> None:
    """Write a table as EMD 1.0 PointList: a group with a dataset for every column."""
    group = root.create_group(name)
    group.attrs.update(emd_group_type="pointlist", python_class="PointList")
    for column in table.columns:
        values = table[column].to_numpy()
        stored = group.create_dataset(column, data=values.astype(np.uint8) if values.dtype == bool else values)
        stored.attrs["dtype"] = np.bytes_(str(values.dtype))


def get_table(root: h5py.Group, name: str) -> pd.DataFrame:
    """A table that `put_table` wrote."""
    group = root[name]
    return pd.DataFrame({column: np.asarray(group[column][()]) for column in group})


def put_metadata(root: h5py.Group, name: str, values: Mapping[str, str | float | int | bool]) -> None:
    """Write named values as EMD 1.0 Metadata, each a scalar dataset that says its type."""
    bundle = root.require_group("metadatabundle")
    bundle.attrs["emd_group_type"] = "metadatabundle"
    group = bundle.create_group(name)
    group.attrs.update(emd_group_type="metadata", python_class="Metadata")
    for key, value in values.items():
        kind = "string" if isinstance(value, str) else "bool" if isinstance(value, bool) else "number"
        group.create_dataset(key, data=value).attrs["type"] = np.bytes_(kind)


def get_metadata(root: h5py.Group, name: str) -> dict[str, str | float | int]:
    """Named values that `put_metadata` wrote."""
    values = {key: item[()] for key, item in root["metadatabundle"][name].items()}
    return {key: value.decode() if isinstance(value, bytes) else value.item() for key, value in values.items()}
