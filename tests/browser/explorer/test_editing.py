"""Changing the map in the explorer: edits, undo and redo, saving, and taking things away as files."""

import io
import tomllib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

import graineye as ge
from graineye.explorer.exports import FILES

# Bokeh's own use of pandas
pytestmark = pytest.mark.filterwarnings("ignore:The inplace keyword")

ONE, TWO, THREE = (2, 2), (2, 11), (9, 3)
"""A scan position in each of three crystallites."""


def test_two_crystallites_are_merged_and_the_map_shows_one(explored) -> None:
    explored.click(explored.scan(*ONE))
    explored.until(lambda: len(explored.state.selected) == 1)
    explored.click(explored.scan(*TWO), add=True)
    explored.until(lambda: len(explored.state.selected) == 2)
    assert explored.colour(explored.scan(5, 4)) != explored.colour(explored.scan(5, 11))
    explored.press("Merge")
    explored.until(lambda: explored.state.shown.count == 2)
    explored.until(lambda: explored.title("scan").startswith("2 crystallites"))
    assert explored.colour(explored.scan(5, 4)) == explored.colour(explored.scan(5, 11))
    explored.until(lambda: explored.page.locator(".tabulator-row").count() == 2)  # the table follows the map at rest
    explored.press("Undo")
    explored.until(lambda: explored.title("scan").startswith("3 crystallites"))
    assert explored.colour(explored.scan(5, 4)) != explored.colour(explored.scan(5, 11))
    explored.press("Redo")
    explored.until(lambda: explored.title("scan").startswith("2 crystallites"))


def test_a_crystallite_is_split_and_one_is_rejected(explored) -> None:
    explored.click(explored.scan(*ONE))
    explored.until(lambda: len(explored.state.selected) == 1)
    explored.page.keyboard.press("s")
    explored.until(lambda: explored.state.shown.count == 4)
    explored.until(lambda: explored.title("scan").startswith("4 crystallites"))
    explored.page.keyboard.press("z")
    explored.until(lambda: explored.state.shown.count == 3)
    explored.click(explored.scan(*THREE))
    explored.until(lambda: explored.state.selected == (explored.state.label_at(THREE),))
    explored.press("Reject")
    explored.until(lambda: explored.state.shown.count == 2)
    explored.until(lambda: explored.page.locator(".tabulator-row").count() == 2)


def test_scan_positions_are_given_by_painting_over_them(explored) -> None:
    explored.click(explored.scan(*TWO))
    explored.until(lambda: len(explored.state.selected) == 1)
    before = explored.colour(explored.scan(2, 5))
    explored.press("give")
    explored.drag(explored.scan(2, 7), explored.scan(2, 4))
    explored.until(lambda: len(explored.state.edits) == 1)
    assert (explored.state.shown.labels[2, 4:8] == explored.state.label_at(TWO)).all()
    explored.page.wait_for_timeout(200)
    assert explored.colour(explored.scan(2, 5)) != before


def test_a_name_is_given_and_shown(explored) -> None:
    explored.click(explored.scan(*TWO))
    explored.until(lambda: len(explored.state.selected) == 1)
    explored.page.get_by_placeholder("name").fill("twin A")
    explored.press("Rename")
    explored.until(lambda: list(explored.state.shown.names.values()) == ["twin A"])
    explored.until(lambda: "“twin A”" in explored.said())
    row = explored.page.locator(".tabulator-row").nth(explored.state.label_at(TWO) - 1)
    explored.until(lambda: "twin A" in row.inner_text())


def test_saved_edits_stand_in_the_file_with_their_time(explored) -> None:
    explored.click(explored.scan(*TWO))
    explored.until(lambda: len(explored.state.selected) == 1)
    explored.page.keyboard.press("x")
    explored.until(lambda: explored.state.unsaved)
    explored.press("Save *")
    explored.until(lambda: not explored.state.unsaved)
    saved = ge.load_result(explored.server.shop.desk.path)
    assert [edit.kind for edit in saved.edits] == ["reject"]
    assert saved.edits[0].time.startswith("20")
    np.testing.assert_array_equal(saved.labels, explored.state.shown.labels)
    explored.press("Undo")
    explored.until(lambda: explored.state.unsaved)
    explored.press("Save *")
    explored.until(lambda: ge.load_result(explored.server.shop.desk.path).edits == ())


@pytest.mark.parametrize("what", ["scan (PNG)", "boundary (SVG)", "table (CSV)", "settings (TOML)"])
def test_what_is_shown_can_be_taken_away_as_a_file(explored, what: str, tmp_path: Path) -> None:
    assert what in FILES
    explored.server.shop.desk.state = explored.state.at_boundary((1, 2))
    explored.page.locator("select").first.select_option(what)
    explored.page.wait_for_timeout(150)
    with explored.page.expect_download() as download:
        explored.page.get_by_text("Export", exact=True).first.click()
    kind = what.split("(")[1].rstrip(")").lower()
    assert download.value.suggested_filename == f"polycrystal.{what.partition(' ')[0]}.{kind}"
    content = Path(download.value.path()).read_bytes()
    if kind == "png":
        assert np.asarray(Image.open(io.BytesIO(content))).shape[0] > 900
    elif kind == "svg":
        assert b"<svg" in content
    elif kind == "csv":
        assert pd.read_csv(io.BytesIO(content))["area_px"].tolist() == explored.state.shown.table["area_px"].tolist()
    else:
        assert ge.Settings.from_dict(tomllib.loads(content.decode())) == explored.state.shown.settings
