"""Curves over the whole result: sizes, and what another cut would give."""

from typing import Any

import numpy as np
from bokeh.models import BasicTicker, ColumnDataSource, HoverTool, Range1d, Span
from bokeh.plotting import figure
from numpy.typing import NDArray

from graineye.crystallites import Dendrogram
from graineye.figures.interactive.canvas import WIDTH


def sizes_picture(diameters: NDArray[np.floating], unit: str) -> figure:
    """A histogram of equivalent diameters."""
    counts, edges = np.histogram(diameters, bins="auto" if len(diameters) > 1 else 1)
    picture = _empty(
        title="Sizes", x_axis_label=f"equivalent diameter ({unit})", y_axis_label="crystallites", tools="save"
    )
    source = ColumnDataSource({"count": counts, "from": edges[:-1], "to": edges[1:]})
    bars = picture.quad(
        left="from", right="to", top="count", bottom=0, source=source, line_color="white", color="#4477AA"
    )
    picture.add_tools(
        HoverTool(
            renderers=[bars], tooltips=[("diameter", f"@from{{0.0}} to @to{{0.0}} {unit}"), ("crystallites", "@count")]
        )
    )
    picture.y_range.start = 0
    picture.yaxis.ticker = BasicTicker(min_interval=1, num_minor_ticks=0)
    return picture


def merges_picture(tree: Dendrogram, cut: float) -> figure:
    """How many crystallites a cut at each merge height gives, with the cut that was made.

    Parameters
    ----------
    tree
        Of merges.
    cut
        Height of the cut, in units of feature distance.
    """
    heights, regions = tree.regions_by_height()
    # a cut just above the k-th highest merge leaves k regions; many low merges look alike
    chosen = np.unique(np.geomspace(1, max(len(heights), 1), 400).astype(int)) - 1 if len(heights) else np.zeros(0, int)
    source = ColumnDataSource({"height": heights[chosen], "count": regions[chosen]})
    picture = _empty(
        title="Merge heights and the cut",
        x_axis_type="log",
        y_axis_type="log",
        x_axis_label="merge height (feature distance)",
        y_axis_label="crystallites if cut there",
        tools="box_zoom,reset,save",
    )
    _add_steps(picture, source, "height", "@height{0.0}")
    if 0 < cut < np.inf:
        picture.add_layout(
            Span(location=cut, dimension="height", line_color="#EE6677", line_width=2, line_dash="dashed")
        )
    return picture


def confidence_picture(confidence: NDArray[np.floating]) -> figure:
    """How many crystallites are at least so sure, for every confidence.

    Parameters
    ----------
    confidence
        (n), 0 to 1.
    """
    rising = np.sort(confidence)
    asked, left = np.concatenate([[0.0], rising, [1.0]]), np.concatenate([np.arange(len(rising), -1, -1), [0]])
    source = ColumnDataSource({"confidence": asked, "count": left})
    picture = _empty(
        title="How the number depends on the confidence asked for",
        x_axis_label="least confidence",
        y_axis_label="crystallites",
        tools="save",
    )
    _add_steps(picture, source, "confidence", "@confidence{0.00}")
    picture.x_range = Range1d(0, 1)
    picture.y_range.start = 0
    return picture


def _empty(**how: Any) -> figure:
    """A picture of curves, without any yet."""
    picture = figure(frame_width=WIDTH, frame_height=300, toolbar_location="above", **how)
    picture.toolbar.logo = None
    picture.toolbar.autohide = True
    return picture


def _add_steps(picture: figure, source: ColumnDataSource, along: str, shown: str) -> None:
    """Draw the column `count` over the column `along`."""
    line = picture.step(along, "count", source=source, mode="after", line_width=2, color="#4477AA")
    picture.add_tools(HoverTool(renderers=[line], tooltips=[(along, shown), ("crystallites", "@count")], mode="vline"))
