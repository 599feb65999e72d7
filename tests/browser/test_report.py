"""The report in a real browser: every picture is drawn, nothing is fetched, what files say is text."""

import dataclasses
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import graineye as ge

Opened = Callable[[Path], Any]


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> ge.CrystalliteMap:
    path = tmp_path_factory.mktemp("scan") / "grains.h5"
    options = ge.SimulationOptions(scan="16x14", detector=128, grain_size=4, columnar=True, dead=2, hot=1)
    ge.simulate_scan(path, options)
    settings = ge.Settings.from_dict({"cut": {"count": 7}, "report": {"frame": "3,4"}})
    return ge.map_crystallites(ge.open_scan(path), settings)


@pytest.fixture(scope="module")
def report(result: ge.CrystalliteMap, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return result.report(tmp_path_factory.mktemp("report") / "report.html")


def _colours(picture: bytes) -> int:
    """Number of colours that cover a visible part of a screenshot."""
    pixels = np.asarray(Image.open(io.BytesIO(picture)).convert("RGB")).reshape(-1, 3)
    _, counts = np.unique(pixels // 16, axis=0, return_counts=True)
    return int((counts > 20).sum())


def test_every_picture_of_the_method_is_drawn(opened: Opened, report: Path) -> None:
    page = opened(report)
    figures = page.locator("figure[data-name]")
    names = [figures.nth(i).get_attribute("data-name") for i in range(figures.count())]
    assert names[:13] == [
        "labels",
        "sizes",
        "merges",
        "counts",
        "frame",
        "log-sum",
        "template",
        "correlation-of-log-sum",
        "std",
        "correlation-of-log-std",
        "disks",
        "excluded-pixels",
        "dark-field-0",
    ]
    assert len(names) == 16
    for i, name in enumerate(names):
        figures.nth(i).scroll_into_view_if_needed()
        page.wait_for_timeout(50)
        # an empty card has the colours of paper, frame and text alone
        assert _colours(figures.nth(i).screenshot()) > 12, name


def test_the_page_says_what_was_found(opened: Opened, result: ge.CrystalliteMap, report: Path) -> None:
    page = opened(report)
    text = page.inner_text("body")
    median = result.table["diameter_nm"].median()
    for said in (
        f"7 crystallites, median diameter {median:.3g} nm",
        "dead or hot pixels",
        "grains.h5",
        "0.5 nm",
        "0.1667 1/nm",
        "count = 7",
        "libertem",
        "dark fields",
    ):
        assert said in text
    assert page.locator("table.crystallites tbody tr").count() == 7
    assert page.locator("table.crystallites img").count() == 7
    titles = page.evaluate("Bokeh.documents.flatMap(d => d.roots().map(r => r.title.text))")
    assert "Frame at y=3, x=4" in titles


def test_hovering_names_the_crystallite(opened: Opened, report: Path) -> None:
    page = opened(report)
    box = page.locator("figure[data-name=labels] canvas").first.bounding_box()
    page.mouse.move(box["x"] + 0.45 * box["width"], box["y"] + 0.5 * box["height"])
    page.mouse.move(box["x"] + 0.46 * box["width"], box["y"] + 0.5 * box["height"])
    tip = page.locator(".bk-tooltip-content").first
    tip.wait_for(state="visible")
    tooltip = tip.inner_text()
    assert "crystallite" in tooltip
    assert "nm" in tooltip


def test_a_click_on_a_column_sorts_the_table(opened: Opened, result: ge.CrystalliteMap, report: Path) -> None:
    page = opened(report)
    page.get_by_role("button", name="area (px)").click()
    areas = page.eval_on_selector_all("table.crystallites tbody tr", "rows => rows.map(r => +r.cells[2].textContent)")
    assert areas == sorted(result.table["area_px"].tolist())
    page.get_by_role("button", name="area (px)").click()
    areas = page.eval_on_selector_all("table.crystallites tbody tr", "rows => rows.map(r => +r.cells[2].textContent)")
    assert areas == sorted(result.table["area_px"].tolist(), reverse=True)


def test_nothing_overflows_at_1280_x_800(opened: Opened, report: Path) -> None:
    page = opened(report)
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280
    cards = page.eval_on_selector_all("figure", "cards => cards.map(c => [c.scrollWidth, c.clientWidth])")
    assert all(inside <= outside for inside, outside in cards)


def test_hostile_names_are_shown_as_text(opened: Opened, result: ge.CrystalliteMap, tmp_path: Path) -> None:
    hostile = "<img src=x onerror=document.title='taken'><script>document.title='taken'</script>"
    named = dataclasses.replace(
        result,
        provenance=dataclasses.replace(result.provenance, scan_name=hostile, dataset_path=hostile, notes=(hostile,)),
        template=dataclasses.replace(result.template, source=hostile),
    )
    page = opened(named.report(tmp_path / "report.html"))
    page.wait_for_timeout(200)
    assert "taken" not in page.title().replace(hostile, "")
    assert page.locator("h1").inner_text() == hostile
    assert page.locator("img[src=x]").count() == 0


def test_a_map_without_crystallites_has_a_page(opened: Opened, result: ge.CrystalliteMap, tmp_path: Path) -> None:
    empty = dataclasses.replace(
        result,
        labels=np.zeros_like(result.labels),
        disks=ge.DiskPositions(np.zeros((0, 2), np.int64), np.zeros(0, np.float32)),
        dark_fields=result.dark_fields[..., :0],
        known_mean_patterns=np.zeros((0, *result.statistics.mean.shape), np.float32),
    )
    page = opened(empty.report(tmp_path / "report.html"))
    assert "0 crystallites found." in page.inner_text("header")
    assert page.locator("table.crystallites").count() == 0


def test_a_result_whose_scan_is_gone_leaves_the_frame_out_and_says_so(
    opened: Opened, result: ge.CrystalliteMap, tmp_path: Path
) -> None:
    saved = result.save(tmp_path / "grains.crystallites.emd")
    loaded = ge.load_result(saved)
    moved = dataclasses.replace(
        loaded, provenance=dataclasses.replace(loaded.provenance, scan_path=str(tmp_path / "gone.h5"))
    )
    page = opened(moved.report(tmp_path / "report.html"))
    assert page.locator("figure[data-name=frame]").count() == 0
    assert "gone.h5" in page.locator(".notes").inner_text()
    assert page.locator("table.crystallites img").count() == 7


def test_the_page_prints_without_its_tools(opened: Opened, report: Path) -> None:
    page = opened(report)
    assert page.locator("nav").is_visible()
    page.emulate_media(media="print")
    assert not page.locator("nav").is_visible()
    assert page.locator("figure[data-name=labels] canvas").first.is_visible()
