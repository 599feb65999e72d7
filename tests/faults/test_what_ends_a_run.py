"""A run that is told to end, or killed, leaves what is done and nothing half; the next one goes on from there."""

import csv
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import graineye as ge
from graineye.cli import main

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals are those of POSIX")

# The run stops at the scan `held.h5`, at the step that is named, and says so.
_HELD = """
import sys, time
import graineye.{module} as module
right = module.{step}

def hold(subject, *words):
    path = getattr(subject, "path", None) or subject.provenance.scan_path
    if "held" in str(path):
        print("HELD", flush=True)
        time.sleep(60)
    return right(subject, *words)

module.{step} = hold
from graineye.cli import main
main()
"""


def _scans(folder: Path) -> list[Path]:
    options = ge.SimulationOptions(scan="8x7", detector=96, grain_size=4, columnar=True)
    first = ge.simulate_scan(folder / "done.h5", options).path
    os.link(first, folder / "held.h5")
    return [first, folder / "held.h5"]


def _held_run(module: str, step: str, *words: str | Path) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", _HELD.format(module=module, step=step), "run", *map(str, words)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    for line in process.stdout:
        if line.strip() == "HELD":
            break
    return process


def _states(out: Path) -> list[tuple[str, str]]:
    with (out / "summary.csv").open(encoding="utf-8", newline="") as file:
        return [(Path(row["scan"]).name, row["state"]) for row in csv.DictReader(file)]


@pytest.mark.parametrize(("signum", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_run_that_is_told_to_end_keeps_what_is_done(tmp_path: Path, signum: int, code: int) -> None:
    out = tmp_path / "out"
    out.mkdir()
    process = _held_run(
        "mean_patterns", "region_means", *_scans(tmp_path), "--out", out, "--log", out / "log", "--quiet"
    )
    process.send_signal(signum)
    printed, said = process.communicate(timeout=30)
    assert process.returncode == code
    assert printed == ""
    assert "Traceback" not in said
    assert "no file is left half-written" in said.splitlines()[-1]
    assert _states(out) == [("done.h5", "mapped")]
    assert sorted(path.name for path in out.iterdir()) == sorted(
        ["log", "summary.csv", "index.html"] + [f"done.crystallites.{suffix}" for suffix in ("emd", "html", "png")]
    )
    log = (out / "log").read_text().splitlines()
    assert "run ended: " in log[-1]
    assert "1 of 2 scans mapped, 1 not begun or interrupted" in log[-2]


@pytest.mark.parametrize(("module", "step"), [("report", "write_report"), ("batch.one", "_save_picture")])
def test_a_run_that_is_killed_while_it_writes_leaves_nothing_that_is_taken_for_whole(
    module: str, step: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    scans = _scans(tmp_path)
    process = _held_run(module, step, *scans, "--out", out, "--quiet")
    process.kill()
    process.communicate(timeout=30)
    left = sorted(path.name for path in out.iterdir())
    assert [name for name in left if not name.startswith(".")] == [
        f"done.crystallites.{suffix}" for suffix in ("emd", "html", "png")
    ]
    assert len([path for path in out.iterdir() if path.suffix == ".part"]) == 1
    before = (out / "done.crystallites.emd").stat().st_mtime_ns
    main(["run", *map(str, scans), "--out", str(out), "--resume"])
    assert _states(out) == [("done.h5", "kept"), ("held.h5", "mapped")]
    assert (out / "done.crystallites.emd").stat().st_mtime_ns == before
    assert [path.name for path in out.iterdir() if path.name.startswith(".")] == []
    assert "2 scans" in (out / "index.html").read_text()
    assert "1 of 2 scans mapped, 1 done before." in capsys.readouterr().out
