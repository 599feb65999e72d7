"""Mean patterns of a new cut: one pass when first asked for, if the scan can be opened; else left out with a warning."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import graineye as ge
from graineye import mean_patterns
from graineye.progress import silent
from graineye.settings import ScanSettings

SaveHDF5 = Callable[..., Path]


@pytest.fixture
def scan_path(polycrystal: Any, save_legacy_emd: SaveHDF5, tmp_path: Path) -> Path:
    return save_legacy_emd(tmp_path / "scan.h5", polycrystal.frames)


@pytest.fixture
def passes(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Grows by one with each pass for mean patterns."""
    made: list[int] = []
    original = mean_patterns.region_means

    def counted(*arguments: Any) -> NDArray[np.float32]:
        made.append(1)
        return original(*arguments)

    monkeypatch.setattr(mean_patterns, "region_means", counted)
    return made


def expected(frames: NDArray[np.generic], labels: NDArray[np.int32]) -> NDArray[np.float64]:
    return np.stack([frames[labels == k].astype(np.float64).mean(axis=0) for k in range(1, labels.max() + 1)])


def mapped_at(path: Path, polycrystal: Any, **how: Any) -> ge.CrystalliteMap:
    return ge.map_crystallites(ge.open_scan(path, **how), polycrystal.settings(), silent)


def test_those_of_the_mapping_are_known(scan_path: Path, polycrystal: Any, passes: list[int]) -> None:
    result = mapped_at(scan_path, polycrystal)
    passes.clear()
    np.testing.assert_allclose(result.mean_patterns, expected(polycrystal.frames, result.labels), rtol=1e-6)
    assert passes == []


def test_those_of_a_new_cut_take_one_pass_when_first_asked_for(
    scan_path: Path, polycrystal: Any, passes: list[int]
) -> None:
    result = mapped_at(scan_path, polycrystal)
    passes.clear()
    finer = result.cut(count=6)
    assert passes == []
    assert finer.mean_patterns is finer.mean_patterns
    assert passes == [1]
    np.testing.assert_allclose(finer.mean_patterns, expected(polycrystal.frames, finer.labels), rtol=1e-6)


def test_a_loaded_result_finds_its_scan_again(scan_path: Path, polycrystal: Any, tmp_path: Path) -> None:
    loaded = ge.load_result(mapped_at(scan_path, polycrystal).save(tmp_path / "a.emd"))
    finer = loaded.cut(count=5)
    np.testing.assert_allclose(finer.mean_patterns, expected(polycrystal.frames, finer.labels), rtol=1e-6)


def test_a_scan_that_was_moved_is_named_in_a_warning(scan_path: Path, polycrystal: Any, tmp_path: Path) -> None:
    loaded = ge.load_result(mapped_at(scan_path, polycrystal).save(tmp_path / "a.emd"))
    scan_path.rename(tmp_path / "moved.h5")
    with pytest.warns(UserWarning, match="mean patterns are left out: .*scan.h5: no such file"):
        assert loaded.cut(count=5).mean_patterns is None


def test_another_scan_in_its_place_is_not_taken_for_it(
    scan_path: Path, polycrystal: Any, save_legacy_emd: SaveHDF5, tmp_path: Path
) -> None:
    loaded = ge.load_result(mapped_at(scan_path, polycrystal).save(tmp_path / "a.emd"))
    save_legacy_emd(scan_path, polycrystal.frames[::-1])
    with pytest.warns(UserWarning, match="not the scan that the result was made of"):
        assert loaded.cut(count=5).mean_patterns is None


def test_a_result_is_saved_without_them_where_the_scan_is_gone(
    scan_path: Path, polycrystal: Any, tmp_path: Path
) -> None:
    finer = mapped_at(scan_path, polycrystal).cut(count=5)
    scan_path.unlink()
    with pytest.warns(UserWarning, match="mean patterns are left out"):
        finer.save(tmp_path / "a.emd")
    loaded = ge.load_result(tmp_path / "a.emd")
    assert (loaded.count, loaded.known_mean_patterns) == (5, None)
    np.testing.assert_array_equal(loaded.labels, finer.labels)


def test_a_loaded_region_of_interest_is_cut_out_again(scan_path: Path, polycrystal: Any, tmp_path: Path) -> None:
    result = mapped_at(scan_path, polycrystal, roi="2:10,3:12")
    finer = ge.load_result(result.save(tmp_path / "a.emd")).cut(count=5)
    inside = polycrystal.frames[2:10, 3:12]
    np.testing.assert_allclose(finer.mean_patterns, expected(inside, finer.labels), rtol=1e-6)


def test_a_loaded_stack_gets_its_scan_positions_again(polycrystal: Any, save_hdf5: SaveHDF5, tmp_path: Path) -> None:
    path = save_hdf5(polycrystal.frames.reshape(-1, 72, 80))
    finer = ge.load_result(mapped_at(path, polycrystal, nav_shape=(12, 14)).save(tmp_path / "a.emd")).cut(count=5)
    np.testing.assert_allclose(finer.mean_patterns, expected(polycrystal.frames, finer.labels), rtol=1e-6)


def test_odd_values_are_still_taken_as_zero(polycrystal: Any, save_hdf5: SaveHDF5, tmp_path: Path) -> None:
    values = polycrystal.frames.astype(np.float32)
    values[3, 4, 5, 6] = np.nan
    settings = replace(polycrystal.settings(), scan=ScanSettings(bad_values="zero"))
    result = ge.map_crystallites(ge.open_scan(save_hdf5(values)), settings, silent)
    finer = ge.load_result(result.save(tmp_path / "a.emd")).cut(count=5)
    np.testing.assert_allclose(finer.mean_patterns, expected(np.nan_to_num(values), finer.labels), rtol=1e-6)


def test_without_crystallites_there_are_none_and_no_pass_is_made(
    polycrystal: Any, save_hdf5: SaveHDF5, tmp_path: Path, passes: list[int]
) -> None:
    path = save_hdf5(np.broadcast_to(polycrystal.frames[0, 0], (4, 5, 72, 80)))
    saved = mapped_at(path, polycrystal).save(tmp_path / "a.emd")
    path.unlink()
    passes.clear()
    assert ge.load_result(saved).mean_patterns.shape == (0, 72, 80)
    assert passes == []
