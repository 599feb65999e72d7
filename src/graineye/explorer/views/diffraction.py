"""The diffraction view: a frame or a mean pattern with its disks; clicking a disk, drawing a virtual detector."""

from typing import Any

import numpy as np
import panel as pn
from bokeh.events import DoubleTap, Pan, PanEnd, PanStart, Tap
from bokeh.models import ColumnDataSource, CustomJSHover, HoverTool

from graineye.crystallites import reflection_table
from graineye.explorer.detectors import Circle, Ring, drawn_circle, drawn_ring
from graineye.explorer.layout import fit_picture
from graineye.explorer.patterns import Pattern, Patterns
from graineye.explorer.shades import SCALES, sequential, shades
from graineye.explorer.state import State
from graineye.explorer.theme import dress, switch_style
from graineye.explorer.views.acting import Acting
from graineye.explorer.views.layers import ShadedImage
from graineye.explorer.views.words import Words
from graineye.figures.interactive.canvas import Plane, empty_picture

_CLICK = 6.0
"""px of the detector that a click may be off the nearest disk, beside the radius of a disk."""
_DISTANCE = "return Math.hypot(special_vars.x - x, special_vars.y - y).toPrecision(3);"
_RIM = np.linspace(0, 2 * np.pi, 73)


class DiffractionView:
    """The detector."""

    def __init__(self, state: State, patterns: Patterns, acting: Acting) -> None:
        shown = state.shown
        self._acting, self._patterns = acting, patterns
        self._frame_shape = shape = shown.statistics.mean.shape
        self.plane = Plane(shown.calibration.detector_pixel, shown.calibration.detector_unit)
        self.picture = empty_picture(shape, self.plane, "Diffraction", widest=330)
        self.picture.name = "diffraction"
        dress(self.picture, acting.theme)
        self._beam = shown.beam.position if shown.descan is None else shown.descan.mean
        self._image = ShadedImage(self.picture, shape, self.plane, acting.theme, sequential())
        self._disks = ColumnDataSource({"x": [], "y": []})
        self.picture.scatter("x", "y", source=self._disks, size=2.5, color="#FF9D5C", line_color=None, alpha=0.4)
        y, x = self._scaled(shown.disks.positions.T)
        self._disks.data = {"x": x, "y": y}
        step_y, step_x = self.plane.pixel
        wide, high = (2 * shown.template.bright_radius * step for step in (step_x, step_y))
        self._reflections = ColumnDataSource({"x": [], "y": []})
        ring = {"fill_color": None, "line_width": 1.6}
        self.picture.ellipse("x", "y", wide, high, source=self._reflections, line_color="#FFB000", **ring)
        self._chosen = ColumnDataSource({"x": [], "y": []})
        self.picture.ellipse("x", "y", 1.3 * wide, 1.3 * high, source=self._chosen, line_color="#FF2D95", **ring)
        self._detector = ColumnDataSource({"xs": [], "ys": []})
        self.picture.multi_line("xs", "ys", source=self._detector, line_color="#5CFF8F", line_width=2)
        self.picture.add_tools(
            HoverTool(
                renderers=[self._image.drawn],
                tooltips=[("", f"@counts{{0,0.[00]}} counts, $x{{custom}} {self.plane.unit} from the beam")],
                formatters={"$x": self._from_beam()},
                attachment="right",
            )
        )
        self.scale = pn.widgets.Select(options=list(SCALES), value="root", width=75, margin=(2, 4))
        self.scale.param.watch(lambda _event: acting.become(lambda state: state.saying("")), "value")
        self.source = pn.widgets.RadioButtonGroup(
            options=["frame", "mean"], value="frame", width=110, margin=(2, 4), stylesheets=switch_style(acting.theme)
        )
        self.source.param.watch(lambda _event: acting.become(lambda state: state.saying("")), "value")
        self.drag = pn.widgets.RadioButtonGroup(
            options=["zoom", "circle", "ring"],
            value="zoom",
            width=150,
            margin=(2, 4),
            stylesheets=switch_style(acting.theme),
        )
        self.words = Words(acting.theme.text, height=36)
        self._drawn: tuple[object, ...] = ()
        self._start: tuple[float, float] | None = None
        self._listen()
        self.layout = pn.Column(
            pn.Row(self.scale, self.source, self.drag, margin=0),
            pn.pane.Bokeh(self.picture, margin=0),
            self.words.layout,
            margin=0,
        )

    def draw(self, state: State, before: State | None) -> None:
        """Draw what differs from the state before."""
        frame = self.source.value == "frame" and self._patterns.scan is not None
        # without the scan, and of a selected crystallite, the pattern is that of the shown map
        shown = None if state.position is None or frame else state.shown
        what = (state.position, state.pointer is None, self.source.value, state.selected, shown, self.scale.value)
        if what != self._drawn:
            self._drawn = what
            self._draw_pattern(state)
        if state.differs(before, "disk"):
            y, x = self._scaled(state.shown.disks.positions[[] if state.disk is None else [state.disk]].T)
            self._chosen.data = {"x": x, "y": y}
        if state.differs(before, "detector"):
            self._draw_detector(state.detector)

    def fit(self, width: int, height: int) -> None:
        """Fill a card of this size, px."""
        shape = self._frame_shape
        fit_picture(
            self.picture, (shape[0] * self.plane.pixel[0], shape[1] * self.plane.pixel[1]), width - 86, height - 128
        )
        self.words.fit(width - 22)

    def _from_beam(self) -> CustomJSHover:
        """How far from the beam the pointer is."""
        y, x = (at * step for at, step in zip(self._beam, self.plane.pixel, strict=True))
        return CustomJSHover(args={"x": float(x), "y": float(y)}, code=_DISTANCE)

    def _draw_pattern(self, state: State) -> None:
        label = state.selected[-1] if state.selected else 0
        mean = self._patterns.mean_pattern(state, label) if self.source.value == "mean" and label else None
        if mean is not None:
            pattern = Pattern(mean, f"mean pattern of crystallite {label}")
        else:
            pattern = self._patterns.at(state)
            label = 0 if state.position is None else state.label_at(state.position)
        shaded = shades(pattern.image, self.scale.value)
        # counts are for hover; nobody hovers here while the pointer is at the scan
        counts = {} if state.pointer is not None else {"counts": np.asarray(pattern.image, np.float32)}
        self._image.show(shaded, sequential(), "counts", **counts)
        self.picture.title.text = pattern.words
        y, x = self._scaled(state.shown.disks.positions[self._shown_disks(state, label)].T)
        self._reflections.data = {"x": x, "y": y}
        self.words.say(self._said(state, len(x), label))

    def _said(self, state: State, reflections: int, label: int) -> str:
        rings = f"rings: {reflections} strongest disks of crystallite {label} · " if label else ""
        dots = f"dots: all {len(state.shown.disks)} disk positions"
        how = "click a disk: its dark field · circle, ring: drag a virtual detector"
        return f'<div style="line-height:17px;font-size:11.5px">{rings}{dots}<br>{how}</div>'

    def _shown_disks(self, state: State, label: int) -> list[int]:
        """The strongest disks of a crystallite."""
        shown = state.shown
        if not label or not len(shown.disks):
            return []
        found, mask = shown.overlapping, state.mask_of(label)
        strength = np.nanmean(shown.dark_fields[mask], axis=0) if found is None else found.strengths[label - 1]
        radius = shown.template.bright_radius
        table = reflection_table(strength[None], shown.disks.positions, self._beam, radius, shown.calibration)
        return [int(disk) for disk in table["disk"]]

    def _draw_detector(self, detector: Circle | Ring | None) -> None:
        rims = [] if detector is None else [self._rim(detector.centre, radius) for radius in detector.radii]
        self._detector.data = {"xs": [x for _, x in rims], "ys": [y for y, _ in rims]}

    def _rim(self, centre: tuple[float, float], radius: float) -> Any:
        return self._scaled(np.array([centre[0] + radius * np.sin(_RIM), centre[1] + radius * np.cos(_RIM)]))

    def _scaled(self, places: Any) -> Any:
        """Places (2, n) as (y, x) px, in the unit of the plane."""
        return np.asarray(places, float) * np.array(self.plane.pixel)[:, None]

    def _listen(self) -> None:
        self.picture.on_event(Tap, self._tapped)
        self.picture.on_event(DoubleTap, self._tapped)  # so the page calls a second click soon after one elsewhere
        self.picture.on_event(PanStart, self._pan_start)
        self.picture.on_event(Pan, self._pan)
        self.picture.on_event(PanEnd, self._pan_end)
        pan = next(tool for tool in self.picture.toolbar.tools if type(tool).__name__ == "PanTool")
        self.drag.jscallback(args={"pan": pan}, value="pan.active = cb_obj.active == 0 || cb_obj.value == 'zoom'")

    def _place(self, event: Any) -> tuple[float, float]:
        return event.y / self.plane.pixel[0], event.x / self.plane.pixel[1]

    def _tapped(self, event: Any) -> None:
        place = self._place(event)

        def chosen(state: State) -> State:
            positions = state.shown.disks.positions
            if not len(positions):
                return state.saying("there are no disks")
            away = np.hypot(*(positions - np.asarray(place)).T)
            disk = int(away.argmin())
            near = away[disk] <= max(_CLICK, state.shown.template.bright_radius)
            return state.at_disk(disk) if near else state.saying("no disk was found here")

        self._acting.become(chosen)

    def _pan_start(self, event: Any) -> None:
        # where the pointer went down: the event tells where it is after it has moved
        self._start = self._place(event)

    def _shape(self, event: Any) -> Circle | Ring | None:
        if self._start is None or self.drag.value == "zoom":
            return None
        end = self._place(event)
        return (
            drawn_circle(self._start, end) if self.drag.value == "circle" else drawn_ring(self._start, end, self._beam)
        )

    def _pan(self, event: Any) -> None:
        shape = self._shape(event)
        if shape is not None:
            self._draw_detector(shape)

    def _pan_end(self, event: Any) -> None:
        shape = self._shape(event)
        if shape is not None:
            self._acting.become(lambda state: state.detecting(shape))
