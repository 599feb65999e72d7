"""`graineye run --edits`: what a person changed in one map is made again on another, and never lost by --resume."""

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import graineye as ge
from graineye.crystallites import merge, reject, rename

TIME = "2026-11-25T15:00:00Z"


@pytest.fixture(scope="module")
def unedited(simulated: Path) -> ge.CrystalliteMap:
    """The map of the simulated scan."""
    return ge.map_crystallites(ge.open_scan(simulated), ge.Settings())


@pytest.fixture(scope="module")
def edited(unedited: ge.CrystalliteMap, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A results file in which crystallites were merged, rejected and named."""
    labels = unedited.labels
    largest = (1 + np.argsort(-np.bincount(labels.ravel())[1:], kind="stable")).tolist()
    edits = [
        merge(labels, largest[:2], TIME),
        reject(labels, largest[2], TIME),
        rename(labels, largest[0], "<b>twin</b>", TIME),
    ]
    return unedited.edited(edits).save(tmp_path_factory.mktemp("edited") / "mine.emd")


def test_the_edits_are_made_again(graineye: Any, simulated: Path, edited: Path, tmp_path: Path) -> None:
    outcome = graineye("run", simulated, "--edits", edited, "--out", tmp_path)
    assert outcome.code == 0
    made, before = ge.load_result(tmp_path / "grains.crystallites.emd"), ge.load_result(edited)
    np.testing.assert_array_equal(made.labels, before.labels)
    assert [(e.kind, e.time) for e in made.edits] == [("merge", TIME), ("reject", TIME), ("rename", TIME)]
    assert list(made.names.values()) == ["<b>twin</b>"]
    assert f"{before.count} crystallites" in outcome.out
    assert "edit" not in outcome.err
    page = (tmp_path / "grains.crystallites.html").read_text(encoding="utf-8")
    assert "<b>twin</b>" not in page


@pytest.mark.usefixtures("short_reports")
def test_the_edits_outlive_other_settings(graineye: Any, simulated: Path, edited: Path, tmp_path: Path) -> None:
    by_cut = ("--segmentation.method", "dendrogram", "--cut.count", "1")
    outcome = graineye("run", simulated, "--edits", edited, "--out", tmp_path, *by_cut, "--json")
    said = json.loads(outcome.out)["warnings"]
    assert any(f"edit 1 (merge, made {TIME}) is left out: its crystallites are one already" in note for note in said)
    assert any("edit 2" in note and "small part of a larger crystallite" in note for note in said)
    made = ge.load_result(tmp_path / "grains.crystallites.emd")
    assert made.count == 1
    assert made.names == {1: "<b>twin</b>"}
    assert len(made.edits) == 3


def test_a_file_without_edits_is_refused(
    graineye: Any, simulated: Path, unedited: ge.CrystalliteMap, tmp_path: Path
) -> None:
    plain = unedited.save(tmp_path / "plain.emd")
    outcome = graineye("run", simulated, "--edits", plain, "--out", tmp_path)
    assert outcome.code == 1
    assert f"graineye: {plain}: holds no edits" in outcome.err
    assert [path.name for path in tmp_path.iterdir()] == ["plain.emd"]


@pytest.mark.parametrize("content", [None, b"my edits of Tuesday"])
def test_what_is_no_results_file_is_refused(
    content: bytes | None, graineye: Any, simulated: Path, tmp_path: Path
) -> None:
    path = tmp_path / "mine.emd"
    if content is not None:
        path.write_bytes(content)
    outcome = graineye("run", simulated, "--edits", path, "--out", tmp_path)
    assert outcome.code == 1
    assert outcome.err.startswith(f"graineye: {path}: no ")
    assert outcome.err.count("\n") == 1


def test_edits_of_a_scan_of_another_shape_are_refused(
    graineye: Any, simulated: Path, edited: Path, tmp_path: Path
) -> None:
    outcome = graineye("run", simulated, "--roi", "0:9,0:8", "--edits", edited, "--out", tmp_path)
    assert outcome.code == 1
    assert outcome.err.splitlines()[-1] == (
        f"graineye: {edited}: its edits were made on 14 x 12 scan positions, {simulated} has 9 x 8: "
        "take edits of a scan of this shape"
    )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("short_reports")
def test_edits_of_another_scan_are_made_with_a_note(graineye: Any, edited: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.h5"
    ge.simulate_scan(other, ge.SimulationOptions(scan="14x12", detector=96, grain_size=4, columnar=True, seed=77))
    outcome = graineye("run", other, "--edits", edited, "--out", tmp_path)
    assert outcome.code == 0
    assert "note: the edits were made on another scan, or another part of it: grains.h5" in outcome.err


@pytest.mark.usefixtures("short_reports")
def test_resume_knows_the_edits_again(graineye: Any, simulated: Path, edited: Path, tmp_path: Path) -> None:
    words = ("run", simulated, "--out", tmp_path, "--resume")
    graineye(*words, "--edits", edited)
    assert "(done before)" in graineye(*words, "--edits", edited).out
    without = graineye(*words)
    assert without.code == 0
    assert "mapped again: the edits are others" in without.err
    assert "mapped again: the edits are others" in graineye(*words, "--edits", edited).err


@pytest.mark.usefixtures("short_reports")
def test_resume_never_loses_edits_that_were_made_in_the_result_itself(
    graineye: Any, simulated: Path, tmp_path: Path
) -> None:
    words = ("run", simulated, "--out", tmp_path, "--resume")
    place = tmp_path / "grains.crystallites.emd"
    graineye(*words)
    found = ge.load_result(place)
    found.edited([reject(found.labels, 1, TIME)]).save(place)
    kept = place.read_bytes()
    outcome = graineye(*words)
    assert outcome.code == 1
    assert f"{place}: has edits that a new map would lose: give --edits {place}" in outcome.err
    assert place.read_bytes() == kept
    outcome = graineye(*words, "--edits", place)
    assert outcome.code == 0
    assert len(ge.load_result(place).edits) == 1


@pytest.mark.usefixtures("short_reports")
def test_many_scans_get_the_same_edits(graineye: Any, simulated: Path, edited: Path, tmp_path: Path) -> None:
    for name in ("a.h5", "b.h5"):
        os.link(simulated, tmp_path / name)
    outcome = graineye("run", tmp_path / "a.h5", tmp_path / "b.h5", "--edits", edited, "--out", tmp_path, "--json")
    assert outcome.code == 0
    for name in ("a", "b"):
        assert len(ge.load_result(tmp_path / f"{name}.crystallites.emd").edits) == 3


def test_exported_tables_name_the_crystallites(graineye: Any, edited: Path, tmp_path: Path) -> None:
    assert graineye("export", edited, "--out", tmp_path).code == 0
    lines = (tmp_path / "mine.crystallites.csv").read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith("label,name,area_px")
    assert sum("<b>twin</b>" in line for line in lines[1:]) == 1
