"""graineye finds the crystallites in a 4D-STEM scan: where they are, how big, and which reflections each shows.

>>> import graineye as ge
>>> scan = ge.open_scan("polyAu.h5")                # doctest: +SKIP
>>> result = ge.map_crystallites(scan)              # doctest: +SKIP
>>> result.labels, result.table                     # doctest: +SKIP
"""

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from graineye.crystallites import (
        Dendrogram,
        Edit,
        absorb_small,
        cut_at_distance,
        cut_into,
        cut_relative,
        dendrogram,
        features,
    )
    from graineye.disks import (
        Beam,
        DiskPositions,
        correlate,
        find_bad_pixels,
        find_beam,
        find_disks,
        locate_disks,
        log_scaled,
        replace_bad_pixels,
    )
    from graineye.errors import GraineyeError
    from graineye.mapping import dark_fields, map_crystallites
    from graineye.passes import Statistics, region_means, statistics
    from graineye.probe import Template, bullseye, disk, read_probe, template_from_probe
    from graineye.probe_choice import template_for
    from graineye.results import CrystalliteMap, load_result
    from graineye.scan import Calibration, Scan, open_scan
    from graineye.score import Score, Truth, score_map
    from graineye.settings import CutSettings, DisksSettings, ProbeSettings, Settings
    from graineye.simulate import SimulationOptions, simulate_scan

# Heavy libraries load with the first name that needs them (PEP 562), so that `graineye --help` answers at once.
_HOMES = {
    "absorb_small": "crystallites",
    "Beam": "disks",
    "bullseye": "probe",
    "Calibration": "scan",
    "correlate": "disks",
    "CrystalliteMap": "results",
    "CutSettings": "settings",
    "cut_at_distance": "crystallites",
    "cut_into": "crystallites",
    "cut_relative": "crystallites",
    "dark_fields": "mapping",
    "Dendrogram": "crystallites",
    "dendrogram": "crystallites",
    "disk": "probe",
    "DiskPositions": "disks",
    "DisksSettings": "settings",
    "Edit": "crystallites",
    "features": "crystallites",
    "find_bad_pixels": "disks",
    "find_beam": "disks",
    "find_disks": "disks",
    "GraineyeError": "errors",
    "load_result": "results",
    "locate_disks": "disks",
    "log_scaled": "disks",
    "map_crystallites": "mapping",
    "open_scan": "scan",
    "ProbeSettings": "settings",
    "read_probe": "probe",
    "region_means": "passes",
    "replace_bad_pixels": "disks",
    "Scan": "scan",
    "Score": "score",
    "score_map": "score",
    "Settings": "settings",
    "simulate_scan": "simulate",
    "SimulationOptions": "simulate",
    "Statistics": "passes",
    "statistics": "passes",
    "Template": "probe",
    "template_for": "probe_choice",
    "template_from_probe": "probe",
    "Truth": "score",
}

__all__ = [
    "Beam",
    "Calibration",
    "CrystalliteMap",
    "CutSettings",
    "Dendrogram",
    "DiskPositions",
    "DisksSettings",
    "Edit",
    "GraineyeError",
    "ProbeSettings",
    "Scan",
    "Score",
    "Settings",
    "SimulationOptions",
    "Statistics",
    "Template",
    "Truth",
    "absorb_small",
    "bullseye",
    "correlate",
    "cut_at_distance",
    "cut_into",
    "cut_relative",
    "dark_fields",
    "dendrogram",
    "disk",
    "features",
    "find_bad_pixels",
    "find_beam",
    "find_disks",
    "load_result",
    "locate_disks",
    "log_scaled",
    "map_crystallites",
    "open_scan",
    "read_probe",
    "region_means",
    "replace_bad_pixels",
    "score_map",
    "simulate_scan",
    "statistics",
    "template_for",
    "template_from_probe",
]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'graineye' has no attribute {name!r}")
    value = getattr(importlib.import_module(f"graineye.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
