"""What the metadata trees of HDF5 files tell of the microscope, and py4DSTEM's own calibration beside the axes.

Beam energy, camera length and rotation are where HyperSpy, pyxem, py4DSTEM and NeXus put them.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import h5py
import numpy as np

from graineye.scan.calibration import AxisScale
from graineye.scan.units import axis_scale, energy_in_kv, length_in_mm

_ENERGY_NAMES = ("beam_energy", "accelerating_voltage")
_NEXUS_ENERGY_NAMES = ("energy", "incident_energy", "voltage", "accelerating_voltage")
_UNKNOWN = AxisScale()
_NEXUS_SOURCES = ("NXsource", "NXbeam", "NXelectron_source", "NXebeam_column")


@dataclass(frozen=True)
class Microscope:
    """What a file tells besides its axes; None is unknown.

    Attributes
    ----------
    beam_energy
        kV.
    camera_length
        mm.
    rotation
        Of the scan against the detector, degrees.
    scan, detector
        py4DSTEM's scan step and detector pixel, which may contradict the axes.
    """

    beam_energy: float | None = None
    camera_length: float | None = None
    rotation: float | None = None
    scan: AxisScale = _UNKNOWN
    detector: AxisScale = _UNKNOWN


def read_microscope(dataset: h5py.Dataset, tree: str) -> Microscope:
    """What stands in the metadata tree round a scan's dataset.

    Parameters
    ----------
    dataset
        The scan.
    tree
        "HyperSpy", "NeXus", "EMD 1.0" or "legacy EMD"; of any other nothing is known.
    """
    readers = {"HyperSpy": _hyperspy, "NeXus": _nexus, "EMD 1.0": _emd, "legacy EMD": _legacy_emd}
    return readers[tree](dataset) if tree in readers else Microscope()


def text(value: object) -> str:
    """An attribute's text, whether stored as bytes, as text or as an array of one."""
    if isinstance(value, np.ndarray):
        value = value.ravel()[0] if value.size else ""
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _number(value: object) -> float | None:
    """A stored number; None of anything else."""
    array = np.asarray(value)
    if array.size != 1 or array.dtype.kind not in "iufSU":
        return None
    try:
        number = float(array.ravel()[0])
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _energy(value: object) -> float | None:
    """A beam's energy in kV, stored in kV or in V: between 10 kV and 3 MV the two do not meet."""
    number = _number(value)
    if number is None:
        return None
    return next((energy for energy in (number, number / 1e3) if 10 <= energy <= 3000), None)


def _length(value: object, unit: str) -> float | None:
    number = _number(value)
    return None if number is None else length_in_mm(number, unit)


def _values(group: object) -> dict[str, object]:
    """The named values of a group, as attributes or as datasets of one number or text."""
    if not isinstance(group, h5py.Group):
        return {}
    values: dict[str, object] = dict(group.attrs)
    values.update({name: item[()] for name, item in group.items() if isinstance(item, h5py.Dataset) and item.size == 1})
    return values


def _first_energy(values: Mapping[str, object]) -> float | None:
    found = (_energy(values[name]) for name in _ENERGY_NAMES if name in values)
    return next((energy for energy in found if energy is not None), None)


def _hyperspy(dataset: h5py.Dataset) -> Microscope:
    """Metadata.Acquisition_instrument.TEM; pyxem's camera length is in cm, HyperSpy's in mm."""
    tem = dataset.parent.get("metadata/Acquisition_instrument/TEM")
    values = _values(tem)
    of_pyxem = _values(tem.get("Detector/Diffraction")) if isinstance(tem, h5py.Group) else {}
    length = _length(values.get("camera_length"), "mm")
    return Microscope(
        beam_energy=_first_energy(values),
        camera_length=_length(of_pyxem.get("camera_length"), "cm") if length is None else length,
        rotation=_number(values.get("scan_rotation")),
    )


def _nexus(dataset: h5py.Dataset) -> Microscope:
    """The energy of the source, and the detector's distance and pixel, wherever they stand in the scan's entry."""
    entry = dataset.parent
    while entry.name != "/" and text(entry.attrs.get("NX_class", "")) != "NXentry":
        entry = entry.parent
    energy: float | None = None
    distance: float | None = None
    chip: float | None = None
    for group in _groups(entry):
        kind = text(group.attrs.get("NX_class", ""))
        if kind in _NEXUS_SOURCES and energy is None:
            stated = (_with_unit(group, name) for name in _NEXUS_ENERGY_NAMES)
            energies = (energy_in_kv(value, unit) for value, unit in filter(None, stated))
            energy = next((found for found in energies if found is not None), None)
        if kind == "NXdetector":
            distance = distance or _of_detector(group, "distance")
            chip = chip or _of_detector(group, "x_pixel_size")
    if distance is None or chip is None:
        return Microscope(energy, distance)
    return Microscope(energy, distance, detector=AxisScale(1e3 * math.atan(chip / distance), "mrad"))


def _of_detector(group: h5py.Group, name: str) -> float | None:
    stated = _with_unit(group, name)
    return None if stated is None else length_in_mm(*stated)


def _groups(entry: h5py.Group) -> Iterator[h5py.Group]:
    found: list[h5py.Group] = []
    entry.visititems(lambda _, item: found.append(item) if isinstance(item, h5py.Group) else None)
    yield from found


def _with_unit(group: h5py.Group, name: str) -> tuple[float, str] | None:
    item = group.get(name)
    if not isinstance(item, h5py.Dataset) or item.size != 1:
        return None
    number = _number(item[()])
    return None if number is None else (number, text(item.attrs.get("units", "")))


def _emd(dataset: h5py.Dataset) -> Microscope:
    """py4DSTEM from 0.14: the metadata `calibration` of the root group, and `microscope` where a user keeps one."""
    root = dataset.file[dataset.name.split("/")[1]]
    bundle = root.get("metadatabundle") if isinstance(root, h5py.Group) else None
    if not isinstance(bundle, h5py.Group):
        return Microscope()
    return _py4dstem(_values(bundle.get("microscope")) | _values(bundle.get("calibration")), "pixel_units")


def _legacy_emd(dataset: h5py.Dataset) -> Microscope:
    """py4DSTEM up to 0.13: groups `microscope` and, later measured and so believed, `calibration` among the metadata."""
    metadata = dataset.file.get(f"{dataset.name.split('/')[1]}/metadata")
    if not isinstance(metadata, h5py.Group):
        return Microscope()
    values: dict[str, object] = {}
    for name in ("microscope", "calibration"):
        for group in (metadata, *(item for item in metadata.values() if isinstance(item, h5py.Group))):
            values |= _values(group.get(name))
    return _py4dstem(values, "pixel_size_units")


def _py4dstem(values: Mapping[str, object], units: str) -> Microscope:
    rotation = _number(values.get("QR_rotation_degrees"))
    if rotation is None and "deg" in text(values.get("QR_rotation_units", "")):
        rotation = _number(values.get("QR_rotation"))

    def stated(letter: str) -> AxisScale:
        size = _number(values.get(f"{letter}_pixel_size"))
        return AxisScale() if size is None else axis_scale(size, text(values.get(f"{letter}_{units}", "")))

    return Microscope(beam_energy=_first_energy(values), rotation=rotation, scan=stated("R"), detector=stated("Q"))
