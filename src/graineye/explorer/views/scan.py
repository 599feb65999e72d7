"""The scan view: the sample in the colours of a quantity; pointing, clicking, and giving scan positions away."""

from typing import Any

import numpy as np
import panel as pn
from bokeh.events import DoubleTap, Pan, PanEnd, PanStart, Tap
from bokeh.models import ColumnDataSource, CustomJS, LinearColorMapper
from numpy.typing import NDArray

from graineye.explorer.boundaries import boundary_near
from graineye.explorer.colouring import colours_of, edges_of
from graineye.explorer.describing import html_of_position
from graineye.explorer.layout import fit_picture
from graineye.explorer.quantities import quantities, scan_image
from graineye.explorer.shades import diverging, sequential, shades
from graineye.explorer.state import Position, State
from graineye.explorer.theme import dress, switch_style
from graineye.explorer.views.acting import Acting
from graineye.explorer.views.layers import ShadedImage, lines, set_lines
from graineye.explorer.views.words import Words
from graineye.figures.interactive.canvas import Plane, add_image, empty_picture

_CLICK = 4.0
"""px on the page that a click may be off a boundary."""
_POINTING = """
const y = Math.floor(cb_obj.y / step_y + 0.5), x = Math.floor(cb_obj.x / step_x + 0.5);
const inside = cb_obj.event_name == "mousemove" && y >= 0 && x >= 0 && y < ny && x < nx;
const at = inside ? [y, x] : [-1, -1];
if (pointer.data.y[0] !== at[0] || pointer.data.x[0] !== at[1]) pointer.data = {y: [at[0]], x: [at[1]]};
"""
"""Tells a new scan position under the pointer, not every movement."""


class ScanView:
    """The sample."""

    def __init__(self, state: State, acting: Acting) -> None:
        shape = state.shown.labels.shape
        self._acting, self._shape = acting, shape
        self.plane = Plane(*state.shown.calibration.picture_step)
        self.picture = empty_picture(shape, self.plane, "Scan", widest=330)
        self.picture.name = "scan"
        dress(self.picture, acting.theme)
        self._image = ShadedImage(self.picture, shape, self.plane, acting.theme, sequential())
        self._veil = ColumnDataSource({"image": [np.zeros(shape, np.uint8)]})
        veil = LinearColorMapper(palette=["#00000000", f"{acting.theme.card}D0"], low=-0.5, high=1.5)
        add_image(self.picture, self._veil, shape, self.plane, veil)
        self._edges = lines(self.picture, line_color="black", line_width=0.8)
        self._around = lines(self.picture, line_color="black", line_width=5, line_cap="square")
        self._around_light = lines(self.picture, line_color="white", line_width=2.5, line_cap="square")
        self._boundary = lines(self.picture, line_color="#FF2D95", line_width=4, line_cap="square")
        self._pinned = ColumnDataSource({"x": [], "y": []})
        self.picture.scatter(
            "x", "y", source=self._pinned, marker="circle_cross", size=11, fill_alpha=0, line_color="black"
        )
        self._painted = ColumnDataSource({"x": [], "y": []})
        step_y, step_x = self.plane.pixel
        self.picture.rect("x", "y", step_x, step_y, source=self._painted, color="white", alpha=0.7)
        self._paint: dict[Position, None] = {}
        self._last: Position | None = None

        self.colour = pn.widgets.Select(options=quantities(state.shown), value=state.quantity, width=165, margin=(2, 4))
        self.colour.param.watch(lambda event: self._chosen(event.new), "value")
        self.drag = pn.widgets.RadioButtonGroup(
            options=["zoom", "give"], value="zoom", width=110, margin=(2, 4), stylesheets=switch_style(acting.theme)
        )
        self.words = Words(acting.theme.text, height=36)
        self._listen()
        self.layout = pn.Column(
            pn.Row(self.colour, self.drag, margin=0),
            pn.pane.Bokeh(self.picture, margin=0),
            self.words.layout,
            margin=0,
        )

    def draw(self, state: State, before: State | None) -> None:
        """Draw what differs from the state before; all of it if there is none."""
        labels = state.shown.labels
        if state.differs(before, "shown"):
            set_lines(self._edges, edges_of(labels), self.plane)
        if state.differs(before, "shown", "quantity", "disk", "virtual", "detector"):
            self._draw_image(state)
        if state.differs(before, "shown", "selected"):
            self._draw_selected(state)
        if state.differs(before, "shown", "boundary"):
            pair = state.boundary
            ends = tuple(np.zeros((4, 0))) if pair is None else _edges_between(labels, *pair)
            set_lines(self._boundary, ends, self.plane)
        if state.differs(before, "shown", "filtered", "brushed"):
            kept = state.kept
            hidden = np.zeros(self._shape, np.uint8) if kept is None else (~kept)[labels].astype(np.uint8)
            self._veil.data = {"image": [hidden]}
        if state.differs(before, "pinned"):
            at = np.array([state.pinned or ()], float).reshape(-1, 2) * self.plane.pixel
            self._pinned.data = {"x": at[:, 1], "y": at[:, 0]}
        if state.differs(before, "shown", "pinned", "pointer", "quantity", "virtual", "disk"):
            self.words.say(html_of_position(state))

    def fit(self, width: int, height: int) -> None:
        """Fill a card of this size, px."""
        extent = (self._shape[0] * self.plane.pixel[0], self._shape[1] * self.plane.pixel[1])
        fit_picture(self.picture, extent, width - 86, height - 128)
        self.words.fit(width - 22)

    def _draw_image(self, state: State) -> None:
        image = scan_image(state)
        if image is None:
            index, colours = colours_of(state.shown.labels)
            self._image.show_colours(index[state.shown.labels], colours)
            how = "as mapped" if state.cut is None else f"cut at {state.cut:.4g}"
            self.picture.title.text = f"{state.shown.count} crystallites, {how}"
        else:
            palette = diverging() if image.signed else sequential()
            self._image.show(shades(image.values, "linear", signed=image.signed), palette, image.unit)
            self.picture.title.text = image.words
        if self.colour.value != state.quantity:
            self.colour.value = state.quantity

    def _draw_selected(self, state: State) -> None:
        parts = []
        for label in state.selected:
            framed = np.pad(state.mask_of(label).astype(np.int32), 1)
            parts.append(tuple(end - 1 for end in edges_of(framed)))
        ends = tuple(np.concatenate(column) for column in zip(*parts, strict=True)) or tuple(np.zeros((4, 0)))
        for source in (self._around, self._around_light):
            set_lines(source, ends, self.plane)

    def _chosen(self, quantity: str) -> None:
        self._acting.become(lambda state: state if state.quantity == quantity else state.colouring(quantity))

    def _listen(self) -> None:
        (ny, nx), (step_y, step_x) = self._shape, self.plane.pixel
        pointer = ColumnDataSource({"y": [-1], "x": [-1]})
        told = CustomJS(
            args={"pointer": pointer, "ny": ny, "nx": nx, "step_y": step_y, "step_x": step_x}, code=_POINTING
        )
        self.picture.js_on_event("mousemove", told)
        self.picture.js_on_event("mouseleave", told)
        pointer.on_change("data", lambda _attr, _old, new: self._pointed(new))
        self.picture.on_event(Tap, self._tapped)
        self.picture.on_event(DoubleTap, self._tapped)  # so the page calls a second click soon after one elsewhere
        self.picture.on_event(PanStart, self._give_from)
        self.picture.on_event(Pan, self._give_on)
        self.picture.on_event(PanEnd, self._give_end)
        tools = [tool for tool in self.picture.toolbar.tools if type(tool).__name__ in ("PanTool", "BoxZoomTool")]
        self.drag.jscallback(args={"pan": tools[0]}, value="pan.active = cb_obj.active == 0 || cb_obj.value == 'zoom'")

    def _pointed(self, data: dict[str, Any]) -> None:
        y, x = int(data["y"][0]), int(data["x"][0])
        self._acting.become(lambda state: state.pointing((y, x) if y >= 0 else None))

    def _place(self, event: Any) -> tuple[float, float]:
        return event.y / self.plane.pixel[0], event.x / self.plane.pixel[1]

    def _position(self, event: Any) -> Position | None:
        y, x = (int(np.floor(at + 0.5)) for at in self._place(event))
        return (y, x) if 0 <= y < self._shape[0] and 0 <= x < self._shape[1] else None

    def _tapped(self, event: Any) -> None:
        position = self._position(event)
        if position is None:
            return
        add = event.modifiers is not None and (event.modifiers["shift"] or event.modifiers["ctrl"])
        shown_width = self.picture.x_range.end - self.picture.x_range.start
        reach = _CLICK * shown_width / (self.picture.frame_width or 1) / self.plane.pixel[1]
        place = self._place(event)

        def clicked(state: State) -> State:
            pair = boundary_near(state.shown.labels, *place, reach)
            after = state.clicking(position, add=add)
            return after if pair is None else after.at_boundary(pair)

        self._acting.become(clicked)

    def _give_from(self, event: Any) -> None:
        # where it began holds even if the page's word that scan positions are given comes after it
        self._paint, self._last = {}, self._position(event)
        self._give_on(event)

    def _give_on(self, event: Any) -> None:
        at = self._position(event)
        if self.drag.value != "give" or at is None:
            return
        self._paint |= dict.fromkeys(_between(self._last or at, at))
        self._last = at
        y, x = np.array(list(self._paint), float).T * np.array(self.plane.pixel)[:, None]
        self._painted.data = {"x": x, "y": y}

    def _give_end(self, _event: Any) -> None:
        if self.drag.value != "give" or not self._paint:
            return
        mask: NDArray[np.bool_] = np.zeros(self._shape, bool)
        mask[tuple(np.array(list(self._paint)).T)] = True
        self._paint = {}
        self._painted.data = {"x": [], "y": []}
        self._acting.become(lambda state: state.giving(mask))


def _between(start: Position, end: Position) -> list[Position]:
    """Scan positions along a line."""
    steps = max(abs(end[0] - start[0]), abs(end[1] - start[1]), 1)
    y, x = (np.round(np.linspace(a, b, steps + 1)).astype(int).tolist() for a, b in zip(start, end, strict=True))
    return list(zip(y, x, strict=True))


def _edges_between(labels: NDArray[np.int32], first: int, second: int) -> tuple[NDArray[np.float64], ...]:
    """Lines between the scan positions of two crystallites, and no others."""
    across = _pairs(labels[1:], labels[:-1], first, second)
    down = _pairs(labels[:, 1:], labels[:, :-1], first, second)
    (y, x), (v, u) = np.nonzero(across), np.nonzero(down)
    return (
        np.concatenate([x - 0.5, u + 0.5]),
        np.concatenate([y + 0.5, v - 0.5]),
        np.concatenate([x + 0.5, u + 0.5]),
        np.concatenate([y + 0.5, v + 0.5]),
    )


def _pairs(one: NDArray[np.int32], other: NDArray[np.int32], first: int, second: int) -> NDArray[np.bool_]:
    return np.asarray(((one == first) & (other == second)) | ((one == second) & (other == first)))
