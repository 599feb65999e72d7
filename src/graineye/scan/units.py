"""Units as files and people write them, turned into nm, 1/nm, mrad, kV and mm.

Whatever is not understood is "px": a scale that is not certain is never guessed.
"""

import math
import re
import unicodedata
from collections.abc import Mapping

from graineye.errors import SettingsError
from graineye.scan.calibration import AxisScale, Unit

_LENGTHS = {
    **dict.fromkeys(("nm", "nanometer", "nanometre"), 1.0),
    **dict.fromkeys(("a", "å", "aa", "ang", "angstrom", "ångström", "angström", "ångstrom"), 0.1),
    **dict.fromkeys(("pm", "picometer", "picometre"), 1e-3),
    **dict.fromkeys(("um", "μm", "micrometer", "micrometre", "micron"), 1e3),
    **dict.fromkeys(("mm", "millimeter", "millimetre"), 1e6),
    **dict.fromkeys(("cm", "centimeter", "centimetre"), 1e7),
    **dict.fromkeys(("m", "meter", "metre"), 1e9),
}
"""nm in each."""
_ANGLES = {
    **dict.fromkeys(("mrad", "milliradian"), 1.0),
    **dict.fromkeys(("rad", "radian"), 1e3),
    **dict.fromkeys(("urad", "μrad"), 1e-3),
    **dict.fromkeys(("deg", "degree", "°"), 1e3 * math.pi / 180),
}
"""mrad in each."""
_ENERGIES = {"kV": 1.0, "keV": 1.0, "V": 1e-3, "eV": 1e-3, "MV": 1e3, "MeV": 1e3}
"""kV in each; capitals count, since mV is not MV."""
_NUMBER = re.compile(r"\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*(.*)", re.DOTALL)
_PER_PIXEL = re.compile(r"(?:/|per)(?:px|pix|pixel|pixels)$")
_INVERSE = (re.compile(r"(?:1/|/|1per)(.+)"), re.compile(r"(.+?)(?:\^|\*\*)?-1"))


def axis_scale(step: float, unit: str) -> AxisScale:
    """The scale of an axis from the size of its pixel and the unit's text.

    Parameters
    ----------
    step
        Size of one pixel; a falling axis counts by its magnitude.
    unit
        As written in a file, for example "nm", "[n_m^-1]", "A^-1", "1/nm" or "pixels".
    """
    found = parse_unit(unit)
    if found is None:
        return AxisScale()
    name, factor = found
    size = abs(step) * factor
    return AxisScale(size, name) if math.isfinite(size) and size > 0 else AxisScale()


def parse_unit(text: str) -> tuple[Unit, float] | None:
    """The unit nm, 1/nm or mrad that a text stands for, and how many of it one of the text's unit are; None if unknown."""
    plain = unicodedata.normalize("NFKC", text).replace("\N{MINUS SIGN}", "-")
    plain = re.sub(r"[\s\[\](){}$\\_]", "", plain).lower()
    plain = _PER_PIXEL.sub("", plain)
    length = _factor(plain, _LENGTHS)
    if length is not None:
        return "nm", length
    angle = _factor(plain, _ANGLES)
    if angle is not None:
        return "mrad", angle
    for inverse in _INVERSE:
        match = inverse.fullmatch(plain)
        length = _factor(match[1], _LENGTHS) if match else None
        if length is not None:
            return "1/nm", 1.0 / length
    return None


def _factor(plain: str, known: Mapping[str, float]) -> float | None:
    """How many basic units a unit is, in the singular or the plural of a word."""
    return known.get(plain, known.get(plain.removesuffix("s")) if len(plain) > 4 else None)


def energy_in_kv(value: float, unit: str) -> float | None:
    """An energy or voltage in kV; None if the unit is unknown or the value none that an electron beam has."""
    factor = _ENERGIES.get(unit.strip())
    return None if factor is None or not (math.isfinite(value) and value > 0) else value * factor


def length_in_mm(value: float, unit: str) -> float | None:
    """A length in mm; None if the unit is unknown or the value no length."""
    found = parse_unit(unit)
    known = found is not None and found[0] == "nm" and math.isfinite(value) and value > 0
    return value * found[1] * 1e-6 if found is not None and known else None


def parse_sizes(text: str, flag: str, example: str) -> tuple[AxisScale, AxisScale]:
    """The sizes along y and x that a flag gives, one for both or two with a comma between, each with its unit.

    Parameters
    ----------
    text
        For example "0.5nm", "0.016/A" or "1.2mrad,1.3mrad".
    flag, example
        For the message.

    Raises
    ------
    SettingsError
        If a number or a unit is missing or not understood, or a size is not above zero.
    """
    parts = [_quantity(part) for part in text.split(",")]
    scales = [axis_scale(value, unit) for value, unit in parts if value > 0]
    if len(scales) != len(parts) or len(parts) > 2 or any(scale.unit == "px" for scale in scales):
        raise SettingsError(
            f"{flag} is {text!r}: write a size with its unit, for example {example}, or two with a comma between "
            "for y and x, each with its unit"
        )
    return scales[0], scales[-1]


def parse_energy(text: str, flag: str) -> float:
    """The energy of the beam that a flag gives, in kV.

    Raises
    ------
    SettingsError
        If it is none, has no unit, or is not between 1 kV and 10 MV.
    """
    energy = energy_in_kv(*_quantity(text))
    if energy is None or not 1 <= energy <= 1e4:
        raise SettingsError(f"{flag} is {text!r}: write the beam's energy with its unit, for example 300kV")
    return energy


def parse_length(text: str, flag: str) -> float:
    """The length that a flag gives, in mm.

    Raises
    ------
    SettingsError
        If it is none, has no unit, or is not above zero.
    """
    length = length_in_mm(*_quantity(text))
    if length is None:
        raise SettingsError(f"{flag} is {text!r}: write a length with its unit, for example 185mm")
    return length


def _quantity(text: str) -> tuple[float, str]:
    """A number and the unit behind it; NaN if it is none."""
    match = _NUMBER.fullmatch(text)
    return (float(match[1]), match[2]) if match else (math.nan, "")
