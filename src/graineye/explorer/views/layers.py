"""What pictures of the explorer are made of: an image in shades with its colour bar, and lines along scan positions."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from bokeh.models import ColorBar, ColumnDataSource, FixedTicker, LinearColorMapper
from bokeh.plotting import figure
from numpy.typing import NDArray

from graineye.explorer.shades import LAST, Shades
from graineye.explorer.theme import Theme
from graineye.figures.interactive.canvas import Plane, add_image


class ShadedImage:
    """The image of a picture: bytes that a palette colours, with a colour bar that can be hidden."""

    def __init__(
        self, picture: figure, shape: tuple[int, ...], plane: Plane, theme: Theme, palette: Sequence[str]
    ) -> None:
        self._blank = theme.card
        self._source = ColumnDataSource({"image": [np.zeros(shape, np.uint8)]})
        self._mapper = LinearColorMapper(palette=list(palette), low=-0.5, high=len(palette) - 0.5)
        self.drawn = add_image(picture, self._source, shape, plane, self._mapper)
        # the page looks at a new ticker never, at new ticks of the same one at once
        self._ticker = FixedTicker(ticks=[])
        self._bar = ColorBar(
            color_mapper=LinearColorMapper(palette=list(palette)[: LAST + 1], low=0, high=LAST),
            width=10,
            padding=4,
            ticker=self._ticker,
            title_text_font_style="normal",
            title_text_font_size="11px",
            title_text_color=theme.text,
            major_label_text_color=theme.text,
            major_label_text_font_size="10px",
            background_fill_color=None,
            bar_line_color=None,
            major_tick_line_color=theme.text,
        )
        picture.add_layout(self._bar, "right")

    def show(self, shaded: Shades, palette: Sequence[str], unit: str, **more: NDArray[Any]) -> None:
        """Draw shades, with their ticks and their unit; `more` are columns for hover."""
        self._paint(shaded.index, palette, **more)
        ticks, colours = list(shaded.ticks), list(palette)[: LAST + 1]
        if self._bar.color_mapper.palette != colours:
            self._bar.color_mapper.palette = colours
        self._bar.major_label_overrides = shaded.ticks
        self._ticker.ticks = ticks
        self._bar.title = unit

    def show_colours(self, index: NDArray[np.uint8], colours: Sequence[str]) -> None:
        """Draw an index into colours, with no colour bar."""
        self._paint(index, colours)
        self._bar.color_mapper.palette = [self._blank]
        self._ticker.ticks = []
        self._bar.title = ""

    def _paint(self, index: NDArray[np.uint8], palette: Sequence[str], **more: NDArray[Any]) -> None:
        if self._mapper.palette != list(palette):
            self._mapper.update(palette=list(palette), low=-0.5, high=len(palette) - 0.5)
        self._source.data = {name: [values] for name, values in ({"image": index} | more).items()}


def lines(picture: figure, **how: Any) -> ColumnDataSource:
    """Straight lines that are given later, see `set_lines`."""
    source = ColumnDataSource({name: [] for name in ("x0", "y0", "x1", "y1")})
    picture.segment("x0", "y0", "x1", "y1", source=source, **how)
    return source


def set_lines(source: ColumnDataSource, ends: tuple[NDArray[np.float64], ...], plane: Plane) -> None:
    """Draw lines whose ends x0, y0, x1, y1 are in px of the plane."""
    step_y, step_x = plane.pixel
    scaled = [end * step for end, step in zip(ends, (step_x, step_y, step_x, step_y), strict=True)]
    source.data = dict(zip(("x0", "y0", "x1", "y1"), scaled, strict=True))
