"""Brings the bytes behind an address into NAME.part: resumed, tried again, within the space that is free.

A server that ignores ranges, or whose file has changed since, starts anew.
"""

import re
import shutil
from typing import TYPE_CHECKING

from graineye.errors import OutputError
from graineye.fetch.failures import FetchError, Patience, TryAgain, check_status, persistently
from graineye.fetch.part import Part, Version
from graineye.fetch.verifying import refuse_wrong_start
from graineye.progress import Progress

if TYPE_CHECKING:
    import requests

_CHUNK = 1 << 16
"""Bytes read at once: what a broken connection can lose."""
_MB = 1_000_000
_HEADERS = {"User-Agent": "graineye", "Accept-Encoding": "identity"}  # a packed answer could not be resumed


def transfer(url: str, part: Part, progress: Progress, patience: Patience, trust_size: bool = False) -> int:
    """Bring what is missing of a file.

    Parameters
    ----------
    url
        Where it is.
    part
        What is there of it.
    progress
        Called with megabytes.
    patience
        How long to wait for the server.
    trust_size
        Whether a part may be gone on with where the server names no version of its file: its checksum is known.

    Returns
    -------
    Bytes that were there before.

    Raises
    ------
    FetchError
        If the server has it not, or breaks off again and again; what came stays in the part.
    OutputError
        If there is no room for it.
    """
    import requests

    begun = part.version()
    if begun is None or begun.url != url or not (begun.validator or (trust_size and begun.total)):
        part.drop()
    resumed_at = part.size
    with requests.Session() as session:
        persistently(lambda: _attempt(session, url, part, progress, patience), patience, lambda: part.size)
    return resumed_at


def _attempt(session: "requests.Session", url: str, part: Part, progress: Progress, patience: Patience) -> None:
    import requests

    version = part.version()
    if version is None:
        part.drop()
    elif version.total == part.size:
        return
    try:
        with session.get(url, headers=_asking(version, part.size), stream=True, timeout=patience.timeout) as response:
            if response.status_code == 416:  # the server's file is shorter than the part
                part.drop()
                raise TryAgain(f"{url}: the file has changed on the server")
            check_status(response, url, patience)
            _receive(response, _version_sent(response, url), part, version, progress)
    except (requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError) as error:
        cause = "no answer in time" if "timed out" in str(error).lower() else "the connection broke off"
        kept = f" at {part.size / _MB:.1f} MB, which are kept in {part.file.name}" if part.size else ""
        raise TryAgain(f"{url}: {cause}{kept}") from error
    except requests.RequestException as error:
        raise FetchError(f"{url}: cannot be fetched ({error}): check the address") from error


def _asking(version: Version | None, size: int) -> dict[str, str]:
    """Headers that ask for the rest of this version, or for all of another."""
    if version is None:
        return _HEADERS
    condition = {"If-Range": version.validator} if version.validator else {}
    return _HEADERS | {"Range": f"bytes={size}-"} | condition


def _receive(
    response: "requests.Response", sent: Version, part: Part, version: Version | None, progress: Progress
) -> None:
    """Put an answer behind what is there, or in its place; `version` is of what is there, `sent` of the answer."""
    if response.status_code == 206:
        if version is None or not _continues(response, part.size, version, sent):
            part.drop()
            raise TryAgain(f"{sent.url}: the file has changed on the server")
    else:
        part.begin(sent)
    _check_room(part, sent.total)
    stage = f"{part.path.name}, MB"
    for chunk in response.iter_content(_CHUNK):
        if not part.size:
            refuse_wrong_start(sent.url, part.path.name, chunk, response.headers.get("Content-Type", ""))
        _append(part, chunk)
        if sent.total and part.size // _MB > (part.size - len(chunk)) // _MB:
            progress(stage, part.size // _MB, sent.total // _MB + 1)
    if sent.total is not None and part.size != sent.total:
        raise TryAgain(f"{sent.url}: the connection broke off at {part.size} of {sent.total} bytes")
    progress(stage, part.size // _MB + 1, part.size // _MB + 1)


def _version_sent(response: "requests.Response", url: str) -> Version:
    """Which bytes the server says it sends."""
    ranged = re.fullmatch(r"bytes \d+-\d+/(\d+)", response.headers.get("Content-Range", "").strip())
    length = ranged[1] if ranged else response.headers.get("Content-Length", "")
    total = int(length) if length.isdecimal() and (ranged or response.status_code == 200) else None
    etag, modified = (response.headers.get(name, "").strip() for name in ("ETag", "Last-Modified"))
    return Version(url, total, etag, modified)


def _continues(response: "requests.Response", size: int, version: Version, sent: Version) -> bool:
    """Whether the answer goes on where the part ends, and is of the same version."""
    starts = response.headers.get("Content-Range", "").strip().startswith(f"bytes {size}-")
    same_etag = not (sent.etag and version.etag) or sent.etag == version.etag
    same_date = not (sent.modified and version.modified) or sent.modified == version.modified
    return starts and same_etag and same_date and (version.total is None or sent.total == version.total)


def _check_room(part: Part, total: int | None) -> None:
    free = shutil.disk_usage(part.path.parent).free
    missing = (total or 0) - part.size
    if missing > free:
        raise OutputError(
            f"{part.path}: {missing / _MB:.0f} MB are still to come, {free / _MB:.0f} MB are free in {part.path.parent}: "
            "make room, or choose another folder"
        )


def _append(part: Part, chunk: bytes) -> None:
    try:
        with part.file.open("ab") as file:
            file.write(chunk)
    except OSError as error:
        raise OutputError(
            f"{part.file}: cannot be written ({error.strerror}): make room; what came is kept, and the next fetch goes on"
        ) from error
