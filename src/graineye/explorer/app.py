"""Wires the explorer: an action changes the state, the views draw it, slow ones once the map has come to rest."""

import html
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import panel as pn

from graineye.errors import GraineyeError
from graineye.explorer.detectors import counts_on
from graineye.explorer.editing_bar import EditingBar
from graineye.explorer.layout import divided
from graineye.explorer.patterns import Patterns
from graineye.explorer.state import State
from graineye.explorer.theme import Theme, card_style
from graineye.explorer.views.acting import Acting, Action
from graineye.explorer.views.boundary import BoundaryView
from graineye.explorer.views.dendrogram import DendrogramView
from graineye.explorer.views.diffraction import DiffractionView
from graineye.explorer.views.scan import ScanView
from graineye.explorer.views.sizes import SizesView
from graineye.explorer.views.table import TableView
from graineye.results import CrystalliteMap

_AT_REST = 250
"""ms without a new map after which the slow views draw."""
_AFTER_ANSWER = 1
"""ms until an action is drawn: what is drawn while the page's message is still being answered is sent 10 ms later."""
_WINDOW = (1280, 800)
"""px, until the page tells its own size."""


@dataclass
class Desk:
    """What outlives a page: a reload, or another theme, goes on where the page was.

    Attributes
    ----------
    state
        The last one.
    patterns
        Of the scan.
    path
        Of the results file to save to.
    """

    state: State
    patterns: Patterns
    path: Path

    @classmethod
    def of(cls, result: CrystalliteMap, path: Path) -> "Desk":
        """With a result as it is."""
        state = State.of(result)
        state.cutting(state.mapped.dendrogram.neighbour_distance)  # compiles what a dragged line must not wait for
        return cls(state, Patterns(state.mapped), path)


class Explorer:
    """One page."""

    def __init__(self, desk: Desk, theme: Theme, other_theme: pn.widgets.Button) -> None:
        self._desk, self._theme = desk, theme
        self._document: Any = pn.state.curdoc if pn.state.curdoc and pn.state.curdoc.session_context else None
        self._drawn = self._drawn_slowly = desk.state
        self._waiting = False
        self._rest: Any = None
        acting = Acting(self.become, theme)
        state = desk.state
        self.scan = ScanView(state, acting)
        self.diffraction = DiffractionView(state, desk.patterns, acting)
        self.dendrogram = DendrogramView(state, acting)
        self.boundary = BoundaryView(state, desk.patterns, acting)
        self.table = TableView(state, acting)
        self.sizes = SizesView(state, acting)
        self.editing = EditingBar(desk, acting)
        self._quick = (self.editing, self.scan, self.diffraction, self.dendrogram)
        self._slow = (self.table, self.sizes, self.boundary)
        for view in self._quick + self._slow:
            view.draw(state, None)
        self.layout = self._laid_out(state, other_theme)
        self.resize(*_WINDOW)

    @property
    def state(self) -> State:
        """That is shown."""
        return self._desk.state

    def become(self, action: Action) -> None:
        """Show the state that an action gives; of several actions before the next picture only the last state is drawn."""
        before = self._desk.state
        after = action(before)
        self._desk.state = after
        if after.detector is not None and after.detector is not before.detector:
            self._detect(after)
        if self._document is None:
            self._draw_quick()
            self._draw_slow()
            pn.io.push_notebook(self.layout)  # else a notebook shows what is Bokeh's own after the next action only
        elif not self._waiting:
            self._waiting = True
            self._document.add_timeout_callback(self._draw_quick, _AFTER_ANSWER)

    def _draw_quick(self) -> None:
        self._waiting = False
        state, before = self._desk.state, self._drawn
        self._drawn = state
        with pn.io.hold():
            for view in self._quick:
                view.draw(state, before)
        if self._document is None:
            return
        if state.shown is self._drawn_slowly.shown:
            self._draw_slow()
            return
        if self._rest is not None:
            self._document.remove_timeout_callback(self._rest)
        self._rest = self._document.add_timeout_callback(self._draw_at_rest, _AT_REST)

    def _draw_at_rest(self) -> None:
        self._rest = None
        self._draw_slow()

    def _draw_slow(self) -> None:
        state, before = self._desk.state, self._drawn_slowly
        self._drawn_slowly = state
        with pn.io.hold():
            for view in self._slow:
                view.draw(state, before)

    def _detect(self, asked: State) -> None:
        """Count on a virtual detector beside the page, which stays usable."""
        scan, detector = self._desk.patterns.scan, asked.detector
        if scan is None or detector is None:
            self._desk.state = asked.saying(f"a virtual detector needs the scan: {self._desk.patterns.missing}")
            return
        self._desk.state = asked.saying(f"counting on a {detector.words} …")

        def count() -> None:
            try:
                counts = counts_on(scan, detector)
            except GraineyeError as error:
                said = str(error)
                self._later(lambda: self.become(lambda state: state.saying(said)))
                return
            self._later(lambda: self.become(lambda state: self._counted(state, asked, counts)))

        if self._document is None:
            count()
        else:
            threading.Thread(target=count, daemon=True).start()

    @staticmethod
    def _counted(state: State, asked: State, counts: Any) -> State:
        if state.detector is not asked.detector:  # another one has been drawn meanwhile
            return state
        return state.detected(counts).saying("")

    def _later(self, call: Callable[[], None]) -> None:
        if self._document is None:
            call()
        else:
            self._document.add_next_tick_callback(call)

    def _laid_out(self, state: State, other_theme: pn.widgets.Button) -> pn.Column:
        upper = (self.scan.layout,), (self.diffraction.layout,), (self.dendrogram.layout, self.sizes.layout)
        lower = (self.table.layout,), (self.boundary.layout,)
        self._cards = [
            pn.Column(*parts, styles=card_style(self._theme), margin=(3, 3), width=100, height=100)
            for parts in (*upper, *lower)
        ]
        self._rows = pn.FlexBox(*self._cards, sizing_mode="fixed", margin=0, width=100)
        name = html.escape(state.shown.provenance.scan_name)
        title = pn.pane.HTML(f'<b style="font-size:15px;color:{self._theme.text}">{name}</b>', margin=(4, 8))
        return pn.Column(self.editing.layout(title, other_theme), self._rows, margin=(0, 4))

    def resize(self, width: int, height: int) -> None:
        """Fit the views into a window, px."""
        parts = divided(width, height)
        with pn.io.hold():
            self.scan.fit(*parts.scan)
            self.diffraction.fit(*parts.diffraction)
            self.dendrogram.fit(parts.curves.width, round(0.6 * parts.curves.height))
            self.sizes.fit(parts.curves.width, round(0.4 * parts.curves.height))
            self.table.fit(parts.table.height)
            self.boundary.fit(*parts.boundary)
            for card, size in zip(self._cards, parts.cards, strict=True):
                card.param.update(width=size.width, height=size.height)
            self._rows.width = parts.width
