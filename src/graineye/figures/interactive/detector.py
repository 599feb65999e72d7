"""Marks on pictures of the detector: the beam and disk positions."""

import numpy as np
from bokeh.models import ColumnDataSource, HoverTool
from bokeh.plotting import figure
from numpy.typing import NDArray

from graineye.figures.interactive.canvas import Plane


def mark_beam(picture: figure, beam: tuple[float, float], plane: Plane) -> None:
    """A cross at the beam, (y, x) px."""
    y, x = (at * size for at, size in zip(beam, plane.pixel, strict=True))
    picture.scatter([x], [y], marker="cross", size=22, line_color="black", line_width=5, fill_color=None)
    picture.scatter([x], [y], marker="cross", size=20, line_color="white", line_width=2, fill_color=None)


def mark_disks(
    picture: figure,
    positions: NDArray[np.int64],
    values: NDArray[np.float32],
    plane: Plane,
    value: str,
    radius: float | None = None,
) -> None:
    """A dot at every disk position, with its number and value on hover.

    Parameters
    ----------
    picture
        Of the detector.
    positions
        (n, 2) as (y, x), px.
    values
        (n) one of each disk.
    plane
        Of the detector.
    value
        What the values are called.
    radius
        px, of a circle round every position; none by default.
    """
    y, x = (positions * plane.pixel).T
    source = ColumnDataSource({"x": x, "y": y, "number": np.arange(len(positions)), "value": values})
    if radius is not None:
        source.data["width"] = np.full(len(positions), 2 * radius * plane.pixel[1])
        source.data["height"] = np.full(len(positions), 2 * radius * plane.pixel[0])
        picture.ellipse(
            "x",
            "y",
            "width",
            "height",
            source=source,
            fill_color=None,
            line_color="#66CCEE",
            line_alpha=0.45,
            line_width=0.7,
        )
    dots = picture.scatter("x", "y", source=source, size=4, line_color="black", line_width=0.6, fill_color="#66CCEE")
    tips = [("disk", "@number"), (value, "@value{0,0.0}")]
    # the image has a hover of its own, at the other side of the pointer
    picture.add_tools(HoverTool(renderers=[dots], tooltips=tips, attachment="left"))
