"""Pictures in the space of the detector: frames, statistics, correlation maps, the template, disk positions."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from graineye.figures.scale import axes_for, colour_scale, show_image
from graineye.scan import Calibration

DARKEST_SIGNIFICANCE = 2.0
"""Standard errors: noise alone reaches more nearly everywhere in a scan."""

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def draw_pattern(
    pattern: NDArray[np.generic], calibration: Calibration, title: str, unit: str, ax: "Axes | None" = None
) -> "Axes":
    """A frame, or an image of the same pixels; on a logarithmic colour scale where its range asks for one.

    Parameters
    ----------
    pattern
        (qy, qx).
    calibration
        Gives the detector pixel.
    title
        Of the picture.
    unit
        Of the values, for the colour bar.
    ax
        To draw into; a new figure by default.
    """
    ax = axes_for(ax)
    values = np.asarray(pattern, np.float64)
    norm = colour_scale(values)
    show_image(ax, values, calibration.detector_pixel, calibration.detector_unit, cmap="inferno", norm=norm)
    ax.figure.colorbar(ax.images[0], ax=ax, label=unit, shrink=0.85)
    ax.set_title(title)
    return ax


def draw_template(template: NDArray[np.float32], ax: "Axes | None" = None) -> "Axes":
    """The template, white where it is zero.

    Parameters
    ----------
    template
        (height, width).
    ax
        To draw into; a new figure by default.
    """
    ax = axes_for(ax)
    largest = float(np.abs(template).max())
    show_image(ax, template, (1.0, 1.0), "px", cmap="RdBu_r", vmin=-largest, vmax=largest)
    ax.figure.colorbar(ax.images[0], ax=ax, label="weight", shrink=0.85)
    ax.set_title("template")
    return ax


def draw_disks(
    pattern: NDArray[np.floating],
    positions: NDArray[np.int64],
    beam: tuple[float, float],
    radius: float,
    calibration: Calibration,
    ax: "Axes | None" = None,
) -> "Axes":
    """The disk positions as circles on an image of the detector, the beam marked by a cross.

    Parameters
    ----------
    pattern
        (qy, qx), for example the standard deviation.
    positions
        (n_disks, 2) as (y, x), px.
    beam
        (y, x), px.
    radius
        Of the circles, px.
    calibration
        Gives the detector pixel.
    ax
        To draw into; a new figure by default.
    """
    from matplotlib.collections import EllipseCollection

    ax = draw_pattern(pattern, calibration, f"{len(positions)} disk positions, and the beam", "counts", ax)
    size = np.full(len(positions), 2 * radius)
    circles = EllipseCollection(
        size, size, np.zeros(len(positions)), units="xy", offsets=positions[:, ::-1], offset_transform=ax.transData
    )
    circles.set(facecolor="none", edgecolor="#66CCEE", linewidth=0.4, alpha=0.5)
    ax.add_collection(circles)
    ax.plot(positions[:, 1], positions[:, 0], ".", color="#66CCEE", markersize=1.5)
    ax.plot(beam[1], beam[0], "+", color="white", markersize=14, markeredgewidth=2)
    return ax


def draw_significance(
    significance: NDArray[np.float32],
    positions: NDArray[np.int64],
    calibration: Calibration,
    ax: "Axes | None" = None,
) -> "Axes":
    """How far a disk stands out of the noise anywhere in the scan, a dot at every disk position.

    Parameters
    ----------
    significance
        (qy, qx), standard errors.
    positions
        (n_disks, 2) as (y, x), px.
    calibration
        Gives the detector pixel.
    ax
        To draw into; a new figure by default.
    """
    from matplotlib.colors import LogNorm

    ax = axes_for(ax)
    norm = LogNorm(DARKEST_SIGNIFICANCE, max(float(significance.max()), 2 * DARKEST_SIGNIFICANCE), clip=True)
    show_image(ax, significance, calibration.detector_pixel, calibration.detector_unit, cmap="inferno", norm=norm)
    ax.figure.colorbar(ax.images[0], ax=ax, label="standard errors", shrink=0.85)
    ax.plot(positions[:, 1], positions[:, 0], ".", color="#66CCEE", markersize=2.5)
    ax.set_title(f"significance, and {len(positions)} disk positions")
    return ax
