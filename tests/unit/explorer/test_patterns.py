"""Which pattern is shown, and that it says what it is."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest

import graineye as ge
from graineye.explorer.patterns import Patterns
from graineye.explorer.state import State


@pytest.fixture
def without_scan(mapped: ge.CrystalliteMap, tmp_path: Path) -> ge.CrystalliteMap:
    """The same result when its scan is no longer there."""
    gone = dataclasses.replace(mapped.provenance, scan_path=str(tmp_path / "gone.h5"))
    return dataclasses.replace(mapped, provenance=gone, scan=None, known_mean_patterns=mapped.mean_patterns)


def test_the_frame_under_the_pointer_comes_from_the_scan(polycrystal, mapped: ge.CrystalliteMap) -> None:
    pattern = Patterns(mapped).at(State.of(mapped).pointing((3, 11)))
    np.testing.assert_array_equal(pattern.image, polycrystal.frames[3, 11])
    assert pattern.words == "frame at y=3, x=11"


def test_without_the_scan_it_is_the_crystallites_mean_pattern_and_says_so(without_scan: ge.CrystalliteMap) -> None:
    patterns = Patterns(without_scan)
    pattern = patterns.at(State.of(without_scan).pointing((3, 11)))
    np.testing.assert_array_equal(pattern.image, without_scan.mean_patterns[1])
    assert pattern.words == "mean pattern of crystallite 2 (the scan file is not there)"
    assert "gone.h5" in patterns.missing


def test_a_scan_that_has_changed_is_not_shown(
    polycrystal, mapped: ge.CrystalliteMap, save_legacy_emd, tmp_path: Path
) -> None:
    path = save_legacy_emd(tmp_path / "other.h5", polycrystal.frames[::-1])
    moved = dataclasses.replace(mapped.provenance, scan_path=str(path))
    patterns = Patterns(dataclasses.replace(mapped, provenance=moved, scan=None))
    assert patterns.scan is None
    assert "not the scan" in patterns.missing


def test_mean_patterns_of_a_cut_are_those_of_its_own_positions(polycrystal, mapped: ge.CrystalliteMap) -> None:
    state = State.of(mapped).cutting(float(np.sort(mapped.dendrogram.subtree_heights())[-8]))
    patterns, labels = Patterns(mapped), state.shown.labels
    assert state.shown.count > 3
    for label in (1, state.shown.count):
        expected = polycrystal.frames[labels == label].mean(axis=0)
        np.testing.assert_allclose(patterns.mean_pattern(state, label), expected, rtol=1e-5)


def test_without_the_scan_mean_patterns_of_a_cut_are_mixed(without_scan: ge.CrystalliteMap) -> None:
    state = State.of(without_scan).cutting(1e9)
    sizes = np.bincount(without_scan.labels.ravel())[1:]
    expected = np.average(without_scan.mean_patterns, axis=0, weights=sizes)
    np.testing.assert_allclose(Patterns(without_scan).mean_pattern(state, 1), expected, rtol=1e-5)
