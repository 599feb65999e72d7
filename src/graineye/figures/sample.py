"""Pictures of the sample: the label map, one number a scan position, sizes, and what another cut would give."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from graineye.crystallites import Dendrogram, outline_table
from graineye.figures.colours import OVERLAP_COLOURS, label_colours
from graineye.figures.scale import axes_for, colour_scale, show_image
from graineye.scan import Calibration

_ARROWS = 16
"""Along the longer side of the scan."""

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def draw_labels(
    labels: NDArray[np.int32], calibration: Calibration, ax: "Axes | None" = None, count: int | None = None
) -> "Axes":
    """The label map: every crystallite in a colour that differs from its neighbours', with its outline.

    Parameters
    ----------
    labels
        (ny, nx); 0, unassigned, is grey.
    calibration
        Gives the scan step.
    ax
        To draw into; a new figure by default.
    count
        Number of crystallites, where some are nowhere the largest; by default the highest label.
    """
    ax = axes_for(ax)
    show_image(ax, label_colours(labels)[labels], *calibration.picture_step)
    for _, ring in outline_table(labels).groupby(["label", "ring"]):
        y, x = ring["y"].to_numpy(), ring["x"].to_numpy()
        ax.plot(np.append(x, x[0]), np.append(y, y[0]), color="black", linewidth=0.6, solid_joinstyle="miter")
    ax.set_xlim(-0.5, labels.shape[1] - 0.5)
    ax.set_ylim(labels.shape[0] - 0.5, -0.5)
    shown = int(labels.max(initial=0))
    count = shown if count is None else count
    hidden = f", {count - shown} nowhere the largest" if count > shown else ""
    ax.set_title(f"{count} crystallite{'' if count == 1 else 's'}{hidden}")
    return ax


def draw_scan_image(
    values: NDArray[np.floating],
    calibration: Calibration,
    title: str,
    unit: str,
    ax: "Axes | None" = None,
    limits: tuple[float, float] | None = None,
) -> "Axes":
    """One number a scan position, for example a dark field or the total counts.

    Parameters
    ----------
    values
        (ny, nx).
    calibration
        Gives the scan step.
    title
        Of the picture.
    unit
        Of the values, for the colour bar.
    ax
        To draw into; a new figure by default.
    limits
        Lowest and highest value of a linear colour scale; by default the scale fits the values.
    """
    from matplotlib.colors import Normalize

    ax = axes_for(ax)
    norm = colour_scale(values) if limits is None else Normalize(*limits)
    show_image(ax, values, *calibration.picture_step, cmap="viridis", norm=norm)
    ax.figure.colorbar(ax.images[0], ax=ax, label=unit, shrink=0.85)
    ax.set_title(title)
    return ax


def draw_overlap(crystallites: NDArray[np.integer], calibration: Calibration, ax: "Axes | None" = None) -> "Axes":
    """How many crystallites share each scan position, with a legend.

    Parameters
    ----------
    crystallites
        (ny, nx).
    calibration
        Gives the scan step.
    ax
        To draw into; a new figure by default.
    """
    from matplotlib.colors import to_rgb
    from matplotlib.patches import Patch

    ax = axes_for(ax)
    most = len(OVERLAP_COLOURS) - 1
    colours = np.array([to_rgb(colour) for colour in OVERLAP_COLOURS])
    show_image(ax, colours[np.minimum(crystallites, most)], *calibration.picture_step)
    names = ["none", *map(str, range(1, most)), f"{most} or more"]
    patches = [Patch(facecolor=colour, label=name) for colour, name in zip(OVERLAP_COLOURS, names, strict=True)]
    ax.legend(handles=patches, loc="upper left", bbox_to_anchor=(1.02, 1), borderaxespad=0, frameon=False)
    ax.set_title("crystallites at each scan position")
    return ax


def draw_beam(
    off: NDArray[np.floating], left_out: NDArray[np.bool_], calibration: Calibration, ax: "Axes | None" = None
) -> "Axes":
    """How far the beam is from its mean in every frame, in colour, and in which direction, as arrows.

    Parameters
    ----------
    off
        (2, ny, nx) as (y, x), px.
    left_out
        (ny, nx) true where the measurement was not used, marked by a dot.
    calibration
        Gives the scan step.
    ax
        To draw into; a new figure by default.
    """
    distance = np.hypot(*off)
    ax = draw_scan_image(distance, calibration, "beam from its mean position", "px", ax)
    apart = -(-max(distance.shape) // _ARROWS)
    y, x = np.mgrid[apart // 2 : off.shape[1] : apart, apart // 2 : off.shape[2] : apart]
    down, right = off[:, y, x]
    longest = max(float(distance.max()), 1e-12)
    # an arrow of the longest shift reaches the next one; "y" of the detector points down, as that of the picture
    scale = longest / apart
    ax.quiver(x, y, right, down, color="white", angles="xy", scale_units="xy", scale=scale, pivot="mid", width=0.004)
    of_y, of_x = np.nonzero(left_out)
    ax.plot(of_x, of_y, ".", color="#EE6677", markersize=2.5)
    return ax


def draw_sizes(diameters: NDArray[np.floating], unit: str, ax: "Axes | None" = None) -> "Axes":
    """A histogram of equivalent diameters.

    Parameters
    ----------
    diameters
        (n), in `unit`.
    unit
        "nm" or "px".
    ax
        To draw into; a new figure by default.
    """
    ax = axes_for(ax)
    if len(diameters):
        ax.hist(diameters, bins="auto" if len(diameters) > 1 else 1, color="#4477AA", edgecolor="white")
    ax.set_xlabel(f"equivalent diameter ({unit})")
    ax.set_ylabel("crystallites")
    ax.locator_params(axis="y", integer=True)
    ax.set_title("sizes")
    return ax


def draw_merges(tree: Dendrogram, cut: float, ax: "Axes | None" = None) -> "Axes":
    """How many crystallites a cut at each merge height gives.

    Parameters
    ----------
    tree
        Of merges.
    cut
        Height of the cut that was made, drawn as a dashed line; infinite if none was.
    ax
        To draw into; a new figure by default.
    """
    from matplotlib.ticker import LogLocator, NullFormatter

    ax = axes_for(ax)
    heights, regions = tree.regions_by_height()
    ax.step(heights, regions, where="post", color="#4477AA")
    ax.set_title("merge heights")
    if np.isfinite(cut):
        ax.set_title("merge heights and the cut")
        ax.axvline(cut, color="#EE6677", linestyle="--", label="the cut")
        ax.legend()
    ax.set_xscale("log")
    ax.set_yscale("log")
    ax.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    ax.xaxis.set_major_formatter("{x:g}")
    ax.xaxis.set_minor_formatter(NullFormatter())
    ax.set_xlabel("merge height (feature distance)")
    ax.set_ylabel("crystallites if cut there")
    return ax
