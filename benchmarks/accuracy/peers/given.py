"""What every peer is given of a scan, and how its grains become a result that can be scored.

The truth beside the scan tells which pixels are bad, where the beam is in every frame and how large the disks are: help that
graineye does not get. Needs numpy, scipy and h5py only, for it runs in every peer's environment.
"""

import argparse
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

DATACUBES, PROBE = "4DSTEM_experiment/data/datacubes", "4DSTEM_experiment/data/diffractionslices/probe/data"
LEAST_SIZE = 10  # scan positions: the scorer leaves smaller grains out as well
NEAR_BEAM = 1.75  # disk radii: nearer to the beam are only its side lobes; the first reflections lie at 2.2 and more

Setting = dict[str, Any]
Found = tuple[Setting, NDArray[np.floating]]


@dataclass(frozen=True)
class Given:
    """A scan with bad pixels replaced, its probe image, the beam in every frame and the radius of the disks.

    ``frames`` (ny, nx, qy, qx); ``probe`` (qy, qx), the beam at ``probe_centre``; ``beam`` (ny, nx, 2) as (y, x), px;
    ``radius`` px.
    """

    frames: NDArray[np.uint16]
    probe: NDArray[np.float32]
    probe_centre: NDArray[np.float64]
    beam: NDArray[np.float64]
    radius: float


def give(path: Path) -> Given:
    """Read a scan and the help that its truth holds."""
    with np.load(path.with_suffix(".truth.npz")) as truth:
        bad = np.concatenate([truth["dead"], truth["hot"]])
        beam = truth["centre"] + truth["descan"]
        radius = float(truth["ro"])
    with h5py.File(path) as file:
        (cube,) = file[DATACUBES].values()
        frames = cube["data"][:]
        probe = file[PROBE][:].astype(np.float32)
    is_bad = np.zeros(probe.shape, dtype=bool)
    is_bad[bad[:, 0], bad[:, 1]] = True
    for y, x in bad:
        around = np.s_[max(y - 1, 0) : y + 2, max(x - 1, 0) : x + 2]
        frames[:, :, y, x] = np.median(frames[:, :, *around][:, :, ~is_bad[around]], axis=-1)
    return Given(frames, probe, np.array(ndimage.center_of_mass(probe)), beam, radius)


def grains(
    amounts: NDArray[np.floating], least: float, smoothing: float
) -> tuple[NDArray[np.uint16], NDArray[np.bool_]]:
    """Labels and masks of what a peer found: the amount of each grain, relative to its own largest, at least ``least``.

    ``amounts`` (grains, ny, nx) are smoothed by a Gaussian of ``smoothing`` scan positions first; the label is the grain of
    the largest relative amount. Grains of fewer than `LEAST_SIZE` positions are left out.
    """
    relative = ndimage.gaussian_filter(amounts.astype(np.float32), (0, smoothing, smoothing))
    # The fifth largest amount: one position may stand out.
    large = np.sort(relative.reshape(len(relative), -1), axis=1)[:, -5]
    relative /= np.maximum(large, 1e-12)[:, None, None]
    masks = relative >= least
    enough = masks.sum(axis=(1, 2)) >= LEAST_SIZE
    masks, relative = masks[enough], relative[enough]
    if not len(masks):
        return np.zeros(amounts.shape[1:], dtype=np.uint16), masks
    labels = np.where(masks.any(axis=0), 1 + np.where(masks, relative, 0).argmax(axis=0), 0)
    return labels.astype(np.uint16), masks


def run(maps: Callable[[Given], Iterator[Found]], leasts: list[float], smoothings: list[float]) -> None:
    """Write the result of every setting for one scan: OUT/0000.npz, ... and the settings in OUT/settings.json.

    ``maps`` yields settings and the amounts that they lead to; each is turned into masks with each of ``leasts`` and
    ``smoothings``.
    """
    parser = argparse.ArgumentParser()
    parser.add_argument("scan", type=Path)
    parser.add_argument("out", type=Path)
    asked = parser.parse_args()
    asked.out.mkdir(parents=True, exist_ok=True)
    settings: list[Setting] = []
    for setting, amounts in maps(give(asked.scan)):
        for least in leasts:
            for smoothing in smoothings:
                labels, masks = grains(amounts, least, smoothing)
                np.savez_compressed(asked.out / f"{len(settings):04d}.npz", labels=labels, masks=masks)
                settings.append({**setting, "least amount": least, "smoothing": smoothing})
    (asked.out / "settings.json").write_text(json.dumps(settings), encoding="utf-8")
