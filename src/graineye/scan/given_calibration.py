"""The calibration that a user gives: it wins over the file's, and a note says so where the two contradict.

A detector pixel may be given as an angle, a reciprocal length, or its size on the chip together with the camera length.
"""

import math
from collections.abc import Sequence
from dataclasses import replace

from graineye.errors import SettingsError
from graineye.scan.calibration import AxisScale, Calibration, converted
from graineye.scan.units import parse_energy, parse_length, parse_sizes

_ALIKE = 5e-3
"""Two values that differ by less say the same: people round."""


def with_given(
    known: Calibration,
    *,
    scan_step: str | None = None,
    detector_pixel: str | None = None,
    beam_energy: str | None = None,
    camera_length: str | None = None,
) -> tuple[Calibration, tuple[str, ...]]:
    """A file's calibration with what the user gave instead.

    Parameters
    ----------
    known
        What the file says.
    scan_step
        "0.5nm", or "0.5nm,0.6nm" for y and x.
    detector_pixel
        "0.016/A", "0.16/nm", "1.2mrad" or, on the chip, "55um"; two values for qy and qx.
    beam_energy
        "300kV".
    camera_length
        "185mm".

    Returns
    -------
    The calibration, and a sentence for each contradiction.

    Raises
    ------
    SettingsError
        If a text is not understood or its unit does not suit, or a size on the chip comes without a camera length.
    """
    notes: list[str] = []
    found = known
    if beam_energy is not None:
        energy = parse_energy(beam_energy, "--beam-energy")
        notes += _contradiction("beam energy", "kV", known.beam_energy, energy, f"--beam-energy {beam_energy}")
        found = replace(found, beam_energy=energy)
    if camera_length is not None:
        length = parse_length(camera_length, "--camera-length")
        notes += _contradiction("camera length", "mm", known.camera_length, length, f"--camera-length {camera_length}")
        found = replace(found, camera_length=length)
    if scan_step is not None:
        y, x = parse_sizes(scan_step, "--scan-step", "0.5nm")
        if (y.unit, x.unit) != ("nm", "nm"):
            raise SettingsError(f"--scan-step is {scan_step!r}: a scan step is a length, for example 0.5nm")
        notes += _contradictions("scan step", (known.y, known.x), (y, x), None, f"--scan-step {scan_step}")
        found = replace(found, y=y, x=x)
    if detector_pixel is not None:
        sizes = parse_sizes(detector_pixel, "--detector-pixel", "0.016/A, 1.2mrad")
        qy, qx = (_seen_from_the_sample(size, found.camera_length, detector_pixel) for size in sizes)
        given = f"--detector-pixel {detector_pixel}"
        notes += _contradictions("detector pixel", (known.qy, known.qx), (qy, qx), found.wavelength, given)
        found = replace(found, qy=qy, qx=qx)
    return found, tuple(notes)


def _seen_from_the_sample(size: AxisScale, camera_length: float | None, text: str) -> AxisScale:
    """A size on the chip as the angle under which it appears; other sizes stay."""
    if size.unit != "nm":
        return size
    if camera_length is None:
        raise SettingsError(
            f"--detector-pixel is {text!r}, a size on the chip: give --camera-length as well, for example 185mm, "
            "or the pixel as 0.016/A or 1.2mrad"
        )
    return AxisScale(1e3 * math.atan(size.step * 1e-6 / camera_length), "mrad")


def _contradictions(
    what: str, known: Sequence[AxisScale], given: Sequence[AxisScale], wavelength: float | None, flag: str
) -> list[str]:
    """A note for the first axis on which the file says something else; none where the two cannot be compared."""
    for axis, said in zip(known, given, strict=True):
        comparable = None if axis.unit == "px" else converted(said, axis.unit, wavelength)
        note = [] if comparable is None else _contradiction(what, axis.unit, axis.step, comparable, flag)
        if note:
            return note
    return []


def _contradiction(what: str, unit: str, known: float | None, given: float, flag: str) -> list[str]:
    if known is None or math.isclose(known, given, rel_tol=_ALIKE):
        return []
    return [f"the file gives a {what} of {known:.4g} {unit}, but {flag} is taken"]
