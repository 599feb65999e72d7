"""How a window is divided among the views: two rows of cards that fill it, each picture as large as its card allows."""

from dataclasses import dataclass

from bokeh.plotting import figure

NARROWEST, LOWEST = 1180, 720
"""px of a window; a smaller one scrolls."""
_BARS = 104
"""px high: the two lines above the cards and the one below."""
_GAP = 6
"""Between cards."""


@dataclass(frozen=True)
class Division:
    """Outer sizes of the cards, px: widths of the first row, of the second, and the heights of both.

    Attributes
    ----------
    scan, diffraction, curves
        Widths in the first row.
    table, boundary
        Widths in the second row.
    upper, lower
        Heights of the rows.
    """

    scan: int
    diffraction: int
    curves: int
    table: int
    boundary: int
    upper: int
    lower: int


def divided(width: int, height: int) -> Division:
    """A window of this size, px, among the cards."""
    wide, high = max(width, NARROWEST) - 16, max(height, LOWEST) - _BARS
    upper = round(0.62 * (high - 2 * _GAP))
    third = wide - 3 * _GAP
    picture = min(upper - 20, round(0.345 * third))
    scan, diffraction = picture, picture + 24
    half = wide - 2 * _GAP
    table = round(0.52 * half)
    return Division(scan, diffraction, third - scan - diffraction, table, half - table, upper, high - 2 * _GAP - upper)


def fit_picture(picture: figure, shape: tuple[float, float], width: int, height: int) -> None:
    """Give a picture the largest frame of the proportions of `shape` (y, x) in a box, px."""
    scale = min(width / shape[1], height / shape[0])
    picture.frame_width, picture.frame_height = round(scale * shape[1]), round(scale * shape[0])
