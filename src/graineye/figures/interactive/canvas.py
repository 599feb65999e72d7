"""What every picture of a page stands on: a plane in physical units with a scale bar, and images with colour bar and hover."""

from dataclasses import dataclass
from typing import Any

import numpy as np
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
    WheelZoomTool,
)
from bokeh.plotting import figure
from numpy.typing import NDArray

from graineye.figures.scale import log_limits

WIDTH = 460
"""Of a picture without its colour bar, px on the page."""
HALF_WIDTH = 225
"""Of one of two pictures side by side."""
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


def empty_picture(
    shape: tuple[int, int], plane: Plane, title: str, colour_bar: bool = True, widest: int = WIDTH
) -> figure:
    """A picture of an image of `shape` (y, x) pixels, in true proportions, with a scale bar and nothing drawn yet."""
    height, width = (count * size for count, size in zip(shape, plane.pixel, strict=True))
    tall = min(widest * height / width, _TALLEST)
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
    limits
        Lowest and highest value of a linear scale, whatever the values' range.
    logarithmic_from
        Lowest value of a logarithmic scale, whatever the values' range.
    """

    title: str
    value: str
    unit: str
    signed: bool = False
    limits: tuple[float, float] | None = None
    logarithmic_from: float | None = None


def image_picture(
    image: NDArray[np.floating], plane: Plane, shown: Shown, colour_bar: bool = True, widest: int = WIDTH
) -> figure:
    """An image with colour bar and hover; logarithmic where its values span more than a factor of 100.

    Parameters
    ----------
    image
        (y, x).
    plane
        Of the sample or the detector.
    shown
        How its values are drawn and named.
    colour_bar
        Whether it has one; of two pictures with the same colours one suffices.
    widest
        px on the page.
    """
    values, coarse = averaged_down(image, plane)
    picture = empty_picture(values.shape, coarse, shown.title, colour_bar, widest)
    mapper, ticker = _colours(values, shown)
    drawn = add_image(picture, ColumnDataSource({"image": [values]}), values.shape, coarse, mapper)
    place = f"$x{{0.00}}, $y{{0.00}} {plane.unit}"
    picture.add_tools(
        HoverTool(
            renderers=[drawn],
            tooltips=[("x, y", place), (shown.value, f"@image{{0,0.[000]}} {shown.unit}")],
            attachment="right",
        )
    )
    if not colour_bar:
        return picture
    bar = ColorBar(color_mapper=mapper, ticker=ticker, title=shown.unit, width=10, title_text_font_style="normal")
    if isinstance(mapper, LinearColorMapper) and float(np.nanmax(np.abs(values))) >= 1e4:
        bar.formatter = NumeralTickFormatter(format="0.[0]a")
    picture.add_layout(bar, "right")
    return picture


def add_image(picture: figure, source: ColumnDataSource, shape: tuple[int, ...], plane: Plane, mapper: Any) -> Any:
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


def _colours(values: NDArray[np.float32], shown: Shown) -> tuple[Any, Any]:
    if shown.signed:
        largest = max(float(np.nanquantile(np.abs(values), 0.995)), 1e-30)
        low, high = shown.limits or (-largest, largest)
        return LinearColorMapper(palette=_palette("RdBu_r"), low=low, high=high), BasicTicker()
    if shown.limits is not None:
        low, high = shown.limits
        return LinearColorMapper(palette=_palette("viridis"), low=low, high=high), BasicTicker()
    limits = log_limits(values)
    if shown.logarithmic_from is not None:
        limits = shown.logarithmic_from, max(float(np.nanmax(values)), 2 * shown.logarithmic_from)
    if limits is not None:
        return LogColorMapper(palette=_palette("inferno"), low=limits[0], high=limits[1]), LogTicker()
    low, high = (float(v) for v in np.nanquantile(values, (0.002, 0.9995)))
    return LinearColorMapper(palette=_palette("viridis"), low=low, high=high if high > low else low + 1), BasicTicker()


def _palette(name: str) -> list[str]:
    from matplotlib import colormaps
    from matplotlib.colors import to_hex

    return [to_hex(colour) for colour in colormaps[name](np.linspace(0, 1, 256))]
