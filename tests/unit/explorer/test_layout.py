"""How windows are divided."""

import pytest

from graineye.explorer.layout import divided


@pytest.mark.parametrize("window", [(1280, 800), (1920, 1080), (2560, 1440), (3840, 2160)])
def test_the_cards_fill_the_window_and_do_not_leave_it(window: tuple[int, int]) -> None:
    parts = divided(*window)
    assert window[0] - 60 < parts.scan + parts.diffraction + parts.curves <= window[0] - 18
    assert window[0] - 60 < parts.table + parts.boundary <= window[0] - 12
    assert window[1] - 140 < parts.upper + parts.lower <= window[1] - 90
    assert min(parts.scan, parts.diffraction, parts.curves) >= 300
    assert parts.lower >= 240


def test_a_small_window_scrolls_instead_of_squeezing() -> None:
    assert divided(400, 300) == divided(1180, 720)
