"""How a results file is laid out: the names, attributes and units that the field's readers look for.

One HDF5 file, which is EMD 1.0, NeXus and HyperSpy's format at once; docs/results-file.md says what stands where.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import h5py
import numpy as np
import pandas as pd
from numpy.typing import DTypeLike, NDArray

from graineye.scan import Calibration

FORMAT_VERSION = 1
"""Raised when a reader of the version before could misread a file."""
ROOT = "graineye"
_EXPERIMENTS = "Experiments"
_UNITS_BY_SUFFIX = {"_px": "px", "_nm": "nm", "_nm2": "nm2", "_deg": "degrees"}


@dataclass(frozen=True)
class Axis:
    """One axis of an array: its name, the size of a step along it, that size's unit, and where it starts."""

    name: str
    step: float = 1.0
    unit: str = ""
    start: float = 0.0

    def ticks(self, length: int) -> NDArray[np.float64]:
        """The first `length` places along the axis."""
        return self.start + self.step * np.arange(length, dtype=np.float64)


CRYSTALLITES = Axis("crystallite", start=1)
"""Crystallites are named by their labels, which count from 1."""
DISKS = Axis("disk")


def scan_axes(calibration: Calibration) -> tuple[Axis, Axis]:
    """The axes y and x, from the first scan position on."""
    y, x = calibration.y, calibration.x
    return Axis("y", y.step, y.unit), Axis("x", x.step, x.unit)


def detector_axes(calibration: Calibration, origin: tuple[int, int] = (0, 0)) -> tuple[Axis, Axis]:
    """The axes qy and qx, which are zero at the pixel `origin`."""
    (pixel_y, pixel_x), unit = calibration.detector_pixel, calibration.detector_unit
    return Axis("qy", pixel_y, unit, -origin[0] * pixel_y), Axis("qx", pixel_x, unit, -origin[1] * pixel_x)


def make_root(file: h5py.File) -> h5py.Group:
    """The root group, with what readers look for in the file and in it."""
    file.attrs.update(
        emd_group_type="file",
        version_major=1,
        version_minor=0,
        NX_class="NXroot",
        default=ROOT,
        file_format="HyperSpy",
        file_format_version="3.3",
    )
    root = file.create_group(ROOT)
    root.attrs.update(
        emd_group_type="root", python_class="Root", NX_class="NXentry", default="labels", format_version=FORMAT_VERSION
    )
    return root


def make_array(
    root: h5py.Group, name: str, shape: tuple[int, ...], dtype: DTypeLike, axes: Sequence[Axis], unit: str
) -> h5py.Dataset:
    """An EMD 1.0 Array and NXdata whose values are still to be filled in: `data`, its axes by name, and `dim0`...

    Parameters
    ----------
    root
        The root group.
    name
        Of the array.
    shape
        As many axes as `axes`; none of length zero, which other readers cannot open.
    dtype
        Of the values.
    axes
        In the order of the data; the last two make an image.
    unit
        Of the values.

    Returns
    -------
    The dataset, in compressed chunks of one image.
    """
    group = root.create_group(name)
    group.attrs.update(
        emd_group_type="array",
        python_class="Array",
        NX_class="NXdata",
        signal="data",
        axes=[axis.name for axis in axes],
        interpretation="image",
    )
    # gzip and shuffle are in every HDF5 library; higher levels take several times as long and save little.
    values = group.create_dataset(
        "data",
        shape,
        dtype,
        chunks=(1,) * (len(shape) - 2) + shape[-2:],
        compression="gzip",
        compression_opts=1,
        shuffle=True,
    )
    values.attrs["units"] = unit
    for i, (axis, length) in enumerate(zip(axes, shape, strict=True)):
        group.attrs[f"{axis.name}_indices"] = i
        vector = _put_ticks(group, axis.name, axis, length)
        if length > 1:
            group[f"dim{i}"] = h5py.SoftLink(vector.name)
        else:
            # A single entry has no step. EMD 1.0 allows the first two of a linear axis in place of all of them.
            _put_ticks(group, f"dim{i}", axis, 2)
    return values


def put_array(root: h5py.Group, name: str, data: NDArray[np.generic], axes: Sequence[Axis], unit: str) -> None:
    """Write an array as a whole; see `make_array`."""
    make_array(root, name, data.shape, data.dtype, axes, unit)[...] = data


def _put_ticks(group: h5py.Group, name: str, axis: Axis, length: int) -> h5py.Dataset:
    vector = group.create_dataset(name, data=axis.ticks(length))
    vector.attrs.update(name=axis.name, units=axis.unit)
    return vector


def get_array(root: h5py.Group, name: str) -> NDArray[np.generic]:
    """The values of an array that `put_array` wrote."""
    return np.asarray(root[name]["data"][()])


def put_experiments(file: h5py.File, root: h5py.Group) -> None:
    """Show every array under `root` to HyperSpy: under `Experiments`, its axes and a link to its data."""
    experiments = file.create_group(_EXPERIMENTS)
    experiments.attrs["NX_class"] = "NXcollection"
    arrays = {name: item for name, item in root.items() if item.attrs.get("emd_group_type") == "array"}
    for name, array in arrays.items():
        experiment = experiments.create_group(name)
        # The package whose signal class this is: HyperSpy tries to import it.
        experiment.attrs.update(package="hyperspy", package_version="2.0")
        experiment.create_group("metadata/General").attrs["title"] = name
        experiment.create_group("metadata/Signal").attrs["signal_type"] = ""
        for empty in ("original_metadata", "attributes", "learning_results"):
            experiment.create_group(empty)
        for i, length in enumerate(array["data"].shape):
            _put_uniform_axis(experiment, i, array[f"dim{i}"], length, navigate=i < array["data"].ndim - 2)
        if any(other.startswith(name) for other in arrays if other != name):
            _put_apart(experiment, array)
        else:
            # RosettaSciIO's EMD reader passes over a soft link; a hard one it would find before the array itself.
            experiment["data"] = h5py.SoftLink(array["data"].name)


def _put_uniform_axis(experiment: h5py.Group, i: int, ticks: h5py.Dataset, length: int, navigate: bool) -> None:
    start, after = ticks[:2].tolist()
    experiment.create_group(f"axis-{i}").attrs.update(
        _type="UniformDataAxis",
        name=ticks.attrs["name"],
        units=ticks.attrs["units"],
        scale=after - start,
        offset=start,
        size=length,
        navigate=navigate,
        is_binned=False,
    )


def _put_apart(experiment: h5py.Group, array: h5py.Group) -> None:
    """Let RosettaSciIO's EMD reader find an array under `Experiments` instead of under the root.

    It piles up arrays with those whose path goes on where theirs ends, so it would try `mean` and `mean_patterns` as
    one stack. It lists each dataset once, by the first hard link to it.
    """
    experiment.attrs["emd_group_type"] = "array"
    experiment["data"] = array["data"]
    for i in range(array["data"].ndim):
        experiment[f"dim{i}"] = h5py.SoftLink(f"{array.name}/dim{i}")


def put_table(root: h5py.Group, name: str, table: pd.DataFrame, units: Mapping[str, str] | None = None) -> None:
    """Write a table as EMD 1.0 PointList: a group with a dataset for every column.

    Parameters
    ----------
    root
        The root group.
    name
        Of the table.
    table
        Not empty: other readers fail on a file with an empty table.
    units
        Of columns whose name does not end in its unit.
    """
    group = root.create_group(name)
    group.attrs.update(emd_group_type="pointlist", python_class="PointList", NX_class="NXcollection")
    for column in table.columns:
        values = table[column].to_numpy()
        if values.dtype.kind == "O":
            values = _stored_texts(values.tolist())
        stored = group.create_dataset(column, data=values.astype(np.uint8) if values.dtype == bool else values)
        stored.attrs["dtype"] = np.bytes_(str(values.dtype))
        unit = (units or {}).get(column) or _UNITS_BY_SUFFIX.get("_" + column.rpartition("_")[2])
        if unit:
            stored.attrs["units"] = unit


def get_table(root: h5py.Group, name: str) -> pd.DataFrame:
    """A table that `put_table` wrote."""
    group = root[name]
    columns = {column: np.asarray(group[column][()]) for column in group}
    texts = {column: np.char.decode(values, "utf-8") for column, values in columns.items() if values.dtype.kind == "S"}
    return pd.DataFrame(columns | {column: values.astype(object) for column, values in texts.items()})


def put_metadata(root: h5py.Group, name: str, values: Mapping[str, str | float | int | bool]) -> None:
    """Write named values as EMD 1.0 Metadata, each a scalar dataset that says its type."""
    bundle = root.require_group("metadatabundle")
    bundle.attrs.update(emd_group_type="metadatabundle", NX_class="NXcollection")
    group = bundle.create_group(name)
    group.attrs.update(emd_group_type="metadata", python_class="Metadata", NX_class="NXcollection")
    for key, value in values.items():
        kind = "string" if isinstance(value, str) else "bool" if isinstance(value, bool) else "number"
        group.create_dataset(key, data=_stored(value)).attrs["type"] = np.bytes_(kind)


def _stored(value: str | float | int | bool) -> object:
    """A value as it is written: text of fixed length, since HDF5 may search a damaged file for other text without end."""
    return _stored_texts(value) if isinstance(value, str) else value


def _stored_texts(value: str | list[str]) -> NDArray[np.bytes_]:
    encoded = np.char.encode(value, "utf-8")
    return encoded.astype(h5py.string_dtype("utf-8", max(encoded.dtype.itemsize, 1)))


def get_metadata(root: h5py.Group, name: str) -> dict[str, str | float | int]:
    """Named values that `put_metadata` wrote."""
    values = {key: item[()] for key, item in root["metadatabundle"][name].items()}
    return {key: value.decode() if isinstance(value, bytes) else value.item() for key, value in values.items()}
