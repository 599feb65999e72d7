"""What a scan's pixels measure: the scan step on the sample and the detector pixel in the diffraction pattern.

Lengths are nm, reciprocal lengths 1/nm, angles mrad; whatever a file does not tell stays "px" and is never guessed.
"""

from dataclasses import dataclass
from typing import Literal

Unit = Literal["px", "nm", "1/nm", "mrad"]


@dataclass(frozen=True)
class AxisScale:
    """One pixel along one axis: its size and the unit of that size; 1 px where the size is unknown."""

    step: float = 1.0
    unit: Unit = "px"


@dataclass(frozen=True)
class Calibration:
    """The scale of each of the four axes of a scan, in the order of the data."""

    y: AxisScale = AxisScale()
    x: AxisScale = AxisScale()
    qy: AxisScale = AxisScale()
    qx: AxisScale = AxisScale()

    @property
    def scan_unit(self) -> Unit:
        """Unit of the scan's axes: nm where both are known, else px."""
        return "nm" if self.y.unit == self.x.unit == "nm" else "px"

    @property
    def scan_step(self) -> tuple[float, float]:
        """(y, x) size of a scan position in `scan_unit`."""
        return (self.y.step, self.x.step) if self.scan_unit != "px" else (1.0, 1.0)

    @property
    def detector_unit(self) -> Unit:
        """Unit of the detector's axes: 1/nm or mrad where both have it, else px."""
        return self.qy.unit if self.qy.unit == self.qx.unit else "px"

    @property
    def detector_pixel(self) -> tuple[float, float]:
        """(qy, qx) size of a detector pixel in `detector_unit`."""
        return (self.qy.step, self.qx.step) if self.detector_unit != "px" else (1.0, 1.0)
