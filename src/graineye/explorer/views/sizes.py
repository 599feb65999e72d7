"""The histogram of sizes: brushing over it leaves only these crystallites on the map and in the table."""

from typing import Any

import numpy as np
import panel as pn
from bokeh.events import DoubleTap, SelectionGeometry
from bokeh.models import BasicTicker, BoxSelectTool, ColumnDataSource
from bokeh.plotting import figure

from graineye.explorer.state import State
from graineye.explorer.theme import dress
from graineye.explorer.views.acting import Acting


class SizesView:
    """How many crystallites have which equivalent diameter."""

    def __init__(self, state: State, acting: Acting) -> None:
        self._acting = acting
        self._unit = state.shown.calibration.scan_unit
        self.picture = figure(
            title="Sizes",
            width=380,
            height=160,
            x_axis_label=f"equivalent diameter ({self._unit})",
            y_axis_label="crystallites",
            toolbar_location=None,
            tools=[BoxSelectTool(dimensions="width")],
            min_border=4,
        )
        self.picture.name = "sizes"
        dress(self.picture, acting.theme)
        self._bars = ColumnDataSource({"left": [], "right": [], "top": [], "alpha": []})
        self.picture.quad(
            left="left",
            right="right",
            top="top",
            bottom=0,
            source=self._bars,
            fill_color="#4C8BC4",
            fill_alpha="alpha",
            line_color=acting.theme.card,
            nonselection_fill_alpha="alpha",
            nonselection_line_color=acting.theme.card,
        )
        self.picture.y_range.start = 0
        self.picture.xgrid.visible = False
        self.picture.yaxis.ticker = BasicTicker(min_interval=1, num_minor_ticks=0, desired_num_ticks=4)
        self.picture.on_event(SelectionGeometry, self._brushed)
        self.picture.on_event(DoubleTap, lambda _event: acting.become(lambda state: state.brushing(None)))
        self.layout = pn.pane.Bokeh(self.picture, margin=0)

    def draw(self, state: State, before: State | None) -> None:
        """Draw what differs from the state before."""
        if not state.differs(before, "shown", "brushed"):
            return
        sizes = state.shown.table[f"diameter_{self._unit}"].to_numpy()
        counts, edges = np.histogram(sizes, bins="auto" if len(sizes) > 1 else 1)
        low, high = state.brushed or (-np.inf, np.inf)
        inside = (edges[1:] > low) & (edges[:-1] < high)
        self._bars.data = {
            "left": edges[:-1],
            "right": edges[1:],
            "top": counts,
            "alpha": np.where(inside, 1.0, 0.25),
        }
        if state.brushed is None:
            self.picture.title.text = "Sizes: drag over bars to see only these"
        else:
            left = 0 if state.kept is None else int(state.kept[1:].sum())
            self.picture.title.text = f"{left} of {low:.3g} to {high:.3g} {self._unit}: double-click for all"

    def fit(self, width: int, height: int) -> None:
        """Fill a part of a card, px."""
        self.picture.width, self.picture.height = width - 16, height - 16

    def _brushed(self, event: Any) -> None:
        if not event.final or event.geometry.get("x0") is None:
            return
        low, high = sorted((float(event.geometry["x0"]), float(event.geometry["x1"])))
        self._acting.become(lambda state: state.brushing((low, high)))
