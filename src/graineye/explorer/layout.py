"""How a window, or the width of a notebook, is divided among the views: rows of cards that fill it.

There are two rows, or three where the window is narrow; each picture is as large as its card allows.
"""

from dataclasses import dataclass
from typing import NamedTuple

from bokeh.plotting import figure

NARROWEST, LOWEST = 700, 720
"""px of a window; a smaller one scrolls."""
WIDE = 1180
"""px of a window from which on two rows of cards are wide enough."""
_BARS = 104
"""px high: the two lines above the cards and the one below."""
_GAP = 6
"""Between cards."""


class Card(NamedTuple):
    """Outer size of a card, px."""

    width: int
    height: int


@dataclass(frozen=True)
class Division:
    """The cards, in the order in which they fill the rows.

    Attributes
    ----------
    scan, diffraction, curves, table, boundary
        Outer sizes.
    width
        Of a row with its gaps, px.
    """

    scan: Card
    diffraction: Card
    curves: Card
    table: Card
    boundary: Card
    width: int

    @property
    def cards(self) -> tuple[Card, ...]:
        """All of them."""
        return self.scan, self.diffraction, self.curves, self.table, self.boundary


def divided(width: int, height: int) -> Division:
    """A window of this size, px, among the cards; they fill its height, but in three rows need what they need."""
    wide = max(width, NARROWEST) - 16
    if width < WIDE:
        return _three_rows(wide)
    high = max(height, LOWEST) - _BARS - 2 * _GAP
    upper = round(0.62 * high)
    lower = high - upper
    third = wide - 3 * _GAP
    picture = min(upper - 20, round(0.345 * third))
    table = round(0.52 * (wide - 2 * _GAP))
    return Division(
        Card(picture, upper),
        Card(picture + 24, upper),
        Card(third - 2 * picture - 24, upper),
        Card(table, lower),
        Card(wide - 2 * _GAP - table, lower),
        wide,
    )


def _three_rows(wide: int) -> Division:
    """Both pictures, curves and table, and the boundary, which has its words beside it."""
    half = wide - 2 * _GAP
    scan, curves = round(0.49 * half), round(0.42 * half)
    upper = min(scan + 46, 480)  # the dendrogram below stays in sight while the map follows its line
    return Division(
        Card(scan, upper),
        Card(half - scan, upper),
        Card(curves, 340),
        Card(half - curves, 340),
        Card(wide - _GAP, 280),
        wide,
    )


def fit_picture(picture: figure, shape: tuple[float, float], width: int, height: int) -> None:
    """Give a picture the largest frame of the proportions of `shape` (y, x) in a box, px."""
    scale = min(width / shape[1], height / shape[0])
    picture.frame_width, picture.frame_height = round(scale * shape[1]), round(scale * shape[0])
