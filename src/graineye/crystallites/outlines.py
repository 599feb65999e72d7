"""The outlines of crystallites as closed polygons along the edges between scan positions.

A scan position (y, x) is the square from (y - 0.5, x - 0.5) to (y + 0.5, x + 0.5).
"""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

_TURNS = ((1, 0), (0, 1), (-1, 0), (0, -1))


def outline_table(labels: NDArray[np.int32]) -> pd.DataFrame:
    """Corners of every crystallite's outline, in order.

    Parameters
    ----------
    labels
        (ny, nx); 0 is no crystallite.

    Returns
    -------
    DataFrame
        `label`, `ring` (0 for the first outline of a label; more for holes and parts), `y`, `x` in px. Only corners where
        the outline turns are listed; the last joins the first.
    """
    rows = [
        (label, ring, y, x)
        for label in np.unique(labels[labels > 0]).tolist()
        for ring, corners in enumerate(_rings(labels == label))
        for y, x in corners
    ]
    columns = np.array(rows, np.float64).reshape(-1, 4)
    return pd.DataFrame(
        {
            "label": columns[:, 0].astype(np.int32),
            "ring": columns[:, 1].astype(np.int32),
            "y": columns[:, 2],
            "x": columns[:, 3],
        }
    )


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
