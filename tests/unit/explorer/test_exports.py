"""Files of what is on the page."""

import dataclasses
import io
import tomllib

import numpy as np
import pandas as pd
import pytest
from PIL import Image

import graineye as ge
from graineye.explorer.exports import FILES, PICTURES, exported, file_name
from graineye.explorer.patterns import Patterns
from graineye.explorer.state import State
from graineye.figures import scale


@pytest.fixture
def state(mapped_as_overlaps: ge.CrystalliteMap) -> State:
    return State.of(mapped_as_overlaps).clicking((2, 11)).at_boundary((1, 2))


@pytest.mark.parametrize("view", PICTURES)
def test_every_view_is_a_png_and_an_svg(state: State, view: str) -> None:
    patterns = Patterns(state.mapped)
    png = np.asarray(Image.open(exported(f"{view} (PNG)", state, patterns)).convert("RGB"))
    assert png.shape[0] > 900
    assert len(np.unique(png.reshape(-1, 3) // 16, axis=0)) > 8
    svg = exported(f"{view} (SVG)", state, patterns).read().decode()
    assert svg.startswith("<?xml")
    assert "<svg" in svg


@pytest.mark.parametrize(("view", "unit"), [("scan", "nm"), ("diffraction", "1/nm"), ("boundary", "1/nm")])
def test_pictures_have_a_scale_bar(state: State, view: str, unit: str, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = []
    monkeypatch.setattr(scale, "add_scale_bar", lambda _ax, columns, pixel, unit: drawn.append((columns, pixel, unit)))
    exported(f"{view} (SVG)", state, Patterns(state.mapped))
    assert drawn == [(14, 2.5, unit) if view == "scan" else (80, 0.25, unit)]


def test_the_table_is_the_results(state: State) -> None:
    read = pd.read_csv(exported("table (CSV)", state, Patterns(state.mapped)))
    assert read["area_px"].tolist() == state.shown.table["area_px"].tolist()


def test_a_name_is_no_formula_to_a_spreadsheet(state: State) -> None:
    named = state.selecting([1]).renaming("=1+1")
    read = pd.read_csv(exported("table (CSV)", named, Patterns(named.mapped)))
    assert read["name"].iloc[0] == "'=1+1"


def test_the_settings_make_the_shown_map_again(mapped: ge.CrystalliteMap) -> None:
    state = State.of(mapped).cutting(float(np.sort(mapped.dendrogram.subtree_heights())[-8]))
    written = tomllib.load(exported("settings (TOML)", state, Patterns(mapped)))
    again = ge.map_crystallites(mapped.scan, ge.Settings.from_dict(written))
    np.testing.assert_array_equal(again.labels, state.shown.labels)


def test_file_names_are_plain_whatever_the_scan_is_called(state: State) -> None:
    hostile = dataclasses.replace(state.shown.provenance, scan_name="../<script>alert(1)</script>.h5")
    named = dataclasses.replace(state, shown=dataclasses.replace(state.shown, provenance=hostile))
    for what in FILES:
        assert not set(file_name(what, named)) & set("/<>()\\ ")
    assert file_name("table (CSV)", state) == "polycrystal.table.csv"


def test_a_csv_opens_from_its_beginning(state: State) -> None:
    assert isinstance(exported("table (CSV)", state, Patterns(state.mapped)), io.BytesIO)
