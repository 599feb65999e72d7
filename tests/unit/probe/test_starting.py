"""A fit begins near enough: radii to a pixel, bars in number and turn."""

import numpy as np
import pytest

from graineye.probe.aperture import Aperture, Bars
from graineye.probe.starting import start_bars, start_radii


@pytest.mark.parametrize("radii", [(2.8, 8.0, 11.5), (1.4, 4.0, 5.8), (4.2, 9.3, 14.2), (3.0, 20.0, 30.0)])
@pytest.mark.parametrize("bars", [Bars(), Bars(2.0, 2, 0.0)])
def test_the_radii_of_a_bullseye(radii: tuple[float, float, float], bars: Bars) -> None:
    spot, inner, outer = radii
    image = 70 * Aperture("bullseye", outer, inner, spot, bars).image(48) + 3
    y, x = np.mgrid[-48:49, -48:49]
    found = start_radii(image, np.hypot(y, x), 1.4 * outer)
    assert found == pytest.approx(radii, abs=1.0)


def test_nothing_that_only_falls_has_a_ring() -> None:
    y, x = np.mgrid[-20:21, -20:21].astype(float)
    assert start_radii(np.exp(-np.hypot(y, x)), np.hypot(y, x), 15.0) is None


@pytest.mark.parametrize("count", [1, 2, 3, 4])
@pytest.mark.parametrize("angle", [0.0, 10.0, 23.0])
@pytest.mark.parametrize("width", [1.5, 3.0])
def test_the_number_and_the_turn_of_the_bars(count: int, angle: float, width: float) -> None:
    image = 50 * Aperture("bullseye", 11.5, 8.0, 2.8, Bars(width, count, angle)).image(20, (0.3, -0.2)) + 4
    found = start_bars(image, (20.3, 19.8), 8.0, 11.5)
    assert found.count == count
    period = 180 / count
    assert (found.angle - angle + period / 2) % period - period / 2 == pytest.approx(0, abs=4)


def test_a_whole_ring_has_none() -> None:
    image = np.random.default_rng(0).poisson(50 * Aperture("annulus", 11.5, 8.0).image(20) + 4).astype(float)
    assert start_bars(image, (20.0, 20.0), 8.0, 11.5).count == 0
