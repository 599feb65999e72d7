"""A result as an `xarray.Dataset`: its arrays with named axes, in the scale of the sample and the detector.

Names and units are those of the results file; the template has axes of its own, which are zero where it stands.
"""

from collections.abc import Hashable

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from graineye.results.crystallite_map import CrystalliteMap
from graineye.results.layout import Axis, detector_axes, scan_axes


def labelled(result: CrystalliteMap) -> xr.Dataset:
    """The arrays of a result with their axes.

    Returns
    -------
    Dataset
        `labels`, `total_counts` (y, x), `centre_of_mass` (component, y, x) where it is known; `dark_fields` (y, x, disk);
        `mean`, `std`, `log_sum`, `correlation_of_log_sum`,
        `correlation_of_log_std` (qy, qx); `template` (template_qy, template_qx); `mean_patterns` (crystallite, qy, qx)
        where they are known already. Where crystallites may overlap, `fractions` (crystallite, y, x), `strengths`
        (crystallite, disk), and of the beam that is followed `significance` (qy, qx), `beam`, `beam_measured`
        (component, y, x) and `beam_left_out` (y, x). Crystallites go by their labels, from 1; `disk_y`, `disk_x` are the detector
        positions of the disks in px. Attributes named `units` tell px, nm, 1/nm, mrad or counts.
    """
    statistics, template = result.statistics, result.template
    y, x = scan_axes(result.calibration)
    qy, qx = detector_axes(result.calibration)
    about_qy, about_qx = detector_axes(result.calibration, template.centre)
    scan, detector, about = ("y", "x"), ("qy", "qx"), ("template_qy", "template_qx")
    variables = {
        "labels": _variable(scan, result.labels),
        "total_counts": _variable(scan, statistics.total_counts, "counts"),
        "dark_fields": _variable((*scan, "disk"), result.dark_fields, "counts"),
        "mean": _variable(detector, statistics.mean, "counts"),
        "std": _variable(detector, statistics.std, "counts"),
        "log_sum": _variable(detector, statistics.log_sum),
        "correlation_of_log_sum": _variable(detector, result.correlation_of_log_sum),
        "correlation_of_log_std": _variable(detector, result.correlation_of_log_std),
        "template": _variable(about, template.image),
    }
    if statistics.centre_of_mass is not None:
        variables["centre_of_mass"] = _variable(("component", *scan), statistics.centre_of_mass, "px")
    if result.known_mean_patterns is not None:
        variables["mean_patterns"] = _variable(("crystallite", *detector), result.known_mean_patterns, "counts")
    found, descan = result.overlapping, result.descan
    if found is not None:
        variables["fractions"] = _variable(("crystallite", *scan), np.moveaxis(found.fractions, -1, 0))
        variables["strengths"] = _variable(("crystallite", "disk"), found.strengths, "counts")
    if result.significance is not None:
        variables["significance"] = _variable(detector, result.significance)
    if descan is not None:
        variables["beam"] = _variable(("component", *scan), descan.beam, "px")
        variables["beam_measured"] = _variable(("component", *scan), descan.measured, "px")
        variables["beam_left_out"] = _variable(scan, descan.left_out)
    lengths = {name: length for variable in variables.values() for name, length in variable.sizes.items()}
    coordinates = {
        name: _ticks(name, axis, lengths[name])
        for name, axis in zip((*scan, *detector, *about), (y, x, qy, qx, about_qy, about_qx), strict=True)
    }
    coordinates["disk"] = _variable(("disk",), np.arange(len(result.disks)))
    for name, positions in zip(("disk_y", "disk_x"), result.disks.positions.T, strict=True):
        coordinates[name] = _variable(("disk",), positions, "px")
    if descan is not None:
        coordinates["component"] = _variable(("component",), np.array(["y", "x"]))
    if "crystallite" in lengths:
        coordinates["crystallite"] = _variable(("crystallite",), np.arange(1, result.count + 1))
    return xr.Dataset(variables, coordinates, {"scan": result.provenance.scan_name})


def _variable(axes: tuple[Hashable, ...], values: NDArray[np.generic], unit: str = "") -> xr.Variable:
    return xr.Variable(axes, values, {"units": unit})


def _ticks(name: str, axis: Axis, length: int) -> xr.Variable:
    return _variable((name,), axis.ticks(length), axis.unit)
