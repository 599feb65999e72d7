"""The axes of a scan in the four metadata trees that programs write around an HDF5 dataset.

Legacy EMD (py4DSTEM up to 0.13), EMD 1.0 (emdfile, py4DSTEM from 0.14), HyperSpy and NeXus; LiberTEM reads none of them.
"""

from collections.abc import Sequence

import h5py
import numpy as np

from graineye.scan.calibration import AxisScale, Calibration
from graineye.scan.units import axis_scale


def read_calibration(dataset: h5py.Dataset) -> tuple[str, Calibration, tuple[str, ...]]:
    """What the file tells of the scale of a scan's axes.

    Parameters
    ----------
    dataset
        Of at least four axes, of which the last four are y, x, qy, qx.

    Returns
    -------
    tree
        Name of the metadata tree; "HDF5" if there is none.
    calibration
        Of the last four axes; "px" where nothing certain is said.
    notes
        What does not fit together, a sentence each.
    """
    for name, reader in (
        ("HyperSpy", _hyperspy),
        ("NeXus", _nexus),
        ("EMD 1.0", _emd),
        ("legacy EMD", _legacy_emd),
    ):
        try:
            axes = reader(dataset)
        except (KeyError, ValueError, TypeError, IndexError, OSError, RuntimeError) as error:
            return name, Calibration(), (f"the axes in the {name} tree cannot be read ({error}): they count as px",)
        if axes is not None and len(axes) == dataset.ndim:
            scales = axes[-4:] if len(axes) >= 4 else [AxisScale()] * (4 - len(axes)) + list(axes)
            return name, *_checked(scales, _py4dstem_scales(dataset) if name == "EMD 1.0" else None)
    return "HDF5", Calibration(), ()


def _checked(
    scales: Sequence[AxisScale], stated: tuple[AxisScale, AxisScale] | None
) -> tuple[Calibration, tuple[str, ...]]:
    """Scan axes in nm and detector axes in 1/nm or mrad, py4DSTEM's own calibration before the axes'."""
    y, x = (scale if scale.unit == "nm" else AxisScale() for scale in scales[:2])
    qy, qx = (scale if scale.unit in ("1/nm", "mrad") else AxisScale() for scale in scales[2:])
    notes = []
    if stated is not None:
        scan, detector = stated
        for what, axis, said in (("scan step", y, scan), ("detector pixel", qy, detector)):
            if "px" not in (axis.unit, said.unit) and not (axis.unit == said.unit and np.isclose(axis.step, said.step)):
                notes.append(
                    f"the file gives two values for the {what}: {axis.step:g} {axis.unit} on its axes, "
                    f"{said.step:g} {said.unit} in py4DSTEM's calibration, which is taken"
                )
        y, x = (scan, scan) if scan.unit == "nm" else (y, x)
        qy, qx = (detector, detector) if detector.unit in ("1/nm", "mrad") else (qy, qx)
    return Calibration(y, x, qy, qx), tuple(notes)


def text(value: object) -> str:
    """An attribute's text, whether stored as bytes, as text or as an array of one."""
    if isinstance(value, np.ndarray):
        value = value.ravel()[0] if value.size else ""
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _of_vector(vector: h5py.Dataset, unit: str) -> AxisScale:
    """The scale of an axis given by its pixels' coordinates, or by the first two of them."""
    values = np.asarray(vector[()], np.float64).ravel()
    if values.size < 2:
        return AxisScale()
    return axis_scale(float(values[-1] - values[0]) / (values.size - 1), unit)


def _hyperspy(dataset: h5py.Dataset) -> list[AxisScale] | None:
    group = dataset.parent
    if "axis-0" not in group:
        return None
    axes = [group[f"axis-{i}"].attrs for i in range(dataset.ndim)]
    return [axis_scale(float(axis.get("scale", 1.0)), text(axis.get("units", ""))) for axis in axes]


def _nexus(dataset: h5py.Dataset) -> list[AxisScale] | None:
    group = dataset.parent
    if text(group.attrs.get("NX_class", "")) != "NXdata" or "axes" not in group.attrs:
        return None
    names = [text(name) for name in np.atleast_1d(group.attrs["axes"])]
    vectors = [group.get(name) for name in names]  # "." stands for an axis without values
    return [
        _of_vector(vector, text(vector.attrs.get("units", ""))) if isinstance(vector, h5py.Dataset) else AxisScale()
        for vector in vectors
    ]


def _emd(dataset: h5py.Dataset) -> list[AxisScale] | None:
    group = dataset.parent
    if "dim0" not in group:
        return None
    return _of_dims(group, range(dataset.ndim))


def _legacy_emd(dataset: h5py.Dataset) -> list[AxisScale] | None:
    group = dataset.parent
    if "dim1" not in group:
        return None
    return _of_dims(group, range(1, dataset.ndim + 1))


def _of_dims(group: h5py.Group, numbers: range) -> list[AxisScale]:
    vectors = [group[f"dim{i}"] for i in numbers]
    return [_of_vector(vector, text(vector.attrs.get("units", ""))) for vector in vectors]


def _py4dstem_scales(dataset: h5py.Dataset) -> tuple[AxisScale, AxisScale] | None:
    """(scan step, detector pixel) of py4DSTEM's calibration in the root group of an EMD 1.0 tree."""
    root = dataset.file[dataset.name.split("/")[1]]
    if not isinstance(root, h5py.Group) or "metadatabundle/calibration" not in root:
        return None
    calibration = root["metadatabundle/calibration"]

    def stated(letter: str) -> AxisScale:
        size, unit = (calibration.get(f"{letter}_pixel_{what}") for what in ("size", "units"))
        if size is None or unit is None:
            return AxisScale()
        return axis_scale(float(np.asarray(size[()])), text(unit[()]))

    return stated("R"), stated("Q")


def read_probe_image(file: h5py.File, frame_shape: tuple[int, int]) -> np.ndarray | None:
    """The image of the probe that a file holds beside its scan, (qy, qx) float32; None if there is none.

    It is the first dataset of the frame's shape with "probe" in its path; of a stack, (n, qy, qx) or (qy, qx, n), the
    first image.
    """
    found: list[h5py.Dataset] = []

    def visit(name: object, item: object) -> None:  # h5py gives bytes of a name that is no UTF-8
        if not (isinstance(item, h5py.Dataset) and "probe" in str(name).lower() and item.dtype.kind in "iuf"):
            return
        if item.ndim in (2, 3) and frame_shape in (item.shape[:2], item.shape[-2:]):
            found.append(item)

    file.visititems(visit)
    if not found:
        return None
    image = np.asarray(found[0][()], np.float32)
    if image.ndim == 3:
        image = image[..., 0] if image.shape[:2] == frame_shape else image[0]
    return image if np.isfinite(image).all() and image.max() > image.min() else None
