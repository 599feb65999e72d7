"""Results files of every kind, and what every reader must find in them."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import graineye as ge
from graineye.progress import silent
from graineye.scan import AxisScale, Calibration

SaveHDF5 = Callable[..., Path]
KINDS = ("three crystallites", "no crystallites", "one row", "angles", "pixels")
SCALES = {
    "three crystallites": ((2.0, 2.5), "nm", (0.2, 0.25), "1/nm"),
    "no crystallites": ((2.0, 2.5), "nm", (0.2, 0.25), "1/nm"),
    "one row": ((2.0, 2.5), "nm", (0.2, 0.25), "1/nm"),
    "angles": ((0.4, 0.3), "nm", (0.6, 0.7), "mrad"),
    "pixels": ((1.0, 1.0), "px", (1.0, 1.0), "px"),
}


@dataclass(frozen=True)
class Axis:
    """An axis as every reader must give it back."""

    name: str
    size: int
    step: float
    unit: str = ""
    start: float = 0.0

    def ticks(self) -> NDArray[np.float64]:
        return self.start + self.step * np.arange(self.size)


@dataclass(frozen=True)
class Array:
    """An array as every reader must give it back."""

    values: NDArray[np.generic]
    unit: str
    axes: tuple[Axis, ...]


@dataclass(frozen=True)
class Saved:
    """A result, its file, and the arrays in it by name."""

    kind: str
    result: ge.CrystalliteMap
    path: Path
    arrays: dict[str, Array]

    def copied_as(self, suffix: str) -> Path:
        """The same bytes under another suffix, by which RosettaSciIO and HyperSpy choose their reader."""
        path = self.path.with_suffix(suffix)
        path.write_bytes(self.path.read_bytes())
        return path


def expected_arrays(result: ge.CrystalliteMap, kind: str) -> dict[str, Array]:
    """The arrays of DESIGN.md 4, stacks with the counted thing first; nothing of length zero."""
    step, scan_unit, pixel, detector_unit = SCALES[kind]
    (ny, nx), count, disks = result.labels.shape, result.count, len(result.disks)
    scan = (Axis("y", ny, step[0], scan_unit), Axis("x", nx, step[1], scan_unit))
    (qy, qx), (ty, tx) = result.statistics.mean.shape, result.template.image.shape
    detector = (Axis("qy", qy, pixel[0], detector_unit), Axis("qx", qx, pixel[1], detector_unit))
    around_its_centre = (
        Axis("qy", ty, pixel[0], detector_unit, -(ty // 2) * pixel[0]),
        Axis("qx", tx, pixel[1], detector_unit, -(tx // 2) * pixel[1]),
    )
    crystallite, disk = Axis("crystallite", count, 1.0, start=1.0), Axis("disk", disks, 1.0)
    statistics = result.statistics
    arrays = {
        "labels": Array(result.labels, "", scan),
        "total_counts": Array(statistics.total_counts, "counts", scan),
        "centre_of_mass": Array(statistics.centre_of_mass, "px", (Axis("component", 2, 1.0), *scan)),
        "excluded_frames": Array(result.excluded.frames, "", scan),
        "excluded_pixels": Array(result.excluded.pixels, "", detector),
        "mean": Array(statistics.mean, "counts", detector),
        "std": Array(statistics.std, "counts", detector),
        "log_sum": Array(statistics.log_sum, "", detector),
        "correlation_of_log_sum": Array(result.correlation_of_log_sum, "", detector),
        "correlation_of_log_std": Array(result.correlation_of_log_std, "", detector),
        "template": Array(result.template.image, "", around_its_centre),
    }
    if disks:
        arrays["dark_fields"] = Array(np.moveaxis(result.dark_fields, -1, 0), "counts", (disk, *scan))
    if count:
        masks = np.stack([result.labels == label for label in range(1, count + 1)]).astype(np.uint8)
        arrays["masks"] = Array(masks, "", (crystallite, *scan))
        arrays["mean_patterns"] = Array(result.known_mean_patterns, "counts", (crystallite, *detector))
    return arrays


@pytest.fixture(scope="session", params=KINDS)
def saved(
    request: pytest.FixtureRequest,
    mapped: ge.CrystalliteMap,
    polycrystal: Any,
    save_legacy_emd: SaveHDF5,
    tmp_path_factory: pytest.TempPathFactory,
) -> Saved:
    """A results file of each kind under its own suffix."""
    kind, folder = request.param, tmp_path_factory.mktemp("interop")
    result = mapped
    if kind in ("no crystallites", "one row"):
        # Equal frames have no disks but the beam, so they show no crystallites.
        one_row = polycrystal.frames[:1]
        frames = one_row if kind == "one row" else np.broadcast_to(one_row[0, 0], (4, 5, *one_row.shape[2:]))
        scan = ge.open_scan(save_legacy_emd(folder / "scan.h5", frames))
        result = ge.map_crystallites(scan, mapped.settings, silent)
        assert (result.count == 0) == (kind == "no crystallites")
        # A file cannot tell the step between rows where there is one only; a user can.
        result = replace(result, calibration=mapped.calibration)
    elif kind == "angles":
        scales = (AxisScale(0.4, "nm"), AxisScale(0.3, "nm"), AxisScale(0.6, "mrad"), AxisScale(0.7, "mrad"))
        result = replace(mapped, calibration=Calibration(*scales))
    elif kind == "pixels":
        result = replace(mapped, calibration=Calibration())
    path = result.save(folder / "scan.crystallites.emd")
    return Saved(kind, result, path, expected_arrays(result, kind))
