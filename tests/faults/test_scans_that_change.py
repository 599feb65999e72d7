"""A scan that changes while it is read makes no map; what that does to a memory map is survived or leaves nothing half."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import graineye as ge
from graineye import mapping
from graineye.cli import main


@pytest.fixture
def scan(tmp_path: Path) -> Path:
    """A small scan that is read through a memory map."""
    options = ge.SimulationOptions(scan="8x7", detector=96, grain_size=4, columnar=True)
    return ge.simulate_scan(tmp_path / "scan.h5", options).path


@pytest.fixture
def out(tmp_path: Path) -> Iterator[Path]:
    """A folder in which nothing hidden stays."""
    (tmp_path / "out").mkdir()
    yield tmp_path / "out"
    assert [path.name for path in (tmp_path / "out").iterdir() if path.name.startswith(".")] == []


def _run(scan: Path, out: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    try:
        main(["run", str(scan), "--out", str(out), "--quiet"])
        code = 0
    except SystemExit as end:
        code = int(end.code or 0)
    return code, capsys.readouterr().err


def _append(scan: Path) -> None:
    with scan.open("ab") as file:
        file.write(b"more frames")


def _turn_last_bytes(scan: Path) -> None:
    with scan.open("r+b") as file:
        file.seek(-100, os.SEEK_END)
        file.write(b"\xff" * 100)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (_append, "grew"),
        (lambda scan: os.truncate(scan, 300_000), "shrank"),
        (_turn_last_bytes, "changed while it was read"),
        (Path.unlink, "went away"),
    ],
)
def test_a_scan_that_changes_between_passes_is_refused(
    scan: Path, out: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], change: Any, said: str
) -> None:
    right = mapping.locate_disks

    def meanwhile(*words: Any) -> Any:
        change(scan)
        return right(*words)

    monkeypatch.setattr(mapping, "locate_disks", meanwhile)
    code, err = _run(scan, out, capsys)
    assert code == 1
    (line,) = err.splitlines()
    assert str(scan) in line
    assert said in line
    assert list(out.iterdir()) == []


def test_a_scan_that_is_touched_is_mapped_with_a_note(
    scan: Path, out: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    right = mapping.locate_disks

    def meanwhile(*words: Any) -> Any:
        os.utime(scan, (1, 1))
        return right(*words)

    monkeypatch.setattr(mapping, "locate_disks", meanwhile)
    code, err = _run(scan, out, capsys)
    assert code == 0
    assert "modified while it was read" in err
    assert "modified" in " ".join(ge.load_result(out / "scan.crystallites.emd").provenance.notes)


# In the middle of a pass nobody can look first: the system kills a process that reads beyond the end of a mapped file.
_CUT_OFF = """
import os, sys
from graineye.passes import frames
right = frames.FramesUDF.process_partition

def cut_off_first(self, partition):
    os.truncate(sys.argv[2], 20_000)
    return right(self, partition)

frames.FramesUDF.process_partition = cut_off_first
from graineye.cli import main
main()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do otherwise")
def test_a_scan_that_is_cut_off_in_a_pass_leaves_nothing_half_and_its_name_in_the_log(
    scan: Path, tmp_path: Path
) -> None:
    out = tmp_path / "killed"
    out.mkdir()
    command = [sys.executable, "-c", _CUT_OFF, "run", str(scan), "--out", str(out), "--log", str(out / "log")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode in (1, -7)  # one line, or SIGBUS
    assert done.stdout == ""
    assert [path.name for path in out.iterdir() if path.name != "log" and not path.name.endswith(".lock")] == []
    log = (out / "log").read_text()
    assert f"began {scan}" in log
    assert "Bus error" in log or "shrank" in log
