"""Counts on circles and rings of one's own."""

import dataclasses

import numpy as np
import pytest

import graineye as ge
from graineye.explorer.detectors import Circle, Ring, counts_on, drawn_circle, drawn_ring


@pytest.mark.parametrize(
    "detector", [Circle((36.0, 40.0), 6.5), Ring((36.0, 40.0), 10.0, 31.0), Circle((2.0, 79.0), 9.0)]
)
def test_counts_are_the_plain_sum_under_the_shape(
    polycrystal, mapped: ge.CrystalliteMap, detector: Circle | Ring
) -> None:
    y, x = np.mgrid[:72, :80]
    away = np.hypot(y - detector.centre[0], x - detector.centre[1])
    inner, outer = (0, detector.radius) if isinstance(detector, Circle) else (detector.inner, detector.outer)
    expected = polycrystal.frames[..., (away >= inner) & (away <= outer)].sum(axis=-1)
    scan = dataclasses.replace(mapped.scan, excluded_pixels=None)
    np.testing.assert_allclose(counts_on(scan, detector), expected, rtol=1e-5)


def test_excluded_pixels_count_nothing(polycrystal, mapped: ge.CrystalliteMap) -> None:
    excluded = np.zeros((72, 80), bool)
    excluded[36, 38:43] = True
    y, x = np.mgrid[:72, :80]
    inside = (np.hypot(y - 36, x - 40) <= 6) & ~excluded
    scan = dataclasses.replace(mapped.scan, excluded_pixels=excluded)
    expected = polycrystal.frames[..., inside].sum(axis=-1)
    np.testing.assert_allclose(counts_on(scan, Circle((36.0, 40.0), 6.0)), expected, rtol=1e-5)


def test_a_shape_beside_the_frame_counts_nothing(mapped: ge.CrystalliteMap) -> None:
    assert not counts_on(mapped.scan, Circle((-50.0, 0.0), 3.0)).any()


def test_a_circle_is_drawn_from_its_centre_and_a_ring_about_the_beam() -> None:
    assert drawn_circle((10.0, 10.0), (13.0, 14.0)) == Circle((10.0, 10.0), 5.0)
    assert drawn_ring((10.0, 0.0), (0.0, 4.0), (0.0, 0.0)) == Ring((0.0, 0.0), 4.0, 10.0)
