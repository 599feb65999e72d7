"""`graineye info`, `show`, `simulate` and `score`: looking at a scan, making one, and scoring a map of it."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import graineye as ge


def test_info_tells_what_was_found(graineye: Any, simulated: Path) -> None:
    outcome = graineye("info", simulated)
    assert outcome.code == 0
    for said in (
        "legacy EMD",
        "/4DSTEM_experiment/data/datacubes/simulated/data",
        "14 x 12",
        "128 x 128 px",
        "uint16",
        "0.5 nm",
        "0.1667 1/nm",
        "in the file",
    ):
        assert said in outcome.out


def test_info_as_json_holds_the_same(graineye: Any, simulated: Path) -> None:
    facts = json.loads(graineye("info", simulated, "--json").out)
    assert facts["scan step"] == "0.5 nm"
    assert facts["scan positions"].startswith("14 x 12")


@pytest.mark.parametrize(
    "picture", ["log-sum", "mean", "std", "frame", "counts", "probe", "template", "correlation", "disks"]
)
def test_show_draws_every_picture(graineye: Any, simulated: Path, tmp_path: Path, picture: str) -> None:
    out = tmp_path / "picture.png"
    outcome = graineye("show", simulated, "--picture", picture, "--out", out, "--quiet")
    assert outcome.out == f"picture: {out}\n"
    pixels = np.asarray(Image.open(out).convert("L"), np.float64)
    assert min(pixels.shape) > 400
    assert pixels.std() > 10


def test_show_takes_a_frame_by_its_scan_position(
    graineye: Any, simulated: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    outcome = graineye("show", simulated, "--frame", "13,11")
    assert outcome.out == "picture: grains.frame-13-11.png\n"
    outside = graineye("show", simulated, "--frame", "14,0")
    assert outside.code == 1
    assert "14 x 12 positions" in outside.err


def test_show_writes_svg_and_refuses_a_suffix_that_is_no_picture(
    graineye: Any, simulated: Path, tmp_path: Path
) -> None:
    assert graineye("show", simulated, "--picture", "template", "--out", tmp_path / "t.svg").code == 0
    assert "<svg" in (tmp_path / "t.svg").read_text()
    refused = graineye("show", simulated, "--picture", "template", "--out", tmp_path / "t.docx")
    assert refused.code == 1
    assert ".png" in refused.err
    assert [path.name for path in tmp_path.iterdir()] == ["t.svg"]


def test_simulate_writes_a_scan_that_run_understands_and_its_truth(graineye: Any, tmp_path: Path) -> None:
    out = tmp_path / "made.h5"
    outcome = graineye("simulate", out, "--scan", "5x4", "--detector", "96", "--dose", "5000", "--seed", "3", "--json")
    assert json.loads(outcome.out) == {"scan": str(out), "truth": str(tmp_path / "made.truth.npz")}
    assert ge.open_scan(out).shape == (5, 4, 96, 96)
    assert ge.Truth.load(tmp_path / "made.truth.npz").labels.shape == (5, 4)
    again = graineye("simulate", out, "--scan", "5x4")
    assert again.code == 1
    assert "--force" in again.err


def test_simulate_refuses_what_is_out_of_range(graineye: Any, tmp_path: Path) -> None:
    outcome = graineye("simulate", tmp_path / "made.h5", "--dose", "-1")
    assert outcome.code == 2
    assert "dose" in outcome.err
    assert list(tmp_path.iterdir()) == []


def test_score_prints_the_figures_with_their_meaning(graineye: Any, simulated: Path, tmp_path: Path) -> None:
    truth = simulated.with_name("grains.truth.npz")
    labels = np.load(truth)["labels"]
    perfect = tmp_path / "perfect.npz"
    np.savez(perfect, labels=labels)
    outcome = graineye("score", perfect, truth)
    assert outcome.code == 0
    figures = {line.split()[0]: line.split()[1] for line in outcome.out.splitlines()}
    assert (figures["pq"], figures["ari"], figures["fp"], figures["fn"]) == ("1.000", "1.000", "0", "0")


def test_score_refuses_the_truth_of_another_scan(graineye: Any, simulated: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.npz"
    np.savez(other, labels=np.ones((3, 3), int))
    outcome = graineye("score", other, simulated.with_name("grains.truth.npz"))
    assert outcome.code == 1
    assert "(3, 3)" in outcome.err
    assert "(14, 12)" in outcome.err
