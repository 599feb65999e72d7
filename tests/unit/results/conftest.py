"""Results of every kind that can be saved."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import graineye as ge
from graineye.progress import silent

SaveHDF5 = Callable[..., Path]
KINDS = (
    "three crystallites",
    "a new cut",
    "no disks",
    "one row",
    "one column",
    "no calibration",
    "a region of interest",
)


@pytest.fixture(scope="session", params=KINDS)
def any_result(
    request: pytest.FixtureRequest,
    mapped: ge.CrystalliteMap,
    polycrystal: Any,
    save_legacy_emd: SaveHDF5,
    tmp_path_factory: pytest.TempPathFactory,
) -> ge.CrystalliteMap:
    """A result of each kind, its mean patterns known."""
    frames, folder = polycrystal.frames, tmp_path_factory.mktemp("any")
    if request.param == "three crystallites":
        return mapped
    if request.param == "a new cut":
        return mapped.cut(count=7, min_size=3)
    if request.param == "a region of interest":
        scan = ge.open_scan(mapped.scan.path, roi="2:10,3:12")
        return ge.map_crystallites(scan, mapped.settings, silent)
    if request.param == "no calibration":
        np.save(folder / "scan.npy", frames)
        return ge.map_crystallites(ge.open_scan(folder / "scan.npy"), mapped.settings, silent)
    parts = {
        "no disks": np.broadcast_to(frames[0, 0], (4, 5, 72, 80)),
        "one row": frames[:1],
        "one column": frames[:, :1],
    }
    scan = ge.open_scan(save_legacy_emd(folder / "scan.h5", parts[request.param]))
    result = ge.map_crystallites(scan, mapped.settings, silent)
    assert (result.count == 0) == (request.param == "no disks")
    return result


@pytest.fixture(scope="session")
def assert_same() -> Callable[[ge.CrystalliteMap, ge.CrystalliteMap], None]:
    """Everything that two results hold is equal, to the bit and in type."""

    def check(first: ge.CrystalliteMap, second: ge.CrystalliteMap) -> None:
        for name in ("settings", "calibration", "provenance", "beam"):
            assert getattr(first, name) == getattr(second, name), name
        arrays = {
            "labels": lambda r: r.labels,
            "mean": lambda r: r.statistics.mean,
            "std": lambda r: r.statistics.std,
            "log_sum": lambda r: r.statistics.log_sum,
            "total_counts": lambda r: r.statistics.total_counts,
            "template": lambda r: r.template.image,
            "correlation_of_log_sum": lambda r: r.correlation_of_log_sum,
            "correlation_of_log_std": lambda r: r.correlation_of_log_std,
            "positions": lambda r: r.disks.positions,
            "disks' correlation": lambda r: r.disks.correlation,
            "dark_fields": lambda r: r.dark_fields,
            "children": lambda r: r.dendrogram.children,
            "heights": lambda r: r.dendrogram.heights,
            "sizes": lambda r: r.dendrogram.sizes,
            "mean_patterns": lambda r: r.mean_patterns,
            "features": lambda r: r.features,
            "mean_magnitude": lambda r: r.mean_magnitude,
        }
        for name, part in arrays.items():
            a, b = part(first), part(second)
            assert (a.dtype, a.shape) == (b.dtype, b.shape), name
            np.testing.assert_array_equal(a, b, err_msg=name)
        for name in ("table", "boundaries", "outlines", "reflections"):
            pd.testing.assert_frame_equal(getattr(first, name), getattr(second, name), obj=name)
        assert first.template.bright_radius == second.template.bright_radius
        assert first.template.source == second.template.source
        assert first.dendrogram.shape == second.dendrogram.shape
        assert first.dendrogram.neighbour_distance == second.dendrogram.neighbour_distance
        assert (first.count, repr(first)) == (second.count, repr(second))

    return check
