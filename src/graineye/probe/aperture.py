"""An aperture as a few numbers, and the image that the camera makes of it."""

from dataclasses import dataclass
from math import isnan, nan
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from graineye.probe import shapes

Floats = NDArray[np.float64]

Kind = Literal["spot", "disk", "annulus", "bullseye", "image"]


@dataclass(frozen=True)
class Bars:
    """The supports of a bullseye, as `shapes.bars` takes them.

    Attributes
    ----------
    width
        Of each, px.
    count
        How many go through the centre; 0 are none.
    angle
        Of the first against the x axis, degrees, turning from x towards y.
    """

    width: float = 0.0
    count: int = 0
    angle: float = 0.0


@dataclass(frozen=True)
class Aperture:
    """What the image of a beam is described by; radii are those before the camera stretches it.

    Attributes
    ----------
    kind
        A spot is a Gaussian that has fallen to exp(-2) at its outer radius; an annulus is a bullseye without the spot;
        an image is like none of them and cannot be drawn.
    outer_radius
        Of the disk or the ring, px.
    ring_inner
        Inner radius of the ring, px; NaN without a ring.
    spot_radius
        Of the central spot, px; NaN without a spot inside a ring.
    bars
        What holds the ring.
    blur
        Standard deviation of the camera's point spread, px.
    ellipticity
        The image is stretched by 1 + this along one axis.
    ellipticity_angle
        Turn of that axis from x towards y, degrees.
    """

    kind: Kind
    outer_radius: float
    ring_inner: float = nan
    spot_radius: float = nan
    bars: Bars = Bars()
    blur: float = 0.0
    ellipticity: float = 0.0
    ellipticity_angle: float = 0.0

    @property
    def longest_radius(self) -> float:
        """Outer radius along the axis of the stretch, px."""
        return self.outer_radius * (1 + self.ellipticity)

    def image(self, half: int, shift: tuple[float, float] = (0.0, 0.0)) -> Floats:
        """(2 half + 1,) * 2 pixels of brightness 0 to 1, the centre moved by `shift` (y, x) px from the middle one."""
        margin = int(np.ceil(4 * self.blur))
        y, x = shapes.offsets(half + margin)
        sharp = self._sharp(*self._unstretched(y - shift[0], x - shift[1]))
        if margin:
            sharp = ndimage.gaussian_filter(sharp, self.blur, mode="constant")[margin:-margin, margin:-margin]
        return sharp

    def _unstretched(self, y: Floats, x: Floats) -> tuple[Floats, Floats]:
        turn = np.deg2rad(self.ellipticity_angle)
        sin, cos = np.sin(turn), np.cos(turn)
        # Along the axis lengths are divided by 1 + ellipticity, across it kept.
        excess = (y * sin + x * cos) * (1 / (1 + self.ellipticity) - 1)
        return y + excess * sin, x + excess * cos

    def _sharp(self, y: Floats, x: Floats) -> Floats:
        if self.kind == "spot":
            return np.asarray(np.exp(-2 * (y**2 + x**2) / self.outer_radius**2))
        if self.kind == "disk":
            return shapes.disk(y, x, self.outer_radius)
        spot = 0.0 if isnan(self.spot_radius) else self.spot_radius
        bars = self.bars
        return shapes.bullseye(y, x, spot, self.ring_inner, self.outer_radius, bars.width, bars.count, bars.angle)
