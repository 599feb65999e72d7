"""The outlines of crystallites as closed polygons along the edges between scan positions.

A scan position (y, x) is the square from (y - 0.5, x - 0.5) to (y + 0.5, x + 0.5).
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from graineye.scan.calibration import Calibration

Corners = NDArray[np.float64]
_TURNS = ((1, 0), (0, 1), (-1, 0), (0, -1))


def outline_table(labels: NDArray[np.int32], calibration: Calibration | None = None) -> pd.DataFrame:
    """Corners of every crystallite's outline, in order.

    Parameters
    ----------
    labels
        (ny, nx); 0 is no crystallite.
    calibration
        Gives the scan step.

    Returns
    -------
    DataFrame
        `label`, `ring` (0 for the first outline of a label; more for holes and parts), `y`, `x` in px, and `y_nm`, `x_nm`
        where the scan step is known. Only corners where the outline turns are listed; the last joins the first.
    """
    rows = [
        (label, ring, y, x)
        for label in np.unique(labels[labels > 0]).tolist()
        for ring, corners in enumerate(_rings(labels == label))
        for y, x in corners
    ]
    columns = np.array(rows, np.float64).reshape(-1, 4)
    table = pd.DataFrame(
        {
            "label": columns[:, 0].astype(np.int32),
            "ring": columns[:, 1].astype(np.int32),
            "y": columns[:, 2],
            "x": columns[:, 3],
        }
    )
    steps = zip("yx", (calibration or Calibration()).scan_step_nm, strict=True)
    return table.assign(**{f"{axis}_nm": table[axis] * step for axis, step in steps if np.isfinite(step)})


def polygons(rings: Sequence[Corners]) -> list[list[Corners]]:
    """The parts of a crystallite, each as its exterior ring and the holes in it.

    Parameters
    ----------
    rings
        (n_corners, 2) each, as (y, x) in px: all rings of one label, in the order of corners of `outline_table`.

    Returns
    -------
    list
        Parts that share no edge, in the order of their exteriors; of each the exterior, then its holes. No ring meets
        itself: one that does is divided there. Exteriors turn from y towards x, holes from x towards y.
    """
    simple = [loop for ring in rings for loop in _divided(ring)]
    exteriors = [ring for ring in simple if _area(ring) > 0]
    parts = [[ring] for ring in exteriors]
    for hole in (ring for ring in simple if _area(ring) < 0):
        # The crystallite's pixel beside the hole is in its part, and perhaps in a hole of larger parts round that.
        pixel = _pixel_inside(hole)
        around = [i for i, ring in enumerate(exteriors) if _contains(ring, pixel)]
        parts[min(around, key=lambda i: _area(exteriors[i]))].append(hole)
    return parts


def _divided(ring: Corners) -> list[Corners]:
    """The loops of a ring, which meets itself where pixels touch in a corner; each corner of a loop is its own."""
    loops: list[list[tuple[float, ...]]] = []
    path: list[tuple[float, ...]] = []
    place: dict[tuple[float, ...], int] = {}
    for corner in map(tuple, ring.tolist()):
        if corner in place:
            start = place[corner]
            loops.append(path[start:])
            for left in path[start + 1 :]:
                del place[left]
            path = path[: start + 1]
        else:
            place[corner] = len(path)
            path.append(corner)
    return [np.array(loop) for loop in [*loops, path]]


def _area(ring: Corners) -> float:
    """Enclosed area in px, negative if the ring turns from x towards y, as holes do."""
    (y, x), (next_y, next_x) = ring.T, np.roll(ring, -1, axis=0).T
    return float((y * next_x - next_y * x).sum() / 2)


def _pixel_inside(ring: Corners) -> tuple[float, float]:
    """The crystallite's pixel beside the ring's first edge: (y, x)."""
    (y, x), (down, right) = ring[0], np.sign(ring[1] - ring[0])
    return float(y + (down - right) / 2), float(x + (right + down) / 2)


def _contains(ring: Corners, pixel: tuple[float, float]) -> bool:
    """Whether a pixel is enclosed by a ring: a line from it along x crosses the ring an odd number of times."""
    (y, x), next_y = ring.T, np.roll(ring[:, 0], -1)
    crossed = ((y > pixel[0]) != (next_y > pixel[0])) & (x > pixel[1])
    return bool(crossed.sum() % 2)


def _rings(mask: NDArray[np.bool_]) -> list[list[tuple[float, float]]]:
    """Closed walks round `mask` with it on the right-hand side, each as its corners."""
    leaving = _directed_edges(mask)
    rings = []
    while leaving:
        start = min(leaving)
        point, heading = start, min(leaving[start])
        ring: list[tuple[float, float]] = []
        while point in leaving:
            # Where two parts touch in a corner only, the tighter turn keeps them apart.
            options = leaving[point]
            turn = next(h for h in ((heading + 1) % 4, heading, (heading + 3) % 4) if h in options) if ring else heading
            options.remove(turn)
            if not options:
                del leaving[point]
            if not ring or turn != heading:
                ring.append((point[0] - 0.5, point[1] - 0.5))
            heading = turn
            point = (point[0] + _TURNS[turn][0], point[1] + _TURNS[turn][1])
            if point == start and not leaving.get(start):
                break
        rings.append(ring)
    return rings


def _directed_edges(mask: NDArray[np.bool_]) -> dict[tuple[int, int], set[int]]:
    """For each corner between pixels, the headings (indices of `_TURNS`) in which an outline leaves it."""
    padded = np.pad(mask, 1)
    inside = padded[1:-1, 1:-1]
    leaving: dict[tuple[int, int], set[int]] = {}
    sides = (
        (inside & ~padded[1:-1, :-2], (0, 0), 0),
        (inside & ~padded[2:, 1:-1], (1, 0), 1),
        (inside & ~padded[1:-1, 2:], (1, 1), 2),
        (inside & ~padded[:-2, 1:-1], (0, 1), 3),
    )
    for edge, (down, right), heading in sides:
        for y, x in np.argwhere(edge).tolist():
            leaving.setdefault((y + down, x + right), set()).add(heading)
    return leaving
