"""The axes of a scan in the four metadata trees that programs write around an HDF5 dataset.

Legacy EMD (py4DSTEM up to 0.13), EMD 1.0 (emdfile, py4DSTEM from 0.14), HyperSpy and NeXus; LiberTEM reads none of them.
"""

from collections.abc import Sequence
from dataclasses import replace

import h5py
import numpy as np

from graineye.scan.calibration import AxisScale, Calibration
from graineye.scan.microscope import Microscope, read_microscope, text
from graineye.scan.units import axis_scale

_BELIEVED = {
    "EMD 1.0": "in py4DSTEM's calibration, which is taken",
    "legacy EMD": "in py4DSTEM's calibration, which is taken",
    "NeXus": "by the detector's pixel and distance, which are not taken",
}
"""The trees that may give a second value, and what becomes of it."""


def read_calibration(dataset: h5py.Dataset) -> tuple[str, Calibration, tuple[str, ...]]:
    """What the file tells of the scale of a scan's axes.

    Parameters
    ----------
    dataset
        Of at least four axes, of which the last four are y, x, qy, qx, or in reverse: see `axes_in_reverse`.

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
            if axes_in_reverse(dataset):
                axes.reverse()
            scales = axes[-4:] if len(axes) >= 4 else [AxisScale()] * (4 - len(axes)) + list(axes)
            told, trouble = _microscope(dataset, name)
            calibration, notes = _checked(scales, told, name)
            calibration = replace(
                calibration, beam_energy=told.beam_energy, camera_length=told.camera_length, rotation=told.rotation
            )
            return name, calibration, trouble + notes
    return "HDF5", Calibration(), ()


def _microscope(dataset: h5py.Dataset, tree: str) -> tuple[Microscope, tuple[str, ...]]:
    try:
        return read_microscope(dataset, tree), ()
    except (KeyError, ValueError, TypeError, IndexError, OSError, RuntimeError, AttributeError) as error:
        return Microscope(), (f"what the {tree} tree says of the microscope cannot be read ({error})",)


def _checked(scales: Sequence[AxisScale], told: Microscope, tree: str) -> tuple[Calibration, tuple[str, ...]]:
    """Scan axes in nm and detector axes in 1/nm or mrad, py4DSTEM's own calibration before the axes'."""
    y, x = (scale if scale.unit == "nm" else AxisScale() for scale in scales[:2])
    qy, qx = (scale if scale.unit in ("1/nm", "mrad") else AxisScale() for scale in scales[2:])
    scan = told.scan if told.scan.unit == "nm" else AxisScale()
    detector = told.detector if told.detector.unit in ("1/nm", "mrad") else AxisScale()
    trusted = tree != "NeXus"  # there it follows from other values, and only fills a gap
    notes = []
    for what, axes, said in (("scan step", (y, x), scan), ("detector pixel", (qy, qx), detector)):
        differ = [axis for axis in axes if "px" not in (axis.unit, said.unit) and not _alike(axis, said)]
        if differ and (trusted or differ[0].unit == said.unit):
            notes.append(
                f"the file gives two values for the {what}: {differ[0].step:g} {differ[0].unit} on its axes, "
                f"{said.step:g} {said.unit} {_BELIEVED[tree]}"
            )
    if scan.unit != "px":
        y, x = scan, scan
    if detector.unit != "px" and (trusted or "px" in (qy.unit, qx.unit)):
        qy, qx = detector, detector
    return Calibration(y, x, qy, qx), tuple(notes)


def _alike(one: AxisScale, other: AxisScale) -> bool:
    return one.unit == other.unit and bool(np.isclose(one.step, other.step))


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


def axes_in_reverse(dataset: h5py.Dataset) -> bool:
    """Whether a dataset's axes are (qx, qy, x, y): so RosettaSciIO writes EMD 0.2, below a group named signals.

    Where the units of the axes say otherwise, they are believed.
    """
    group = dataset.parent
    if dataset.ndim != 4 or "dim1" not in group or "dim0" in group:
        return False
    try:
        units = [axis.unit for axis in _of_dims(group, range(1, 5))]
    except (KeyError, ValueError, TypeError, IndexError, OSError, RuntimeError, AttributeError):
        units = ["px"] * 4
    try:
        version = [text(dataset.file.attrs.get(f"version_{part}", "")) for part in ("major", "minor")]
    except (KeyError, ValueError, TypeError, OSError, RuntimeError):
        version = ["0", "2"]
    scan, detector = ("nm", "px"), ("1/nm", "mrad", "px")
    as_read = all(u in scan for u in units[:2]) and all(u in detector for u in units[2:])
    turned = all(u in detector for u in units[:2]) and all(u in scan for u in units[2:])
    if as_read != turned:
        return turned
    return version == ["0", "2"] and dataset.name.startswith("/signals/")


def _of_dims(group: h5py.Group, numbers: range) -> list[AxisScale]:
    vectors = [group[f"dim{i}"] for i in numbers]
    return [_of_vector(vector, text(vector.attrs.get("units", ""))) for vector in vectors]


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
