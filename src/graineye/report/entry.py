"""A picture of the report and where it lies."""

from dataclasses import dataclass

from bokeh.models import LayoutDOM

from graineye.figures.interactive import Plane
from graineye.results import CrystalliteMap


@dataclass(frozen=True)
class Entry:
    """A picture of the report: its section, its name, itself, and a sentence on what it shows."""

    section: str
    name: str
    picture: LayoutDOM
    caption: str


def planes(result: CrystalliteMap) -> tuple[Plane, Plane]:
    """Where images of the sample and of the detector lie."""
    scale = result.calibration
    return Plane(scale.scan_step, scale.scan_unit), Plane(scale.detector_pixel, scale.detector_unit)
