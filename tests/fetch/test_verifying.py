"""What is compared with what: checksums of graineye's list, of the archive, and of the fetch before."""

import hashlib
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from breaking_server import FILE, HURRIED, SOUND, Server, names

from graineye.errors import OutputError
from graineye.fetch import PUBLISHED, FetchError, fetch
from graineye.fetch.verifying import refuse_wrong_start

Refused = Callable[..., Any]
OTHER = SOUND[:-5] + b"other"


def _bring(folder: Path, what: str = "bullseye", **how: Any) -> Any:
    return fetch(what, folder, patience=HURRIED, **how)


def test_what_has_no_checksum_is_unverified_and_remembered(server: Server, tmp_path: Path) -> None:
    server.checksum = ""
    fetched = _bring(tmp_path)
    digits = hashlib.sha256(SOUND).hexdigest()
    assert (fetched.verified, fetched.agrees_with, fetched.sha256) == (False, (), digits)
    assert (tmp_path / f"{FILE}.sha256").read_text() == f"{digits}  {FILE}\n"
    subprocess.run(["sha256sum", "--check", f"{FILE}.sha256"], cwd=tmp_path, check=True, capture_output=True)


def test_the_next_fetch_compares_with_what_is_remembered(server: Server, tmp_path: Path, refused: Refused) -> None:
    server.checksum = ""
    _bring(tmp_path)
    again = _bring(tmp_path, force=True)
    assert (again.transferred, again.verified, again.agrees_with) == (True, False, ("the fetch before",))
    server.data = OTHER
    with refused(FetchError, "not the bytes of the fetch before", f"remove {FILE}.sha256"):
        _bring(tmp_path, force=True)
    assert (tmp_path / FILE).read_bytes() == SOUND
    (tmp_path / f"{FILE}.sha256").unlink()
    assert _bring(tmp_path, force=True).sha256 == hashlib.sha256(OTHER).hexdigest()


def test_what_is_there_and_whole_is_not_fetched_again(server: Server, tmp_path: Path) -> None:
    _bring(tmp_path)
    again = _bring(tmp_path)
    assert (again.transferred, again.size, len(server.asked)) == (False, len(SOUND), 1)
    # Without a memory of it, the archive tells.
    (tmp_path / f"{FILE}.sha256").unlink()
    assert _bring(tmp_path).agrees_with == ("the archive",)
    assert len(server.asked) == 1


def test_what_is_there_and_other_is_kept_unless_it_may_be_replaced(
    server: Server, tmp_path: Path, refused: Refused
) -> None:
    (tmp_path / FILE).write_bytes(OTHER)
    with refused(FetchError, "wrong bytes", "--force"):
        _bring(tmp_path)
    server.checksum = ""
    with refused(OutputError, "exists already", "--force"):
        _bring(tmp_path)
    assert (tmp_path / FILE).read_bytes() == OTHER
    _bring(tmp_path, force=True)
    assert (tmp_path / FILE).read_bytes() == SOUND


def test_graineye_s_own_list_comes_before_the_archive(
    server: Server, tmp_path: Path, refused: Refused, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = f"sha256:{hashlib.sha256(SOUND).hexdigest()}"
    monkeypatch.setitem(PUBLISHED, "bullseye", replace(PUBLISHED["bullseye"], checksum=right))
    assert _bring(tmp_path).agrees_with == ("graineye's list", "the archive")
    assert names(tmp_path) == [FILE]
    monkeypatch.setattr(server, "data", OTHER)
    server.checksum = "md5:" + hashlib.md5(OTHER, usedforsecurity=False).hexdigest()
    with refused(FetchError, "graineye's list says sha256:"):
        _bring(tmp_path, force=True)
    assert (tmp_path / FILE).read_bytes() == SOUND


def test_a_checksum_of_an_unknown_kind_is_said(server: Server, tmp_path: Path, refused: Refused) -> None:
    server.checksum = "crc99:123"
    with refused(FetchError, "the archive", "crc99"):
        _bring(tmp_path)
    assert names(tmp_path) == []


@pytest.mark.parametrize("memory", ["", "\n", "abc", "é", "0" * 63, "x" * 64])
def test_a_memory_that_is_none_is_passed_over(server: Server, tmp_path: Path, memory: str) -> None:
    (tmp_path / f"{FILE}.sha256").write_text(memory, encoding="utf-8")
    assert _bring(tmp_path).agrees_with == ("the archive",)


@pytest.mark.parametrize(
    "what",
    [
        "bullseye",
        f"10.5281/zenodo.3592520/{FILE}",
        f"https://doi.org/10.5281/zenodo.3592520/{FILE}",
        "doi:10.5281/ZENODO.3592520",
    ],
)
def test_a_doi_means_the_same_as_the_short_name(server: Server, tmp_path: Path, what: str) -> None:
    assert _bring(tmp_path, what).path == tmp_path / FILE


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("bulseye", "did you mean bullseye?"),
        ("au", "there are bullseye, circular"),
        ("", "there are bullseye, circular"),
        ("10.5281", "or give a DOI"),
        ("10.5281/zenodo.3592520/none.h5", f"holds no none.h5: it has a.h5, {FILE}"),
        ("10.5281/zenodo.3592520", f"name one as 10.5281/zenodo.3592520/FILE, of a.h5, {FILE}"),
        ("10.5281/zenodo.3592520/../../etc/passwd", "not a name"),
    ],
)
def test_what_is_not_there_gets_one_line(
    server: Server, tmp_path: Path, refused: Refused, what: str, said: str
) -> None:
    server.names = [FILE, "a.h5"]
    with refused(FetchError, said):
        _bring(tmp_path, what)
    assert names(tmp_path) == []


@pytest.mark.parametrize(
    "name", ["../evil.h5", "/evil.h5", ".bashrc", "a\\b.h5", "a\nb.h5", "..", "c:evil.h5", "\x1b[2J.h5"]
)
def test_names_from_an_archive_are_never_paths(server: Server, tmp_path: Path, refused: Refused, name: str) -> None:
    server.names = [name]
    (tmp_path / "here").mkdir()
    with refused(FetchError, "not a name that a file should have"):
        _bring(tmp_path / "here", "10.5281/zenodo.3592520")
    assert names(tmp_path) == ["here"]
    assert names(tmp_path / "here") == []


def test_a_folder_that_is_not_there_is_said_before_anything_is_asked(tmp_path: Path, refused: Refused) -> None:
    with refused(OutputError, f"no folder {tmp_path / 'gone'}"):
        _bring(tmp_path / "gone")


def test_hdf5_may_begin_behind_a_user_block() -> None:
    refuse_wrong_start("http://x/a.h5", "a.h5", bytes(2048) + b"\x89HDF\r\n\x1a\n" + bytes(99), "")
    refuse_wrong_start("http://x/a.mib", "a.mib", b"anything", "application/octet-stream")
    with pytest.raises(FetchError):
        refuse_wrong_start("http://x/a.h5", "a.h5", bytes(2047) + b"\x89HDF\r\n\x1a\n" + bytes(99), "")
