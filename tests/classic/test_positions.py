"""The disk positions are the local maxima that blobfinder finds, but for its pixel."""

import numpy as np
from numpy.typing import NDArray
from side_by_side import BORDER, PIXEL, SideBySide, correlation_of_own_size

import graineye as ge

ALL = 100_000


def published_maxima(both: SideBySide) -> NDArray[np.intp]:
    """All local maxima above zero away from the border, the highest first, on the pixels where the disks stand."""
    import published
    from skimage.feature import peak_local_max

    correlation = correlation_of_own_size(both.log_std, both.template)
    if both.log_std.shape[1] % 2:
        # What blobfinder's `get_peaks` does with a map; its own map of odd columns is squeezed.
        peaks = peak_local_max(correlation, num_peaks=ALL)
    else:
        peaks = published.positions(both.log_std, both.template, ALL)
    return away_from_border(peaks[correlation[tuple(peaks.T)] > 0] + PIXEL, both)


def away_from_border(positions: NDArray[np.integer], both: SideBySide) -> NDArray[np.integer]:
    highest = np.array(both.log_std.shape) - 1 - BORDER
    return positions[((positions >= BORDER) & (positions <= highest)).all(axis=1)]


def as_set(positions: NDArray[np.integer]) -> set[tuple[int, int]]:
    return {(y, x) for y, x in positions.tolist()}


def test_the_disk_positions_are_the_local_maxima_of_blobfinder_moved_by_its_pixel(both: SideBySide) -> None:
    found = ge.find_disks(ge.correlate(both.log_std, both.template), ALL, min_distance=1)
    expected = published_maxima(both)
    assert len(expected) > 100
    assert as_set(away_from_border(found.positions, both)) == as_set(expected)


def test_the_strongest_come_first_in_the_same_order(both: SideBySide) -> None:
    found = ge.find_disks(ge.correlate(both.log_std, both.template), ALL, min_distance=1)
    strongest = away_from_border(found.positions, both)[:100]
    np.testing.assert_array_equal(strongest, published_maxima(both)[:100])


def test_on_the_very_same_map_the_maxima_are_the_same_up_to_the_outermost_pixel(both: SideBySide) -> None:
    from skimage.feature import peak_local_max

    correlation = correlation_of_own_size(both.log_std, both.template).astype(np.float32)
    peaks = peak_local_max(correlation, num_peaks=ALL)
    expected = as_set(peaks[correlation[tuple(peaks.T)] > 0])
    assert as_set(ge.find_disks(correlation, ALL, min_distance=1, border=1).positions) == expected
