"""The images that disks are found in, and the template that finds them, are those of LiberTEM and blobfinder."""

from pathlib import Path

import numpy as np
import pytest
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


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.int32, np.float32])
def test_frames_that_do_not_begin_at_zero_are_log_scaled_each_from_its_own_minimum(dtype: type, tmp_path: Path) -> None:
    import libertem.api as lt
    import published

    random = np.random.default_rng(2)
    frames = random.poisson(5.0, (6, 7, 40, 41)) + np.arange(42).reshape(6, 7, 1, 1)
    if dtype in (np.int32, np.float32):
        frames -= 100
    np.save(tmp_path / "scan.npy", frames.astype(dtype))
    found = ge.statistics(ge.open_scan(tmp_path / "scan.npy"))
    with lt.Context.make_with("inline") as ctx:
        dataset = ctx.load("npy", path=str(tmp_path / "scan.npy"))
        assert_same(found.log_sum, published.log_sum(ctx, dataset))
        assert_same(found.std, published.std_map(ctx, dataset))
