"""The cubic crystals that a sample can be made of: what each is called, how its atoms stand, and which atoms they are.

Of the standard library only, so that reading the options costs no import.
"""

from dataclasses import dataclass
from typing import Final

from graineye.errors import SettingsError

CENTRINGS: Final = ("fcc", "bcc", "primitive", "diamond")
LATTICE_PARAMETERS: Final = (0.1, 3.0)
"""Smallest and largest edge of the cell, nm."""
_ATOMIC_NUMBERS = (1, 98)
GOLD: Final = 79


@dataclass(frozen=True)
class Phase:
    """A cubic crystal of one element.

    Attributes
    ----------
    name
        As it stands in the truth file: an element, or centring:edge in A:atomic number.
    centring
        One of `CENTRINGS`.
    lattice_parameter
        Edge of the cell, nm.
    atomic_number
        Of its atoms.
    """

    name: str
    centring: str
    lattice_parameter: float
    atomic_number: int


# At room temperature: Kittel, Introduction to Solid State Physics, chapter 1, and the powder diffraction file.
PRESETS: Final = {
    phase.name: phase
    for phase in (
        Phase("Au", "fcc", 0.40786, 79),
        Phase("Ag", "fcc", 0.40862, 47),
        Phase("Cu", "fcc", 0.36149, 29),
        Phase("Al", "fcc", 0.40494, 13),
        Phase("Pt", "fcc", 0.39231, 78),
        Phase("Pd", "fcc", 0.38898, 46),
        Phase("Ni", "fcc", 0.35238, 28),
        Phase("Fe", "bcc", 0.28664, 26),
        Phase("W", "bcc", 0.31652, 74),
        Phase("Cr", "bcc", 0.28839, 24),
        Phase("Si", "diamond", 0.54309, 14),
    )
}


def phase_of(centring: str, lattice_parameter: float, atomic_number: int = GOLD) -> Phase:
    """A phase named by what it is: "fcc:4.08:79" has cells of 4.08 A."""
    name = f"{centring}:{10 * lattice_parameter:g}:{atomic_number}"
    return Phase(name, centring, lattice_parameter, atomic_number)


def parse_phases(text: str) -> tuple[Phase, ...]:
    """The phases of a comma list such as "Cu,Ag" or "fcc:0.3615:29,Fe".

    Parameters
    ----------
    text
        Each an element of `PRESETS` or centring:edge in nm:atomic number.

    Raises
    ------
    SettingsError
        If a phase is unknown, or its numbers are out of range.
    """
    return tuple(_parse(item.strip()) for item in text.split(","))


def _parse(text: str) -> Phase:
    if text in PRESETS:
        return PRESETS[text]
    try:
        centring, edge, atomic_number = text.split(":")
        phase = phase_of(centring, float(edge), int(atomic_number))
    except ValueError as error:
        raise SettingsError(
            f"phases names {text!r}: it must be one of {', '.join(PRESETS)}, or centring:edge in nm:atomic number"
        ) from error
    if centring not in CENTRINGS:
        raise SettingsError(f"phases names {text!r}: the centring must be {', '.join(CENTRINGS[:-1])} or diamond")
    for value, (low, high), what in (
        (phase.lattice_parameter, LATTICE_PARAMETERS, "edge of the cell, in nm,"),
        (phase.atomic_number, _ATOMIC_NUMBERS, "atomic number"),
    ):
        if not low <= value <= high:
            raise SettingsError(f"phases names {text!r}: the {what} must be between {low:g} and {high:g}")
    return phase
