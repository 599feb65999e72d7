"""What a simulated scan was made of, as the file NAME.truth.npz that maps are scored against.

Its keys, shapes and units (lengths in A) are those of the field's other simulators of such scans.
"""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graineye.simulate.detector import Camera
from graineye.simulate.diffraction import GrainDisks, disk_shares
from graineye.simulate.frames import Patterns
from graineye.simulate.options import SimulationOptions
from graineye.simulate.specimen import Specimen

Floats = NDArray[np.float64]

_AMBIGUOUS = 0.2  # the two largest shares of a column differ by less
_VISIBLE_SHARE = 0.003  # of the beam, in the strongest disk
_VISIBLE_ELECTRONS = 20
_TURNS = 9  # of a bent grain, at which its strongest disk is looked for
_CLEAR_OF_BEAM = 1.5  # radii of the aperture between a disk's centre and the beam's


def shares_of_columns(specimen: Specimen, scan_shape: tuple[int, int]) -> NDArray[np.float32]:
    """Share of the column that each grain takes: (n, ny, nx), 0 in vacuum."""
    ny, nx = scan_shape
    shares = np.zeros((specimen.grains, ny * nx), np.float32)
    shares[specimen.columns.grain, specimen.position] = specimen.columns.share
    return shares.reshape(-1, ny, nx)


def dominant_grains(shares: NDArray[np.float32]) -> tuple[NDArray[np.int32], NDArray[np.bool_]]:
    """The grain, from 1 on, that takes most of each column, and where the two largest shares are nearly equal: (ny, nx) both.

    Vacuum is 0, and not ambiguous.
    """
    nothing = np.zeros((2, *shares.shape[1:]), shares.dtype)
    second, first = np.sort(np.concatenate([nothing, shares]), axis=0)[-2:]
    labels = np.argmax(np.concatenate([nothing[:1], shares]), axis=0).astype(np.int32)
    return labels, (first - second < _AMBIGUOUS) & (first > 0)


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


def strongest_of_grain(
    patterns: Patterns, grain: int, turns: Floats, share: NDArray[np.float32], radius: float, half_detector: float
) -> float:
    """Share of the beam in the strongest disk of a grain, at its thick places and at whatever turn shows most.

    Parameters
    ----------
    patterns
        Of all grains.
    grain
        From 0 on.
    turns
        (2,) its least and largest turn, degrees.
    share
        (positions,) of each column, of this grain.
    radius, half_detector
        As in `strongest_disk`.
    """
    specimen = patterns.specimen
    there = share > 0
    thickness = float(np.quantile((share * specimen.thickness)[there], 0.9))
    angles = np.linspace(turns[0], turns[1], _TURNS if specimen.bend else 1)
    return max(strongest_disk(patterns.at(grain, angle), thickness, radius, half_detector) for angle in angles)


def truth_of(
    options: SimulationOptions,
    patterns: Patterns,
    radius: float,
    beam: tuple[Floats, Floats],
    detector: Camera,
) -> dict[str, Any]:
    """Everything that stands in the truth file, by its key."""
    specimen = patterns.specimen
    shares = shares_of_columns(specimen, options.scan_shape)
    labels, ambiguous = dominant_grains(shares)
    centre, descan = beam
    strongest = np.array(
        [
            strongest_of_grain(patterns, grain, turns, share.ravel(), radius, options.detector / 2)
            for grain, (turns, share) in enumerate(zip(specimen.turns(), shares, strict=True))
        ],
        np.float64,
    )
    enough = (strongest * options.dose > _VISIBLE_ELECTRONS) | (options.dose == 0)
    ringed, spotted, barred = (
        options.probe in probes for probes in (("bullseye", "annulus"), ("bullseye", "hole3"), ("bullseye",))
    )
    return {
        "labels": labels,
        "frac": shares.astype(np.float16),
        "ambiguous": ambiguous,
        "visible": (strongest > _VISIBLE_SHARE) & enough,
        "strongest": strongest,
        "thickness": (10 * specimen.thickness).astype(np.float32).reshape(options.scan_shape),
        "orientation": specimen.columns.orientation,
        "phase": specimen.phase.astype(np.int32),
        "phases": np.array([phase.name for phase in options.crystals]),
        "copied_from": specimen.copied_from.astype(np.int32),
        "bend": specimen.bend.angle.reshape(options.scan_shape),
        "bend_axis": specimen.bend.axis,
        "centre": centre,
        "descan": descan,
        "probe": options.probe,
        "ro": radius,
        "ri": options.ring_inner if ringed else 0.0,
        "rii": options.spot_radius if spotted else 0.0,
        "bar": options.bar_width / 2 if barred else 0.0,
        "angle": options.bar_angle,
        "ellipticity": options.ellipticity,
        "ellipticity_angle": options.ellipticity_angle,
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
