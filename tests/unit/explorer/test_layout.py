"""How windows, and the widths of notebooks, are divided."""

import pytest

from graineye.explorer.layout import NARROWEST, WIDE, divided


@pytest.mark.parametrize("window", [(1280, 800), (1920, 1080), (2560, 1440), (3840, 2160)])
def test_the_cards_fill_the_window_and_do_not_leave_it(window: tuple[int, int]) -> None:
    parts = divided(*window)
    upper, lower = parts.cards[:3], parts.cards[3:]
    assert window[0] - 60 < sum(card.width for card in upper) <= window[0] - 18
    assert window[0] - 60 < sum(card.width for card in lower) <= window[0] - 12
    assert len({card.height for card in upper}) == len({card.height for card in lower}) == 1
    assert window[1] - 140 < upper[0].height + lower[0].height <= window[1] - 90
    assert min(card.width for card in upper) >= 300
    assert lower[0].height >= 240


@pytest.mark.parametrize("width", [NARROWEST, 856, WIDE - 1])
def test_a_narrow_notebook_has_three_rows_as_wide_as_it_is(width: int) -> None:
    scan, diffraction, curves, table, boundary = divided(width, 500).cards
    for row in ((scan, diffraction), (curves, table), (boundary,)):
        assert width - 44 < sum(card.width + 6 for card in row) <= width - 16
        assert len({card.height for card in row}) == 1
    assert abs(scan.width - diffraction.width) < 30


def test_a_small_window_scrolls_instead_of_squeezing() -> None:
    assert divided(400, 300) == divided(NARROWEST, 720)
