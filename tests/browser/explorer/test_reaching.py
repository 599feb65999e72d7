"""Who reaches the explorer and what it tells them: this machine alone, hostile names as text, a scan that is mapped first."""

import dataclasses
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import pytest

import graineye as ge
from graineye.explorer.state import State

# Bokeh's own use of pandas
pytestmark = pytest.mark.filterwarnings("ignore:The inplace keyword")

HOSTILE = "<script>document.title='taken'</script><img src=x onerror=document.title='taken'>"


def handshake(url: str, origin: str, path: str = "ws") -> int:
    """The status with which the server answers somebody who wants its websocket."""
    place = urlsplit(url)
    with socket.create_connection((place.hostname, place.port), timeout=10) as connection:
        connection.sendall(
            f"GET {place.path}{path} HTTP/1.1\r\nHost: {place.netloc}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\nOrigin: {origin}\r\n\r\n".encode()
        )
        return int(connection.recv(64).split()[1])


def test_a_page_of_another_origin_is_refused(served) -> None:
    own = f"http://{urlsplit(served.url).netloc}"
    for foreign in ("http://evil.example.org", "http://evil.example.org:80", f"{own}.evil.example.org", "null"):
        assert handshake(served.url, foreign) == 403, foreign
    assert handshake(served.url, own) != 403


def test_it_listens_on_this_machine_alone(served) -> None:
    port = urlsplit(served.url).port
    own = next(
        (a[4][0] for a in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET) if a[4][0] != "127.0.0.1"),
        None,
    )
    if own is None or own.startswith("127."):
        pytest.skip("this machine has no other address")
    with socket.socket() as connection:
        connection.settimeout(2)
        assert connection.connect_ex((own, port)) != 0


def test_other_hosts_find_nothing_without_the_token(served, serving: Callable, explore: Callable) -> None:
    with serving(served.result, served.shop.desk.path, ("127.0.0.2",)) as server:
        place = urlsplit(server.url)
        root = f"http://127.0.0.1:{place.port}"
        assert len(place.path) > 30
        for path in ("/", "/ws", "/static/js/bokeh.min.js", f"{place.path[:-2]}x/"):
            with pytest.raises(urllib.error.HTTPError, match="404"):
                urllib.request.urlopen(root + path)  # noqa: S310
        assert handshake(f"{root}/", root) == 404
        here = dataclasses.replace(server, url=f"{root}{place.path}")
        page = explore(here)
        assert len(np.unique(page.colours("scan").reshape(-1, 3), axis=0)) > 4


def test_hostile_names_are_shown_as_text(served, serving: Callable, explore: Callable) -> None:
    provenance = dataclasses.replace(served.result.provenance, scan_name=HOSTILE)
    named = State.of(dataclasses.replace(served.result, provenance=provenance)).selecting([2]).renaming(HOSTILE).shown
    with serving(named, served.shop.desk.path) as server:
        explored = explore(server)
        explored.click(explored.scan(2, 11))
        explored.until(lambda: len(explored.state.selected) == 1)
        explored.until(lambda: explored.said().count("<script>") >= 3)  # heading, table, and what is at the pointer
        labels = explored.state.shown.labels
        x = int(np.flatnonzero(labels[2, 1:] != labels[2, :-1])[0])
        explored.click(explored.scan(2, x + 0.49))
        explored.until(lambda: "against" in explored.said())
        assert explored.said().count("<script>") >= 3  # and at the boundary, whatever is at the pointer
        assert "taken" not in explored.page.title()
        assert explored.page.locator("img[src=x]").count() == 0


def test_the_page_fits_windows_of_any_size(served, explore: Callable) -> None:
    for width, height, ratio in ((1280, 800, 1), (2560, 1440, 2)):
        served.forget()
        explored = explore(served, viewport={"width": width, "height": height}, device_scale_factor=ratio)
        explored.page.wait_for_timeout(700)
        inside = explored.page.evaluate("[document.documentElement.scrollWidth, document.documentElement.scrollHeight]")
        assert inside[0] <= width
        assert inside[1] <= height
        assert explored.view("diffraction")["width"] > 0.2 * width


def test_a_scan_is_mapped_while_the_page_shows_how_far_it_is(
    mapped: ge.CrystalliteMap, tmp_path: Path, explore: Callable
) -> None:
    command = [
        sys.executable,
        "-c",
        "from graineye.cli import main; main()",
        "explore",
        str(mapped.scan.path),
        "--no-browser",
    ]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            url = process.stdout.readline().split()[1]
            explored = explore(Reached(url), wait=False)
            explored.until(lambda: "Mapping polycrystal.h5" in explored.said() or explored.view("scan") is not None)
            explored.until(lambda: explored.view("scan") is not None, seconds=30)
            assert "crystallites, as mapped" in explored.title("scan")
            assert len(np.unique(explored.colours("scan").reshape(-1, 3), axis=0)) > 4
        finally:
            process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0
        assert "Traceback" not in process.stderr.read()


@dataclasses.dataclass
class Reached:
    """A server of another process."""

    url: str
