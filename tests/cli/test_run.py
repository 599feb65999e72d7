"""`graineye run`: one command from a file to the map of its crystallites."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import graineye as ge


def test_run_needs_no_argument_but_the_file(
    graineye: Any, simulated: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    outcome = graineye("run", simulated)
    assert outcome.code == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "grains.crystallites.emd",
        "grains.crystallites.html",
        "grains.crystallites.png",
    ]
    assert outcome.out.splitlines()[-3:] == [
        "result:  grains.crystallites.emd",
        "report:  grains.crystallites.html",
        "picture: grains.crystallites.png",
    ]
    result = ge.load_result(tmp_path / "grains.crystallites.emd")
    assert result.labels.shape == (14, 12)
    assert f"{result.count} crystallites" in outcome.out
    assert "note: 3 dead or hot pixels were found" in outcome.err


@pytest.mark.parametrize(
    ("flags", "figures"),
    [
        ((), {"ari": 0.9, "pq": 0.9, "m_pq": 0.8}),
        (("--segmentation.method", "dendrogram", "--cut.relative", "20"), {"ari": 0.9}),
    ],
    ids=["overlapping", "dendrogram"],
)
def test_the_map_of_columnar_grains_agrees_with_the_truth(
    flags: tuple[str, ...], figures: dict[str, float], graineye: Any, tmp_path: Path
) -> None:
    scan, truth = tmp_path / "grains.h5", tmp_path / "grains.truth.npz"
    graineye("simulate", scan, "--scan", "24x20", "--columnar", "--grain-size", "6", "--detector", "160")
    graineye("run", scan, *flags, "--out", tmp_path, "--quiet")
    outcome = graineye("score", tmp_path / "grains.crystallites.emd", truth, "--json")
    assert outcome.code == 0
    found = json.loads(outcome.out)
    assert [name for name, least in figures.items() if found[name] <= least] == []


def test_a_cut_that_changes_nothing_is_named(graineye: Any, simulated: Path, tmp_path: Path) -> None:
    words = "change nothing without --segmentation.method dendrogram"
    assert words in graineye("run", simulated, "--out", tmp_path, "--cut.relative", "5").err
    by_cut = ("--segmentation.method", "dendrogram", "--cut.relative", "5")
    assert words not in graineye("run", simulated, "--out", tmp_path, "--force", *by_cut).err


def test_json_is_one_object_and_nothing_else_on_standard_output(graineye: Any, simulated: Path, tmp_path: Path) -> None:
    outcome = graineye("run", simulated, "--out", tmp_path, "--json")
    summary = json.loads(outcome.out)
    result = ge.load_result(summary["result"])
    assert summary["scan"] == str(simulated)
    assert summary["crystallites"] == result.count
    assert Path(summary["report"]).read_text().startswith("<!DOCTYPE html>")
    assert set(summary["seconds"]) >= {"statistics", "dark fields", "dendrogram"}
    assert summary["warnings"] == list(result.provenance.notes)


def test_quiet_says_nothing_of_progress(graineye: Any, simulated: Path, tmp_path: Path) -> None:
    loud = graineye("run", simulated, "--out", tmp_path)
    quiet = graineye("run", simulated, "--out", tmp_path, "--force", "--quiet")
    assert "statistics: done" in loud.err
    assert "done" not in quiet.err


def test_an_existing_result_stops_the_run_before_any_pass(graineye: Any, simulated: Path, tmp_path: Path) -> None:
    kept = tmp_path / "grains.crystallites.emd"
    kept.write_bytes(b"kept")
    outcome = graineye("run", simulated, "--out", tmp_path)
    assert outcome.code == 1
    assert "--force" in outcome.err
    assert "statistics" not in outcome.err
    assert kept.read_bytes() == b"kept"
    assert graineye("run", simulated, "--out", tmp_path, "--force").code == 0
    assert kept.read_bytes()[:4] == b"\x89HDF"


def test_a_missing_folder_is_said_before_any_pass(graineye: Any, simulated: Path, tmp_path: Path) -> None:
    outcome = graineye("run", simulated, "--out", tmp_path / "missing")
    assert outcome.code == 1
    assert "missing" in outcome.err
    assert "statistics" not in outcome.err


def test_classic_takes_the_published_settings(graineye: Any, simulated: Path, tmp_path: Path) -> None:
    graineye("run", simulated, "--classic", "--out", tmp_path)
    settings = ge.load_result(tmp_path / "grains.crystallites.emd").settings
    assert settings == ge.Settings.classic()
    assert (settings.disks.count, settings.disks.border, settings.cut.distance) == (500, "keep", 200.0)


def test_flags_override_the_file_of_settings_which_overrides_the_defaults(
    graineye: Any, simulated: Path, tmp_path: Path
) -> None:
    config = tmp_path / "settings.toml"
    config.write_text("[disks]\ncount = 60\nmin-distance = 3\n[cut]\ncount = 4\n")
    outcome = graineye("run", simulated, "--config", config, "--disks.count", "40", "--out", tmp_path)
    assert outcome.code == 0, outcome.err
    result = ge.load_result(tmp_path / "grains.crystallites.emd")
    assert (result.settings.disks.count, result.settings.disks.min_distance) == (40, 3)
    assert result.settings.probe == ge.Settings().probe
    assert len(result.disks) == 40
    assert result.count == 4


def test_a_count_on_the_command_line_takes_the_place_of_the_classic_distance(
    graineye: Any, simulated: Path, tmp_path: Path
) -> None:
    assert graineye("run", simulated, "--classic", "--cut.count", "3", "--out", tmp_path).code == 0
    assert ge.load_result(tmp_path / "grains.crystallites.emd").count == 3


def test_a_region_of_interest_is_mapped_alone(graineye: Any, simulated: Path, tmp_path: Path) -> None:
    graineye("run", simulated, "--roi", "2:12,3:11", "--out", tmp_path)
    result = ge.load_result(tmp_path / "grains.crystallites.emd")
    whole = ge.statistics(ge.open_scan(simulated)).total_counts
    assert result.labels.shape == (10, 8)
    np.testing.assert_array_equal(result.statistics.total_counts, whole[2:12, 3:11])


def test_labels_are_the_same_on_one_thread_and_on_two(graineye: Any, simulated: Path, tmp_path: Path) -> None:
    labels = []
    for cpus in ("1", "2"):
        graineye("run", simulated, "--cpus", cpus, "--out", tmp_path, "--force")
        labels.append(ge.load_result(tmp_path / "grains.crystallites.emd").labels)
    np.testing.assert_array_equal(*labels)


def test_the_picture_shows_the_label_map(graineye: Any, simulated: Path, tmp_path: Path) -> None:
    graineye("run", simulated, "--cut.count", "5", "--out", tmp_path)
    pixels = np.asarray(Image.open(tmp_path / "grains.crystallites.png").convert("RGB"))
    colours, counts = np.unique(pixels.reshape(-1, 3), axis=0, return_counts=True)
    # white paper, black lines, and a large area in each of five colours
    assert (counts > 0.002 * counts.sum()).sum() >= 7
    assert len(colours) > 7
