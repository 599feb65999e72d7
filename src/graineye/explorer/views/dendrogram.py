"""The dendrogram view: the highest merges, with the cut as a line that is dragged; the map follows."""

from typing import Any

import numpy as np
import panel as pn
from bokeh.events import DoubleTap, Tap
from bokeh.models import BoxAnnotation, ColumnDataSource, Range1d, Span
from bokeh.plotting import figure

from graineye.crystallites import height_of_cut
from graineye.explorer.colouring import colours_of
from graineye.explorer.state import State
from graineye.explorer.theme import button_style, dress
from graineye.explorer.tree import chosen_range, treetop
from graineye.explorer.views.acting import Acting
from graineye.explorer.views.words import Words

_LABEL, _SHORT_LABEL = "merge height (feature distance)", "merge height"
_LOWEST = 240
"""px of a part of a card along which the whole label fits."""


class DendrogramView:
    """The tree of merges."""

    def __init__(self, state: State, acting: Acting) -> None:
        tree = state.mapped.dendrogram
        self._acting, self._columns = acting, tree.shape[1]
        self._top = treetop(tree)
        self._range = chosen_range(state.mapped)
        highest = float(self._top.tops.max(initial=1.0))
        low = self._top.floor or 0.5
        self.picture = figure(
            title="Dendrogram",
            width=380,
            height=190,
            y_axis_type="log",
            y_axis_label=_LABEL,
            x_range=Range1d(-1, max(len(self._top.leaves), 1)),
            y_range=Range1d(low * 0.97, highest * 1.15),
            tools="",
            toolbar_location=None,
            min_border=4,
        )
        self.picture.xaxis.visible = False
        self.picture.xgrid.visible = False
        self.picture.name = "dendrogram"
        dress(self.picture, acting.theme)
        if self._range is not None:
            bottom, top, _ = self._range
            self.picture.add_layout(
                BoxAnnotation(bottom=bottom, top=top, fill_color="#5AA9E6", fill_alpha=0.22, line_color=None)
            )
        self._brackets = ColumnDataSource({name: [] for name in ("x0", "y0", "x1", "y1", "colour")})
        self.picture.segment("x0", "y0", "x1", "y1", source=self._brackets, line_color="colour", line_width=1.3)
        start = height_of_cut(tree, state.mapped.settings.cut) if self._range is None else self._range[0]
        self._start = min(max(start, low), highest)
        self.line = Span(
            location=state.cut or self._start,
            dimension="width",
            editable=True,
            line_color="#D6336C",
            line_width=3,
            hover_line_color="#FF2D95",
            hover_line_width=5,
        )
        self.picture.add_layout(self.line)
        self._drawing = False
        self.line.on_change("location", self._dragged)
        self.picture.on_event(Tap, self._tapped)
        self.picture.on_event(DoubleTap, self._tapped)  # so the page calls a second click soon after one elsewhere
        self.as_mapped = pn.widgets.Button(
            label="as mapped", width=90, margin=(2, 4), stylesheets=button_style(acting.theme)
        )
        self.as_mapped.on_click(lambda _event: acting.become(lambda state: state.cutting(None)))
        self.words = Words(acting.theme.text, height=58)
        self.layout = pn.Column(
            pn.pane.Bokeh(self.picture, margin=0), pn.Row(self.as_mapped, self.words.layout, margin=0), margin=0
        )

    def draw(self, state: State, before: State | None) -> None:
        """Draw what differs from the state before."""
        if not state.differs(before, "shown"):
            return
        self._drawing = True
        try:
            if state.cut is None:
                self.line.location = self._start
            elif before is None:
                self.line.location = state.cut
        finally:
            self._drawing = False
        self._draw_brackets(state)
        shaded = "" if self._range is None else f"<br>{self._range[2]}"
        if state.cut is None:
            self.picture.title.text = f"Dendrogram: {state.shown.count} crystallites as mapped"
            if state.mapped.overlapping is None:
                said = "drag the line: the map follows"
            else:
                said = "the map shows overlapping crystallites, which no cut makes; drag the line and it shows that cut"
        else:
            self.picture.title.text = f"Dendrogram: cut at {state.cut:.4g} into {state.shown.count} crystallites"
            said = "the map shows this cut, not the map as it was mapped"
        self.words.say(f'<div style="line-height:14px;font-size:11px">{said}{shaded}</div>')
        self.as_mapped.disabled = state.cut is None

    def fit(self, width: int, height: int) -> None:
        """Fill a part of a card, px."""
        self.picture.width, self.picture.height = width - 16, height - 66
        self.picture.yaxis.axis_label = _LABEL if height >= _LOWEST else _SHORT_LABEL
        self.words.fit(width - 120)

    def _draw_brackets(self, state: State) -> None:
        """Below the cut in the colours of the crystallites, above it grey."""
        top, labels = self._top, state.shown.labels.ravel()
        index, names = colours_of(state.shown.labels)
        palette = np.array(names)
        cut = -np.inf if state.cut is None and state.mapped.overlapping is not None else float(self.line.location)
        grey = self._acting.theme.dim
        rows: list[tuple[Any, ...]] = []
        for x, bottom, position in (
            (top.lefts, top.left_bottoms, top.left_positions),
            (top.rights, top.right_bottoms, top.right_positions),
        ):
            colour = palette[index[labels[position]]]
            middle = np.clip(cut, bottom, top.tops)
            rows += [(x, bottom, x, middle, colour), (x, middle, x, top.tops, np.full(len(x), grey))]
        colour = np.where(top.tops < cut, palette[index[labels[top.left_positions]]], grey)
        rows.append((top.lefts, top.tops, top.rights, top.tops, colour))
        columns = (np.concatenate(column) for column in zip(*rows, strict=True))
        data = dict(zip(("x0", "y0", "x1", "y1", "colour"), columns, strict=True))
        drawn = (data["y0"] != data["y1"]) | (data["x0"] != data["x1"])
        self._brackets.data = {name: values[drawn] for name, values in data.items()}

    def _dragged(self, _attribute: str, _old: float, new: float) -> None:
        if not self._drawing and new > 0:
            self._acting.become(lambda state: state if state.cut == new else state.cutting(float(new)))

    def _tapped(self, event: Any) -> None:
        leaves = self._top.leaves
        place = round(event.x)
        if 0 <= place < len(leaves):
            position = divmod(int(leaves[place]), self._columns)
            self._acting.become(lambda state: state.clicking(position))
