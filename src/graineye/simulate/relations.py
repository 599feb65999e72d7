"""Grains that are not random: Sigma 3 twins of a neighbour, and near copies of its orientation.

Such grains share reflections with their neighbour, or nearly, which makes them hard to tell apart.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree
from scipy.spatial.transform import Rotation

from graineye.simulate.streams import RELATIONS, stream

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]

_NEIGHBOURS = 16  # among which one is looked for whose orientation stands


@dataclass(frozen=True)
class Relations:
    """The grains' orientations after some of them were copied.

    Attributes
    ----------
    orientation
        (n, 3, 3) rotations that take crystal vectors to (y, x, beam).
    phase
        (n,) a copy is of its neighbour's phase.
    copied_from
        (n,) the neighbour, -1 for grains of their own.
    """

    orientation: Floats
    phase: Indices
    copied_from: Indices


def relate(
    orientation: Floats, phase: Indices, centre: Floats, twins: float, similar: float, angle: float, seed: int
) -> Relations:
    """Turn shares of the grains into twins and near copies of the nearest neighbour whose own orientation stands by then.

    Parameters
    ----------
    orientation, phase
        (n, 3, 3) and (n,) of all grains, as if none was related.
    centre
        (n, 3) where they are, nm.
    twins, similar
        Shares of the grains, together at most 1; at least one grain stays as it is.
    angle
        Between a near copy and its neighbour, degrees.
    seed
        Of the simulation.
    """
    n = len(orientation)
    orientation, phase, copied_from = orientation.copy(), phase.copy(), np.full(n, -1)
    random = stream(seed, RELATIONS)
    twinned = round(twins * n)
    copying = random.permutation(n)[: min(twinned + round(similar * n), max(n - 1, 0))]
    stands = np.ones(n, bool)
    stands[copying] = False
    neighbours = np.zeros((0, 0), np.int64)
    if len(copying):
        neighbours = np.asarray(cKDTree(centre).query(centre[copying], min(_NEIGHBOURS, n))[1])
    for i, grain in enumerate(copying):
        near = neighbours[i][stands[neighbours[i]]]
        source = near[0] if len(near) else _nearest_standing(centre, stands, grain)
        turn = twin(random) if i < twinned else small_turn(angle, random)
        orientation[grain] = orientation[source] @ turn
        phase[grain] = phase[source]
        copied_from[grain] = source
        stands[grain] = True
    return Relations(orientation, phase, copied_from)


def _nearest_standing(centre: Floats, stands: NDArray[np.bool_], grain: int) -> int:
    standing = np.flatnonzero(stands)
    return int(standing[np.argmin(((centre[standing] - centre[grain]) ** 2).sum(1))])


def twin(random: np.random.Generator) -> Floats:
    """Rotation (3, 3) of 60 degrees about one of the four <111> axes: the Sigma 3 twin of a cubic crystal."""
    axis = np.array([1.0, *random.choice([-1.0, 1.0], 2)]) / np.sqrt(3)
    return np.asarray(Rotation.from_rotvec(np.pi / 3 * axis).as_matrix())


def small_turn(angle: float, random: np.random.Generator) -> Floats:
    """Rotation (3, 3) by `angle` degrees about a random axis."""
    axis = random.normal(size=3)
    return np.asarray(Rotation.from_rotvec(np.deg2rad(angle) * axis / np.linalg.norm(axis)).as_matrix())
