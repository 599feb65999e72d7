"""A server on this machine that does what servers do: breaks off, ignores ranges, is slow, sends something else."""

import hashlib
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np

from graineye.fetch import Patience

FILE = "calibrationData_bullseyeProbe.h5"
HDF5 = b"\x89HDF\r\n\x1a\n"
SOUND = HDF5 + np.random.default_rng(5).bytes(300_000)
HURRIED = Patience(timeout=0.4, tries=3, pause=0.01, longest_wait=5.0)


@dataclass(frozen=True)
class Answer:
    """How the server answers one request for the file."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes | None = None
    """Instead of the file."""
    cut: int | None = None
    """Bytes of the body after which the connection breaks off."""
    stall: float = 0.0
    """Seconds of silence there."""
    ranges: bool = True
    if_range: bool = True
    """Whether If-Range is heard."""
    bit: int = 0
    """Bytes sent at once, with a short pause after each; 0 for all."""


class Server:
    """Holds one file, and the record of an archive that lists it."""

    def __init__(self) -> None:
        self.http = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self.http.daemon_threads = True
        self.http.server = self  # type: ignore[attr-defined]
        self.reset()

    def reset(self) -> None:
        self.data = SOUND
        self.etag: str = '"one"'
        self.modified: str = ""
        self.checksum: str | None = "md5:" + hashlib.md5(SOUND, usedforsecurity=False).hexdigest()
        self.names = [FILE]
        self.answers: list[Answer] = []
        self.always = Answer()
        self.record: list[Answer] = []
        self.asked: list[dict[str, str]] = []
        """Headers of each request for the file."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.http.server_address[1]}"

    def record_of_the_archive(self) -> bytes:
        files = [
            {"key": name, "checksum": self.checksum, "links": {"self": f"{self.url}/files/{i}"}}
            for i, name in enumerate(self.names)
        ]
        return json.dumps({"id": 3592520, "files": files}).encode()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        server: Server = self.server.server  # type: ignore[attr-defined]
        self.close_connection = True
        try:
            if self.path.startswith("/api/"):
                answer = server.record.pop(0) if server.record else Answer()
                body = server.record_of_the_archive() if answer.body is None else answer.body
                self._send(answer, answer.status, body, {"Content-Type": "application/json"})
            else:
                server.asked.append(dict(self.headers.items()))
                self._file(server, server.answers.pop(0) if server.answers else server.always)
        except (BrokenPipeError, ConnectionResetError):
            pass

    def _file(self, server: Server, answer: Answer) -> None:
        data = server.data if answer.body is None else answer.body
        headers = {"Content-Type": "application/octet-stream"}
        if server.etag:
            headers["ETag"] = server.etag
        if server.modified:
            headers["Last-Modified"] = server.modified
        first = int(self.headers.get("Range", "bytes=0-").removeprefix("bytes=").removesuffix("-"))
        same = self.headers.get("If-Range", server.etag) in (server.etag, server.modified) or not answer.if_range
        if answer.status != 200 or not (answer.ranges and same and "Range" in self.headers):
            self._send(answer, answer.status, data, headers)
        elif first >= len(data):
            self._send(answer, 416, b"", {"Content-Range": f"bytes */{len(data)}"})
        else:
            headers["Content-Range"] = f"bytes {first}-{len(data) - 1}/{len(data)}"
            self._send(answer, 206, data[first:], headers)

    def _send(self, answer: Answer, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in ({"Content-Length": str(len(body))} | headers | answer.headers).items():
            if value:
                self.send_header(name, value)
        self.end_headers()
        part = body if answer.cut is None else body[: answer.cut]
        for start in range(0, len(part), answer.bit or max(len(part), 1)):
            self.wfile.write(part[start : start + (answer.bit or len(part))])
            self.wfile.flush()
            if answer.bit:
                time.sleep(0.02)
        if answer.stall:
            time.sleep(answer.stall)


def take_for_the_archive(url: str, put: Callable[[object, str, object], None] = setattr) -> None:
    """Let pooch look for records of the archive at `url`."""
    from pooch import downloaders

    put(downloaders, "doi_to_url", lambda *_, **__: "https://zenodo.org/record/3592520")
    put(downloaders.ZenodoRepository, "base_api_url", f"{url}/api/records")


def names(folder: Path) -> list[str]:
    """What lies in a folder."""
    return sorted(path.name for path in folder.iterdir())
