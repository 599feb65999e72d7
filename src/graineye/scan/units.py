"""Units as files write them, turned into nm, 1/nm and mrad.

Whatever is not understood is "px": a scale that is not certain is never guessed.
"""

import math

from graineye.scan.calibration import AxisScale, Unit

_KNOWN: dict[str, tuple[Unit, float]] = {
    "nm": ("nm", 1.0),
    "a": ("nm", 0.1),
    "å": ("nm", 0.1),
    "angstrom": ("nm", 0.1),
    "pm": ("nm", 1e-3),
    "um": ("nm", 1e3),
    "µm": ("nm", 1e3),
    "μm": ("nm", 1e3),
    "m": ("nm", 1e9),
    "mrad": ("mrad", 1.0),
    "rad": ("mrad", 1e3),
}


def axis_scale(step: float, unit: str) -> AxisScale:
    """The scale of an axis from the size of its pixel and the unit's text.

    Parameters
    ----------
    step
        Size of one pixel; a falling axis counts by its magnitude.
    unit
        As written in a file, for example "nm", "[n_m^-1]", "A^-1", "1/nm" or "pixels".
    """
    found = _unit(unit)
    if found is None or not math.isfinite(step) or step == 0:
        return AxisScale()
    name, factor = found
    return AxisScale(abs(step) * factor, name)


def _unit(text: str) -> tuple[Unit, float] | None:
    plain = text.strip().strip("[]").replace("_", "").replace(" ", "").lower()
    if plain in _KNOWN:
        return _KNOWN[plain]
    for start, end in (("1/", ""), ("", "^-1"), ("", "-1"), ("", "**-1"), ("", "⁻¹")):
        if plain.startswith(start) and plain.endswith(end):
            length = _KNOWN.get(plain[len(start) : len(plain) - len(end)])
            if length is not None and length[0] == "nm":
                return "1/nm", 1.0 / length[1]
    return None
