"""Writes the results file: under a temporary name beside its own, and renamed when whole.

What stands in it is the table of docs/results-file.md; `graineye.results.reading` reads it back.
"""

import json
from dataclasses import asdict
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from graineye.results.crystallite_map import CrystalliteMap
from graineye.results.edits_in_file import put_edits
from graineye.results.layout import (
    CRYSTALLITES,
    DISKS,
    Axis,
    detector_axes,
    make_array,
    make_root,
    put_array,
    put_experiments,
    put_metadata,
    put_table,
    scan_axes,
)
from graineye.whole_file import file_for_hdf5, whole_file

_UNITS = {
    "crystallites": dict.fromkeys(("top", "left", "bottom", "right"), "px"),
    "boundaries": {},
    "outlines": {"y": "px", "x": "px"},
    "reflections": {"strength": "counts"},
    "disks": {"y": "px", "x": "px", "mean_magnitude": "counts"},
    "dendrogram": {"size": "px"},
}
"""Of each table's columns whose name does not end in the unit; px are scan positions, of disks detector pixels."""


def largest_size(shape: tuple[int, int, int, int], disks: int) -> int:
    """Bytes that the results file of a scan (ny, nx, qy, qx) takes at most, before compression.

    Mean patterns are counted for a crystallite every fifty scan positions.
    """
    positions, pixels = shape[0] * shape[1], shape[2] * shape[3]
    images = 8 + positions // 50
    return 4 * positions * disks + 4 * pixels * images + 128 * positions


def write_result(result: CrystalliteMap, path: Path) -> Path:
    """Write a result; an existing file is replaced once the new one is whole.

    Returns
    -------
    The path.

    Raises
    ------
    OutputError
        If the folder is missing, not writable or full; nothing is left behind.
    """
    mean_patterns = result.mean_patterns
    with whole_file(path) as temporary, file_for_hdf5(temporary) as raw, h5py.File(raw, "w") as file:
        root = make_root(file)
        _put_arrays(root, result, mean_patterns)
        _put_tables(root, result)
        _put_facts(root, result)
        if result.unedited is not None:
            put_edits(root, result.edits, result.unedited, scan_axes(result.calibration))
        put_experiments(file, root)
    return path


def _put_arrays(root: h5py.Group, result: CrystalliteMap, mean_patterns: NDArray[np.float32] | None) -> None:
    y, x = scan_axes(result.calibration)
    qy, qx = detector_axes(result.calibration)
    put_array(root, "labels", result.labels, [y, x], "")
    if result.count:
        # One mask at a time: of many crystallites they outgrow the memory, while on disk they take nearly nothing.
        found = result.overlapping
        name, kind = ("masks", np.uint8) if found is None else ("fractions", np.float32)
        stack = make_array(root, name, (result.count, *result.labels.shape), kind, [CRYSTALLITES, y, x], "")
        for i, mask in enumerate(result.masks):
            stack[i] = mask if found is None else found.fractions[..., i]
        if found is not None and len(result.disks):
            put_array(root, "strengths", found.strengths, [CRYSTALLITES, DISKS], "counts")
        if mean_patterns is not None:
            put_array(root, "mean_patterns", mean_patterns, [CRYSTALLITES, qy, qx], "counts")
    if len(result.disks):
        put_array(root, "dark_fields", np.moveaxis(result.dark_fields, -1, 0), [DISKS, y, x], "counts")
    statistics = result.statistics
    for name, image, unit in (
        ("mean", statistics.mean, "counts"),
        ("std", statistics.std, "counts"),
        ("log_sum", statistics.log_sum, ""),
        ("correlation_of_log_sum", result.correlation_of_log_sum, ""),
        ("correlation_of_log_std", result.correlation_of_log_std, ""),
    ):
        put_array(root, name, image, [qy, qx], unit)
    put_array(root, "template", result.template.image, detector_axes(result.calibration, result.template.centre), "")
    if result.significance is not None:
        put_array(root, "significance", result.significance, [qy, qx], "")
    if result.descan is not None:
        axes = [Axis("component"), y, x]
        put_array(root, "beam", result.descan.beam, axes, "px")
        put_array(root, "beam_measured", result.descan.measured, axes, "px")
        put_array(root, "beam_left_out", result.descan.left_out.astype(np.uint8), [y, x], "")
    put_array(root, "total_counts", statistics.total_counts, [y, x], "counts")
    if statistics.centre_of_mass is not None:
        put_array(root, "centre_of_mass", statistics.centre_of_mass, [Axis("component"), y, x], "px")
    put_array(root, "excluded_frames", result.excluded.frames, [y, x], "")
    put_array(root, "excluded_pixels", result.excluded.pixels, [qy, qx], "")


def _put_tables(root: h5py.Group, result: CrystalliteMap) -> None:
    tree = result.dendrogram
    tables = {
        "crystallites": result.table,
        "boundaries": result.boundaries,
        "outlines": result.outlines,
        "reflections": result.reflections,
        "disks": pd.DataFrame(
            {
                "y": result.disks.positions[:, 0],
                "x": result.disks.positions[:, 1],
                "correlation": result.disks.correlation,
                "mean_magnitude": result.mean_magnitude,
            }
        ),
        "dendrogram": pd.DataFrame(
            {
                "left": tree.children[:, 0],
                "right": tree.children[:, 1],
                "height": tree.heights,
                "size": tree.sizes,
            }
        ),
    }
    for name, table in tables.items():
        if len(table):  # other readers fail on a file with an empty table
            put_table(root, name, table, _UNITS[name])


def _put_facts(root: h5py.Group, result: CrystalliteMap) -> None:
    settings = {
        f"{section}.{name}": value
        for section, values in result.settings.to_dict().items()
        for name, value in values.items()
    }
    put_metadata(root, "settings", settings | {"toml": result.settings.to_toml()})
    put_metadata(root, "provenance", {"json": json.dumps(asdict(result.provenance))})
    # Not under the name "calibration", under which py4DSTEM expects its own.
    put_metadata(root, "scales", {"json": json.dumps(asdict(result.calibration))})
    if result.aperture is not None:
        put_metadata(root, "aperture", {"json": json.dumps(asdict(result.aperture))})
    put_metadata(
        root,
        "facts",
        {
            "beam_y": result.beam.position[0],
            "beam_x": result.beam.position[1],
            "beam_correlation": result.beam.correlation,
            "template_bright_radius": result.template.bright_radius,
            "template_source": result.template.source,
            "neighbour_distance": result.dendrogram.neighbour_distance,
        },
    )
