"""How long the command line takes: to answer, on a tiny scan, and on the first scan after installation."""

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import scans
from timing import Row, held_against, once, seconds

COMMAND = (sys.executable, "-c", "from graineye.cli import main; main()")
BARE = (sys.executable, "-c", "pass")
BESIDE = "bare Python"
TINY = "12 x 10 frames of 96 x 96 px"


def answering(folder: Path, repeats: int) -> Iterator[Row]:
    """`graineye --help`, and `graineye run` on a tiny scan with the kernels that earlier runs have compiled."""
    bare = seconds(lambda: _run(BARE), repeats)
    yield held_against("`graineye --help`", seconds(lambda: _run([*COMMAND, "--help"]), repeats), BESIDE, bare, "0.3 s")
    with TemporaryDirectory(dir=folder) as scratch:
        again = seconds(lambda: _run(_on_tiny_scan(folder, scratch)), repeats)
    yield held_against(f"`graineye run`, {TINY}, not the first time", again, BESIDE, bare, "4 s")


def first_run(folder: Path, repeats: int) -> Iterator[Row]:
    """`graineye run` without compiled kernels, as after installation, beside the second time."""
    with TemporaryDirectory(dir=folder) as scratch:
        kernels, command = Path(scratch) / "kernels", _on_tiny_scan(folder, scratch)
        first = once(lambda: _run(command, NUMBA_CACHE_DIR=str(kernels)))
        assert any(kernels.rglob("*.nbi")), "the first run compiled no kernel"
        second = min(once(lambda: _run(command, NUMBA_CACHE_DIR=str(kernels))) for _ in range(repeats))
    yield Row(
        f"`graineye run`, {TINY}, first time after installation",
        f"{first:.3f} s",
        f"second time: {second:.3f} s",
        f"{first - second:.1f} s more",
        "at most 10 s more",
    )


def _on_tiny_scan(folder: Path, out: str) -> Sequence[str]:
    scan = scans.simulated(folder, "12x10", 96)
    return [*COMMAND, "run", str(scan), "--out", out, "--force", "--quiet"]


def _run(command: Sequence[str], **environment: str) -> None:
    subprocess.run(command, check=True, capture_output=True, env=os.environ | environment)
