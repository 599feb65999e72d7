"""Start values of a fit: an aperture's radii from the brightness over the radius, its bars from that over the angle."""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from graineye.probe import shapes
from graineye.probe.aperture import Bars

Floats = NDArray[np.float64]

_STEP = 0.5
"""px, of the radii that are tried."""
_MOST_STEPS = 80
"""Of them; a larger aperture is tried in wider ones, as their number goes in cubed."""
_MOST_BARS = 6
_WIDTHS = (0.06, 0.12, 0.2, 0.3, 0.45)
"""Of bars that are tried, in outer radii."""
_ANGLE_STEP = 3.0
"""degrees, of the turns that are tried."""
_LEAST_EXPLAINED = 0.3
"""Share of the ring's variation over the angle that bars explain, or there are none."""


def start_radii(image: Floats, radius: Floats, furthest: float) -> tuple[float, float, float] | None:
    """Radii of a spot and of a ring's two edges that fit the azimuthal mean best.

    The mean is cut into four pieces, each taken as constant, so that the variance within them is least (Fisher 1958,
    10.1080/01621459.1958.10501479); the second and the last are darker than the ring.

    Parameters
    ----------
    image, radius
        Brightness of pixels and their distances from the centre, px, of one shape.
    furthest
        px, up to which there is nothing but the aperture and background.

    Returns
    -------
    tuple or None
        The three radii, rising, px; None where nothing is darker inside than further out.
    """
    step = max(_STEP, furthest / _MOST_STEPS)
    n = int(furthest / step)
    bins = (radius / step).astype(int)
    inside = bins < n
    counts, sums = (np.bincount(bins[inside], weights, n) for weights in (np.ones(int(inside.sum())), image[inside]))
    pixels, brightness = (np.concatenate([[0.0], np.cumsum(values)]) for values in (counts, sums))
    spot, inner, outer = np.meshgrid(*[np.arange(n)] * 3, indexing="ij", sparse=True)
    edges = [(np.zeros(1, int), spot), (spot, inner), (inner, outer), (outer, np.full(1, n))]
    areas = [pixels[b] - pixels[a] for a, b in edges]
    parts = [brightness[b] - brightness[a] for a, b in edges]
    means = [part / np.maximum(area, 1) for part, area in zip(parts, areas, strict=True)]
    between = sum(part * mean for part, mean in zip(parts, means, strict=True))
    _, gap, ring, beyond = means
    allowed = (areas[1] > 0) & (areas[2] > 0) & (areas[3] > 0) & (gap < ring) & (beyond < ring)
    if not allowed.any():
        return None
    best = np.unravel_index(np.argmax(np.where(allowed, between, -np.inf)), allowed.shape)
    a, b, c = (float(i) * step for i in best)
    return a, b, c


def start_bars(image: Floats, centre: tuple[float, float], inner: float, outer: float) -> Bars:
    """The bars that explain best how a ring's brightness varies over the angle.

    Parameters
    ----------
    image
        (qy, qx).
    centre
        (y, x) px.
    inner, outer
        Radii of the ring, px.

    Returns
    -------
    Bars
        None of them where they explain little.
    """
    turns = np.deg2rad(np.arange(0, 360, 2.0))
    radii = np.linspace(inner, outer, 7)[1:-1]
    y, x = radii[:, None] * np.sin(turns), radii[:, None] * np.cos(turns)
    seen = ndimage.map_coordinates(image, [y + centre[0], x + centre[1]], order=1, mode="nearest")
    seen = seen - seen.mean()
    most, found = _LEAST_EXPLAINED * float((seen**2).sum()), Bars()
    for count in range(1, _MOST_BARS + 1):
        for width in outer * np.array(_WIDTHS):
            for angle in np.arange(0, 180 / count, _ANGLE_STEP):
                bars = Bars(float(width), count, float(angle))
                explained = _explained(seen, shapes.bars(y, x, bars.width, bars.count, bars.angle))
                if explained > most:
                    most, found = explained, bars
    return found


def _explained(seen: Floats, covered: Floats) -> float:
    """Sum of squares of what was seen, its mean zero, that the shade of bars explains."""
    shade = covered.mean() - covered
    norm, product = float((shade**2).sum()), float((shade * seen).sum())
    return product**2 / norm if norm > 0 and product > 0 else 0.0
