"""The page as it is served: the progress of a mapping, then the explorer, which fills the window and hears keys."""

import html
from pathlib import Path

import panel as pn
from bokeh.models import ColumnDataSource, CustomJS, Spacer

from graineye.explorer.app import Desk, Explorer
from graineye.explorer.mapping_page import Mapping
from graineye.explorer.shortcuts import HELP, LISTENING, SHORTCUTS
from graineye.explorer.theme import other_than, theme_button, theme_named
from graineye.results import CrystalliteMap

_EVERY = 200
"""ms between two looks at how far a mapping is."""
_WITH_THEME = 'window.location.search = "?theme=" + other'
_SIZED = """
document.body.style.background = colour; document.body.style.margin = "0";
const tell = () => { size.data = {width: [window.innerWidth], height: [window.innerHeight]}; };
let waiting = null;
window.addEventListener("resize", () => { clearTimeout(waiting); waiting = setTimeout(tell, 200); });
tell();
"""
"""JavaScript that tells the size of the window."""


_ICON = (
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E"
    "%3Cpath d='M0 0h9L5 9H0z' fill='%23332288'/%3E%3Cpath d='M9 0h7v10L5 9z' fill='%2388CCEE'/%3E"
    "%3Cpath d='M0 9h5l11 1v6H0z' fill='%23EE8866'/%3E%3C/svg%3E"
)
"""Three crystallites: of the browser's tab, within the page, so that none is asked for elsewhere."""


class Shop:
    """What all pages of one server share: the desk, or the mapping that will give it.

    Attributes
    ----------
    desk
        None until a result is there.
    mapping
        Of a scan that is mapped first; None of a result.
    """

    def __init__(self, path: Path, result: CrystalliteMap | None = None, mapping: Mapping | None = None) -> None:
        self._path = path
        self.desk = None if result is None else Desk.of(result, path)
        self.mapping = mapping

    def look(self) -> Desk | None:
        """The desk, as soon as there is a result."""
        if self.desk is None and self.mapping is not None and self.mapping.result is not None:
            self.desk = Desk.of(self.mapping.result, self._path)
        return self.desk


class Page:
    """The page of one visitor: the explorer, or before it the progress of the mapping."""

    def __init__(self, shop: Shop) -> None:
        self._shop, self._theme = shop, theme_named(pn.config.theme)
        self._window = (0, 0)
        self._explorer: Explorer | None = None
        self._pressed = ColumnDataSource({"key": [""], "count": [0]})
        self._size = ColumnDataSource({"width": [0], "height": [0]})
        self._progress = pn.pane.HTML("", margin=30)
        # what no view refers to reaches the browser as a tag of something that is there
        ears = pn.pane.Bokeh(Spacer(width=0, height=0, tags=[self._pressed, self._size]), width=0, height=0, margin=0)
        self.layout = pn.Column(ears, self._progress, margin=0, styles={"color": self._theme.text})
        pn.state.curdoc.template_variables.update(app_favicon=_ICON, apple_icon=_ICON)
        self._listen()
        self._look()
        if self._explorer is None:
            self._looking = pn.state.add_periodic_callback(self._look, _EVERY)

    def _look(self) -> None:
        desk = self._shop.look()
        if desk is None:
            if self._shop.mapping is not None:
                self._progress.object = self._shop.mapping.html(self._theme)
            return
        if self._explorer is not None:
            return
        self._explorer = Explorer(desk, self._theme, self._button_for_other_theme())
        if self._window != (0, 0):
            self._looking.stop()
            self._explorer.resize(*self._window)
        keys = pn.pane.HTML(
            f'<span style="color:{self._theme.dim};font-size:11.5px">{html.escape(HELP)}</span>', margin=(0, 10)
        )
        self.layout[1] = pn.Column(self._explorer.layout, keys, margin=0)

    def _button_for_other_theme(self) -> pn.widgets.Button:
        button = theme_button(self._theme)
        button.js_on_click(args={"other": other_than(self._theme).name}, code=_WITH_THEME)
        return button

    def _listen(self) -> None:
        """Hear keys and the window's size."""
        document = pn.state.curdoc
        self._pressed.on_change("data", lambda _attribute, _old, new: self._do(new["key"][0]))
        self._size.on_change("data", lambda _attribute, _old, new: self._resize(new["width"][0], new["height"][0]))
        keys = {"pressed": self._pressed, "keys": list(SHORTCUTS)}
        document.js_on_event("document_ready", CustomJS(args=keys, code=LISTENING))
        sized = {"size": self._size, "colour": self._theme.page}
        document.js_on_event("document_ready", CustomJS(args=sized, code=_SIZED))

    def _do(self, key: str) -> None:
        if self._explorer is not None and key in SHORTCUTS:
            self._explorer.become(SHORTCUTS[key][1])

    def _resize(self, width: int, height: int) -> None:
        self._window = (int(width), int(height))
        if self._explorer is not None:
            self._explorer.resize(*self._window)


def prepare(notebook: bool) -> None:
    """Load what pages need, from this machine alone."""
    pn.extension("tabulator", inline=notebook, notifications=False)


def saved_as(scan: Path) -> Path:
    """Where the result of a scan is saved to: in the present folder, under the name that `graineye run` gives it."""
    return Path(f"{scan.stem}.crystallites.emd")
