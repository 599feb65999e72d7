"""Why is this a boundary? Which edge was clicked, and which reflections differ between the two crystallites."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from graineye.explorer.state import State

_MOST = 8
"""Reflections listed."""
_FAINTEST = 0.02
"""Of the strongest reflection; what is fainter in both is none."""


def boundary_near(labels: NDArray[np.int32], y: float, x: float, reach: float) -> tuple[int, int] | None:
    """The two crystallites whose boundary is nearest to a place on the scan, lower label first.

    Parameters
    ----------
    labels
        (ny, nx).
    y, x
        Of the place; scan positions are at whole numbers.
    reach
        Farthest that a boundary may be, in scan positions.

    Returns
    -------
    None where no edge between two crystallites is as near.
    """
    ny, nx = labels.shape
    row, column = round(y), round(x)
    found: list[tuple[float, int, int]] = []
    for axis, step in ((0, (1, 0)), (1, (0, 1))):
        for i in range(row - 2, row + 3):
            for j in range(column - 2, column + 3):
                k, m = i + step[0], j + step[1]
                if not (i >= 0 and k < ny and j >= 0 and m < nx):
                    continue
                a, b = sorted((int(labels[i, j]), int(labels[k, m])))
                if a in (0, b):
                    continue
                # the edge is a line of one step across the line between the two positions
                along = (
                    (y - (i + 0.5), max(abs(x - j) - 0.5, 0))
                    if axis == 0
                    else (max(abs(y - i) - 0.5, 0), x - (j + 0.5))
                )
                found.append((float(np.hypot(*along)), a, b))
    near = min(found, default=None)
    return near[1:] if near is not None and near[0] <= reach else None


def differing_reflections(state: State, first: int, second: int) -> pd.DataFrame:
    """The disks in which two crystallites differ most, one for each reflection.

    Returns
    -------
    DataFrame
        `disk`; `y_px`, `x_px` of it; `d_nm`, NaN where unknown; `first`, `second`, mean counts in it; `significance`, their
        difference over its standard error (Welch's t), positive where the first has more; the most significant first.
    """
    shown = state.shown
    calibration, positions = shown.calibration, shown.disks.positions
    values = [_used(shown.dark_fields[state.mask_of(label)]) for label in (first, second)]
    significance = welch(*values)
    beam = shown.beam.position if shown.descan is None else shown.descan.mean
    from_beam = positions - np.asarray(beam)
    radius = shown.template.bright_radius
    strength = np.maximum(*(of.mean(axis=0) for of in values))
    seen = strength > _FAINTEST * strength.max(initial=0.0, where=np.hypot(*from_beam.T) > 2 * radius)
    chosen: list[int] = []
    for disk in np.argsort(-np.abs(np.nan_to_num(significance)), kind="stable").tolist():
        apart = all(np.hypot(*(positions[disk] - positions[other])) > radius for other in chosen)
        if apart and seen[disk] and np.hypot(*from_beam[disk]) > 2 * radius:
            chosen.append(disk)
        if len(chosen) == _MOST:
            break
    per_nm = calibration.detector_pixel_per_nm
    g = np.full(len(chosen), np.nan) if per_nm is None else np.hypot(*(from_beam[chosen] * per_nm).T)
    return pd.DataFrame(
        {
            "disk": chosen,
            "y_px": positions[chosen, 0],
            "x_px": positions[chosen, 1],
            "d_nm": 1 / g,
            "first": values[0].mean(axis=0)[chosen],
            "second": values[1].mean(axis=0)[chosen],
            "significance": significance[chosen],
        }
    )


def _used(values: NDArray[np.float32]) -> NDArray[np.float64]:
    """Of scan positions that take part, as float64."""
    return values[~np.isnan(values).any(axis=1)].astype(np.float64)


def welch(first: NDArray[np.float64], second: NDArray[np.float64]) -> NDArray[np.float64]:
    """Difference of the means of two samples (n, k) and (m, k) over its standard error: (k).

    NaN where a sample has fewer than two members.
    """
    if min(len(first), len(second)) < 2:
        return np.full(first.shape[1], np.nan)
    error = np.sqrt(first.var(axis=0, ddof=1) / len(first) + second.var(axis=0, ddof=1) / len(second))
    gap = first.mean(axis=0) - second.mean(axis=0)
    return np.asarray(np.divide(gap, error, out=np.zeros_like(error), where=error > 0))
