"""The beam is followed to sub-pixel, and a strong disk beside it does not pull it away."""

import numpy as np
import pytest
from numpy.typing import NDArray

from graineye.disks import find_descan, places_about

SHAPE = (18, 22)


def wander() -> NDArray[np.float64]:
    """(2, ny, nx) where the beam stands: a slope and a slow wave."""
    y, x = np.indices(SHAPE)
    return np.stack([40 + 0.06 * y + 0.4 * np.sin(x / 8), 45 - 0.08 * x + 0.3 * np.cos(y / 9)])


def peaks(places: NDArray[np.int64], beam: NDArray[np.float64], height: float = 100.0) -> NDArray[np.float32]:
    """Parabolic peaks of the template's values at the beam of every frame."""
    apart = places[None, None] - np.moveaxis(beam, 0, -1)[:, :, None]
    return (height - 8 * (apart**2).sum(axis=-1)).astype(np.float32)


def rms(off: NDArray[np.float64]) -> float:
    """Root mean square distance, px."""
    return float(np.sqrt((off**2).sum(axis=0).mean()))


def test_places_are_a_square_about_the_beam_within_the_frame() -> None:
    places = places_about((3.2, 50.4), (80, 90), reach=6)
    assert len(places) == 13 * 13
    assert places.min(axis=0).tolist() == [0, 44]
    assert places.max(axis=0).tolist() == [12, 56]


def test_the_beam_is_found_to_sub_pixel_in_every_frame() -> None:
    places = places_about((41, 44), (80, 90))
    found = find_descan(peaks(places, wander()), places)
    np.testing.assert_allclose(found.measured, wander(), atol=1e-3)
    assert rms(found.beam - wander()) < 0.1
    assert found.residual < 0.1
    np.testing.assert_allclose(found.shifts.mean(axis=(0, 1)), 0, atol=1e-6)
    np.testing.assert_allclose(found.mean, wander().mean(axis=(1, 2)), atol=0.01)


def test_a_strong_disk_beside_the_beam_does_not_pull_it_away() -> None:
    places = places_about((41, 44), (80, 90))
    beam = wander()
    values = peaks(places, beam)
    values[5:9, 6:11] = np.maximum(values[5:9, 6:11], peaks(places, beam + [[[7.0]], [[5.0]]], 160.0)[5:9, 6:11])
    found = find_descan(values, places)
    assert rms(found.beam - beam) < 0.1


def test_a_single_frame_off_its_neighbours_is_left_out() -> None:
    places = places_about((41, 44), (80, 90))
    beam = wander()
    pulled = beam.copy()
    pulled[:, 9, 9] += 1.2
    found = find_descan(peaks(places, pulled), places)
    assert found.left_out[9, 9]
    np.testing.assert_allclose(found.beam[:, 9, 9], beam[:, 9, 9], atol=0.1)


def test_excluded_positions_are_unknown_and_do_not_disturb_the_others() -> None:
    places = places_about((41, 44), (80, 90))
    values = peaks(places, wander())
    values[4] = np.nan
    found = find_descan(values, places)
    assert np.isnan(found.measured[:, 4]).all()
    assert found.left_out[4].all()
    assert np.isfinite(found.beam).all()
    assert rms(found.beam[:, 8:] - wander()[:, 8:]) < 0.1


@pytest.mark.parametrize("shape", [(1, 22), (18, 1), (2, 2)])
def test_scans_of_a_row_a_column_or_few_positions_are_sound(shape: tuple[int, int]) -> None:
    places = places_about((41, 44), (80, 90))
    beam = wander()[:, : shape[0], : shape[1]]
    found = find_descan(peaks(places, beam), places)
    np.testing.assert_allclose(found.beam, beam, atol=0.3)
