"""The explorer in a real browser, served by this process: what is done in the page, what is drawn, and the state behind it."""

import asyncio
import io
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Browser, Page

import graineye as ge
from graineye.explorer.state import State

_FIND = """([name]) => {
  const find = (view) => {
    if (view.model.name === name && view.frame) return view;
    for (const child of view.child_views ?? []) { const found = find(child); if (found) return found; }
    return null;
  };
  for (const root of Bokeh.index.roots) {
    const view = find(root);
    if (view === null) continue;
    const box = view.el.getBoundingClientRect(), frame = view.frame.bbox, {x_range, y_range, title} = view.model;
    return {left: box.left + frame.left, top: box.top + frame.top, width: frame.width, height: frame.height,
            x: [x_range.start, x_range.end], y: [y_range.start, y_range.end], title: title.text,
            log: view.model.y_scale.type === "LogScale"};
  }
  return null;
}"""
_SAID = """() => {
  const said = (node) => node.nodeType === Node.TEXT_NODE ? node.textContent
    : ["STYLE", "SCRIPT"].includes(node.nodeName) ? ""
    : [...(node.shadowRoot?.childNodes ?? []), ...node.childNodes].map(said).join(" ");
  return said(document.body).replace(/\\s+/g, " ");
}"""
_IDLE = "window.Bokeh && Bokeh.documents.length && Bokeh.documents.every(d => d.is_idle)"


@dataclass
class Server:
    """A server in a thread of its own, which the tests look behind."""

    shop: Any
    result: ge.CrystalliteMap
    url: str

    @property
    def state(self) -> State:
        return self.shop.desk.state

    def forget(self) -> None:
        """Begin anew."""
        self.shop.desk.state = State.of(self.result)


@dataclass
class Explored:
    """A page of the explorer."""

    page: Page
    server: Server

    @property
    def state(self) -> State:
        return self.server.state

    def until(self, holds: Callable[[], bool], seconds: float = 8.0) -> None:
        """Wait until something holds, then until it is drawn."""
        for _ in range(int(seconds / 0.02)):
            if holds():
                self.page.wait_for_timeout(60)
                return
            self.page.wait_for_timeout(20)
        raise AssertionError("it did not come about")

    def view(self, name: str) -> dict[str, Any]:
        """Where a picture's frame is, its ranges and its title."""
        return self.page.evaluate(_FIND, [name])

    def title(self, name: str) -> str:
        return self.view(name)["title"]

    def said(self) -> str:
        """All text on the page."""
        return self.page.evaluate(_SAID)

    def place(self, name: str, y: float, x: float) -> tuple[float, float]:
        """Where a place of a picture, in its own units, is on the page."""
        view = self.view(name)
        (left, right), (bottom, top) = view["x"], view["y"]
        down = np.log(top / y) / np.log(top / bottom) if view["log"] else (top - y) / (top - bottom)
        return view["left"] + (x - left) / (right - left) * view["width"], view["top"] + down * view["height"]

    def scan(self, y: float, x: float) -> tuple[float, float]:
        """Where a scan position is on the page."""
        step_y, step_x = self.server.result.calibration.scan_step
        return self.place("scan", y * step_y, x * step_x)

    def detector(self, y: float, x: float) -> tuple[float, float]:
        """Where a detector pixel is on the page."""
        pixel_y, pixel_x = self.server.result.calibration.detector_pixel
        return self.place("diffraction", y * pixel_y, x * pixel_x)

    def colours(self, name: str) -> NDArray[np.uint8]:
        """What is drawn in a picture's frame: (height, width, 3)."""
        view = self.view(name)
        box = {"x": view["left"], "y": view["top"], "width": view["width"], "height": view["height"]}
        return np.asarray(Image.open(io.BytesIO(self.page.screenshot(clip=box))).convert("RGB"))

    def colour(self, at: tuple[float, float], size: int = 1) -> tuple[int, ...]:
        """Mean over a square about a place on the page."""
        left, top = (round(along - (size - 1) / 2) for along in at)
        clip = {"x": left, "y": top, "width": size, "height": size}
        pixels = np.asarray(Image.open(io.BytesIO(self.page.screenshot(clip=clip))).convert("RGB"))
        return tuple(int(part) for part in pixels.reshape(-1, 3).mean(axis=0))

    def move(self, at: tuple[float, float]) -> None:
        self.page.mouse.move(at[0] - 1, at[1])
        self.page.mouse.move(*at)

    def click(self, at: tuple[float, float], *, add: bool = False) -> None:
        self.move(at)
        if add:
            self.page.keyboard.down("Shift")
        self.page.mouse.click(*at)
        if add:
            self.page.keyboard.up("Shift")

    def drag(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        self.move(start)
        self.page.mouse.down()
        self.page.mouse.move((start[0] + end[0]) / 2, (start[1] + end[1]) / 2, steps=4)
        self.page.mouse.move(*end, steps=4)
        self.page.mouse.up()

    def press(self, button: str) -> None:
        self.page.get_by_role("button", name=button, exact=True).click()


@pytest.fixture(scope="module")
def served(mapped_as_overlaps: ge.CrystalliteMap, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A result of three crystallites, from its file."""
    path = mapped_as_overlaps.save(tmp_path_factory.mktemp("explorer") / "polycrystal.crystallites.emd")
    with _Serving(ge.load_result(path), path) as server:
        yield server


class _Serving:
    """Serve a result while a block runs."""

    def __init__(self, result: ge.CrystalliteMap, path: Path, allow: tuple[str, ...] = ()) -> None:
        self._result, self._path, self._allow = result, path, allow

    def __enter__(self) -> Server:
        from graineye.explorer.page import Page as ExplorerPage
        from graineye.explorer.page import Shop, prepare
        from graineye.explorer.serving import place_for, server_for

        shop = Shop(self._path, self._result)
        ready = threading.Event()
        self._loop = asyncio.new_event_loop()
        found: list[str] = []

        def run() -> None:
            asyncio.set_event_loop(self._loop)
            prepare(notebook=False)
            place = place_for(0, self._allow)
            self._server = server_for(lambda: ExplorerPage(shop).layout, place, "graineye")
            self._server.start()
            found.append(place.url(self._server.port))
            ready.set()
            self._loop.run_forever()

        self._thread = threading.Thread(target=run, daemon=True)
        self._thread.start()
        assert ready.wait(30)
        return Server(shop, self._result, found[0])

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)


@pytest.fixture
def serving() -> Callable[..., AbstractContextManager[Server]]:
    """Serve a result while a block runs: serving(result, path, allow=())."""
    return _Serving


@pytest.fixture
def explore(chromium: Browser) -> Iterator[Callable[..., Explored]]:
    """Open the explorer at 1280 x 800; it must have shown no error and asked no other machine for anything."""
    complaints: list[str] = []
    pages: list[Page] = []

    def call(server: Server, query: str = "", wait: bool = True, **how: Any) -> Explored:
        page = chromium.new_page(**({"viewport": {"width": 1280, "height": 800}} | how))
        pages.append(page)
        page.set_default_timeout(6000)

        def request(asked: Any) -> None:
            if not asked.url.startswith((server.url, "data:", "blob:")):
                complaints.append(f"request {asked.url}")

        def message(said: Any) -> None:
            if said.type in ("error", "warning"):
                complaints.append(f"console {said.type}: {said.text}")

        def answer(given: Any) -> None:
            if given.status >= 400:
                complaints.append(f"{given.status} {given.url}")

        page.on("request", request)
        page.on("response", answer)
        page.on("websocket", lambda socket: None if "//127.0.0.1:" in socket.url else complaints.append(socket.url))
        page.on("console", message)
        page.on("pageerror", lambda error: complaints.append(f"error {error}"))
        page.goto(server.url + query)
        page.wait_for_function(_IDLE)
        explored = Explored(page, server)
        if wait:
            explored.until(lambda: explored.view("scan") is not None)
        return explored

    yield call
    for page in pages:
        page.close()
    assert complaints == []


@pytest.fixture
def explored(served: Server, explore: Callable[..., Explored]) -> Explored:
    """The result of three crystallites, as it was mapped."""
    served.forget()
    return explore(served)
