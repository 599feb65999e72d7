"""The zero-order beam: where the undiffracted disk stands in the frames.

It is the strongest disk, so the highest peak of the correlation of the log-sum with the template.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from graineye.errors import BeamNotFound


@dataclass(frozen=True)
class Beam:
    """The zero-order beam.

    Attributes
    ----------
    position
        (y, x) in the frame, px, to sub-pixel.
    correlation
        Height of the peak.
    """

    position: tuple[float, float]
    correlation: float


def find_beam(correlation: NDArray[np.float32]) -> Beam:
    """The highest peak of a correlation map, refined by a parabola along each axis.

    Parameters
    ----------
    correlation
        (qy, qx) correlation of the log-sum with the template.

    Raises
    ------
    BeamNotFound
        If no pixel correlates above zero.
    """
    y, x = (int(i) for i in np.unravel_index(np.argmax(correlation), correlation.shape))
    height = float(correlation[y, x])
    if not height > 0:
        raise BeamNotFound(
            "no zero-order beam stands out of the frames: is this a scan, and the template its aperture's?"
        )
    return Beam((y + _vertex(correlation[:, x], y), x + _vertex(correlation[y], x)), height)


def _vertex(line: NDArray[np.float32], peak: int) -> float:
    """Offset of the vertex of the parabola through a maximum and its two neighbours; 0 at the border."""
    if not 0 < peak < len(line) - 1:
        return 0.0
    below, top, above = (float(v) for v in line[peak - 1 : peak + 2])
    curvature = below - 2 * top + above
    return 0.5 * (below - above) / curvature if curvature < 0 else 0.0
