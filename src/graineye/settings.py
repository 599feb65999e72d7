"""Every setting, with its unit, default and range: the flags of the command line, TOML files and the docs come from here.

`Opening` says how to read one file; `Settings` says how to map the crystallites in it. Both are plain frozen dataclasses.
"""

import difflib
import math
import operator
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, Literal, Self, SupportsFloat, SupportsIndex

from graineye.errors import SettingsError


def _check(name: str, value: float, low: float, high: float = math.inf, *, unit: str = "") -> None:
    if not (low <= value <= high) or math.isinf(value):
        span = f"at least {low:g}" if high == math.inf else f"between {low:g} and {high:g}"
        raise SettingsError(f"{name} is {value:g}{unit}: it must be {span}{unit}")


@dataclass(frozen=True)
class Opening:
    """How to read one file, where the file itself does not say."""

    ds_path: str | None = None
    """HDF5 path of the scan's dataset, where the file holds several."""
    nav_shape: str | None = None
    """Scan positions as NY,NX, where the file does not say."""
    sig_shape: str | None = None
    """Frame shape in px as QY,QX, for raw files."""
    dtype: str | None = None
    """Number type of a raw file, for example uint16 or >f4."""
    sync_offset: int = 0
    """Frames to skip at the start of the file (negative: frames missing there)."""
    follow_links: bool = False
    """Follow HDF5 links that leave the file's folder; of files that you trust."""
    roi: str | None = None
    """Scan positions to read, as Y0:Y1,X0:X1."""
    flyback: int = 0
    """Columns to cut off at the end of each scan row, where the beam flies back (negative: at its start)."""
    bin: int = 1
    """Sum so many by so many detector pixels on reading; the calibration follows."""
    dark: str | None = None
    """Image to subtract from every frame: npy, tif, mrc or h5."""
    gain: str | None = None
    """Image to multiply every frame with, after the dark image: npy, tif, mrc or h5."""
    scan_step: str | None = None
    """Distance of scan positions with its unit, as 0.5nm, or as 0.5nm,0.6nm for y and x."""
    detector_pixel: str | None = None
    """Size of a detector pixel as 0.016/A, 0.16/nm or 1.2mrad, or on the chip as 55um with --camera-length; two for qy and qx."""
    beam_energy: str | None = None
    """Energy of the beam, as 300kV: turns mrad into 1/nm."""
    camera_length: str | None = None
    """Camera length, as 185mm: with a detector pixel on the chip it gives mrad."""
    exclude_frames: str | None = None
    """Scan positions to leave out: a mask image (npy, tif, png; not zero is out), or Y0:Y1,X0:X1 joined by semicolons."""
    exclude_pixels: str | None = None
    """Detector pixels to leave out, a beam stop for example, written in the same way."""


@dataclass(frozen=True)
class ScanSettings:
    """What to do with a scan's odd values."""

    bad_values: Literal["refuse", "zero"] = "refuse"
    """Frames with NaN or Inf: refuse the scan, or take these values as zero."""


@dataclass(frozen=True)
class ProbeSettings:
    """Where the template comes from, and the radii of a bullseye."""

    source: str = "auto"
    """file (the probe image in the scan's file), bullseye, disk, or a path to an image; auto: the file's, else fitted."""
    spot_radius: float = 2.8
    """Radius of the bullseye's central spot, px."""
    ring_inner: float = 8.0
    """Inner radius of the bullseye's bright ring, px."""
    ring_outer: float = 11.5
    """Outer radius of the bullseye's ring or of the disk, px."""
    excluded_radius: float = 16.0
    """The template is zero beyond this radius, px."""
    bar_width: float = 3.0
    """Width of the supports, px; 3 covers offsets up to 1 fully and from 2 on not at all."""
    bar_count: int = 2
    """Number of supports through the centre; 2 are a cross."""
    bar_angle: float = 0.0
    """Turn of the first support from the x axis towards y, degrees."""

    def __post_init__(self) -> None:
        _check("probe.spot-radius", self.spot_radius, 0, unit=" px")
        if self.source == "disk":  # which has neither spot nor ring
            _check("probe.ring-outer", self.ring_outer, 0.5, unit=" px")
        else:
            _check("probe.ring-inner", self.ring_inner, self.spot_radius, unit=" px")
            _check("probe.ring-outer", self.ring_outer, max(self.ring_inner, 0.5), unit=" px")
        _check("probe.excluded-radius", self.excluded_radius, self.ring_outer + 1, unit=" px")
        _check("probe.bar-width", self.bar_width, 0, unit=" px")
        _check("probe.bar-count", self.bar_count, 0, 64)
        _check("probe.bar-angle", self.bar_angle, -360, 360, unit=" degrees")


@dataclass(frozen=True)
class DisksSettings:
    """Which local maxima of the correlation become disk positions of the dendrogram method; the other takes all there are."""

    count: int = 500
    """At most so many disk positions, the strongest first."""
    min_distance: int = 1
    """Disk positions are further apart than this along y or x, px."""
    border: Literal["drop", "keep"] = "drop"
    """Positions nearer to the border than the template's bright radius."""

    def __post_init__(self) -> None:
        _check("disks.count", self.count, 1)
        _check("disks.min-distance", self.min_distance, 1, unit=" px")


@dataclass(frozen=True)
class SegmentationSettings:
    """How scan positions become crystallites."""

    method: Literal["overlapping", "dendrogram"] = "overlapping"
    """overlapping: objects that may share scan positions, their number a result; dendrogram: one cut of Ward's tree, as in
    the published notebook (taken, too, where cut.distance or cut.count is set)."""


@dataclass(frozen=True)
class CutSettings:
    """Where the dendrogram is cut into crystallites."""

    relative: float = 10.0
    """Cut at this many times the median feature distance of neighbouring scan positions; for the dendrogram method."""
    distance: float | None = None
    """Cut at this merge height instead."""
    count: int | None = None
    """Cut into this many crystallites instead."""
    min_size: int = 0
    """Crystallites of fewer scan positions go to their best neighbour; 0 keeps all; for cuts of the dendrogram."""

    def __post_init__(self) -> None:
        _check("cut.relative", self.relative, 0)
        _check("cut.min-size", self.min_size, 0)
        if self.distance is not None:
            _check("cut.distance", self.distance, 0)
        if self.count is not None:
            _check("cut.count", self.count, 1)
        if self.distance is not None and self.count is not None:
            raise SettingsError("cut.distance and cut.count are both set: choose one of them")


@dataclass(frozen=True)
class ReportSettings:
    """What the report shows."""

    frame: str | None = None
    """Scan position Y,X of the frame in the report; by default the published notebook's, else the middle one."""

    def __post_init__(self) -> None:
        if self.frame is not None:
            parse_pair(self.frame, "report.frame")


@dataclass(frozen=True)
class Settings:
    """How to map the crystallites of a scan."""

    scan: ScanSettings = field(default_factory=ScanSettings)
    probe: ProbeSettings = field(default_factory=ProbeSettings)
    disks: DisksSettings = field(default_factory=DisksSettings)
    segmentation: SegmentationSettings = field(default_factory=SegmentationSettings)
    cut: CutSettings = field(default_factory=CutSettings)
    report: ReportSettings = field(default_factory=ReportSettings)

    @classmethod
    def classic(cls) -> Self:
        """The published notebook's settings: its bullseye, 500 positions with those near the border, cut at distance 200."""
        return cls(
            probe=ProbeSettings(source="bullseye"),
            disks=DisksSettings(border="keep"),
            segmentation=SegmentationSettings(method="dendrogram"),
            cut=CutSettings(distance=200.0),
        )

    @property
    def overlapping(self) -> bool:
        """Whether crystallites may share scan positions: a cut that is asked for gives each to one."""
        return self.segmentation.method == "overlapping" and self.cut.distance is None and self.cut.count is None

    def to_dict(self) -> dict[str, dict[str, Any]]:
        """Every value under its section and its name as in TOML (hyphens, unset ones left out)."""
        return {
            section: {name.replace("_", "-"): value for name, value in values.items() if value is not None}
            for section, values in asdict(self).items()
        }

    def to_toml(self) -> str:
        """The TOML text that gives these settings back."""
        return "\n".join(
            f"[{section}]\n" + "".join(f"{name} = {_toml_value(value)}\n" for name, value in values.items())
            for section, values in self.to_dict().items()
        )

    @classmethod
    def from_dict(cls, values: Mapping[str, Any], source: str = "settings") -> Self:
        """Settings from nested mappings; what is not named keeps its default.

        Raises
        ------
        SettingsError
            For a name that is no setting (the nearest one is suggested), a value of the wrong type or out of range.
        """
        checked = _checked(values, source)
        return cls(**{section: SECTIONS[section](**chosen) for section, chosen in checked.items()})

    @classmethod
    def from_toml(cls, path: str | Path) -> Self:
        """Settings from a TOML file with the sections scan, probe, disks, segmentation, cut and report.

        Raises
        ------
        SettingsError
            If the file cannot be read or holds something else than settings.
        """
        return cls.from_dict(read_toml(path), source=str(path))


SECTIONS: dict[str, type] = {
    "scan": ScanSettings,
    "probe": ProbeSettings,
    "disks": DisksSettings,
    "segmentation": SegmentationSettings,
    "cut": CutSettings,
    "report": ReportSettings,
}
"""The fields of `Settings`, each a dataclass of its own."""


def read_toml(path: str | Path) -> dict[str, dict[str, Any]]:
    """The settings that a TOML file names, by section and name (with underscores), each of the right type.

    Raises
    ------
    SettingsError
        If the file cannot be read, or names something that is no setting or of the wrong type.
    """
    try:
        values = tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: cannot be read ({error}): name a TOML file of settings") from error
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path}: not TOML ({error}): mend that line") from error
    return _checked(values, str(path))


def _checked(values: Mapping[str, Any], source: str) -> dict[str, dict[str, Any]]:
    """The same values under the names of sections and fields, each of its field's type."""
    checked: dict[str, dict[str, Any]] = {}
    for name, content in values.items():
        section = _named(name, SECTIONS, source)
        if not isinstance(content, Mapping):
            raise SettingsError(f"{source}: [{name}] must be a table of settings")
        types = {f.name: f.type for f in fields(SECTIONS[section])}
        chosen = {_named(key, types, source, name): value for key, value in content.items()}
        checked[section] = {
            key: _typed(value, types[key], f"{name}.{key.replace('_', '-')}", source) for key, value in chosen.items()
        }
    return checked


def _toml_value(value: str | SupportsIndex | SupportsFloat) -> str:
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        return '"' + "".join(c if " " <= c != "\x7f" else f"\\u{ord(c):04x}" for c in escaped) + '"'
    # A NumPy number's own repr names its type.
    return repr(operator.index(value) if isinstance(value, SupportsIndex) else float(value))


def _named(name: str, known: Mapping[str, object], source: str, section: str = "") -> str:
    """The field that `name` (with hyphens or underscores) stands for."""
    key = name.replace("-", "_")
    if key in known:
        return key
    prefix = f"{section}." if section else ""
    near = difflib.get_close_matches(key, known, n=1, cutoff=0.5)
    names = ", ".join(prefix + k.replace("_", "-") for k in known)
    remedy = f"did you mean {prefix}{near[0].replace('_', '-')}?" if near else f"there are {names}"
    raise SettingsError(f"{source}: {prefix}{name} is no setting: {remedy}")


def _typed(value: object, kind: Any, name: str, source: str) -> object:
    """`value` as the type of its field, an int where a float is wanted taken as such."""
    options: tuple[Any, ...] = getattr(kind, "__args__", (kind,))
    if all(isinstance(option, str) for option in options):
        if value not in options:
            raise SettingsError(f"{source}: {name} is {value!r}: it must be one of {', '.join(map(str, options))}")
        return value
    for option in options:
        if option is float and isinstance(value, int) and not isinstance(value, bool):
            return float(value)
        if isinstance(option, type) and isinstance(value, option) and not isinstance(value, bool):
            return value
    wanted = " or ".join(option.__name__ for option in options if option is not type(None))
    raise SettingsError(f"{source}: {name} is {value!r}: it must be {wanted}")


def parse_pair(text: str, name: str) -> tuple[int, int]:
    """Two whole numbers written as "Y,X" or "YxX".

    Raises
    ------
    SettingsError
        If `text` is anything else; `name` says where it was typed.
    """
    parts = text.replace("x", ",").split(",")
    try:
        first, second = (int(part) for part in parts)
    except ValueError:
        raise SettingsError(f"{name} is {text!r}: write two whole numbers, for example 100,84") from None
    return first, second


def parse_roi(text: str) -> tuple[slice, slice]:
    """A rectangle of scan positions written as "Y0:Y1,X0:X1"; an end left out is the scan's.

    Raises
    ------
    SettingsError
        If `text` is anything else.
    """
    try:
        rows, columns = (
            slice(*(int(end) if end.strip() else None for end in part.split(":", 1))) for part in text.split(",")
        )
        if ":" not in text.split(",", maxsplit=1)[0] or ":" not in text.split(",")[1]:
            raise ValueError
    except (ValueError, IndexError):
        raise SettingsError(f"--roi is {text!r}: write it as Y0:Y1,X0:X1, for example 0:50,10:60") from None
    return rows, columns
