"""A real browser, the system's Chromium, and pages opened in it that are watched for errors and requests."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("playwright")

from playwright.sync_api import Browser, Page, sync_playwright

_CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
_QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The browser; tests that need it are skipped where the system has none."""
    if _CHROMIUM is None:
        pytest.skip("no Chromium on this system: .ci/run installs it")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_CHROMIUM, args=_QUIET)
        yield browser
        browser.close()


@pytest.fixture
def opened(chromium: Browser) -> Iterator[Callable[[Path], Page]]:
    """Open a page of 1280 x 800; when the test ends it must have shown no error and asked for nothing outside itself."""
    complaints: list[str] = []
    pages: list[Page] = []

    def request(asked: Any) -> None:
        if not asked.url.startswith(("file:", "data:", "blob:")):
            complaints.append(f"request {asked.url}")

    def message(said: Any) -> None:
        if said.type in ("error", "warning"):
            complaints.append(f"console {said.type}: {said.text}")

    def call(path: Path) -> Page:
        page = chromium.new_page(viewport={"width": 1280, "height": 800})
        page.on("request", request)
        page.on("console", message)
        page.on("pageerror", lambda error: complaints.append(f"error {error}"))
        page.goto(path.resolve().as_uri())
        page.wait_for_function("window.Bokeh && Bokeh.documents.length && Bokeh.documents.every(d => d.is_idle)")
        pages.append(page)
        return page

    yield call
    for page in pages:
        page.close()
    assert complaints == []
