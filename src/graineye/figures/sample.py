"""Pictures of the sample: the label map, one number a scan position, sizes, and what another cut would give."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from graineye.crystallites import Dendrogram, outline_table
from graineye.figures.colours import label_colours
from graineye.figures.scale import axes_for, colour_scale, show_image
from graineye.scan import Calibration

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def draw_labels(labels: NDArray[np.int32], calibration: Calibration, ax: "Axes | None" = None) -> "Axes":
    """The label map: every crystallite in a colour that differs from its neighbours', with its outline.

    Parameters
    ----------
    labels
        (ny, nx); 0, unassigned, is grey.
    calibration
        Gives the scan step.
    ax
        To draw into; a new figure by default.
    """
    ax = axes_for(ax)
    show_image(ax, label_colours(labels)[labels], *calibration.picture_step)
    for _, ring in outline_table(labels).groupby(["label", "ring"]):
        y, x = ring["y"].to_numpy(), ring["x"].to_numpy()
        ax.plot(np.append(x, x[0]), np.append(y, y[0]), color="black", linewidth=0.6, solid_joinstyle="miter")
    ax.set_xlim(-0.5, labels.shape[1] - 0.5)
    ax.set_ylim(labels.shape[0] - 0.5, -0.5)
    count = int(labels.max(initial=0))
    ax.set_title(f"{count} crystallite{'' if count == 1 else 's'}")
    return ax


def draw_scan_image(
    values: NDArray[np.floating], calibration: Calibration, title: str, unit: str, ax: "Axes | None" = None
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
    """
    ax = axes_for(ax)
    show_image(ax, values, *calibration.picture_step, cmap="viridis", norm=colour_scale(values))
    ax.figure.colorbar(ax.images[0], ax=ax, label=unit, shrink=0.85)
    ax.set_title(title)
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
        Height of the cut that was made, drawn as a dashed line.
    ax
        To draw into; a new figure by default.
    """
    ax = axes_for(ax)
    heights, regions = tree.regions_by_height()
    ax.step(heights, regions, where="post", color="#4477AA")
    if np.isfinite(cut):
        ax.axvline(cut, color="#EE6677", linestyle="--", label="the cut")
        ax.legend()
    ax.set_xscale("log")
    ax.set_yscale("log")
    ax.set_xlabel("merge height (feature distance)")
    ax.set_ylabel("crystallites if cut there")
    ax.set_title("merge heights and the cut")
    return ax
