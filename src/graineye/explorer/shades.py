"""Numbers become shades of a colour map: linear, root or logarithmic, with ticks that tell what the shades mean.

The browser gets one byte a pixel, whatever the scale; colour-blind safe maps are colorcet's.
"""

import math
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

Scale = Literal["linear", "root", "log"]
SCALES: tuple[str, ...] = get_args(Scale)
LAST = 254
"""The brightest shade; the one after it stands for values that are not known."""
_NOT_KNOWN = "#8A8A8A"
_TICKS_APART = 0.13
"""Of the length of a colour bar."""


@dataclass(frozen=True)
class Shades:
    """An image as shades.

    Attributes
    ----------
    index
        (y, x) 0 to 254, and 255 where the value is not known.
    ticks
        Shade of some round values, and their text.
    """

    index: NDArray[np.uint8]
    ticks: dict[float, str]


def shades(image: NDArray[np.generic], scale: Scale, *, signed: bool = False) -> Shades:
    """An image as shades; its strongest 0.05 % are saturated.

    Parameters
    ----------
    image
        (y, x); NaN is not known.
    scale
        "linear"; "root" of values above zero; "log" of values down to a millionth of the highest.
    signed
        Whether zero is in the middle, which a linear scale alone can have.
    """
    values = np.asarray(image, np.float64)
    known = np.isfinite(values)
    finite = values[known]
    low, high = _limits(finite, scale, signed)
    across = np.clip((_bent(values, scale, low) - _bent(low, scale, low)) / _length(low, high, scale), 0, 1)
    index = np.where(known, np.round(LAST * np.where(known, across, 0)), LAST + 1).astype(np.uint8)
    return Shades(index, _ticks(low, high, scale))


def _limits(finite: NDArray[np.float64], scale: Scale, signed: bool) -> tuple[float, float]:
    if not finite.size:
        return 1.0, 2.0
    if signed:
        largest = float(np.quantile(np.abs(finite), 0.995)) or 1.0
        return -largest, largest
    high = float(np.quantile(finite, 0.9995))
    if scale == "log":
        positive = finite[finite > 0]
        low = float(np.quantile(positive, 0.02)) if positive.size else 1.0
        low = max(low, 1e-6 * high)
    else:
        low = 0.0 if scale == "root" else float(np.quantile(finite, 0.002))
    return low, high if high > low else low + (abs(low) or 1.0)


def _bent(values: NDArray[np.float64] | float, scale: Scale, low: float) -> NDArray[np.float64]:
    if scale == "root":
        return np.sqrt(np.maximum(values, 0))
    if scale == "log":
        return np.log(np.maximum(values, low))
    return np.asarray(values)


def _length(low: float, high: float, scale: Scale) -> float:
    return float(_bent(high, scale, low) - _bent(low, scale, low))


def _ticks(low: float, high: float, scale: Scale) -> dict[float, str]:
    """Round values far enough apart, the roundest first."""
    length, start = _length(low, high, scale), float(_bent(low, scale, low))
    found: dict[float, str] = {}
    for value in _round_values(low, high, scale):
        at = (float(_bent(value, scale, low)) - start) / length
        if all(abs(at - other / LAST) >= _TICKS_APART for other in found):
            found[LAST * at] = _words(value)
    return dict(sorted(found.items()))


def _round_values(low: float, high: float, scale: Scale) -> list[float]:
    if scale == "linear":
        step = 10.0 ** math.floor(math.log10(high - low))
        step *= 1.0 if (high - low) / step >= 4 else 0.5 if (high - low) / step >= 2 else 0.2
        return [step * k for k in range(math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9) + 1)]
    powers = range(math.floor(math.log10(max(low, 1e-6 * high))), math.floor(math.log10(high)) + 1)
    values = [digit * 10.0**power for digit in (1, 3, 2, 5) for power in reversed(powers)]
    return [value for value in ([0.0] if low == 0 else []) + values if low <= value <= high]


def _words(value: float) -> str:
    if abs(value) >= 1e6:
        return f"{value / 1e6:.4g}M"
    return f"{value / 1e3:.4g}k" if abs(value) >= 1e4 else f"{value:.4g}"


def sequential() -> list[str]:
    """256 colours from dark to bright, the last for what is not known."""
    return _thinned("CET_CBL2")


def diverging() -> list[str]:
    """256 colours, blue below the middle and ochre above, the last for what is not known."""
    return _thinned("CET_CBD1")


def _thinned(name: str) -> list[str]:
    import colorcet

    colours: list[str] = colorcet.palette[name]
    return [*colours[: LAST + 1], _NOT_KNOWN]
