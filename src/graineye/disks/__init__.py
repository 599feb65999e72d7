"""From images of a scan to the beam and the disk positions: pure array code.

Correlate with the template, find the highest peak, find the strongest local maxima.
"""

from graineye.disks.bad_pixels import find_bad_pixels, replace_bad_pixels
from graineye.disks.beam import Beam, find_beam
from graineye.disks.correlation import correlate
from graineye.disks.descan import Descan, find_descan, places_about
from graineye.disks.locating import LocatedDisks, locate_disks
from graineye.disks.positions import DiskPositions, find_disks, log_scaled
from graineye.disks.significance import any_disk
from graineye.disks.significant import false_discovery_rate, find_significant, one_electron

__all__ = [
    "Beam",
    "Descan",
    "DiskPositions",
    "LocatedDisks",
    "any_disk",
    "correlate",
    "false_discovery_rate",
    "find_bad_pixels",
    "find_beam",
    "find_descan",
    "find_disks",
    "find_significant",
    "locate_disks",
    "log_scaled",
    "one_electron",
    "places_about",
    "replace_bad_pixels",
]
