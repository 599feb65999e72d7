"""Pictures in the space of the sample: the label map, and one number a scan position."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from graineye.crystallites import outline_table
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
    show_image(ax, label_colours(labels)[labels], calibration.scan_step, calibration.scan_unit)
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
    show_image(ax, values, calibration.scan_step, calibration.scan_unit, cmap="viridis", norm=colour_scale(values))
    ax.figure.colorbar(ax.images[0], ax=ax, label=unit, shrink=0.85)
    ax.set_title(title)
    return ax
