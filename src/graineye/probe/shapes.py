"""The shapes that apertures are made of, as the share of a pixel that each covers.

Every function takes the pixel's offset from the aperture's centre, so a sub-pixel centre costs nothing; edges are a
linear ramp one pixel wide about the nominal edge (antialiased on pixel centres).
"""

import numpy as np
from numpy.typing import NDArray

Coverage = NDArray[np.float64]


def _inside(distance: NDArray[np.float64], edge: float) -> Coverage:
    """Share of pixels at `distance` that lies within `edge`; 0.5 at the edge itself."""
    return np.clip(np.minimum(edge + 0.5 - distance, 2 * edge), 0.0, 1.0)


def offsets(half: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Offsets (y, x) in px of a square of 2 * half + 1 pixels from its centre, each of shape (2 * half + 1,) * 2."""
    y, x = np.mgrid[-half : half + 1, -half : half + 1].astype(np.float64)
    return y, x


def disk(y: NDArray[np.float64], x: NDArray[np.float64], radius: float) -> Coverage:
    """A filled circle of `radius` px."""
    return _inside(np.hypot(y, x), radius)


def ring(y: NDArray[np.float64], x: NDArray[np.float64], inner: float, outer: float) -> Coverage:
    """What lies between the circles of radius `inner` and `outer` px."""
    r = np.hypot(y, x)
    width = outer - inner
    return np.clip(np.minimum(width / 2 + 0.5 - np.abs(r - (inner + outer) / 2), width), 0.0, 1.0)


def bars(
    y: NDArray[np.float64], x: NDArray[np.float64], width: float, count: int, angle: float, start: float = 0.0
) -> Coverage:
    """The supports of an aperture: `count` bars through the centre, evenly turned.

    Parameters
    ----------
    y, x
        Offsets from the centre, px.
    width
        Of each bar, px; a width of 3 covers offsets up to 1 fully and from 2 on not at all.
    count
        How many bars; 2 are a cross, 0 none.
    angle
        Of the first bar against the x axis, degrees, turning from x towards y.
    start
        The bars cover nothing nearer to the centre than this radius, px.
    """
    covered = np.zeros(np.broadcast(y, x).shape)
    for turn in np.deg2rad(angle) + np.pi * np.arange(count) / max(count, 1):
        # Rounded, or the cosine of a right angle leaves slivers of 1e-16 along a support.
        distance = np.round(np.abs(y * np.cos(turn) - x * np.sin(turn)), 12)
        covered = np.maximum(covered, _inside(distance, width / 2))
    return np.where(np.hypot(y, x) >= start, covered, 0.0)


def bullseye(
    y: NDArray[np.float64],
    x: NDArray[np.float64],
    spot_radius: float,
    ring_inner: float,
    ring_outer: float,
    bar_width: float,
    bar_count: int,
    bar_angle: float,
) -> Coverage:
    """The bullseye aperture: a central spot and a bright ring held by bars.

    Zeltmann et al. 2020 (10.1016/j.ultramic.2019.112890).
    All lengths in px, the angle in degrees; the bars shade the ring only, from its inner radius outwards.
    """
    held = ring(y, x, ring_inner, ring_outer) * (
        1 - bars(y, x, bar_width, bar_count, bar_angle, start=ring_inner - 0.5)
    )
    return np.maximum(disk(y, x, spot_radius), held)
