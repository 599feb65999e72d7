"""Axes in the scale of the sample or the detector: aspect, scale bar, and a colour scale that fits the values' range.

A pixel of unknown size is drawn square, and its bar is in px.
"""

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import Normalize

_BAR_SHARE = 0.25
"""A scale bar takes at most this share of the picture's width."""
_LOG_RANGE = 100.0
"""Values that span more than this factor are drawn on a logarithmic colour scale."""


def axes_for(ax: "Axes | None", width: float = 5.6, height: float = 4.8) -> "Axes":
    """`ax`, or the axes of a new figure of this size in inches."""
    if ax is not None:
        return ax
    from matplotlib import pyplot as plt

    return plt.subplots(figsize=(width, height), layout="constrained")[1]


def round_length(longest: float) -> float:
    """The longest of 1, 2, 5, 10, 20, ... (and 0.5, 0.2, ...) that is no longer than `longest`."""
    power = 10.0 ** math.floor(math.log10(longest))
    return max(step * power for step in (1, 2, 5) if step * power <= longest * (1 + 1e-9))


def add_scale_bar(ax: "Axes", columns: int, pixel: float, unit: str) -> None:
    """A labelled bar of a round length in the lower left corner.

    Parameters
    ----------
    ax
        Shows an image of pixels at whole numbers.
    columns
        Pixels along x.
    pixel, unit
        Size of one along x.
    """
    from matplotlib import patheffects
    from matplotlib.font_manager import FontProperties
    from mpl_toolkits.axes_grid1.anchored_artists import AnchoredSizeBar

    length = round_length(_BAR_SHARE * columns * pixel)
    bar = AnchoredSizeBar(
        ax.transData,
        length / pixel,
        f"{length:g} {unit}",
        "lower left",
        pad=0.4,
        borderpad=0.6,
        sep=4,
        frameon=False,
        color="white",
        size_vertical=columns / 150,
        label_top=True,
        fontproperties=FontProperties(size=10, weight="bold"),
    )
    outline = [patheffects.withStroke(linewidth=2.5, foreground="black")]
    bar.txt_label.get_children()[0].set_path_effects(outline)
    bar.size_bar.get_children()[0].set_path_effects(outline)
    ax.add_artist(bar)


def show_image(ax: "Axes", image: NDArray[np.generic], pixel: tuple[float, float], unit: str, **drawing: Any) -> None:
    """Draw pixels at whole numbers in their true proportions, with a scale bar instead of ticks.

    Parameters
    ----------
    ax
        To draw into.
    image
        (y, x), or (y, x, 3) colours.
    pixel, unit
        (y, x) size of a pixel.
    drawing
        For `Axes.imshow`.
    """
    ax.imshow(image, aspect=pixel[0] / pixel[1], interpolation="nearest", **drawing)
    ax.set_xticks([])
    ax.set_yticks([])
    add_scale_bar(ax, image.shape[1], pixel[1], unit)


def log_limits(image: NDArray[np.floating]) -> tuple[float, float] | None:
    """Darkest and brightest value of a logarithmic colour scale; None if the range does not ask for one.

    It does for values of at least zero that span more than a factor of 100.
    """
    finite = image[np.isfinite(image)]
    positive = finite[finite > 0]
    if not positive.size or finite.min() < 0:
        return None
    dimmest, brightest = float(np.quantile(positive, 0.02)), float(positive.max())
    if brightest <= _LOG_RANGE * dimmest:
        return None
    return max(dimmest, brightest * 1e-6), brightest


def colour_scale(image: NDArray[np.floating]) -> "Normalize":
    """A linear colour scale, or one that suits values spanning more than a factor of 100.

    Such values are drawn logarithmically, signed ones by their inverse hyperbolic sine.
    """
    from matplotlib.colors import AsinhNorm, LogNorm, Normalize

    limits = log_limits(image)
    if limits is not None:
        return LogNorm(*limits, clip=True)
    finite = image[np.isfinite(image)]
    if not finite.size:
        return Normalize(0.0, 1.0)
    usual, largest = float(np.median(np.abs(finite))), float(np.abs(finite).max())
    if finite.min() < 0 and largest > _LOG_RANGE * usual > 0:
        return AsinhNorm(3 * usual, finite.min(), finite.max())
    low, high = (float(v) for v in np.quantile(finite, (0.002, 0.9995)))
    return Normalize(low, high if high > low else low + 1.0)
