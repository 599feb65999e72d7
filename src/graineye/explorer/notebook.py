"""The explorer below the cell of a notebook: as wide as the cell, in the theme that its button chooses.

Keys are left to the notebook, whose own commands they would be.
"""

from pathlib import Path

import panel as pn
import param

from graineye.explorer.app import Desk, Explorer
from graineye.explorer.page import prepare, saved_as
from graineye.explorer.theme import Theme, other_than, theme_button, theme_named
from graineye.results import CrystalliteMap

_HIGH = 0.6
"""Height of the views over their width."""


class Ruler(pn.reactive.ReactiveHTML):  # type: ignore[misc]  # Panel is not typed
    """Tells how wide the cell is."""

    told = param.Integer(default=0, doc="px; 0 until the page has told it.")

    _template = '<div id="ruler" style="width:100%;height:1px"></div>'
    _scripts = {  # noqa: RUF012  what Panel reads
        "render": """
          const begin = () => {
            if (!ruler.isConnected) { setTimeout(begin, 30); return; }
            // what surrounds the page and does not grow with it
            let cell = ruler;
            while (cell.getRootNode() !== document) cell = cell.getRootNode().host;
            do cell = cell.parentElement; while (cell !== document.body && getComputedStyle(cell).overflowX === "visible");
            let waiting = null;
            const tell = () => {
              const {paddingLeft, paddingRight} = getComputedStyle(cell);
              const width = Math.floor(cell.clientWidth - parseFloat(paddingLeft) - parseFloat(paddingRight));
              if (width > 0) data.told = width;
            };
            new ResizeObserver(() => { clearTimeout(waiting); waiting = setTimeout(tell, 150); }).observe(cell);
          };
          begin();
        """
    }


class NotebookPage:
    """What stands below a cell.

    Attributes
    ----------
    layout
        All of it.
    ruler
        Tells its width.
    explorer
        In the theme that was chosen.
    other_theme
        The button for the other one.
    """

    def __init__(self, desk: Desk, theme: Theme) -> None:
        self._desk = desk
        self.ruler = Ruler(sizing_mode="stretch_width", height=1, margin=0)
        self.ruler.param.watch(lambda _event: self._fit(), "told")
        self.layout = pn.Column(self.ruler, None, sizing_mode="stretch_width", margin=0)
        self._show(theme)

    def _show(self, theme: Theme) -> None:
        pn.config.theme = theme.name
        self.other_theme = theme_button(theme)
        self.other_theme.on_click(lambda _event: self._show(other_than(theme)))
        self.explorer = Explorer(self._desk, theme, self.other_theme)
        self._fit()
        self.layout[1] = self.explorer.layout
        self.layout.styles = {"background": theme.page, "color": theme.text}

    def _fit(self) -> None:
        width = self.ruler.told or 900
        self.explorer.resize(width, round(_HIGH * width))


def explored(result: CrystalliteMap) -> pn.Column:
    """The explorer of a result, as a notebook shows it; edits are saved beside the notebook."""
    prepare(notebook=True)
    desk = Desk.of(result, saved_as(Path(result.provenance.scan_name)))
    return NotebookPage(desk, theme_named(pn.config.theme)).layout
