"""Virtual detectors: a circle or a ring on the diffraction pattern, and the counts on it in every frame."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from graineye.passes import template_values
from graineye.progress import Progress, silent
from graineye.scan import Scan

Place = tuple[float, float]


@dataclass(frozen=True)
class Circle:
    """A circle on the detector.

    Attributes
    ----------
    centre
        (y, x), px.
    radius
        px.
    """

    centre: Place
    radius: float

    @property
    def radii(self) -> tuple[float, ...]:
        """Of its rims, px."""
        return (self.radius,)

    @property
    def words(self) -> str:
        """What it is, for a person."""
        return f"circle of {self.radius:.1f} px at y={self.centre[0]:.1f}, x={self.centre[1]:.1f} px"

    def mask(self, frame_shape: tuple[int, int]) -> NDArray[np.bool_]:
        """(qy, qx) pixels whose centre lies on it."""
        return distance_from(self.centre, frame_shape) <= self.radius


@dataclass(frozen=True)
class Ring:
    """A ring on the detector.

    Attributes
    ----------
    centre
        (y, x), px.
    inner, outer
        px.
    """

    centre: Place
    inner: float
    outer: float

    @property
    def radii(self) -> tuple[float, ...]:
        """Of its rims, px."""
        return (self.inner, self.outer)

    @property
    def words(self) -> str:
        """What it is, for a person."""
        return f"ring from {self.inner:.1f} to {self.outer:.1f} px about the beam"

    def mask(self, frame_shape: tuple[int, int]) -> NDArray[np.bool_]:
        """(qy, qx) pixels whose centre lies on it."""
        away = distance_from(self.centre, frame_shape)
        return (away >= self.inner) & (away <= self.outer)


def distance_from(centre: Place, frame_shape: tuple[int, int]) -> NDArray[np.float64]:
    """(qy, qx) distance of every pixel's centre, px."""
    y, x = np.ogrid[: frame_shape[0], : frame_shape[1]]
    return np.hypot(y - centre[0], x - centre[1])


def drawn_circle(start: Place, end: Place) -> Circle:
    """From its centre to its rim."""
    return Circle(start, float(np.hypot(end[0] - start[0], end[1] - start[1])))


def drawn_ring(start: Place, end: Place, beam: Place) -> Ring:
    """About the beam, from one radius to another."""
    inner, outer = sorted(float(np.hypot(at[0] - beam[0], at[1] - beam[1])) for at in (start, end))
    return Ring(beam, inner, outer)


def counts_on(scan: Scan, detector: Circle | Ring, progress: Progress = silent) -> NDArray[np.float32]:
    """Counts on a virtual detector in every frame, by one pass.

    Parameters
    ----------
    scan
        An open scan; its excluded pixels count nothing.
    detector
        Of which at least one pixel lies on the frame.
    progress
        Told how many frames are done.

    Returns
    -------
    (ny, nx) float32, NaN where a scan position is excluded; zero if no pixel's centre is on the detector.

    Raises
    ------
    ScanError
        If frames cannot be read.
    """
    mask = detector.mask(scan.frame_shape)
    if scan.excluded_pixels is not None:
        mask &= ~scan.excluded_pixels
    if not mask.any():
        return np.zeros(scan.scan_shape, np.float32)
    y, x = np.nonzero(mask)
    corner = np.array([[y.min(), x.min()]])
    image = mask[y.min() : y.max() + 1, x.min() : x.max() + 1].astype(np.float32)
    return template_values(scan, image, corner, progress, "virtual detector")[..., 0]
