"""The report in a real browser: every picture is drawn, nothing is fetched, what files say is text."""

import dataclasses
import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page

import graineye as ge
from graineye.crystallites import OverlappingCrystallites

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


@pytest.fixture(scope="module")
def overlapping(tmp_path_factory: pytest.TempPathFactory) -> ge.CrystalliteMap:
    """Of the same kind of scan, crystallites that may share scan positions."""
    path = tmp_path_factory.mktemp("scan") / "overlapping.h5"
    ge.simulate_scan(path, ge.SimulationOptions(scan="16x14", detector=128, grain_size=4, dead=2, hot=1))
    return ge.map_crystallites(ge.open_scan(path))


@pytest.fixture(scope="module")
def overlapping_report(overlapping: ge.CrystalliteMap, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return overlapping.report(tmp_path_factory.mktemp("report") / "report.html")


def _colours(picture: bytes) -> int:
    """Number of colours that cover a visible part of a screenshot."""
    pixels = np.asarray(Image.open(io.BytesIO(picture)).convert("RGB")).reshape(-1, 3)
    _, counts = np.unique(pixels // 16, axis=0, return_counts=True)
    return int((counts > 20).sum())


def drawn(page: Page) -> list[str | None]:
    """Names of a page's pictures, in their order."""
    figures = page.locator("figure[data-name]")
    return [figures.nth(i).get_attribute("data-name") for i in range(figures.count())]


def test_every_picture_of_the_method_is_drawn(opened: Opened, report: Path) -> None:
    page = opened(report)
    names, figures = drawn(page), page.locator("figure[data-name]")
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


@pytest.mark.parametrize("which", ["report", "overlapping_report"])
def test_nothing_overflows_at_1280_x_800(opened: Opened, which: str, request: pytest.FixtureRequest) -> None:
    page = opened(request.getfixturevalue(which))
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


def test_overlap_descan_and_significance_are_drawn(
    opened: Opened, overlapping: ge.CrystalliteMap, overlapping_report: Path
) -> None:
    page = opened(overlapping_report)
    names = drawn(page)
    assert names[:14] == [
        "labels",
        "overlap",
        "largest-share",
        "sizes",
        "confidence",
        "confidence-asked",
        "counts",
        "frame",
        "log-sum",
        "template",
        "correlation-of-log-sum",
        "std",
        "significance",
        "excluded-pixels",
    ]
    assert names[14:16] == ["beam", "beam-left"]
    for name in ("overlap", "largest-share", "confidence", "significance", "beam", "beam-left"):
        card = page.locator(f"figure[data-name={name}]")
        card.scroll_into_view_if_needed()
        page.wait_for_timeout(50)
        assert _colours(card.screenshot()) > 12, name
    assert "of their area overlapping" in page.inner_text(".sentence")
    assert page.locator("table.crystallites tbody tr").count() == overlapping.count
    hidden = overlapping.count - int(overlapping.labels.max())
    assert page.locator("table.crystallites .swatch.hidden").count() == hidden > 0


def test_hovering_names_every_crystallite_that_is_there(
    opened: Opened, overlapping: ge.CrystalliteMap, overlapping_report: Path
) -> None:
    page = opened(overlapping_report)
    masks = np.array(list(overlapping.masks))
    ny, nx = overlapping.labels.shape
    y, x = np.argwhere(masks.sum(axis=0) == 2)[0]
    inner = page.evaluate(
        """() => { const view = Bokeh.index.roots.find(v => v.model.title?.text == "Crystallites");
        const frame = view.frame.bbox; const box = view.el.getBoundingClientRect();
        return [box.left + frame.left, box.top + frame.top, frame.width, frame.height]; }"""
    )
    left, top, width, height = inner
    at = (left + (x + 0.5) * width / nx, top + (y + 0.5) * height / ny)
    page.mouse.move(at[0] - 1, at[1])
    page.mouse.move(*at)
    page.locator(".bk-tooltip-content").first.wait_for(state="visible")
    said = page.locator(".bk-tooltip-content").first.inner_text()
    for label in np.flatnonzero(masks[:, y, x]) + 1:
        assert re.search(rf"crystallite:?\s*{label}\b", said)
    assert said.count("evidence") == 2


def test_what_may_be_no_crystallite_is_said_at_the_top_and_in_the_table(
    opened: Opened, overlapping: ge.CrystalliteMap, tmp_path: Path
) -> None:
    found = overlapping.overlapping
    alike = dataclasses.replace(found, strengths=np.ones_like(found.strengths))
    page = opened(dataclasses.replace(overlapping, overlapping=alike).report(tmp_path / "report.html"))
    notes = page.inner_text(".notes")
    assert "show the same disks (cosine of their strengths 1.00)" in notes
    assert "more pairs of neighbours; the table marks them" in notes
    assert page.locator("table.crystallites td", has_text="same disks as").count() > 4


def test_a_map_without_overlapping_crystallites_has_a_page(
    opened: Opened, overlapping: ge.CrystalliteMap, tmp_path: Path
) -> None:
    found = overlapping.overlapping
    empty = dataclasses.replace(
        overlapping,
        labels=np.zeros_like(overlapping.labels),
        overlapping=OverlappingCrystallites(found.fractions[..., :0], found.strengths[:0], found.quality[:0]),
        disks=overlapping.disks.first(0),
        dark_fields=overlapping.dark_fields[..., :0],
        known_mean_patterns=np.zeros((0, *overlapping.statistics.mean.shape), np.float32),
    )
    page = opened(empty.report(tmp_path / "report.html"))
    assert "0 crystallites found." in page.inner_text("header")
    assert "no disk position" in page.locator("figure[data-name=significance] figcaption").inner_text()
