"""`graineye fetch` as a user types it: what it prints, and what an interrupted one leaves."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from breaking_server import FILE, SOUND, Answer, Server, names

from graineye.cli import main


@pytest.fixture
def graineye(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Call the command line in this process, in a folder of its own: (exit code, stdout, stderr)."""
    monkeypatch.chdir(tmp_path)

    def call(*words: str) -> tuple[int, str, str]:
        try:
            main(list(words))
            code = 0
        except SystemExit as end:
            code = int(end.code or 0)
        return code, *capsys.readouterr()

    return call


def test_it_tells_what_it_fetched_and_that_it_is_verified(graineye: Any, server: Server) -> None:
    code, out, err = graineye("fetch", "bullseye", "--quiet")
    assert (code, err) == (0, "")
    assert out.splitlines()[0] == f"scan:   {FILE}"
    assert out.splitlines()[-1] == "agrees with the checksum of the archive"
    _, out, _ = graineye("fetch", "bullseye")
    assert out.startswith(f"scan:   {FILE} (was there already)\n")


def test_it_tells_what_is_unverified_and_where_that_is_remembered(graineye: Any, server: Server) -> None:
    server.checksum = ""
    code, out, err = graineye("fetch", "bullseye", "--quiet")
    assert code == 0
    assert "sha256: " in out
    assert "agrees" not in out
    assert err.startswith(f"note: {FILE} is unverified")
    assert f"{FILE}.sha256" in err
    _, _, err = graineye("fetch", "bullseye", "--quiet")
    assert "the fetch before" in err


def test_json_is_one_object_and_nothing_else(graineye: Any, server: Server) -> None:
    server.answers = [Answer(cut=200_000)]
    code, out, _ = graineye("fetch", "bullseye", "--json", "--quiet")
    assert code == 0
    facts = json.loads(out)
    assert (facts["scan"], facts["bytes"], facts["verified"], facts["transferred"]) == (FILE, len(SOUND), True, True)


def test_the_list_needs_no_server(graineye: Any) -> None:
    code, out, _ = graineye("fetch", "--list")
    assert code == 0
    assert "10.5281/zenodo.3592520" in out
    assert set(json.loads(graineye("fetch", "--list", "--json")[1])) == {"bullseye", "circular"}


@pytest.mark.parametrize(("words", "code"), [((), 2), (("bulseye",), 1), (("bullseye", "--out", "gone"), 1)])
def test_what_cannot_be_done_is_one_line(graineye: Any, words: tuple[str, ...], code: int) -> None:
    got, out, err = graineye("fetch", *words)
    assert (got, out) == (code, "")
    assert err.startswith("graineye: ")
    assert err.count("\n") == 1


def _process(server: Server, folder: Path) -> "subprocess.Popen[str]":
    code = (
        f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r})\n"
        "from breaking_server import take_for_the_archive\n"
        "from graineye.cli import main\n"
        f"take_for_the_archive({server.url!r})\n"
        "main(['fetch', 'bullseye'])"
    )
    return subprocess.Popen(
        [sys.executable, "-c", code], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def _in_mid_transfer(process: "subprocess.Popen[str]", part: Path) -> None:
    deadline = time.monotonic() + 30
    while not (part.is_file() and part.stat().st_size >= 100_000):
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGKILL, -9)])
def test_an_interrupted_fetch_leaves_a_part_from_which_the_next_goes_on(
    server: Server, tmp_path: Path, number: signal.Signals, code: int
) -> None:
    server.answers = [Answer(cut=200_000, stall=20)]
    process = _process(server, tmp_path)
    _in_mid_transfer(process, tmp_path / f"{FILE}.part")
    os.kill(process.pid, number)
    _, err = process.communicate(timeout=10)
    assert process.returncode == code
    assert "Traceback" not in err
    assert names(tmp_path) == [f"{FILE}.part", f"{FILE}.part.json"]
    out, err = _process(server, tmp_path).communicate(timeout=30)
    assert "of them from before" in out, err
    assert (tmp_path / FILE).read_bytes() == SOUND


def test_help_loads_no_library_of_the_network() -> None:
    script = (
        "import sys\nfrom graineye.cli import main\n"
        "try:\n    main(['fetch', '--help'])\nfinally:\n"
        "    print(sorted({'numpy', 'requests', 'pooch', 'urllib3'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
