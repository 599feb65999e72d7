"""Light and dark: the few colours of the page and of its pictures, and the page's style sheet."""

from dataclasses import dataclass

import panel as pn
from bokeh.plotting import figure


@dataclass(frozen=True)
class Theme:
    """Colours of the page.

    Attributes
    ----------
    name
        "default" or "dark", as Panel calls them.
    page, card, line, text, dim
        Of the page, what stands on it, borders, words, and words that matter less.
    accent
        Of what was chosen.
    """

    name: str
    page: str
    card: str
    line: str
    text: str
    dim: str
    accent: str


LIGHT = Theme("default", "#F3F4F6", "#FFFFFF", "#D5D8DD", "#1B1F24", "#59616B", "#0B6FB8")
DARK = Theme("dark", "#16191D", "#20242A", "#3A4048", "#E8EAED", "#A9B1BA", "#6CB8F0")


def theme_named(name: str) -> Theme:
    """The theme of that name; the light one of any other."""
    return DARK if name == DARK.name else LIGHT


def other_than(theme: Theme) -> Theme:
    """The dark one of the light one, and the other way round."""
    return LIGHT if theme is DARK else DARK


def theme_button(theme: Theme) -> pn.widgets.Button:
    """Named after the other theme; what it does is up to the page."""
    name = "Light" if theme is DARK else "Dark"
    return pn.widgets.Button(label=name, width=60, margin=(2, 2), stylesheets=button_style(theme))


def dress(picture: figure, theme: Theme) -> None:
    """Give a picture the colours of a theme."""
    picture.background_fill_color = theme.card
    picture.border_fill_color = theme.card
    picture.outline_line_color = theme.line
    picture.title.text_color = theme.text
    picture.title.text_font_size = "12px"
    picture.title.text_font_style = "bold"
    for axis in picture.axis:
        axis.axis_label_text_color = theme.text
        axis.axis_label_text_font_size = "11px"
        axis.axis_label_text_font_style = "normal"
        axis.major_label_text_color = theme.dim
        axis.major_label_text_font_size = "10px"
        axis.axis_line_color = axis.major_tick_line_color = theme.dim
        axis.minor_tick_line_color = None
    for line in picture.grid:
        line.grid_line_color = theme.line
        line.grid_line_alpha = 0.5


def switch_style(theme: Theme) -> list[str]:
    """Style sheets of a row of buttons of which one is chosen."""
    chosen = f".bk-btn.bk-active {{ background: {theme.accent} !important; color: {theme.card} !important; box-shadow: none; }}"
    return [chosen]


def button_style(theme: Theme) -> list[str]:
    """Style sheets of a button that can be told from the page, and from one that does nothing now."""
    return [
        f".bk-btn {{ background: {theme.card} !important; color: {theme.text} !important;"
        f" border: 1px solid {theme.dim} !important; }}"
        f" .bk-btn[disabled] {{ color: {theme.dim} !important; border: 1px dashed {theme.line} !important; }}"
        f" .bk-btn:not([disabled]):hover {{ background: {theme.line} !important; }}"
    ]


def card_style(theme: Theme) -> dict[str, str]:
    """Of a block that stands on the page."""
    return {
        "background": theme.card,
        "border": f"1px solid {theme.line}",
        "border-radius": "6px",
        "padding": "6px",
        "color": theme.text,
        "box-sizing": "border-box",
    }
