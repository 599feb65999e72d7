"""From the shape of an aperture, or a measured probe, to the zero-sum template that finds its disks.

`shapes` covers pixels, `template` balances them, `measured` takes what a camera saw.
"""

from graineye.probe.measured import LevelledProbe, level_probe, read_probe, template_from_probe
from graineye.probe.template import Template, balance, bullseye, disk

__all__ = [
    "LevelledProbe",
    "Template",
    "balance",
    "bullseye",
    "disk",
    "level_probe",
    "read_probe",
    "template_from_probe",
]
