"""RosettaSciIO, which HyperSpy reads with, opens a results file by each of three readers; the suffix chooses one."""

from typing import Any

import numpy as np
import pytest

pytest.importorskip("rsciio")
emd, hspy, nexus = (pytest.importorskip(f"rsciio.{name}").file_reader for name in ("emd", "hspy", "nexus"))


def check(signals: list[dict[str, Any]], saved: Any, *, navigation: bool, single_steps_known: bool = True) -> None:
    """Each array is there once, with its values and axes, the last two of which make the signal."""
    by_title = {signal["metadata"]["General"]["title"]: signal for signal in signals}
    assert len(by_title) == len(signals)
    assert set(by_title) == set(saved.arrays)
    for name, expected in saved.arrays.items():
        signal = by_title[name]
        np.testing.assert_array_equal(np.asarray(signal["data"]), expected.values, err_msg=name)
        assert signal["data"].dtype == expected.values.dtype
        assert len(signal["axes"]) == len(expected.axes)
        for i, (found, axis) in enumerate(zip(signal["axes"], expected.axes, strict=True)):
            assert (found["name"], found["size"]) == (axis.name, axis.size)
            assert found["units"].replace(" ", "") == axis.unit
            assert found["offset"] == pytest.approx(axis.start)
            assert found["scale"] == pytest.approx(axis.step if single_steps_known or axis.size > 1 else 1.0)
            assert found["navigate"] == (navigation and i < len(expected.axes) - 2)


@pytest.mark.parametrize("lazy", [False, True])
def test_under_its_own_suffix_every_array_is_a_signal(lazy: bool, saved: Any) -> None:
    check(emd(str(saved.path), lazy=lazy), saved, navigation=False)


@pytest.mark.parametrize("lazy", [False, True])
def test_as_hspy_stacks_are_navigated_by_what_they_count(lazy: bool, saved: Any) -> None:
    check(hspy(str(saved.copied_as(".hspy")), lazy=lazy), saved, navigation=True)


@pytest.mark.parametrize("lazy", [False, True])
def test_as_nxs_stacks_are_navigated_by_what_they_count(lazy: bool, saved: Any) -> None:
    """Of an axis with one entry this reader takes the step for 1."""
    signals = nexus(str(saved.copied_as(".nxs")), lazy=lazy, nxdata_only=True)
    check(signals, saved, navigation=True, single_steps_known=False)


def test_as_nxs_the_default_is_the_label_map(saved: Any) -> None:
    (signal,) = nexus(str(saved.copied_as(".nxs")), use_default=True)
    np.testing.assert_array_equal(signal["data"], saved.result.labels)


def test_as_nxs_columns_of_tables_can_be_asked_for(saved: Any) -> None:
    path = saved.copied_as(".nxs")
    assert len(nexus(str(path))) > len(saved.arrays)
    (heights,) = nexus(str(path), dataset_path="/graineye/dendrogram/height")
    np.testing.assert_array_equal(heights["data"], saved.result.dendrogram.heights)
