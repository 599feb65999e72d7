"""Colours for crystallites: neighbours clearly different, also for colour-blind eyes.

Few colours, given so that none is met again nearby; a boundary line does the rest.
"""

import numpy as np
from numpy.typing import NDArray

# Paul Tol's "muted" and "light" schemes (personal.sron.nl/~pault), made for colour-blind eyes; greys are left out, which
# stand for unassigned.
_PALETTE = (
    "#332288", "#88CCEE", "#44AA99", "#117733", "#999933", "#DDCC77", "#CC6677", "#882255", "#AA4499",
    "#77AADD", "#EE8866", "#EEDD88", "#FFAABB", "#BBCC33",
)  # fmt: skip
UNASSIGNED = "#D9D9D9"
OVERLAP_COLOURS = (UNASSIGNED, "#FFF0A8", "#FEB24C", "#BD2600")
"""Of scan positions with no crystallite, 1, 2, and 3 or more: each darker than the one before."""


def label_colours(labels: NDArray[np.int32]) -> NDArray[np.float64]:
    """A colour for every label such that near crystallites differ.

    Colours are given in the order of labels: the one that is least like those of the crystallites within two steps of
    neighbourhood, and of equally good ones the least used.

    Parameters
    ----------
    labels
        (ny, nx); 0 is unassigned.

    Returns
    -------
    (highest label + 1, 3) red, green, blue from 0 to 1; entry 0 is grey.
    """
    from matplotlib.colors import to_rgb

    from graineye.crystallites import boundary_table

    palette = np.array([to_rgb(colour) for colour in _PALETTE])
    likeness = 1 / (0.05 + np.linalg.norm(palette[:, None] - palette[None, :], axis=2))
    highest = int(labels.max(initial=0))
    near: dict[int, set[int]] = {label: set() for label in range(1, highest + 1)}
    for label, neighbour in boundary_table(labels)[["label", "neighbour"]].itertuples(index=False):
        near[label].add(neighbour)
    chosen = np.full(highest + 1, -1)
    used = np.zeros(len(palette))
    for label in range(1, highest + 1):
        penalty = 0.02 * used / max(used.max(), 1.0)
        for neighbour in near[label]:
            if chosen[neighbour] >= 0:
                penalty = penalty + likeness[chosen[neighbour]]
            for second in near[neighbour] - near[label] - {label}:
                if chosen[second] >= 0:
                    penalty = penalty + 0.02 * likeness[chosen[second]]
        chosen[label] = int(np.argmin(penalty))
        used[chosen[label]] += 1
    colours = np.empty((highest + 1, 3))
    colours[0] = to_rgb(UNASSIGNED)
    colours[1:] = palette[chosen[1:]]
    return colours
