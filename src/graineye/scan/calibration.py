"""What a scan's pixels measure: the scan step on the sample and the detector pixel in the diffraction pattern.

Lengths are nm, reciprocal lengths 1/nm, angles mrad; whatever a file does not tell stays "px" and is never guessed.
"""

import math
from dataclasses import dataclass
from typing import Literal

Unit = Literal["px", "nm", "1/nm", "mrad"]

_HC = 1239.841984
"""Planck's constant times the speed of light, eV nm."""
_REST_ENERGY = 510998.95
"""Of an electron, eV."""


@dataclass(frozen=True)
class AxisScale:
    """One pixel along one axis: its size and the unit of that size; 1 px where the size is unknown."""

    step: float = 1.0
    unit: Unit = "px"


@dataclass(frozen=True)
class Calibration:
    """The scale of each of the four axes of a scan, in the order of the data, and what else is known of the microscope.

    Attributes
    ----------
    y, x, qy, qx
        One pixel along each axis.
    beam_energy
        kV.
    camera_length
        mm.
    rotation
        Of the scan against the detector, degrees, as the file gives it; nothing is turned by it.
    """

    y: AxisScale = AxisScale()
    x: AxisScale = AxisScale()
    qy: AxisScale = AxisScale()
    qx: AxisScale = AxisScale()
    beam_energy: float | None = None
    camera_length: float | None = None
    rotation: float | None = None

    @property
    def scan_unit(self) -> Unit:
        """Unit of areas and diameters: nm where the steps along both axes are known, else px."""
        return "nm" if self.y.unit == self.x.unit == "nm" else "px"

    @property
    def scan_step(self) -> tuple[float, float]:
        """(y, x) size of a scan position in `scan_unit`."""
        return (self.y.step, self.x.step) if self.scan_unit != "px" else (1.0, 1.0)

    @property
    def scan_step_nm(self) -> tuple[float, float]:
        """(y, x) step in nm, each by itself; NaN where it is unknown, as along y of a scan of one row."""
        return _in_nm(self.y), _in_nm(self.x)

    @property
    def picture_step(self) -> tuple[tuple[float, float], Unit]:
        """(y, x) size of a scan position in a picture, whose scale bar lies along x, and its unit.

        Where only the step along x is known, as in a scan of one row, positions are drawn square.
        """
        if self.scan_unit == "px" and self.x.unit == "nm":
            return (self.x.step, self.x.step), "nm"
        return self.scan_step, self.scan_unit

    @property
    def detector_unit(self) -> Unit:
        """Unit of the detector's axes: 1/nm or mrad where both have it, else px."""
        return self.qy.unit if self.qy.unit == self.qx.unit else "px"

    @property
    def detector_pixel(self) -> tuple[float, float]:
        """(qy, qx) size of a detector pixel in `detector_unit`."""
        return (self.qy.step, self.qx.step) if self.detector_unit != "px" else (1.0, 1.0)

    @property
    def wavelength(self) -> float | None:
        """Of the beam's electrons, nm; None where the beam's energy is unknown."""
        return None if self.beam_energy is None else wavelength(self.beam_energy)

    @property
    def detector_pixel_per_nm(self) -> tuple[float, float] | None:
        """(qy, qx) size of a detector pixel in 1/nm, where it is known in it, or in mrad with the beam's energy."""
        qy, qx = (converted(scale, "1/nm", self.wavelength) for scale in (self.qy, self.qx))
        return None if qy is None or qx is None else (qy, qx)

    @property
    def detector_pixel_mrad(self) -> tuple[float, float] | None:
        """(qy, qx) size of a detector pixel in mrad, where it is known in it, or in 1/nm with the beam's energy."""
        qy, qx = (converted(scale, "mrad", self.wavelength) for scale in (self.qy, self.qx))
        return None if qy is None or qx is None else (qy, qx)


def wavelength(beam_energy: float) -> float:
    """Relativistic wavelength of electrons of `beam_energy` kV, nm: 0.00197 at 300 kV."""
    energy = 1e3 * beam_energy
    return _HC / math.sqrt(energy * (energy + 2 * _REST_ENERGY))


def converted(scale: AxisScale, unit: Unit, wavelength: float | None) -> float | None:
    """The size of a pixel in another unit: a small angle in mrad is 1000 times wavelength times reciprocal length.

    Parameters
    ----------
    scale
        Of an axis.
    unit
        Wanted.
    wavelength
        nm; None if it is unknown.

    Returns
    -------
    The size; None where it cannot be told.
    """
    if scale.unit == unit:
        return scale.step
    if wavelength is None or {scale.unit, unit} != {"1/nm", "mrad"}:
        return None
    mrad_per_inverse_nm = 1e3 * wavelength
    return scale.step * mrad_per_inverse_nm if unit == "mrad" else scale.step / mrad_per_inverse_nm


def _in_nm(scale: AxisScale) -> float:
    return scale.step if scale.unit == "nm" else math.nan
