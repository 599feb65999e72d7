"""The boundary view: why are these two crystallites? Both mean patterns in two colours, and the reflections that differ."""

import html

import numpy as np
import panel as pn
from bokeh.models import ColumnDataSource
from numpy.typing import NDArray

from graineye.explorer.boundaries import differing_reflections
from graineye.explorer.describing import named
from graineye.explorer.layout import fit_picture
from graineye.explorer.overlay import FIRST, SECOND, overlaid
from graineye.explorer.patterns import Patterns
from graineye.explorer.state import State
from graineye.explorer.theme import dress
from graineye.explorer.views.acting import Acting
from graineye.explorer.views.words import Words
from graineye.figures.interactive.canvas import Plane, empty_picture

_HOW = "Click an edge between two crystallites in the scan view: both mean patterns and the reflections that differ stand here."


class BoundaryView:
    """Two crystallites against each other."""

    def __init__(self, state: State, patterns: Patterns, acting: Acting) -> None:
        self._acting, self._patterns = acting, patterns
        self._patterns_shape = shape = state.shown.statistics.mean.shape
        self.plane = Plane(state.shown.calibration.detector_pixel, state.shown.calibration.detector_unit)
        self.picture = empty_picture(shape, self.plane, "Boundary", colour_bar=False, widest=200)
        self.picture.name = "boundary"
        dress(self.picture, acting.theme)
        self._image = ColumnDataSource({"image": [np.zeros(shape, np.uint32)]})
        step_y, step_x = self.plane.pixel
        self.picture.image_rgba(
            image="image",
            source=self._image,
            x=-step_x / 2,
            y=-step_y / 2,
            dw=shape[1] * step_x,
            dh=shape[0] * step_y,
        )
        self._differing = ColumnDataSource({"x": [], "y": [], "colour": []})
        wide, high = (2 * state.shown.template.bright_radius * step for step in (step_x, step_y))
        self.picture.ellipse(
            "x", "y", wide, high, source=self._differing, fill_color=None, line_color="colour", line_width=1.5
        )
        self.words = Words(acting.theme.text)
        self.layout = pn.Row(pn.pane.Bokeh(self.picture, margin=0), self.words.layout, margin=0)

    def fit(self, width: int, height: int) -> None:
        """Fill a card of this size, px."""
        shape = self._patterns_shape
        fit_picture(
            self.picture, (shape[0] * self.plane.pixel[0], shape[1] * self.plane.pixel[1]), width // 2, height - 46
        )
        self.words.fit(width - (self.picture.frame_width or 0) - 40)

    def draw(self, state: State, before: State | None) -> None:
        """Draw what differs from the state before."""
        if not state.differs(before, "boundary", "shown"):
            return
        if state.boundary is None:
            self.picture.title.text = "Boundary"
            self._image.data = {"image": [np.zeros(state.shown.statistics.mean.shape, np.uint32)]}
            self._differing.data = {"x": [], "y": [], "colour": []}
            self.words.say(f"<b>Why is this a boundary?</b><p>{_HOW}</p>")
            return
        first, second = state.boundary
        patterns = [self._patterns.mean_pattern(state, label) for label in state.boundary]
        if patterns[0] is not None and patterns[1] is not None:
            self._image.data = {"image": [_packed(overlaid(patterns[0], patterns[1]))]}
        self.picture.title.text = f"Mean patterns of {first} and {second}"
        table = differing_reflections(state, first, second)
        step_y, step_x = self.plane.pixel
        self._differing.data = {
            "x": table["x_px"].to_numpy() * step_x,
            "y": table["y_px"].to_numpy() * step_y,
            "colour": np.where(table["significance"] > 0, FIRST, SECOND),
        }
        rows = "".join(
            _row(*row) for row in table[["disk", "d_nm", "first", "second", "significance"]].itertuples(index=False)
        )
        names = [
            f'<span style="color:{colour}">■</span> {html.escape(named(state, label))}'
            for colour, label in ((FIRST, first), (SECOND, second))
        ]
        self.words.say(
            f"<b>Why is this a boundary?</b><br>{names[0]} against {names[1]}"
            '<table style="font-size:11.5px;border-spacing:9px 0;margin-left:-9px"><tr><th>disk</th><th>d (nm)</th>'
            f'<th><span style="color:{FIRST}">■</span> counts</th><th><span style="color:{SECOND}">■</span> counts</th>'
            f"<th>significance</th></tr>{rows}</table>"
            "counts: mean in the disk, less background · significance: difference of the means over its standard error"
        )


def _row(disk: int, d_nm: float, first: float, second: float, significance: float) -> str:
    spacing = "–" if np.isnan(d_nm) else f"{d_nm:.4f}"
    cells = (f"{disk}", spacing, f"{first:z,.0f}", f"{second:z,.0f}", f"{significance:+.1f}")
    return "<tr>" + "".join(f'<td style="text-align:right">{cell}</td>' for cell in cells) + "</tr>"


def _packed(picture: NDArray[np.uint8]) -> NDArray[np.uint32]:
    """Colours (y, x, 3) as Bokeh takes them: four bytes a pixel, the last of which is opaque."""
    opaque = np.full((*picture.shape[:2], 1), 255, np.uint8)
    packed: NDArray[np.uint32] = np.ascontiguousarray(np.concatenate([picture, opaque], axis=2)).view(np.uint32)[..., 0]
    return packed
