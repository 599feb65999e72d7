"""Which disks each crystallite shows: the strongest, one for each reflection.

Disk positions on the flanks of one disk are told apart from another disk by the template's bright radius.
"""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from graineye.scan.calibration import Calibration

_MOST = 12
"""Reflections listed for each crystallite."""
_FAINTEST = 0.05
"""Share of a crystallite's strongest reflection below which a disk is not listed."""


def mean_strengths(labels: NDArray[np.int32], dark_fields: NDArray[np.float32]) -> NDArray[np.float64]:
    """Mean dark fields (ny, nx, n_disks) over each label from 1 to the highest: (n, n_disks)."""
    n = int(labels.max(initial=0))
    means = [dark_fields[labels == label].mean(axis=0, dtype=np.float64) for label in range(1, n + 1)]
    return np.array(means, np.float64).reshape(n, dark_fields.shape[-1])


def reflection_table(
    strengths: NDArray[np.floating],
    positions: NDArray[np.int64],
    beam: tuple[float, float],
    bright_radius: float,
    calibration: Calibration,
) -> pd.DataFrame:
    """The strongest disks of each crystallite.

    Parameters
    ----------
    strengths
        (n_crystallites, n_disks) counts in each disk.
    positions
        (n_disks, 2) as (y, x), px.
    beam
        (y, x) of the zero-order beam, px; disks that overlap it are left out.
    bright_radius
        Of the template, px.
    calibration
        Gives the detector pixel, which may be longer along one axis.

    Returns
    -------
    DataFrame
        `label`; `disk`, the index of the position; `strength`, the counts in it;
        `d_nm`, the planes' distance (NaN unless the detector's pixel is known in 1/nm, or in mrad with the
        beam's energy); `azimuth_deg`
        of the reflection as seen from the beam, from the detector's x axis (0) towards its y axis (90), -180 to 180.
    """
    rows = []
    from_beam = positions - np.asarray(beam)
    apart = np.hypot(*from_beam.T) > 2 * bright_radius
    for label, strength in enumerate(strengths, 1):
        candidates = np.flatnonzero(apart & (strength > 0))
        chosen: list[int] = []
        for disk in candidates[np.argsort(-strength[candidates], kind="stable")].tolist():
            if len(chosen) == _MOST or (chosen and strength[disk] < _FAINTEST * strength[chosen[0]]):
                break
            if all(np.hypot(*(positions[disk] - positions[other])) > bright_radius for other in chosen):
                chosen.append(disk)
        rows += [(label, disk, strength[disk]) for disk in chosen]
    columns = np.array(rows, np.float64).reshape(-1, 3)
    disks = columns[:, 1].astype(np.int32)
    # Angles and lengths are those of the sample's reciprocal space: pixels need not be square there.
    per_nm = calibration.detector_pixel_per_nm
    g_y, g_x = (from_beam[disks] * (per_nm or calibration.detector_pixel)).T
    g = np.full(len(disks), np.nan) if per_nm is None else np.hypot(g_y, g_x)
    return pd.DataFrame(
        {
            "label": columns[:, 0].astype(np.int32),
            "disk": disks,
            "strength": columns[:, 2].astype(np.float32),
            "d_nm": np.divide(1.0, g, out=np.full(len(g), np.nan), where=g > 0),
            "azimuth_deg": np.degrees(np.arctan2(g_y, g_x)),
        }
    )
