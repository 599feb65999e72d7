"""From the shape of an aperture, or an image of the beam, to the zero-sum template that finds its disks.

`calibrating` finds out which aperture an image of the beam shows, `shapes` covers pixels, `template` balances them,
`measured` takes what a camera saw as it is.
"""

from graineye.probe.aperture import Aperture, Bars
from graineye.probe.calibrating import FittedProbe, beam_image, fit_probe
from graineye.probe.hot_pixels import hot_pixels
from graineye.probe.measured import LevelledProbe, level_probe, read_probe, template_from_probe
from graineye.probe.template import Template, balance, bullseye, disk, template_of

__all__ = [
    "Aperture",
    "Bars",
    "FittedProbe",
    "LevelledProbe",
    "Template",
    "balance",
    "beam_image",
    "bullseye",
    "disk",
    "fit_probe",
    "hot_pixels",
    "level_probe",
    "read_probe",
    "template_from_probe",
    "template_of",
]
