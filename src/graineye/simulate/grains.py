"""The grains of a polycrystal and how much of each stands in the column under a scan position.

The grains are the Voronoi cells of random points in a bulk of which the sample is a slab, so none is cut by the field's edge.
"""

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from graineye.simulate.streams import GRAINS, stream

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Columns:
    """What stands under each scan position, in the scan's order (only grains that occur).

    Attributes
    ----------
    first
        (positions + 1,) where each position's entries begin in the next two.
    grain
        (entries,) from 0 on.
    share
        (entries,) share of the column, their sum 1 a position.
    orientation
        (grains, 3, 3) rotations that take crystal vectors to (y, x, beam).
    centre
        (grains, 3) about where they are, as (y, x, depth), nm.
    """

    first: NDArray[np.int64]
    grain: NDArray[np.int64]
    share: Floats
    orientation: Floats
    centre: Floats

    def at(self, position: int) -> tuple[NDArray[np.int64], Floats]:
        """Grains and shares of one scan position."""
        entries = slice(self.first[position], self.first[position + 1])
        return self.grain[entries], self.share[entries]

    def only(self, filled: NDArray[np.bool_]) -> "Columns":
        """These columns with nothing in those that are not `filled` (positions,), and without grains that then are nowhere."""
        counts = np.diff(self.first)
        kept = np.repeat(filled, counts)
        present, grain = np.unique(self.grain[kept], return_inverse=True)
        first = np.concatenate([[0], np.cumsum(np.where(filled, counts, 0))])
        return Columns(first, grain, self.share[kept], self.orientation[present], self.centre[present])


def grain_centres(
    field: tuple[float, float], thickness: float, grain_size: float, columnar: bool, seed: int
) -> tuple[Floats, float]:
    """Random points whose Voronoi cells have, on average, the volume of a sphere (columnar: area of a disk) of `grain_size`.

    Parameters
    ----------
    field, thickness, grain_size
        Extent along y and x, along the beam, and mean diameter, nm.
    columnar
        All points at one depth, so that every cell goes through the whole sample.
    seed
        Of the simulation.

    Returns
    -------
    (n, 3) points as (y, x, depth), nm; and the reach: no point of the sample is further than this from the nearest one
    (but for one chance in 1e10).
    """
    random = stream(seed, GRAINS)
    reach = grain_size * (2.5 if columnar else 1.5)
    low = np.full(3, -reach)
    high = np.array([*field, thickness]) + reach
    size = high - low
    if columnar:
        count = size[0] * size[1] / (np.pi / 4 * grain_size**2)
    else:
        count = size.prod() / (np.pi / 6 * grain_size**3)
    points = random.uniform(low, high, (max(round(count), 1), 3))
    if columnar:
        points[:, 2] = 0
    return points, reach


@njit(nogil=True, cache=True)
def _add_line(points: Floats, y: float, x: float, thickness: float, weight: float, shares: Floats) -> None:
    """Add `weight` to `shares`, spread over the cells that a line along the beam at (y, x) crosses.

    The squared distance to a point, less the depth's square, is a straight line in the depth: the nearest one's successor is
    the line of larger slope that crosses it first.
    """
    flat = (points[:, 0] - y) ** 2 + (points[:, 1] - x) ** 2 + points[:, 2] ** 2
    here, depth = int(np.argmin(flat)), 0.0
    while depth < thickness:
        following, end = here, thickness
        for other in range(len(points)):
            if points[other, 2] > points[here, 2]:
                crossing = (flat[other] - flat[here]) / (2 * (points[other, 2] - points[here, 2]))
                if crossing < end:
                    following, end = other, crossing
        shares[here] += weight * max(end - depth, 0.0) / thickness
        here, depth = following, end


@njit(nogil=True, cache=True)
def _row_shares(points: Floats, y: float, xs: Floats, thickness: float, offsets: Floats, weights: Floats) -> Floats:
    """Shares of the columns at (y, xs), averaged over the probe's footprint: (len(xs), points)."""
    shares = np.zeros((len(xs), len(points)))
    for column in range(len(xs)):
        for i in range(len(offsets)):
            for j in range(len(offsets)):
                _add_line(
                    points, y + offsets[i], xs[column] + offsets[j], thickness, weights[i] * weights[j], shares[column]
                )
    return shares


def column_shares(
    points: Floats, reach: float, scan_shape: tuple[int, int], scan_step: float, thickness: float, footprint: float
) -> tuple[NDArray[np.int64], NDArray[np.int64], Floats]:
    """Share of each Voronoi cell in the columns of all scan positions, exact along the beam.

    Parameters
    ----------
    points, reach
        From `grain_centres`.
    scan_shape
        Rows and columns.
    scan_step, thickness
        nm.
    footprint
        Width (standard deviation) of the probe on the sample, nm; three Gauss-Hermite points along y and x average over it.

    Returns
    -------
    (entries,) scan position, cell and share of the column; sorted by position, then cell.
    """
    offsets = footprint * np.sqrt(3) * np.array([-1.0, 0.0, 1.0])
    weights = np.array([1.0, 4.0, 1.0]) / 6
    xs = scan_step * np.arange(scan_shape[1], dtype=np.float64)
    found = []
    for row in range(scan_shape[0]):
        y = row * scan_step
        near = np.flatnonzero(np.abs(points[:, 0] - y) < reach + 2 * footprint)
        shares = _row_shares(points[near], y, xs, thickness, offsets, weights)
        column, cell = np.nonzero(shares)
        found.append((row * scan_shape[1] + column, near[cell], shares[column, cell]))
    positions, cells, shares = (np.concatenate(part) for part in zip(*found, strict=True))
    return positions, cells, shares


def grow(
    scan_shape: tuple[int, int],
    scan_step: float,
    thickness: float,
    grain_size: float,
    columnar: bool,
    footprint: float,
    seed: int,
) -> Columns:
    """A polycrystal of randomly oriented grains (uniform over all rotations) under a scan; lengths in nm."""
    field = ((scan_shape[0] - 1) * scan_step, (scan_shape[1] - 1) * scan_step)
    points, reach = grain_centres(field, thickness, grain_size, columnar, seed)
    positions, cells, shares = column_shares(points, reach, scan_shape, scan_step, thickness, footprint)
    present, grain = np.unique(cells, return_inverse=True)
    first = np.searchsorted(positions, np.arange(scan_shape[0] * scan_shape[1] + 1))
    return Columns(first, grain, shares, random_orientations(len(points), seed)[present], points[present])


def one_crystal(scan_shape: tuple[int, int], seed: int) -> Columns:
    """A single randomly oriented grain under every scan position."""
    positions = scan_shape[0] * scan_shape[1]
    nothing_else = np.zeros(positions, np.int64)
    return Columns(
        np.arange(positions + 1), nothing_else, np.ones(positions), random_orientations(1, seed), np.zeros((1, 3))
    )


def random_orientations(count: int, seed: int) -> Floats:
    """Rotations (count, 3, 3), uniform over all: a quaternion of normal numbers has no preferred direction."""
    return np.asarray(Rotation.from_quat(stream(seed, GRAINS, 1).normal(size=(count, 4))).as_matrix())
