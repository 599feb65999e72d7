"""A server on this machine in the archive's place; no test asks another machine."""

import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

# Test modules have no package here (import mode importlib), so that `breaking_server` is found only this way.
sys.path.insert(0, str(Path(__file__).parent))

from breaking_server import Server, take_for_the_archive


@pytest.fixture(scope="session")
def running_server() -> Iterator[Server]:
    server = Server()
    thread = threading.Thread(target=server.http.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    yield server
    server.http.shutdown()
    server.http.server_close()
    thread.join(5)


@pytest.fixture
def server(running_server: Server, monkeypatch: pytest.MonkeyPatch) -> Server:
    """The server, sound again; the archive's record and its file are there."""
    running_server.reset()
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    take_for_the_archive(running_server.url, monkeypatch.setattr)
    return running_server


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses between attempts, which take no time."""
    taken: list[float] = []
    monkeypatch.setattr("graineye.fetch.failures.sleep", taken.append)
    return taken
