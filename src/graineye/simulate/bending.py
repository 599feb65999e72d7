"""A bent foil: how far the lattice has turned under each scan position.

The foil is bent like a sheet over a cylinder, so that one in-plane axis stays and the turn grows evenly across it.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from graineye.simulate.streams import BEND, stream

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Bend:
    """How the lattice turns over the field.

    Attributes
    ----------
    axis
        (3,) unit vector in the plane of the foil, as (y, x, beam).
    angle
        (positions,) degrees about it, in the scan's order; 0 in the middle of the field.
    """

    axis: Floats
    angle: Floats

    def __bool__(self) -> bool:
        return bool(self.angle.any())

    def rotation(self, angle: float) -> Floats:
        """The matrix (3, 3) that turns vectors (y, x, beam) by `angle` degrees about the axis."""
        return np.asarray(Rotation.from_rotvec(np.deg2rad(angle) * self.axis).as_matrix())


def bend_over(scan_shape: tuple[int, int], degrees: float, seed: int) -> Bend:
    """Bend a foil by `degrees` from one end of the field to the other, about a random in-plane axis."""
    across = stream(seed, BEND).uniform(0, 2 * np.pi)
    y, x = np.mgrid[: scan_shape[0], : scan_shape[1]]
    along = (np.sin(across) * y + np.cos(across) * x).ravel()
    along -= (along.min() + along.max()) / 2
    length = np.ptp(along)
    angle = degrees / length * along if length else np.zeros_like(along)
    return Bend(np.array([np.cos(across), -np.sin(across), 0.0]), angle)
