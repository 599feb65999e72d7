"""`graineye export`: a result as TIFF, CSV, GeoJSON and pictures."""

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import h5py
import numpy as np
import pandas as pd
import pytest
import tifffile
from matplotlib import pyplot as plt
from mpl_toolkits.axes_grid1.anchored_artists import AnchoredSizeBar
from PIL import Image

import graineye as ge

PICTURES = ("labels", "sizes", "total-counts", "log-sum", "std", "correlation", "disks", "template")
FILES = {
    "--labels": ["labels.tif"],
    "--masks": ["masks.tif"],
    "--tables": [f"{table}.csv" for table in ("crystallites", "boundaries", "reflections", "disks")],
    "--outlines": ["outlines.geojson"],
    "--pictures": [f"{picture}.png" for picture in PICTURES],
}


@pytest.fixture(scope="session")
def saved(mapped: ge.CrystalliteMap, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A results file."""
    return mapped.save(tmp_path_factory.mktemp("saved") / "au.crystallites.emd")


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_everything_is_written_and_named(
    graineye: Any, saved: Path, mapped: ge.CrystalliteMap, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    outcome = graineye("export", saved)
    assert outcome.code == 0, outcome.err
    expected = [f"au.{what}" for files in FILES.values() for what in files]
    assert outcome.out.splitlines()[-len(expected) :] == expected
    assert _names(tmp_path) == sorted(expected)
    np.testing.assert_array_equal(tifffile.imread("au.labels.tif"), mapped.labels)
    assert pd.read_csv("au.crystallites.csv")["area_px"].tolist() == mapped.table["area_px"].tolist()
    assert len(json.loads(Path("au.outlines.geojson").read_text())["features"]) == mapped.count
    for picture in PICTURES:
        pixels = np.asarray(Image.open(f"au.{picture}.png").convert("L"), np.float64)
        assert min(pixels.shape) > 400
        assert pixels.std() > 10


@pytest.mark.parametrize("flags", [*([flag] for flag in FILES), ["--labels", "--outlines"]], ids=" ".join)
def test_what_is_named_is_written_and_nothing_else(
    graineye: Any, saved: Path, tmp_path: Path, flags: list[str]
) -> None:
    outcome = graineye("export", saved, *flags, "--out", tmp_path, "--json")
    expected = [tmp_path / f"au.{what}" for flag in flags for what in FILES[flag]]
    assert json.loads(outcome.out) == {"files": [str(path) for path in expected]}
    assert outcome.err == ""
    assert _names(tmp_path) == sorted(path.name for path in expected)


def test_pictures_may_be_svg(graineye: Any, saved: Path, tmp_path: Path) -> None:
    assert graineye("export", saved, "--pictures", "--picture-format", "svg", "--out", tmp_path).code == 0
    assert _names(tmp_path) == sorted(f"au.{picture}.svg" for picture in PICTURES)
    for path in tmp_path.iterdir():
        drawing = ElementTree.parse(path).getroot()  # noqa: S314 (our own file)
        assert drawing.tag == "{http://www.w3.org/2000/svg}svg"
        assert len(list(drawing.iter("{http://www.w3.org/2000/svg}path"))) > 5


def test_pictures_have_scale_bars_in_the_scale_of_sample_and_detector(
    graineye: Any, saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bars = {}

    def look(axes: Any, path: Path) -> None:
        if "sizes" in path.name:  # a histogram
            return
        (bar,) = (artist for artist in axes.artists if isinstance(artist, AnchoredSizeBar))
        bars[path.name.split(".")[1]] = (
            bar.txt_label.get_text(),
            bar.size_bar.get_children()[0].get_width(),
            axes.get_aspect(),
        )
        plt.close(axes.figure)

    monkeypatch.setattr("graineye.figures.saving.save_picture", look)
    assert graineye("export", saved, "--pictures", "--out", tmp_path).code == 0
    # 14 positions of 2 by 2.5 nm and 80 pixels of 0.2 by 0.25 1/nm: a quarter of the width at most, and a round length
    sample, detector = ("5 nm", 2.0, 0.8), ("5 1/nm", 20.0, 0.8)
    expected = dict.fromkeys(PICTURES, detector) | {"labels": sample, "total-counts": sample}
    template = bars.pop("template")
    assert bars == {picture: expected[picture] for picture in PICTURES if picture not in ("sizes", "template")}
    assert template[0] == f"{template[1]:g} px"


def test_an_existing_file_stops_before_anything_is_written(graineye: Any, saved: Path, tmp_path: Path) -> None:
    kept = tmp_path / "au.template.png"
    kept.write_bytes(b"kept")
    outcome = graineye("export", saved, "--out", tmp_path)
    assert (outcome.code, outcome.out) == (1, "")
    assert outcome.err.splitlines() == [outcome.err.strip()]
    assert str(kept) in outcome.err
    assert "--force" in outcome.err
    assert _names(tmp_path) == ["au.template.png"]
    assert kept.read_bytes() == b"kept"
    assert graineye("export", saved, "--pictures", "--out", tmp_path, "--force").code == 0
    assert kept.read_bytes()[:4] == b"\x89PNG"


def test_a_folder_that_is_missing_or_not_writable_is_said(
    graineye: Any, saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    missing = graineye("export", saved, "--out", tmp_path / "missing")
    assert (missing.code, missing.out) == (1, "")
    assert f"no folder {tmp_path / 'missing'}" in missing.err
    monkeypatch.setattr(os, "access", lambda *_, **__: False)
    locked = graineye("export", saved, "--out", tmp_path)
    assert (locked.code, locked.out) == (1, "")
    assert "not writable" in locked.err
    assert _names(tmp_path) == []


def test_a_file_that_is_no_result_gets_one_line(graineye: Any, tmp_path: Path) -> None:
    with h5py.File(tmp_path / "other.emd", "w") as file:
        file["image"] = np.zeros((4, 5))
    for name, said in (("missing.crystallites.emd", "no such results file"), ("other.emd", "not a results file")):
        outcome = graineye("export", tmp_path / name, "--out", tmp_path)
        assert (outcome.code, outcome.out) == (1, "")
        assert len(outcome.err.splitlines()) == 1
        assert said in outcome.err
        assert str(tmp_path / name) in outcome.err
    assert _names(tmp_path) == ["other.emd"]


def test_an_unknown_picture_format_is_wrong_usage(graineye: Any, saved: Path, tmp_path: Path) -> None:
    outcome = graineye("export", saved, "--picture-format", "bmp", "--out", tmp_path)
    assert outcome.code == 2
    assert "bmp" in outcome.err
    assert _names(tmp_path) == []


def test_a_result_without_crystallites_or_disks_has_all_but_masks(
    graineye: Any, mapped: ge.CrystalliteMap, tmp_path: Path
) -> None:
    empty = replace(
        mapped,
        labels=np.zeros_like(mapped.labels),
        disks=ge.DiskPositions(np.zeros((0, 2), np.int64), np.zeros(0, np.float32)),
        dark_fields=np.zeros((*mapped.labels.shape, 0), np.float32),
        known_mean_patterns=None,
    )
    path = empty.save(tmp_path / "vacuum.crystallites.emd")
    (tmp_path / "out").mkdir()
    outcome = graineye("export", path, "--out", tmp_path / "out", "--json")
    assert outcome.code == 0, outcome.err
    assert outcome.err == "note: vacuum.masks.tif is left out: there are no crystallites\n"
    written = [f"vacuum.{what}" for flag, files in FILES.items() if flag != "--masks" for what in files]
    assert json.loads(outcome.out) == {"files": [str(tmp_path / "out" / name) for name in written]}
    assert _names(tmp_path / "out") == sorted(written)
    assert len(pd.read_csv(tmp_path / "out" / "vacuum.disks.csv")) == 0
    alone = graineye("export", path, "--masks", "--out", tmp_path / "out")
    assert (alone.code, alone.out) == (0, "")
    assert "left out" in alone.err
