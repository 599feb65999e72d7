"""Colours of the label map on the page, quick enough to follow a cut that is dragged."""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from graineye.figures.colours import label_colours

_MOST = 600
"""Crystallites up to which colours are chosen by who neighbours whom; of more, a glance tells no two apart anyway."""
_STRIDE = 5
"""Between colours of labels that follow each other; shares no divisor with the number of colours."""


def colours_of(labels: NDArray[np.int32]) -> tuple[NDArray[np.uint8], list[str]]:
    """Which colour each label has, and the colours.

    Parameters
    ----------
    labels
        (ny, nx); 0 is unassigned.

    Returns
    -------
    (highest label + 1) index of each label's colour, and the colours as #rrggbb, the first that of unassigned positions.
    """
    from matplotlib.colors import to_hex

    highest = int(labels.max(initial=0))
    known = label_colours(labels) if highest <= _MOST else _every_colour()
    different, which = np.unique(known[1:], axis=0, return_inverse=True)
    colours = [to_hex(known[0]), *(to_hex(colour) for colour in different)]
    if highest <= _MOST:
        return np.concatenate([[0], which.reshape(-1) + 1]).astype(np.uint8), colours
    index = np.arange(highest + 1) * _STRIDE % len(different) + 1
    index[0] = 0
    return index.astype(np.uint8), colours


@cache
def _every_colour() -> NDArray[np.float64]:
    """Colours of a label map that needs all of them."""
    return label_colours(np.arange(1, 401, dtype=np.int32).reshape(20, 20))


def edges_of(labels: NDArray[np.int32]) -> tuple[NDArray[np.float64], ...]:
    """Lines between scan positions of different labels, each as long as it is straight.

    Returns
    -------
    x0, y0, x1, y1 in scan positions.
    """
    row, left, right = _runs(labels[1:] != labels[:-1])
    column, top, bottom = _runs((labels[:, 1:] != labels[:, :-1]).T)
    return (
        np.concatenate([left - 0.5, column + 0.5]),
        np.concatenate([row + 0.5, top - 0.5]),
        np.concatenate([right - 0.5, column + 0.5]),
        np.concatenate([row + 0.5, bottom - 0.5]),
    )


def _runs(there: NDArray[np.bool_]) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
    """Row, first column and the one after the last of every run of true values in the rows of an array."""
    change = np.diff(np.pad(there.astype(np.int8), ((0, 0), (1, 1))), axis=1)
    row, start = np.nonzero(change == 1)
    return row, start, np.nonzero(change == -1)[1]
