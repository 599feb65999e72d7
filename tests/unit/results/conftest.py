"""Results of every kind that can be saved."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import graineye as ge
from graineye.crystallites import give, merge, reject, rename, split
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
    "overlaps",
    "overlaps: a new cut",
    "overlaps: no disks",
    "overlaps: one row",
    "overlaps: excluded",
    "edited",
    "edited: nothing is left",
    "overlaps: edited",
    "overlaps: edited: nothing is left",
)


@pytest.fixture(scope="session", params=KINDS)
def any_result(
    request: pytest.FixtureRequest,
    mapped: ge.CrystalliteMap,
    mapped_as_overlaps: ge.CrystalliteMap,
    polycrystal: Any,
    save_legacy_emd: SaveHDF5,
    tmp_path_factory: pytest.TempPathFactory,
) -> ge.CrystalliteMap:
    """A result of each kind, its mean patterns known."""
    frames, folder = polycrystal.frames, tmp_path_factory.mktemp("any")
    if "edited" in request.param:
        return edited(mapped_as_overlaps if "overlaps" in request.param else mapped, "nothing" in request.param)
    if request.param.startswith("overlaps"):
        return of_overlaps(request.param.removeprefix("overlaps: "), mapped_as_overlaps, folder)
    if request.param in ("three crystallites", "a new cut"):
        return mapped if request.param == "three crystallites" else mapped.cut(count=7, min_size=3)
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


def of_overlaps(kind: str, mapped: ge.CrystalliteMap, folder: Path) -> ge.CrystalliteMap:
    """The same of crystallites that may overlap."""
    if kind == "overlaps":
        return mapped
    if kind == "a new cut":
        return mapped.cut(count=7, min_size=3)
    if kind == "no disks":
        y, x = np.mgrid[:72, :80]
        beam = 0.3 + 30.0 * (np.hypot(y - 36, x - 40) < 6)
        np.save(folder / "scan.npy", np.random.default_rng(22).poisson(beam, (6, 5, 72, 80)).astype(np.uint16))
        scan = ge.open_scan(folder / "scan.npy")
    else:
        how = {"one row": {"roi": "0:1,0:14"}, "excluded": {"exclude_frames": "3,2:7;9,12"}}[kind]
        scan = ge.open_scan(mapped.scan.path, **how)
    result = ge.map_crystallites(scan, mapped.settings, silent)
    assert (result.count == 0) == (kind == "no disks")
    return result


def edited(mapped: ge.CrystalliteMap, nothing_left: bool) -> ge.CrystalliteMap:
    """With an edit of every kind, or with every crystallite rejected."""
    labels = mapped.labels
    if nothing_left:
        result = mapped.edited([reject(labels, label) for label in range(1, labels.max() + 1)])
        while result.labels.any():  # those that were hidden show now
            result = mapped.edited([*result.edits, reject(result.labels, 1)])
        return result
    upper = np.arange(len(labels))[:, None] < np.argwhere(labels == 1).mean(axis=0)[0] + np.zeros(labels.shape)
    corner = np.zeros(labels.shape, bool)
    corner[-2:, -3:] = True
    parted = split(labels, 1, upper, "2026-11-25T15:00:00Z")
    found = mapped.edited([parted]).labels
    return mapped.edited(
        [
            parted,
            give(found, corner, int(found[0, 0]), "2026-11-25T15:01:00Z"),
            rename(found, 2, "Körner <b>\u65e5", "2026-11-25T15:02:00Z"),
            merge(found, [1, int(found.max())], "2026-11-25T15:03:00Z"),
            reject(found, 3),
        ]
    )


@pytest.fixture(scope="session")
def assert_same() -> Callable[[ge.CrystalliteMap, ge.CrystalliteMap], None]:
    """Everything that two results hold is equal, to the bit and in type."""

    def check(first: ge.CrystalliteMap, second: ge.CrystalliteMap) -> None:
        for name in ("settings", "calibration", "provenance", "beam", "names"):
            assert getattr(first, name) == getattr(second, name), name
        arrays = {
            "labels": lambda r: r.labels,
            "mean": lambda r: r.statistics.mean,
            "std": lambda r: r.statistics.std,
            "log_sum": lambda r: r.statistics.log_sum,
            "total_counts": lambda r: r.statistics.total_counts,
            "centre_of_mass": lambda r: r.statistics.centre_of_mass,
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
        for name in ("overlapping", "descan", "significance"):
            assert (getattr(first, name) is None) == (getattr(second, name) is None), name
        if first.significance is not None:
            arrays["significance"] = lambda r: r.significance
        if first.descan is not None:
            arrays["beam"] = lambda r: r.descan.beam
            arrays["beam_measured"] = lambda r: r.descan.measured
            arrays["beam_left_out"] = lambda r: r.descan.left_out
        if first.overlapping is not None:
            arrays["fractions"] = lambda r: r.overlapping.fractions
            arrays["strengths"] = lambda r: r.overlapping.strengths if r.count else np.zeros(0)
            arrays["quality"] = lambda r: r.overlapping.quality
            arrays["masks"] = lambda r: r.overlapping.masks
        for i, (one, other) in enumerate(zip(first.edits, second.edits, strict=True)):
            assert (one.kind, one.name, one.time) == (other.kind, other.name, other.time)
            arrays[f"positions of edit {i}"] = lambda r, i=i: r.edits[i].positions
            arrays[f"others of edit {i}"] = lambda r, i=i: r.edits[i].others
        assert (first.unedited is None) == (second.unedited is None)
        if first.unedited is not None:
            check_unedited(first.edited([]), second.edited([]))
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

    def check_unedited(first: ge.CrystalliteMap, second: ge.CrystalliteMap) -> None:
        np.testing.assert_array_equal(first.labels, second.labels)
        pd.testing.assert_frame_equal(first.table, second.table)
        if first.overlapping is not None:
            np.testing.assert_array_equal(first.overlapping.fractions, second.overlapping.fractions)
            np.testing.assert_array_equal(first.overlapping.strengths, second.overlapping.strengths)

    return check
