"""A few lines of text on the page: only the text itself is sent when it changes, wherever the page stands.

Panel's own panes send their style sheets again with every text, and in a notebook these come from another machine.
"""

import html

import panel as pn
from panel.models import HTML


class Words:
    """Lines of HTML, in which names have been escaped by who wrote them."""

    def __init__(self, colour: str, height: int | None = None, sizing: str | None = None) -> None:
        self._lines = HTML(
            text="",
            height=height,
            sizing_mode=sizing,
            margin=(0, 4),
            disable_math=True,  # it would be fetched from another machine
            styles={"color": colour, "font-size": "11.5px"},
        )
        self.layout = pn.pane.Bokeh(self._lines, margin=0)

    def say(self, text: str) -> None:
        """Show other lines."""
        self._lines.text = html.escape(text)  # the page takes this back once, as Panel's panes have it

    def fit(self, width: int) -> None:
        """Break lines at a width, px."""
        self._lines.width = max(width, 1)
