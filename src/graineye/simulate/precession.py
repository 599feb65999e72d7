"""Intensities of a precessed beam: two-beam shares averaged over the cone of directions that the beam is rocked through.

The rocking is undone below the specimen, so disks stay where they are; only their excitation errors swing.
"""

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_RADII = 3  # Gauss nodes across the disk; the rocking already averages
_FEWEST, _MOST = 8, 256  # directions on half the cone


@njit(nogil=True, cache=True)
def over_cone(thickness: float, s: Floats, spread: Floats, rocking: Floats, extinction_distance: Floats) -> Floats:
    """Share of the beam in each reflection, averaged over the cone and the disk; equals `over_cone_slow`.

    Rocked to the azimuth a, the beam has the excitation error s - rocking cos(a): a is taken at the nodes of Gauss and
    Chebyshev (first kind), of which half the number of fringes in reach is enough, for the far ones are faint (below 1e-3 of
    the intensity, compared with 4,000 nodes).

    Parameters
    ----------
    thickness
        nm.
    s, spread, rocking, extinction_distance
        (m,) as in `GrainDisks`.

    Returns
    -------
    (m,).
    """
    nodes = np.pi * np.arange(1, _RADII + 1) / (_RADII + 1)
    across, weights = np.cos(nodes), np.sin(nodes) ** 2 * 2 / (_RADII + 1)
    shares = np.zeros(len(s))
    for i in range(len(s)):
        azimuths = min(_FEWEST + math.ceil(math.pi * thickness * rocking[i]), _MOST)
        coupling = 1 / extinction_distance[i] ** 2
        total = 0.0
        for k in range(azimuths):
            middle = s[i] - rocking[i] * math.cos(math.pi * (k + 0.5) / azimuths)
            for j in range(_RADII):
                effective = (middle - spread[i] * across[j]) ** 2 + coupling
                share = math.sin(math.pi * thickness * math.sqrt(effective)) ** 2 * coupling / effective
                total += weights[j] * share
        shares[i] = total / azimuths
    return shares


def over_cone_slow(thickness: float, s: Floats, spread: Floats, rocking: Floats, extinction_distance: Floats) -> Floats:
    """What `over_cone` computes, as plain array expressions."""
    nodes = np.pi * np.arange(1, _RADII + 1) / (_RADII + 1)
    weights = np.sin(nodes) ** 2 * 2 / (_RADII + 1)
    shares = np.zeros(len(s))
    for i, xi in enumerate(extinction_distance):
        azimuths = min(_FEWEST + math.ceil(np.pi * thickness * rocking[i]), _MOST)
        swing = rocking[i] * np.cos(np.pi * (np.arange(azimuths) + 0.5) / azimuths)
        error = s[i] - spread[i] * np.cos(nodes)[:, None] - swing
        effective = np.sqrt(error**2 + xi**-2)
        shares[i] = weights @ ((np.sin(np.pi * thickness * effective) / (xi * effective)) ** 2).mean(1)
    return shares
