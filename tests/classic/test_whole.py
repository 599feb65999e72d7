"""The whole method under the classic settings beside the published workflow."""

import numpy as np
from side_by_side import BORDER, PIXEL, SideBySide, assert_same, correlation_of_own_size, inside, moved

import graineye as ge
from graineye.progress import silent


def test_the_classic_settings_find_the_published_beam_moved_by_its_pixel(both: SideBySide) -> None:
    result = ge.map_crystallites(both.scan, ge.Settings.classic(), silent)
    np.testing.assert_array_equal(np.rint(result.beam.position), both.beam + PIXEL)


def test_on_a_sound_detector_the_classic_settings_correlate_what_was_published(both: SideBySide) -> None:
    result = ge.map_crystallites(both.scan, ge.Settings.classic(), silent)
    for found, image in ((result.correlation_of_log_sum, both.log_sum), (result.correlation_of_log_std, both.log_std)):
        expected = moved(correlation_of_own_size(image, both.template))
        assert_same(inside(found), inside(expected), scale=np.abs(expected).max())


def test_the_classic_settings_keep_positions_near_the_border_and_other_cuts_do_not(both: SideBySide) -> None:
    bright = ge.bullseye().bright_radius
    highest = both.log_std.shape[0] - 1
    classic = ge.map_crystallites(both.scan, ge.Settings.classic(), silent).disks.positions
    by_cut = ge.Settings.from_dict({"segmentation": {"method": "dendrogram"}})
    default = ge.map_crystallites(both.scan, by_cut, silent).disks.positions
    assert (np.minimum(classic, highest - classic) < BORDER - 1).any()
    assert (np.minimum(default, highest - default) >= np.floor(bright)).all()
