"""Pictures for a page, drawn by Bokeh: zoom, hover, a scale bar in physical units.

Coordinates are those of the sample (nm) or the detector (1/nm, mrad) where they are known, else px; the y axis points down.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from bokeh.models import (
    BasicTicker,
    BoxZoomTool,
    ColorBar,
    ColumnDataSource,
    HoverTool,
    LinearColorMapper,
    LogColorMapper,
    LogTicker,
    Metric,
    NumeralTickFormatter,
    PanTool,
    Range1d,
    ResetTool,
    SaveTool,
    ScaleBar,
    Span,
    WheelZoomTool,
)
from bokeh.plotting import figure
from numpy.typing import NDArray

from graineye.crystallites import Dendrogram, outline_table
from graineye.figures.colours import label_colours
from graineye.figures.scale import log_limits

_WIDTH = 460
"""Of a picture without its colour bar, px on the page."""
_TALLEST = 620
_BAR_LENGTHS = [step * 10.0**power for power in range(-3, 5) for step in (1, 2, 5)]
_LARGEST = 512
"""Images of more pixels along an axis are averaged down for the page."""


@dataclass(frozen=True)
class Plane:
    """Where an image lies: the size of its pixels, and their unit.

    Attributes
    ----------
    pixel
        (y, x).
    unit
        "nm", "1/nm", "mrad" or "px".
    """

    pixel: tuple[float, float]
    unit: str


def empty_picture(shape: tuple[int, int], plane: Plane, title: str, colour_bar: bool = True) -> figure:
    """A picture of an image of `shape` (y, x) pixels, in true proportions, with a scale bar and nothing drawn yet."""
    height, width = (count * size for count, size in zip(shape, plane.pixel, strict=True))
    tall = min(_WIDTH * height / width, _TALLEST)
    half_y, half_x = (size / 2 for size in plane.pixel)
    picture = figure(
        title=title,
        frame_width=round(tall * width / height),
        frame_height=round(tall),
        x_range=Range1d(-half_x, width - half_x),
        y_range=Range1d(height - half_y, -half_y),
        tools=[PanTool(), BoxZoomTool(match_aspect=True), WheelZoomTool(), ResetTool(), SaveTool()],
        toolbar_location="above",
        match_aspect=True,
    )
    picture.toolbar.logo = None
    picture.toolbar.autohide = True
    picture.grid.visible = False
    picture.axis.visible = False
    picture.min_border = 4
    if colour_bar:
        picture.min_border_right = 70
    picture.add_layout(_scale_bar(picture, plane.unit))
    return picture


def _scale_bar(picture: figure, unit: str) -> ScaleBar:
    return ScaleBar(
        range=picture.x_range,
        unit=unit,
        dimensional=Metric(base_unit=unit, include=[unit], ticks=_BAR_LENGTHS),
        location="bottom_left",
        bar_length=0.15,
        background_fill_color="white",
        background_fill_alpha=0.75,
        border_line_color=None,
        padding=6,
    )


def averaged_down(image: NDArray[np.floating], plane: Plane) -> tuple[NDArray[np.float32], Plane]:
    """An image of at most 512 px along each axis, and its plane: blocks of pixels are averaged, a rest at the end is cut off."""
    step = -(-max(image.shape) // _LARGEST)
    if step == 1:
        return image.astype(np.float32), plane
    rows, columns = (n // step for n in image.shape)
    blocks = image[: rows * step, : columns * step].reshape(rows, step, columns, step)
    return blocks.mean(axis=(1, 3)).astype(np.float32), Plane(
        (plane.pixel[0] * step, plane.pixel[1] * step), plane.unit
    )


@dataclass(frozen=True)
class Shown:
    """How the values of an image are drawn and named.

    Attributes
    ----------
    title
        Of the picture.
    value
        What hover calls them.
    unit
        Of the values.
    signed
        Drawn about zero in two colours, the strongest 0.5 % saturated.
    """

    title: str
    value: str
    unit: str
    signed: bool = False


def image_picture(image: NDArray[np.floating], plane: Plane, shown: Shown) -> figure:
    """An image with colour bar and hover; logarithmic where its values span more than a factor of 100.

    Parameters
    ----------
    image
        (y, x).
    plane
        Of the sample or the detector.
    shown
        How its values are drawn and named.
    """
    values, coarse = averaged_down(image, plane)
    picture = empty_picture(values.shape, coarse, shown.title)
    mapper, ticker = _colours(values, shown.signed)
    drawn = _add_image(picture, ColumnDataSource({"image": [values]}), values.shape, coarse, mapper)
    place = f"$x{{0.00}}, $y{{0.00}} {plane.unit}"
    picture.add_tools(
        HoverTool(renderers=[drawn], tooltips=[("x, y", place), (shown.value, f"@image{{0,0.[000]}} {shown.unit}")])
    )
    bar = ColorBar(color_mapper=mapper, ticker=ticker, title=shown.unit, width=10, title_text_font_style="normal")
    if isinstance(mapper, LinearColorMapper) and float(np.nanmax(np.abs(values))) >= 1e4:
        bar.formatter = NumeralTickFormatter(format="0.[0]a")
    picture.add_layout(bar, "right")
    return picture


def _add_image(picture: figure, source: ColumnDataSource, shape: tuple[int, ...], plane: Plane, mapper: Any) -> Any:
    """Draw the column `image` of a source over the whole of a picture's plane."""
    return picture.image(
        image="image",
        source=source,
        x=-plane.pixel[1] / 2,
        y=-plane.pixel[0] / 2,
        dw=shape[1] * plane.pixel[1],
        dh=shape[0] * plane.pixel[0],
        color_mapper=mapper,
    )


def _colours(values: NDArray[np.float32], signed: bool) -> tuple[Any, Any]:
    if signed:
        largest = max(float(np.nanquantile(np.abs(values), 0.995)), 1e-30)
        return LinearColorMapper(palette=_palette("RdBu_r"), low=-largest, high=largest), BasicTicker()
    limits = log_limits(values)
    if limits is not None:
        return LogColorMapper(palette=_palette("inferno"), low=limits[0], high=limits[1]), LogTicker()
    low, high = (float(v) for v in np.nanquantile(values, (0.002, 0.9995)))
    return LinearColorMapper(palette=_palette("viridis"), low=low, high=high if high > low else low + 1), BasicTicker()


def _palette(name: str) -> list[str]:
    from matplotlib import colormaps
    from matplotlib.colors import to_hex

    return [to_hex(colour) for colour in colormaps[name](np.linspace(0, 1, 256))]


def mark_beam(picture: figure, beam: tuple[float, float], plane: Plane) -> None:
    """A cross at the beam, (y, x) px."""
    y, x = (at * size for at, size in zip(beam, plane.pixel, strict=True))
    picture.scatter([x], [y], marker="cross", size=22, line_color="black", line_width=5, fill_color=None)
    picture.scatter([x], [y], marker="cross", size=20, line_color="white", line_width=2, fill_color=None)


def mark_disks(
    picture: figure, positions: NDArray[np.int64], correlation: NDArray[np.float32], radius: float, plane: Plane
) -> None:
    """A circle of `radius` px round every disk position (n, 2), with its number and correlation on hover."""
    y, x = (positions * plane.pixel).T
    source = ColumnDataSource(
        {
            "x": x,
            "y": y,
            "number": np.arange(len(positions)),
            "correlation": correlation,
            "width": np.full(len(positions), 2 * radius * plane.pixel[1]),
            "height": np.full(len(positions), 2 * radius * plane.pixel[0]),
        }
    )
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
    dots = picture.scatter("x", "y", source=source, size=3, color="#66CCEE")
    picture.add_tools(HoverTool(renderers=[dots], tooltips=[("disk", "@number"), ("correlation", "@correlation")]))


def labels_picture(labels: NDArray[np.int32], table: pd.DataFrame, plane: Plane) -> figure:
    """The label map: neighbours in different colours, outlines, and each crystallite's numbers on hover.

    Parameters
    ----------
    labels
        (ny, nx); 0 is unassigned.
    table
        Of the crystallites.
    plane
        Of the sample.
    """
    from matplotlib.colors import to_hex

    picture = empty_picture(labels.shape, plane, "Crystallites", colour_bar=False)
    colours = [to_hex(colour) for colour in label_colours(labels)]
    unit = "nm" if plane.unit == "nm" else "px"
    diameter, area = (np.zeros(len(colours), np.float32) for _ in range(2))
    diameter[table["label"]] = table[f"diameter_{unit}"]
    area[table["label"]] = table["area_px"]
    source = ColumnDataSource(
        {
            "image": [labels.astype(np.int32)],
            "diameter": [diameter[labels]],
            "area": [area[labels]],
        }
    )
    mapper = LinearColorMapper(palette=colours, low=-0.5, high=len(colours) - 0.5)
    drawn = _add_image(picture, source, labels.shape, plane, mapper)
    outlines = outline_table(labels)
    rings = [ring for _, ring in outlines.groupby(["label", "ring"])]
    picture.multi_line(
        xs=[np.append(ring["x"], ring["x"].iloc[0]) * plane.pixel[1] for ring in rings],
        ys=[np.append(ring["y"], ring["y"].iloc[0]) * plane.pixel[0] for ring in rings],
        line_color="black",
        line_width=0.8,
    )
    tips = [
        ("crystallite", "@image"),
        ("equivalent diameter", f"@diameter{{0.0}} {unit}"),
        ("area", "@area{0} scan positions"),
        ("x, y", f"$x{{0.0}}, $y{{0.0}} {plane.unit}"),
    ]
    picture.add_tools(HoverTool(renderers=[drawn], tooltips=tips))
    return picture


def sizes_picture(diameters: NDArray[np.floating], unit: str) -> figure:
    """A histogram of equivalent diameters."""
    counts, edges = np.histogram(diameters, bins="auto" if len(diameters) > 1 else 1)
    picture = figure(
        title="Sizes",
        frame_width=_WIDTH,
        frame_height=300,
        x_axis_label=f"equivalent diameter ({unit})",
        y_axis_label="crystallites",
        tools="save",
        toolbar_location="above",
    )
    picture.toolbar.logo = None
    picture.toolbar.autohide = True
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
    picture = figure(
        title="Merge heights and the cut",
        frame_width=_WIDTH,
        frame_height=300,
        x_axis_type="log",
        y_axis_type="log",
        x_axis_label="merge height (feature distance)",
        y_axis_label="crystallites if cut there",
        tools="box_zoom,reset,save",
        toolbar_location="above",
    )
    picture.toolbar.logo = None
    picture.toolbar.autohide = True
    line = picture.step("height", "count", source=source, mode="after", line_width=2, color="#4477AA")
    picture.add_tools(
        HoverTool(renderers=[line], tooltips=[("height", "@height{0.0}"), ("crystallites", "@count")], mode="vline")
    )
    if 0 < cut < np.inf:
        picture.add_layout(
            Span(location=cut, dimension="height", line_color="#EE6677", line_width=2, line_dash="dashed")
        )
    return picture
