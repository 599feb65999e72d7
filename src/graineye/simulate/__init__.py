"""A polycrystal with its truth: a scan as a camera would record it, and what it was made of.

`simulate_scan` is the way in.
"""

from graineye.simulate.options import SimulationOptions
from graineye.simulate.scan import SimulatedScan, simulate_scan

__all__ = ["SimulatedScan", "SimulationOptions", "simulate_scan"]
