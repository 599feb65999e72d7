"""What a simulated scan is made of, with unit, default and range: the flags of `graineye simulate` come from here.

`SimulationOptions` is a plain frozen dataclass of the standard library, so that reading the flags costs no import.
"""

import math
from dataclasses import dataclass
from typing import Literal

from graineye.errors import SettingsError
from graineye.settings import parse_pair
from graineye.simulate.phases import CENTRINGS, LATTICE_PARAMETERS, Phase, parse_phases, phase_of

_RANGES = {
    "seed": (0, math.inf, ""),
    "detector": (32, 8192, " px"),
    "scan_step": (1e-3, 1e6, " nm"),
    "detector_pixel": (1e-4, 1e3, " 1/nm"),
    "grain_size": (0.1, 1e6, " nm"),
    "thickness": (0.1, 1e4, " nm"),
    "vacuum": (0, 0.95, ""),
    "island_size": (0.1, 1e6, " nm"),
    "carbon": (0, 1e3, " nm"),
    "twins": (0, 1, ""),
    "similar": (0, 1, ""),
    "similar_angle": (0, 30, " degrees"),
    "bend": (0, 45, " degrees"),
    "lattice_parameter": (*LATTICE_PARAMETERS, " nm"),
    "ring_outer": (0.5, math.inf, " px"),
    "bar_width": (0, math.inf, " px"),
    "bar_count": (0, 64, ""),
    "bar_angle": (-360, 360, " degrees"),
    "beam_energy": (1, 3000, " kV"),
    "precession": (0, 100, " mrad"),
    "ellipticity": (-0.3, 0.3, ""),
    "ellipticity_angle": (-360, 360, " degrees"),
    "blur": (0, 20, " px"),
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
    single: bool = False
    """One crystal over the whole field."""
    empty: bool = False
    """No specimen: the beam and the camera's noise only."""
    vacuum: float = 0.0
    """Share of the scan positions beside the specimen, which then is smooth islands, 0 to 0.95."""
    island_size: float = 15.0
    """About how wide islands and gaps are, nm."""
    carbon: float = 0.0
    """Thickness of an amorphous carbon support under the whole field, nm."""
    wedge: bool = False
    """The thickness grows from a fifth at the first column of the scan to all of it at the last."""
    bend: float = 0.0
    """By how much the lattice turns from one end of the field to the other, degrees."""
    twins: float = 0.0
    """Share of grains that are Sigma 3 twins of a neighbour (60 degrees about <111>), 0 to 1."""
    similar: float = 0.0
    """Share of grains that nearly have a neighbour's orientation, 0 to 1."""
    similar_angle: float = 4.0
    """How far those are turned from their neighbour, about a random axis, degrees."""
    phases: str = ""
    """Comma list of Au, Ag, Cu, Al, Pt, Pd, Ni, Fe, W, Cr, Si or centring:edge in nm:atomic number (fcc:0.3615:29)."""
    lattice_parameter: float = 0.408
    """Edge of the cubic unit cell, nm, of gold atoms if no phases are named."""
    centring: Literal["fcc", "bcc", "primitive", "diamond"] = "fcc"
    """Where the atoms of the cell stand, if no phases are named."""
    probe: str = "bullseye"
    """Aperture: bullseye, disk, annulus, hole3 (three holes), gauss, or a path to an image of the probe (.npy, TIFF, PNG)."""
    spot_radius: float = 2.8
    """Radius of the bullseye's central spot or of each of three holes, px."""
    ring_inner: float = 8.0
    """Inner radius of the bullseye's bright ring or of the annulus, px."""
    ring_outer: float = 11.5
    """Outer radius of the aperture, px; a gauss spot has fallen to exp(-2) there."""
    bar_width: float = 3.0
    """Width of the bullseye's supports, px."""
    bar_count: int = 2
    """Number of supports through the centre; 2 are a cross."""
    bar_angle: float = 0.0
    """Turn of the first support, or of the first of three holes, from the x axis towards y, degrees."""
    beam_energy: float = 300.0
    """Acceleration voltage of the electrons, kV."""
    precession: float = 0.0
    """Half angle of the cone on which the beam is rocked, mrad."""
    ellipticity: float = 0.0
    """The pattern is stretched by 1 + this along one axis, -0.3 to 0.3."""
    ellipticity_angle: float = 0.0
    """Turn of that axis from the x axis towards y, degrees."""
    blur: float = 0.0
    """Standard deviation of the camera's point spread, px."""
    descan: float = 4.0
    """How far the pattern moves, in proportion, from the scan's first row to its last, and so for columns, px."""
    descan_wave: float = 0.8
    """Amplitude of the pattern's slow wave over the scan, px."""
    offset: float = 2.0
    """The pattern's centre lies up to so far from the detector's middle, along y and x, px."""
    dose: float = 1e5
    """Electrons a frame; 0 writes noiseless float32 frames, as shares of the dose."""
    background: float = 0.03
    """Share of the dose in a smooth diffuse background where the sample has its full thickness, 0 to 1."""
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
        if self.centring not in CENTRINGS:
            raise SettingsError(f"centring is {self.centring!r}: it must be fcc, bcc, primitive or diamond")
        self._check_sample()
        self._check_aperture()
        if self.dead + self.hot > self.detector**2 // 2:
            raise SettingsError(f"dead and hot are {self.dead + self.hot} pixels: it must be less than half of them")
        if self.offset + self.descan + 2 * self.descan_wave > self.detector / 2:
            raise SettingsError("offset, descan and descan-wave move the beam off the detector: choose smaller ones")

    def _check_sample(self) -> None:
        """Refuse what a sample cannot be at once, and more reflections or grains than memory holds."""
        phases = self.crystals
        absent = [name for name in ("single", "vacuum", "wedge", "bend", "twins", "similar") if getattr(self, name)]
        if self.empty and absent:
            raise SettingsError(f"empty leaves no specimen: leave out {', '.join(absent)}")
        if self.single and (self.twins or self.similar or self.columnar):
            raise SettingsError("single is one crystal: leave out twins, similar and columnar")
        if self.single and len(phases) > 1:
            raise SettingsError(f"single is one crystal of one phase, and phases names {len(phases)}: name one")
        if self.twins + self.similar > 1:
            raise SettingsError(
                f"twins and similar are {self.twins:g} and {self.similar:g}: together they must be at most 1"
            )
        if self.detector_pixel * self.detector * max(phase.lattice_parameter for phase in phases) > _MOST_ORDERS:
            raise SettingsError(
                f"detector-pixel is {self.detector_pixel:g} 1/nm: the detector would hold over {_MOST_ORDERS} orders of a "
                "reflection; choose a smaller detector-pixel or detector"
            )
        if self._grains > _MOST_GRAINS:
            raise SettingsError(
                f"grain-size is {self.grain_size:g} nm: the scan would hold {self._grains:.1e} grains; "
                "choose larger grains or a smaller scan-step"
            )

    def _check_aperture(self) -> None:
        """Refuse an aperture whose parts do not fit together, or that does not fit on the detector."""
        if self.probe == "bullseye" and not 0 <= self.spot_radius <= self.ring_inner <= self.ring_outer:
            raise SettingsError("a bullseye needs 0 <= spot-radius <= ring-inner <= ring-outer: change these radii")
        if self.probe == "annulus" and not 0 <= self.ring_inner < self.ring_outer:
            raise SettingsError("an annulus needs 0 <= ring-inner < ring-outer: change these radii")
        # Three equal circles that touch each other and a circle around them: R = r (1 + 2 / sqrt(3)).
        if self.probe == "hole3" and not 0 < self.spot_radius * (1 + 2 / math.sqrt(3)) <= self.ring_outer:
            raise SettingsError(
                f"hole3 needs 0 < spot-radius <= {self.ring_outer / (1 + 2 / math.sqrt(3)):.3g} px, "
                "or its holes run into each other within ring-outer"
            )
        if self.detector < 2 * self.ring_outer * (1 + max(self.ellipticity, 0)) + 3:
            raise SettingsError(
                f"detector is {self.detector} px: a probe of radius {self.ring_outer:g} px does not fit into it"
            )

    @property
    def _grains(self) -> float:
        """About how many grains the field holds."""
        if self.single or self.empty:
            return 1.0
        rows, columns = self.scan_shape
        area = (rows * self.scan_step + self.grain_size) * (columns * self.scan_step + self.grain_size)
        layers = 1.0 if self.columnar else 1 + self.thickness / self.grain_size
        return area / self.grain_size**2 * layers

    @property
    def scan_shape(self) -> tuple[int, int]:
        """Rows and columns of the scan."""
        return parse_pair(self.scan, "scan")

    @property
    def crystals(self) -> tuple[Phase, ...]:
        """The phases that grains are made of."""
        return parse_phases(self.phases) if self.phases else (phase_of(self.centring, self.lattice_parameter),)
