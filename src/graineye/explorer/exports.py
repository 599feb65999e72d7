"""What is on the page as files: pictures with scale bars as PNG or SVG, the table as CSV, the settings as TOML.

Pictures are Matplotlib's, so that they are sharp in print; they show what the views show.
"""

import dataclasses
import io
import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from graineye.explorer.boundaries import differing_reflections
from graineye.explorer.overlay import FIRST, SECOND, overlaid
from graineye.explorer.patterns import Patterns
from graineye.explorer.quantities import scan_image
from graineye.explorer.state import State
from graineye.explorer.tree import treetop
from graineye.figures import draw_labels, draw_pattern, draw_scan_image, draw_sizes
from graineye.figures.scale import show_image
from graineye.results.exporting import csv_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

PICTURES = ("scan", "diffraction", "dendrogram", "boundary", "sizes")
FILES = tuple(f"{view} ({kind})" for view in PICTURES for kind in ("PNG", "SVG")) + ("table (CSV)", "settings (TOML)")
"""What can be had."""
_DOTS_PER_INCH = 200


def exported(what: str, state: State, patterns: Patterns) -> io.BytesIO:
    """One of `FILES`, from its beginning.

    Parameters
    ----------
    what
        One of `FILES`.
    state
        That is shown.
    patterns
        Of the scan.
    """
    if what == "table (CSV)":
        return io.BytesIO(csv_of(state.shown.table))
    if what == "settings (TOML)":
        return io.BytesIO(state.shown.settings.to_toml().encode())
    view, kind = what.split(" (")
    return _picture(_DRAWN[view], kind.rstrip(")").lower(), state, patterns)


def file_name(what: str, state: State) -> str:
    """Of an export: the scan's name, of which only letters, digits, dots and dashes are kept, and what it is."""
    name = re.sub(r"[^\w.-]+", "-", state.shown.provenance.scan_name.rsplit(".", 1)[0]).strip("-.") or "scan"
    view, kind = what.split(" (")
    return f"{name}.{view}.{kind.rstrip(')').lower()}"


def _picture(draw: "Draw", kind: str, state: State, patterns: Patterns) -> io.BytesIO:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.2, 5.2), layout="constrained")
    draw(state, patterns, figure.subplots())
    written = io.BytesIO()
    figure.savefig(written, format=kind, dpi=_DOTS_PER_INCH)
    written.seek(0)
    return written


def _scan(state: State, _patterns: Patterns, ax: "Axes") -> None:
    image, calibration = scan_image(state), state.shown.calibration
    if image is None:
        draw_labels(state.shown.labels, calibration, ax, state.shown.count)
    else:
        draw_scan_image(image.values, calibration, image.words, image.unit, ax)


def _diffraction(state: State, patterns: Patterns, ax: "Axes") -> None:
    pattern = patterns.at(dataclasses.replace(state, pointer=None))
    draw_pattern(pattern.image, state.shown.calibration, pattern.words, "counts", ax)


def _dendrogram(state: State, _patterns: Patterns, ax: "Axes") -> None:
    top = treetop(state.mapped.dendrogram)
    x = np.stack([top.lefts, top.lefts, top.rights, top.rights])
    y = np.stack([top.left_bottoms, top.tops, top.tops, top.right_bottoms])
    ax.plot(x, y, color="#4477AA", linewidth=0.8)
    ax.set_yscale("log")
    ax.set_xticks([])
    ax.set_ylabel("merge height (feature distance)")
    ax.set_title(f"the {len(top.tops)} highest merges")
    if state.cut is not None:
        ax.axhline(state.cut, color="#EE6677", linestyle="--", label=f"cut at {state.cut:.4g}")
        ax.legend()


def _boundary(state: State, patterns: Patterns, ax: "Axes") -> None:
    if state.boundary is None:
        ax.set_axis_off()
        ax.set_title("no boundary is chosen")
        return
    first, second = state.boundary
    a, b = (patterns.mean_pattern(state, label) for label in state.boundary)
    if a is None or b is None:
        return
    calibration = state.shown.calibration
    show_image(ax, overlaid(a, b), calibration.detector_pixel, calibration.detector_unit)
    table = differing_reflections(state, first, second)
    for y, x, significance in table[["y_px", "x_px", "significance"]].to_numpy(float).tolist():
        colour = FIRST if significance > 0 else SECOND
        ax.plot(x, y, "o", color=colour, fillstyle="none", markersize=9)
        ax.annotate(f"{significance:+.0f}", (x, y), (6, 6), textcoords="offset points", color=colour)
    ax.set_title(f"crystallite {first} (orange) and {second} (blue); numbers: significance")


def _sizes(state: State, _patterns: Patterns, ax: "Axes") -> None:
    unit = state.shown.calibration.scan_unit
    draw_sizes(state.shown.table[f"diameter_{unit}"].to_numpy(), unit, ax)


Draw = Callable[[State, Patterns, "Axes"], None]
_DRAWN: dict[str, Draw] = {
    "scan": _scan,
    "diffraction": _diffraction,
    "dendrogram": _dendrogram,
    "boundary": _boundary,
    "sizes": _sizes,
}
