"""The images that disks are found in, and the template that finds them, are those of LiberTEM and blobfinder."""

from side_by_side import SideBySide, assert_same

import graineye as ge


def test_the_log_sum_is_that_of_libertem(both: SideBySide) -> None:
    assert_same(ge.statistics(both.scan).log_sum, both.log_sum)


def test_the_standard_deviation_is_that_of_libertem(both: SideBySide) -> None:
    assert_same(ge.statistics(both.scan).std, both.std)


def test_the_logarithm_of_the_standard_deviation_is_scaled_as_published(both: SideBySide) -> None:
    assert_same(ge.log_scaled(both.std), both.log_std)


def test_the_bullseye_by_default_is_the_published_template(both: SideBySide) -> None:
    assert_same(ge.bullseye().image, both.template)


def test_the_classic_settings_take_the_published_template_though_the_file_holds_a_probe(both: SideBySide) -> None:
    assert both.scan.probe is not None
    assert_same(ge.template_for(both.scan, ge.Settings.classic().probe).image, both.template)
