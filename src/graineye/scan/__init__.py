"""A file becomes a `Scan`: formats, metadata trees, calibration, and how frames are read.

`open_scan` is the way in.
"""

from graineye.scan.calibration import AxisScale, Calibration
from graineye.scan.describe import describe
from graineye.scan.opening import open_scan
from graineye.scan.scan import Scan

__all__ = ["AxisScale", "Calibration", "Scan", "describe", "open_scan"]
