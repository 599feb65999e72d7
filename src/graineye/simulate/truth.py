"""What a simulated scan was made of, as the file NAME.truth.npz that maps are scored against.

Its keys, shapes and units (lengths in A) are those of the field's other simulators of such scans.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graineye.simulate.detector import Camera
from graineye.simulate.diffraction import GrainDisks, disk_shares
from graineye.simulate.grains import Columns
from graineye.simulate.options import SimulationOptions

Floats = NDArray[np.float64]

_AMBIGUOUS = 0.2  # the two largest shares of a column differ by less
_VISIBLE_SHARE = 0.003  # of the beam, in the strongest disk
_VISIBLE_ELECTRONS = 20
_CLEAR_OF_BEAM = 1.5  # radii of the aperture between a disk's centre and the beam's


def shares_of_columns(columns: Columns, scan_shape: tuple[int, int]) -> NDArray[np.float32]:
    """Share of the column that each grain takes: (n, ny, nx)."""
    ny, nx = scan_shape
    shares = np.zeros((len(columns.orientation), ny * nx), np.float32)
    position = np.repeat(np.arange(ny * nx), np.diff(columns.first))
    shares[columns.grain, position] = columns.share
    return shares.reshape(-1, ny, nx)


def dominant_grains(shares: NDArray[np.float32]) -> tuple[NDArray[np.int32], NDArray[np.bool_]]:
    """The grain, from 1 on, that takes most of each column, and where the two largest shares are nearly equal: (ny, nx) both."""
    ordered = np.sort(shares, axis=0)
    second = ordered[-2] if len(shares) > 1 else np.zeros_like(ordered[-1])
    return np.argmax(shares, axis=0).astype(np.int32) + 1, ordered[-1] - second < _AMBIGUOUS


def strongest_disk(disks: GrainDisks, thickness: float, radius: float, half_detector: float) -> float:
    """Share of the beam in the strongest disk of a grain that lies on the detector and clear of the beam.

    Parameters
    ----------
    disks
        Of the grain.
    thickness
        Of the grain along the beam, nm.
    radius
        Of the aperture, px.
    half_detector
        px from the beam to the nearest border.
    """
    clear = np.hypot(*disks.position.T) > _CLEAR_OF_BEAM * radius
    on_detector = (np.abs(disks.position) < half_detector).all(axis=1)
    shares = disk_shares(disks, np.array([thickness]))[0, clear & on_detector]
    return float(shares.max(initial=0.0))


def truth_of(
    options: SimulationOptions,
    columns: Columns,
    disks: Sequence[GrainDisks],
    radius: float,
    beam: tuple[Floats, Floats],
    detector: Camera,
) -> dict[str, Any]:
    """Everything that stands in the truth file, by its key."""
    shares = shares_of_columns(columns, options.scan_shape)
    labels, ambiguous = dominant_grains(shares)
    centre, descan = beam
    strongest = np.array(
        [
            strongest_disk(
                grain, float(np.quantile(part[part > 0], 0.9)) * options.thickness, radius, options.detector / 2
            )
            for grain, part in zip(disks, shares, strict=True)
        ]
    )
    enough = (strongest * options.dose > _VISIBLE_ELECTRONS) | (options.dose == 0)
    bullseye = options.probe == "bullseye"
    return {
        "labels": labels,
        "frac": shares.astype(np.float16),
        "ambiguous": ambiguous,
        "visible": (strongest > _VISIBLE_SHARE) & enough,
        "strongest": strongest,
        "thickness": np.full(options.scan_shape, 10 * options.thickness, np.float32),
        "orientation": columns.orientation,
        "phase": np.zeros(len(shares), np.int32),
        "phases": np.array([f"{options.centring}:{10 * options.lattice_parameter:g}:79"]),
        "centre": centre,
        "descan": descan,
        "probe": options.probe,
        "ro": radius,
        "ri": options.ring_inner if bullseye else 0.0,
        "rii": options.spot_radius if bullseye else 0.0,
        "bar": options.bar_width / 2 if bullseye else 0.0,
        "angle": options.bar_angle,
        "dead": detector.dead,
        "hot": detector.hot,
        "step": 10 * options.scan_step,
        "dk": options.detector_pixel / 10,
        "args": json.dumps(asdict(options)),
    }


def write_truth(path: Path, values: dict[str, Any]) -> None:
    """Write the truth file; `path` keeps its name, whatever its suffix."""
    with path.open("wb") as file:
        np.savez_compressed(file, **values)
