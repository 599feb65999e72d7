"""An aperture refined until it fits an image of the beam: least squares over its few numbers.

The method of `py4DSTEM.calibrate_probe` and the like, for any of the apertures and with the camera's stretch and blur.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import nan

import numpy as np
from numpy.typing import NDArray
from scipy import optimize

from graineye.probe.aperture import Aperture, Bars

Floats = NDArray[np.float64]

_OUTLIER = 0.1
"""From this share of the brightness on, what a fit leaves counts linearly: a diffracted disk may reach into the image."""
_FURTHEST = 3.0
"""px, that the beam may stand from where it was seen roughly."""
_STRETCH = 0.15
"""Largest half logarithm of the ratio of the axes; 0.15 is an ellipticity of 0.35."""
_THINNEST = 0.4
"""px, of a ring and of the gap inside it."""
_MOST_STEPS = 60
_FINEST = 1 / 16
"""px, to which places of the beam are told apart."""


@dataclass(frozen=True)
class Window:
    """A square cut out of an image about the beam.

    Attributes
    ----------
    image
        (2 half + 1,) * 2.
    sound
        Of that shape; true where a pixel is to be fitted.
    smear
        From `smear_of`, where the image is the mean of frames in which the beam moves.
    """

    image: Floats
    sound: NDArray[np.bool_]
    smear: NDArray[np.complex128] | None = None

    @property
    def half(self) -> int:
        """Pixels from the middle one to the edge."""
        return len(self.image) // 2


@dataclass(frozen=True)
class Fit:
    """An aperture that fits.

    Attributes
    ----------
    aperture
        Its numbers.
    shift
        (y, x) of the beam from the middle of the window, px.
    model
        Of the window's shape, with brightness and background.
    left
        Sum of squares that it leaves of the sound pixels.
    count
        How many numbers were fitted, brightness and background among them.
    """

    aperture: Aperture
    shift: tuple[float, float]
    model: Floats
    left: float
    count: int


def fit_aperture(window: Window, start: Aperture, shift: tuple[float, float], stretched: bool = True) -> Fit:
    """Refine an aperture until it fits; brightness and background follow from the rest.

    Parameters
    ----------
    window
        The image.
    start
        Values to begin with; the kind and the number of bars stay.
    shift
        (y, x) of the beam from the middle of the window, px, to about a pixel.
    stretched
        Whether the camera may have stretched the image.
    """
    ranges = _ranges(start, shift, stretched)
    low, high = np.array([(low, high) for _, low, high in ranges.values()]).T
    first = np.clip([value for value, _, _ in ranges.values()], low + 1e-6, high - 1e-6)
    brightness = float(np.ptp(np.quantile(window.image[window.sound], [0.05, 0.95])))
    scale = _OUTLIER * brightness or 1.0

    def modelled(vector: Floats) -> tuple[Aperture, tuple[float, float], Floats]:
        values = dict(zip(ranges, vector.tolist(), strict=True))
        aperture, at = _aperture(values, start), (values["y"], values["x"])
        return aperture, at, _scaled(_smeared(aperture.image(window.half, at), window.smear), window)

    def misfit(vector: Floats) -> Floats:
        return np.asarray((modelled(vector)[2] - window.image)[window.sound] / scale)

    found = optimize.least_squares(
        misfit, first, bounds=(low, high), loss="soft_l1", x_scale=(high - low) / 10, max_nfev=_MOST_STEPS
    )
    aperture, at, model = modelled(found.x)
    left = float(((model - window.image)[window.sound] ** 2).sum())
    return Fit(aperture, at, model, left, len(first) + 2)


def smear_of(places: NDArray[np.floating], size: int) -> NDArray[np.complex128]:
    """What frames whose beam stands at `places` (..., 2) as (y, x) px make of a still window of `size` px, by frequency."""
    apart = np.asarray(places, np.float64).reshape(-1, 2)
    apart, counts = np.unique(np.rint((apart - apart.mean(axis=0)) / _FINEST), axis=0, return_counts=True)
    down, right = _FINEST * apart.T
    rows = np.exp(-2j * np.pi * np.outer(np.fft.fftfreq(size), down)) * (counts / counts.sum())
    return np.asarray(rows @ np.exp(-2j * np.pi * np.outer(right, np.fft.rfftfreq(size))))


def _smeared(coverage: Floats, smear: NDArray[np.complex128] | None) -> Floats:
    if smear is None:
        return coverage
    return np.asarray(np.fft.irfft2(np.fft.rfft2(coverage) * smear, coverage.shape))


def _scaled(coverage: Floats, window: Window) -> Floats:
    """The coverage with the brightness, which is not negative, and the background that fit best."""
    seen, covered = window.image[window.sound], coverage[window.sound]
    apart = covered - covered.mean()
    norm = float((apart**2).sum())
    brightness = max(float((apart * seen).sum()) / norm, 0.0) if norm > 0 else 0.0
    return np.asarray(brightness * (coverage - covered.mean()) + seen.mean())


def _ranges(start: Aperture, shift: tuple[float, float], stretched: bool) -> dict[str, tuple[float, float, float]]:
    """Each number that is fitted: its first value, its least, its largest."""
    outer = start.outer_radius
    ranges = {
        "y": (shift[0], shift[0] - _FURTHEST, shift[0] + _FURTHEST),
        "x": (shift[1], shift[1] - _FURTHEST, shift[1] + _FURTHEST),
        "outer": (outer, _THINNEST, 1.6 * outer + _FURTHEST),
    }
    if stretched:
        # Half the logarithm of the ratio of the axes, times cosine and sine of twice the angle: smooth about roundness.
        ranges["along"] = ranges["across"] = (0.0, -_STRETCH, _STRETCH)
    if start.kind != "spot":
        ranges["blur"] = (0.5, 0.0, max(outer / 2, 1.0))
    if start.kind in ("annulus", "bullseye"):
        ranges["ring width"] = (outer - start.ring_inner, _THINNEST, outer)
    if start.kind == "bullseye":
        ranges["gap"] = (start.ring_inner - start.spot_radius, _THINNEST, outer)
    if start.bars.count:
        ranges["bar width"] = (start.bars.width, 0.2, outer)
        ranges["bar angle"] = (start.bars.angle, start.bars.angle - 45, start.bars.angle + 45)
    return ranges


def _aperture(values: Mapping[str, float], start: Aperture) -> Aperture:
    """The aperture of fitted numbers."""
    outer = values["outer"]
    inner = max(outer - values["ring width"], 0.0) if "ring width" in values else nan
    spot = max(inner - values["gap"], 0.0) if "gap" in values else nan
    bars = Bars(values["bar width"], start.bars.count, values["bar angle"]) if start.bars.count else Bars()
    along, across = values.get("along", 0.0), values.get("across", 0.0)
    ellipticity = np.expm1(2 * np.hypot(along, across))
    turn = np.rad2deg(np.arctan2(across, along)) / 2
    blur = values.get("blur", 0.0)
    return Aperture(start.kind, outer, inner, spot, bars, blur, float(ellipticity), float(turn))
