"""What servers do to a transfer: the file is whole in the end, or there is one line and nothing under its name."""

import json
import shutil
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from breaking_server import FILE, HDF5, HURRIED, SOUND, Answer, Server, names
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graineye.errors import OutputError
from graineye.fetch import FetchError, Patience, fetch
from graineye.fetch.part import Part

Refused = Callable[..., Any]
LEFT = [f"{FILE}.part", f"{FILE}.part.json"]
HALF = len(SOUND) // 2


def _bring(folder: Path, patience: Patience = HURRIED, **how: Any) -> Any:
    return fetch("bullseye", folder, patience=patience, **how)


def _whole(folder: Path) -> bool:
    return (folder / FILE).read_bytes() == SOUND and names(folder) == [FILE, f"{FILE}.sha256"]


def test_a_sound_server_gives_the_file_in_one_request(server: Server, tmp_path: Path) -> None:
    fetched = _bring(tmp_path)
    assert _whole(tmp_path)
    assert (fetched.path, fetched.size, fetched.resumed_at) == (tmp_path / FILE, len(SOUND), 0)
    assert fetched.verified
    assert len(server.asked) == 1
    assert "Range" not in server.asked[0]


def test_a_transfer_that_breaks_off_goes_on_where_it_was(server: Server, tmp_path: Path) -> None:
    server.answers = [Answer(cut=HALF), Answer(cut=1000), Answer(cut=70_000)]
    assert _bring(tmp_path).verified
    assert _whole(tmp_path)
    starts = [int(asked["Range"][6:-1]) for asked in server.asked[1:]]
    assert starts == sorted(starts)
    assert HALF - 65536 <= starts[0] <= HALF
    assert {asked["If-Range"] for asked in server.asked[1:]} == {'"one"'}


def test_a_later_run_goes_on_from_the_part(server: Server, tmp_path: Path, refused: Refused) -> None:
    server.answers = [Answer(cut=HALF), *[Answer(cut=0)] * 10]
    with refused(FetchError, "broke off", f"{FILE}.part", "try again"):
        _bring(tmp_path)
    assert names(tmp_path) == LEFT
    there = (tmp_path / LEFT[0]).stat().st_size
    server.answers = []
    assert _bring(tmp_path).resumed_at == there > 0
    assert server.asked[-1]["Range"] == f"bytes={there}-"
    assert _whole(tmp_path)


@pytest.mark.parametrize("if_range", [True, False], ids=["heard", "not heard"])
@pytest.mark.parametrize("by", ["etag", "modified"])
def test_a_file_that_changed_meanwhile_is_not_spliced(
    server: Server, tmp_path: Path, if_range: bool, by: str, pauses: list[float]
) -> None:
    server.checksum = ""
    if by == "modified":
        server.etag, server.modified = "", "Mon, 01 Jan 2024 00:00:00 GMT"
    server.data = SOUND[:-9] + b"old bytes"
    server.answers = [Answer(cut=HALF)] + [Answer(cut=0)] * 3
    with pytest.raises(FetchError):
        _bring(tmp_path)
    server.data = SOUND
    if by == "modified":
        server.modified = "Tue, 02 Jan 2024 00:00:00 GMT"
    else:
        server.etag = '"two"'
    server.answers = []
    server.always = Answer(if_range=if_range)
    _bring(tmp_path)
    assert _whole(tmp_path)
    assert "Range" in server.asked[4]


def test_a_file_that_grew_shorter_starts_anew(server: Server, tmp_path: Path, pauses: list[float]) -> None:
    server.checksum = ""
    server.data = SOUND + SOUND
    server.answers = [Answer(cut=len(SOUND) + 99_000)] + [Answer(cut=0)] * 3
    with pytest.raises(FetchError):
        _bring(tmp_path)
    server.data, server.always = SOUND, Answer(if_range=False)
    _bring(tmp_path)
    assert _whole(tmp_path)


def test_a_server_that_ignores_ranges_starts_anew(server: Server, tmp_path: Path) -> None:
    server.answers = [Answer(cut=HALF)]
    server.always = Answer(ranges=False)
    _bring(tmp_path)
    assert _whole(tmp_path)
    assert len(server.asked) == 2


def test_a_server_that_ignores_ranges_and_breaks_off_again_and_again_ends(
    server: Server, tmp_path: Path, pauses: list[float]
) -> None:
    server.always = Answer(ranges=False, cut=HALF)
    with pytest.raises(FetchError, match="tried 3 times"):
        _bring(tmp_path)
    assert len(server.asked) == 4
    assert names(tmp_path) == LEFT


@pytest.mark.parametrize("checksum", ["known", ""])
def test_without_a_version_only_a_known_checksum_lets_it_go_on(
    server: Server, tmp_path: Path, checksum: str, pauses: list[float]
) -> None:
    server.etag = ""
    if not checksum:
        server.checksum = ""
    server.answers = [Answer(cut=HALF)] + [Answer(cut=0)] * 3
    with pytest.raises(FetchError):
        _bring(tmp_path)
    server.answers = []
    assert (_bring(tmp_path).resumed_at > 0) == bool(checksum)
    assert _whole(tmp_path)


def test_a_part_that_nobody_knows_of_is_not_gone_on_with(server: Server, tmp_path: Path) -> None:
    for note in (None, "{", "[]", '{"url": "x", "total": "many", "etag": "", "modified": ""}'):
        (tmp_path / f"{FILE}.part").write_bytes(b"something else" * 99)
        if note is not None:
            (tmp_path / f"{FILE}.part.json").write_text(note)
        assert _bring(tmp_path, force=True).resumed_at == 0
        assert _whole(tmp_path)


def test_a_whole_part_is_taken_without_another_transfer(server: Server, tmp_path: Path) -> None:
    server.answers = [Answer(cut=HALF)]
    _bring(tmp_path)
    part = Part(tmp_path / FILE)
    version = {"url": f"{server.url}/files/0", "total": len(SOUND), "etag": '"one"', "modified": ""}
    part.note.write_text(json.dumps(version))
    part.path.rename(part.file)
    asked = len(server.asked)
    assert _bring(tmp_path).resumed_at == len(SOUND)
    assert len(server.asked) == asked
    assert _whole(tmp_path)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (Answer(body=b"<!DOCTYPE html><html>Too many</html>"), "web page"),
        (Answer(body=b"\n <HTML>"), "web page"),
        (Answer(headers={"Content-Type": "text/html; charset=utf-8"}), "web page"),
        (Answer(body=b"version https://git-lfs.github.com/spec/v1"), "something else than the HDF5 file"),
        (Answer(body=HDF5 + b"other bytes" * 9999), "wrong bytes: the archive says md5:"),
        (Answer(body=SOUND[:-1]), "wrong bytes"),
    ],
)
def test_other_bytes_are_refused_and_nothing_is_left(
    server: Server, tmp_path: Path, refused: Refused, answer: Answer, said: str
) -> None:
    server.always = answer
    with refused(FetchError, said):
        _bring(tmp_path)
    assert names(tmp_path) == []


def test_other_bytes_in_the_rest_are_refused_and_the_next_run_starts_anew(server: Server, tmp_path: Path) -> None:
    server.answers = [Answer(cut=HALF), Answer(body=b"x" * len(SOUND))]
    with pytest.raises(FetchError, match="wrong bytes"):
        _bring(tmp_path)
    assert names(tmp_path) == []
    assert _bring(tmp_path).resumed_at == 0
    assert _whole(tmp_path)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410])
def test_a_server_that_has_it_not_is_asked_once(server: Server, tmp_path: Path, status: int, refused: Refused) -> None:
    server.always = Answer(status=status, body=b"<html>")
    with refused(FetchError, status, f"{server.url}/files/0"):
        _bring(tmp_path)
    assert len(server.asked) == 1
    assert names(tmp_path) == []


def test_a_pause_that_is_asked_for_is_made(server: Server, tmp_path: Path, pauses: list[float]) -> None:
    at = format_datetime(datetime.now(UTC) + timedelta(seconds=4), usegmt=True)
    server.answers = [
        Answer(status=429, headers={"Retry-After": "3"}),
        Answer(status=503, headers={"Retry-After": at}),
        Answer(cut=HALF),
        Answer(status=429, headers={"Retry-After": "soon"}),
    ]
    _bring(tmp_path, Patience(timeout=5, tries=3, pause=0.5, longest_wait=5))
    assert _whole(tmp_path)
    assert pauses[0] == 3
    assert 2 < pauses[1] <= 4
    assert pauses[2:] == [0.5, 0.5]


def test_a_longer_pause_than_is_bearable_ends_in_one_line(server: Server, tmp_path: Path, refused: Refused) -> None:
    server.always = Answer(status=429, headers={"Retry-After": "3600"})
    with refused(FetchError, "429", "3600 s", "try again"):
        _bring(tmp_path)
    assert len(server.asked) == 1
    assert names(tmp_path) == []


def test_a_server_that_is_broken_is_asked_with_longer_pauses(
    server: Server, tmp_path: Path, pauses: list[float], refused: Refused
) -> None:
    server.always = Answer(status=502)
    with refused(FetchError, "502", "tried 4 times"):
        _bring(tmp_path, Patience(timeout=5, tries=4, pause=1))
    assert pauses == [1, 2, 4]
    assert names(tmp_path) == []


def test_the_archive_may_ask_for_a_pause_too(server: Server, tmp_path: Path, pauses: list[float]) -> None:
    server.record = [Answer(status=429, headers={"Retry-After": "2"}, body=b"{}")]
    _bring(tmp_path)
    assert pauses == [2]


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (Answer(status=404, body=b"{}"), "404"),
        (Answer(status=429, headers={"Retry-After": "900"}, body=b"{}"), "900 s"),
        (Answer(body=b"<html>"), "not understood"),
        (Answer(body=b"{}"), "no archive that is known"),
        (Answer(body=b'{"files": [{"key": 3}]}'), "no archive that is known"),
        (Answer(body=b'{"files": []}'), "it has no files"),
        (Answer(body=b"[]"), "no archive that is known"),
    ],
)
def test_an_archive_that_answers_otherwise_gets_one_line(
    server: Server, tmp_path: Path, refused: Refused, answer: Answer, said: str
) -> None:
    server.record = [answer]
    with refused(FetchError, "DOI 10.5281/zenodo.3592520", said):
        _bring(tmp_path)
    assert server.asked == []


def test_a_slow_server_is_waited_for(server: Server, tmp_path: Path) -> None:
    server.always = Answer(bit=20_000)  # the whole takes longer than the time without a byte that is borne
    _bring(tmp_path, Patience(timeout=0.2, tries=1))
    assert _whole(tmp_path)


def test_a_server_that_falls_silent_is_asked_again(server: Server, tmp_path: Path) -> None:
    server.answers = [Answer(cut=HALF, stall=1.5)]
    assert _bring(tmp_path).resumed_at == 0
    assert _whole(tmp_path)
    assert "Range" in server.asked[1]


def test_a_server_that_stays_silent_is_given_up(server: Server, tmp_path: Path, refused: Refused) -> None:
    server.always = Answer(cut=0, stall=0.8)
    with refused(FetchError, "no answer in time", "tried 2 times"):
        _bring(tmp_path, Patience(timeout=0.1, tries=2, pause=0.01))


def test_no_server_at_all_gets_one_line(server: Server, tmp_path: Path, refused: Refused, monkeypatch: Any) -> None:
    from pooch import downloaders

    monkeypatch.setattr(downloaders.ZenodoRepository, "base_api_url", "http://127.0.0.1:9/api/records")
    with refused(FetchError, "no connection to the archive"):
        _bring(tmp_path)


def test_a_full_disk_is_said_before_anything_is_written(
    server: Server, tmp_path: Path, refused: Refused, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=200_000))
    with refused(OutputError, tmp_path / FILE, "are free", "make room"):
        _bring(tmp_path)
    assert names(tmp_path) == []


def test_only_what_is_missing_needs_room(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pauses: list[float]
) -> None:
    server.answers = [Answer(cut=HALF)] + [Answer(cut=0)] * 3
    with pytest.raises(FetchError):
        _bring(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=200_000))
    assert _bring(tmp_path).resumed_at > 0
    assert _whole(tmp_path)


def test_a_disk_that_fills_meanwhile_keeps_what_came(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, refused: Refused
) -> None:
    from graineye.fetch import transferring

    append, written = transferring._append, []

    def fills(part: Part, chunk: bytes) -> None:
        written.append(chunk)
        if len(written) > 2:
            raise OutputError(f"{part.file}: cannot be written (No space left on device)")
        append(part, chunk)

    monkeypatch.setattr(transferring, "_append", fills)
    with refused(OutputError, "No space left"):
        _bring(tmp_path)
    assert names(tmp_path) == LEFT
    monkeypatch.setattr(transferring, "_append", append)
    assert _bring(tmp_path).resumed_at == 2 * 65536
    assert _whole(tmp_path)


def test_a_second_run_at_the_same_file_is_refused(server: Server, tmp_path: Path, refused: Refused) -> None:
    with Part(tmp_path / FILE).alone(), refused(OutputError, "another graineye"):
        _bring(tmp_path)
    assert names(tmp_path) == []
    _bring(tmp_path)
    assert _whole(tmp_path)


def test_progress_tells_the_megabytes_that_are_there(server: Server, tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    server.data = HDF5 + bytes(3_200_000)
    server.checksum = ""
    fetch("bullseye", tmp_path, lambda *now: told.append(now), patience=HURRIED)
    assert told == [(f"{FILE}, MB", done, 4) for done in (1, 2, 3, 4)]


_ANSWERS = st.builds(
    Answer,
    status=st.sampled_from([200, 200, 200, 429, 502]),
    cut=st.one_of(st.none(), st.integers(0, len(SOUND))),
    ranges=st.booleans(),
    if_range=st.booleans(),
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(answers=st.lists(_ANSWERS, max_size=6), versions=st.lists(st.sampled_from(["", '"a"', '"b"']), max_size=6))
def test_whatever_a_server_does_the_file_is_whole_or_not_there(
    server: Server, answers: list[Answer], versions: list[str], pauses: list[float]
) -> None:
    server.reset()
    server.answers = list(answers)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        for version in [*versions, '"last"']:
            server.etag = version
            try:
                _bring(folder)
                break
            except FetchError:
                assert not (folder / FILE).exists()
        else:
            server.answers = []
            _bring(folder)
        assert _whole(folder)
