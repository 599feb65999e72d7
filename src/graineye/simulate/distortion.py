"""How the camera's image of the pattern is distorted: round patterns come out as ellipses.

A matrix that acts on distances from the beam as (y, x); it stretches disks and their positions alike.
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def distortion(ellipticity: float, angle: float) -> Floats | None:
    """The matrix (2, 2) that stretches by 1 + `ellipticity` along an axis turned by `angle` degrees from x towards y.

    None where nothing is stretched.
    """
    if not ellipticity:
        return None
    axis = np.array([np.sin(np.deg2rad(angle)), np.cos(np.deg2rad(angle))])
    return np.asarray(np.eye(2) + ellipticity * np.outer(axis, axis))


def undistorted(y: Floats, x: Floats, stretch: Floats | None) -> tuple[Floats, Floats]:
    """The offsets from the beam that the distortion moves to (y, x), px; of any shapes that broadcast."""
    if stretch is None:
        return y, x
    (yy, yx), (xy, xx) = np.linalg.inv(stretch)
    return yy * y + yx * x, xy * y + xx * x
