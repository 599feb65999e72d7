"""The beam's position in every frame, to sub-pixel: where the whole pattern wandered while the beam scanned.

A strong disk beside the beam pulls single frames away; the wander itself is smooth over the scan, so these are left out.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

REACH = 14
"""px about the beam's mean position within which it is looked for."""
_DEGREE = 3
_FITS = 20
_WINDOW = 5
_BLUR = 1.5
_OUTLIER = 3.0
_NEAR = 1.5
"""px from the trend beyond which a measurement is taken again near it."""
_SPREADS = 4.0
"""The same in robust standard deviations, where the wander is rougher than a cubic."""


@dataclass(frozen=True)
class Descan:
    """The beam in every frame.

    Attributes
    ----------
    beam
        (2, ny, nx) position (y, x), px, smooth over the scan.
    measured
        (2, ny, nx) as measured in each frame by itself, px; NaN where a scan position is excluded.
    left_out
        (ny, nx) true where the measurement lies off its neighbours.
    """

    beam: NDArray[np.float64]
    measured: NDArray[np.float64]
    left_out: NDArray[np.bool_]

    @property
    def mean(self) -> tuple[float, float]:
        """(y, x) over the scan, px."""
        y, x = self.beam.mean(axis=(1, 2))
        return float(y), float(x)

    @property
    def shifts(self) -> NDArray[np.float32]:
        """(ny, nx, 2) of each frame's pattern from the mean position, px."""
        return np.asarray(np.moveaxis(self.beam, 0, -1) - self.mean, np.float32)

    @property
    def residual(self) -> float:
        """Root mean square distance of the measurements that were not left out from the smooth position, px."""
        distance = ((self.measured - self.beam) ** 2).sum(axis=0)[~self.left_out]
        return float(np.sqrt(distance.mean())) if distance.size else 0.0


def places_about(beam: tuple[float, float], frame_shape: tuple[int, int], reach: int = REACH) -> NDArray[np.int64]:
    """Detector positions (n, 2) on a square grid about the beam, row by row, moved to lie within the frame."""
    sides = []
    for centre, length in zip(beam, frame_shape, strict=True):
        half = min(reach, (length - 1) // 2)
        middle = min(max(round(centre), half), length - 1 - half)
        sides.append(np.arange(middle - half, middle + half + 1))
    return np.stack(np.meshgrid(*sides, indexing="ij"), axis=-1).reshape(-1, 2)


def find_descan(values: NDArray[np.float32], places: NDArray[np.int64]) -> Descan:
    """The beam in every frame from the template's values about it.

    The highest value, refined by a parabola along each axis, is taken a second time only near a robust cubic through all
    of them: a strong disk may lie within reach. What still lies off the 5 x 5 median is left out of a local average.

    Parameters
    ----------
    values
        (ny, nx, n) of the template at each place; NaN where a scan position is excluded.
    places
        (n, 2) from `places_about`.
    """
    ny, nx, _ = values.shape
    rows = len(np.unique(places[:, 0]))
    grid = values.reshape(ny * nx, rows, -1)
    known = np.isfinite(values[..., 0]).ravel()
    found = np.full((ny * nx, 2), np.nan)
    found[known] = places[0] + _peaks(grid[known], np.asarray(np.True_))
    trend = _trend(found.reshape(ny, nx, 2), known.reshape(ny, nx)).reshape(-1, 2)
    distance = np.linalg.norm(found - trend, axis=1)
    near = max(_NEAR, _SPREADS * 1.4826 * float(np.median(distance[known])))
    again = np.flatnonzero(known & (distance > near))
    if len(again):
        off = np.abs(places.reshape(rows, -1, 2)[None] - trend[again][:, None, None])
        found[again] = places[0] + _peaks(grid[again], np.asarray((off <= near).all(axis=-1)))
    measured = found.reshape(ny, nx, 2)
    filled = np.where(known.reshape(ny, nx, 1), measured, trend.reshape(ny, nx, 2))
    beam, left_out = _smooth(filled)
    return Descan(np.moveaxis(beam, -1, 0), np.moveaxis(measured, -1, 0), left_out | ~known.reshape(ny, nx))


def _peaks(grid: NDArray[np.float32], allowed: NDArray[np.bool_]) -> NDArray[np.float64]:
    """The highest allowed value of each of (n, rows, columns), to sub-pixel: (n, 2) from the first place."""
    n, rows, columns = grid.shape
    masked = np.where(allowed, grid, -np.inf).reshape(n, -1)
    y, x = np.divmod(masked.argmax(axis=1), columns)
    each = np.arange(n)
    height = grid[each, y, x]

    def vertex(
        below: NDArray[np.float32], above: NDArray[np.float32], inside: NDArray[np.bool_]
    ) -> NDArray[np.float64]:
        curvature = below - 2 * height + above
        offset = np.divide(0.5 * (below - above), curvature, out=np.zeros(n), where=inside & (curvature < 0))
        return np.asarray(np.clip(offset, -1, 1))

    up, down, left, right = y - 1, np.minimum(y + 1, rows - 1), x - 1, np.minimum(x + 1, columns - 1)
    at_y = y + vertex(grid[each, up, x], grid[each, down, x], (y > 0) & (y < rows - 1))
    at_x = x + vertex(grid[each, y, left], grid[each, y, right], (x > 0) & (x < columns - 1))
    return np.stack([at_y, at_x], axis=1)


def _trend(measured: NDArray[np.float64], known: NDArray[np.bool_]) -> NDArray[np.float64]:
    """A cubic over the scan through measurements (ny, nx, 2), each weighted down by its distance (Cauchy's weights)."""
    ny, nx = known.shape
    y, x = np.mgrid[-1 : 1 : ny * 1j, -1 : 1 : nx * 1j]
    powers = [(i, j) for i in range(min(_DEGREE, ny - 1) + 1) for j in range(min(_DEGREE - i, nx - 1) + 1)]
    terms = np.stack([y**i * x**j for i, j in powers], axis=-1)
    chosen = terms[known]
    trend = np.empty(measured.shape)
    for axis in range(2):
        values = measured[known, axis]
        coefficients = np.zeros(len(powers))
        coefficients[0] = np.median(values)
        for _ in range(_FITS):
            off = values - chosen @ coefficients
            weight = 1 / (1 + (off / (1.5 * 1.4826 * np.median(np.abs(off)) + 0.05)) ** 2)
            coefficients = np.linalg.lstsq(chosen * weight[:, None], values * weight, rcond=None)[0]
        trend[..., axis] = terms @ coefficients
    return trend


def _smooth(measured: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Local Gaussian average of measurements (ny, nx, 2) without those off the local median, and which these are."""
    median = ndimage.median_filter(measured, (_WINDOW, _WINDOW, 1))
    off = np.linalg.norm(measured - median, axis=-1)
    left_out = off >= _OUTLIER * (1.4826 * np.median(off) + 0.02)

    def average(stack: NDArray[np.float64]) -> NDArray[np.float64]:
        return ndimage.gaussian_filter(stack, (_BLUR, _BLUR, 0), mode="nearest")

    weight = (~left_out).astype(np.float64)[..., None]
    around = average(weight * (measured - median)) / np.maximum(average(weight), 1e-3)
    return np.asarray(average(median) + around), left_out
