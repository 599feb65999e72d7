"""What a simulated scan is made of, with unit, default and range: the flags of `graineye simulate` come from here.

`SimulationOptions` is a plain frozen dataclass of the standard library, so that reading the flags costs no import.
"""

import math
from dataclasses import dataclass
from typing import Literal

from graineye.errors import SettingsError
from graineye.settings import parse_pair

_RANGES = {
    "seed": (0, math.inf, ""),
    "detector": (32, 8192, " px"),
    "scan_step": (1e-3, 1e6, " nm"),
    "detector_pixel": (1e-4, 1e3, " 1/nm"),
    "grain_size": (0.1, 1e6, " nm"),
    "thickness": (0.1, 1e4, " nm"),
    "lattice_parameter": (0.1, 3, " nm"),
    "ring_outer": (0.5, math.inf, " px"),
    "bar_width": (0, math.inf, " px"),
    "bar_count": (0, 64, ""),
    "bar_angle": (-360, 360, " degrees"),
    "beam_energy": (1, 3000, " kV"),
    "descan": (0, math.inf, " px"),
    "descan_wave": (0, math.inf, " px"),
    "offset": (0, math.inf, " px"),
    "dose": (0, 1e12, " electrons a frame"),
    "background": (0, 1, ""),
    "dark": (0, 1e4, " counts a pixel"),
    "dead": (0, math.inf, " pixels"),
    "hot": (0, math.inf, " pixels"),
}
_MOST_ORDERS = 200
"""Of the cell's edge across the detector; the list of reflections grows with the cube of their number."""
_MOST_GRAINS = 1e6


@dataclass(frozen=True)
class SimulationOptions:
    """A polycrystal, the microscope and the detector."""

    scan: str = "64x56"
    """Scan positions, as ROWSxCOLUMNS."""
    seed: int = 1
    """Seed of everything random; the same seed gives the same scan."""
    detector: int = 250
    """Rows and columns of the square detector, px."""
    scan_step: float = 0.5
    """Distance of neighbouring scan positions, nm."""
    detector_pixel: float = 0.1667
    """Size of a detector pixel, 1/nm."""
    grain_size: float = 7.5
    """Mean diameter of the grains, nm."""
    thickness: float = 10.0
    """Thickness of the sample, nm."""
    columnar: bool = False
    """Every grain goes through the whole thickness; else grains overlap along the beam."""
    lattice_parameter: float = 0.408
    """Edge of the cubic unit cell, nm (gold)."""
    centring: Literal["fcc", "bcc", "primitive", "diamond"] = "fcc"
    """Where the atoms of the cell stand; they scatter as gold does."""
    probe: str = "bullseye"
    """Aperture: bullseye, disk, or a path to an image of the probe (.npy, TIFF, PNG)."""
    spot_radius: float = 2.8
    """Radius of the bullseye's central spot, px."""
    ring_inner: float = 8.0
    """Inner radius of the bullseye's bright ring, px."""
    ring_outer: float = 11.5
    """Outer radius of the bullseye's ring or of the disk, px."""
    bar_width: float = 3.0
    """Width of the bullseye's supports, px."""
    bar_count: int = 2
    """Number of supports through the centre; 2 are a cross."""
    bar_angle: float = 0.0
    """Turn of the first support from the x axis towards y, degrees."""
    beam_energy: float = 300.0
    """Acceleration voltage of the electrons, kV."""
    descan: float = 4.0
    """How far the pattern moves, in proportion, from the scan's first row to its last, and so for columns, px."""
    descan_wave: float = 0.8
    """Amplitude of the pattern's slow wave over the scan, px."""
    offset: float = 2.0
    """The pattern's centre lies up to so far from the detector's middle, along y and x, px."""
    dose: float = 1e5
    """Electrons a frame; 0 writes noiseless float32 frames, as shares of the dose."""
    background: float = 0.03
    """Share of the dose in a smooth diffuse background, 0 to 1."""
    dark: float = 0.01
    """Dark counts a pixel and frame (none at dose 0)."""
    dead: int = 20
    """Number of pixels that are always zero."""
    hot: int = 5
    """Number of pixels that are always bright."""

    def __post_init__(self) -> None:
        for name, (low, high, unit) in _RANGES.items():
            value = getattr(self, name)
            if not low <= value <= high or math.isinf(value):
                span = f"at least {low:g}" if high == math.inf else f"between {low:g} and {high:g}"
                raise SettingsError(f"{name.replace('_', '-')} is {value:g}{unit}: it must be {span}{unit}")
        if min(self.scan_shape) < 1:
            raise SettingsError(f"scan is {self.scan!r}: it must have at least one row and one column")
        if self.centring not in ("fcc", "bcc", "primitive", "diamond"):
            raise SettingsError(f"centring is {self.centring!r}: it must be fcc, bcc, primitive or diamond")
        if not 0 <= self.spot_radius <= self.ring_inner <= self.ring_outer:
            raise SettingsError("a bullseye needs 0 <= spot-radius <= ring-inner <= ring-outer: change these radii")
        if self.detector < 2 * self.ring_outer + 3:
            raise SettingsError(
                f"detector is {self.detector} px: a probe of radius {self.ring_outer:g} px does not fit into it"
            )
        if self.dead + self.hot > self.detector**2 // 2:
            raise SettingsError(f"dead and hot are {self.dead + self.hot} pixels: it must be less than half of them")
        if self.offset + self.descan + 2 * self.descan_wave > self.detector / 2:
            raise SettingsError("offset, descan and descan-wave move the beam off the detector: choose smaller ones")
        if self.detector_pixel * self.detector * self.lattice_parameter > _MOST_ORDERS:
            raise SettingsError(
                f"detector-pixel is {self.detector_pixel:g} 1/nm: the detector would hold over {_MOST_ORDERS} orders of a "
                "reflection; choose a smaller detector-pixel or detector"
            )
        if self._grains > _MOST_GRAINS:
            raise SettingsError(
                f"grain-size is {self.grain_size:g} nm: the scan would hold {self._grains:.1e} grains; "
                "choose larger grains or a smaller scan-step"
            )

    @property
    def _grains(self) -> float:
        """About how many grains the field holds."""
        rows, columns = self.scan_shape
        area = (rows * self.scan_step + self.grain_size) * (columns * self.scan_step + self.grain_size)
        layers = 1.0 if self.columnar else 1 + self.thickness / self.grain_size
        return area / self.grain_size**2 * layers

    @property
    def scan_shape(self) -> tuple[int, int]:
        """Rows and columns of the scan."""
        return parse_pair(self.scan, "scan")
