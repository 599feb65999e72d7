"""A polycrystal with its truth: a scan as a camera would record it, and what it was made of.

`simulate_scan` is the way in; it is loaded when asked for, so that reading the options costs no import.
"""

from typing import TYPE_CHECKING

from graineye.simulate.options import SimulationOptions

if TYPE_CHECKING:
    from graineye.simulate.scan import SimulatedScan, simulate_scan

__all__ = ["SimulatedScan", "SimulationOptions", "simulate_scan"]


def __getattr__(name: str) -> object:
    if name not in ("SimulatedScan", "simulate_scan"):
        raise AttributeError(f"module 'graineye.simulate' has no attribute {name!r}")
    from graineye.caches import use_writable_caches

    use_writable_caches()
    from graineye.simulate import scan

    return getattr(scan, name)
