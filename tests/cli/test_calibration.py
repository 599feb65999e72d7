"""Calibration and masks on the command line: `graineye info` shows them, `graineye run` goes by them."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from graineye import load_result

Graineye = Callable[..., Any]


def rows(text: str) -> dict[str, str]:
    return dict(line.split("  ", 1) for line in text.splitlines() if "  " in line)


def test_info_shows_what_the_flags_say(graineye: Graineye, tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.random.default_rng(0).poisson(3, (4, 5, 16, 18)).astype(np.uint16))
    done = graineye(
        *(
            "info",
            tmp_path / "a.npy",
            "--scan-step",
            "0.5nm,0.6nm",
            "--detector-pixel",
            "0.016/A",
            "--beam-energy",
            "300kV",
        ),
        *("--camera-length", "185mm", "--exclude-frames", "0,:", "--exclude-pixels", "0:2,0:3"),
    )
    assert done.code == 0
    for text in ("0.5 x 0.6 nm", "0.16 1/nm (0.315 mrad)", "300 kV", "185 mm", "5 scan positions, 6 detector pixels"):
        assert text in done.out


def test_info_as_json_says_the_same(graineye: Graineye, tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.ones((4, 5, 16, 18), np.uint8))
    shown = json.loads(graineye("info", tmp_path / "a.npy", "--scan-step", "5A", "--json").out)
    assert (shown["scan step"], shown["detector pixel"]) == ("0.5 nm", "unknown")


def test_a_contradiction_with_the_file_is_shown(graineye: Graineye, simulated: Path) -> None:
    done = graineye("info", simulated, "--scan-step", "17nm")
    assert "the file gives a scan step of" in done.out
    assert "--scan-step 17nm is taken" in done.out


def test_a_flag_that_is_not_understood_is_one_line_that_names_it(graineye: Graineye, simulated: Path) -> None:
    for flag, text in (
        ("--scan-step", "0.5"),
        ("--detector-pixel", "3"),
        ("--exclude-frames", "0:99,0"),
        ("--exclude-pixels", "no.png"),
    ):
        done = graineye("info", simulated, flag, text)
        assert done.code in (1, 2)
        assert flag in done.err
        assert len(done.err.strip().splitlines()) == 1
        assert done.out == ""


def test_run_leaves_out_what_it_is_told_to(graineye: Graineye, simulated: Path, tmp_path: Path) -> None:
    mask = np.zeros((14, 12), np.uint8)
    mask[5:7, 3:8] = 1
    np.save(tmp_path / "mask.npy", mask)
    flags = ("--exclude-frames", tmp_path / "mask.npy", "--exclude-pixels", "0:20,0:20", "--scan-step", "0.5nm")
    done = graineye("run", simulated, "--out", tmp_path, "--quiet", *flags)
    assert done.code == 0
    assert "10 of 168 scan positions are excluded" in done.err
    assert "400 of 16384 detector pixels are excluded" in done.err
    result = load_result(tmp_path / "grains.crystallites.emd")
    assert (result.labels[mask > 0] == 0).all()
    assert (result.labels[mask == 0] > 0).all()
    assert result.excluded.frames.sum() == 10
    assert (result.excluded.pixels[:20, :20] == 1).all()
    assert (result.excluded.pixels == 2).sum() >= 3  # the simulated camera has two dead pixels and a hot one
    assert result.calibration.scan_step == (0.5, 0.5)
