"""The benchmark runs on small scans, and what it compares agrees; nothing is said of times."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
WANTED = {
    "classic method, contiguous",
    "classic method, chunked",
    "classic method, gzip",
    "classic method, bitshuffle-LZ4",
    "classic method, gzip-of-#-frames",
    "classic method, gzip-of-2x2-quarters",
    "classic method, bitshuffle-LZ4-of-#-frames",
    *(
        f"{row}, {dtype}"
        for dtype in ("uint16", "uint8", "float32", "uint32")
        for row in (
            "statistics",
            "# dark fields",
            "the same moved by parts of a pixel",
            "the same with their noise",
            "mean patterns of # regions",
        )
    ),
    "Ward, # x # x #, merge by merge",
    "Ward, # x # x #, to labels",
    "statistics, growth with frames of # x # px, uint8",
    "# dark fields, growth with frames of # x # px, uint8",
    "reading memory",
    "multiply-adds",
    "a pass that reads nothing",
    "statistics, # threads",
    "# dark fields, # threads",
    "the same, moved, with noise, # threads",
    "significance, # threads",
    "mean patterns, # threads",
    "peak memory of `graineye run`, default method, scan of # GB",
    "peak memory of `graineye run`, classic method, scan of # GB",
    "`graineye --help`",
    "`graineye run`, # x # frames of # x # px, not the first time",
}
"""Names of rows, without their numbers."""
NUMBER = re.compile(r"\b\d+(\.\d+)?\b")


def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, str(ROOT / "benchmarks" / "speed" / "run.py"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=600)


def test_the_quick_benchmark_makes_every_row_and_its_results_agree(tmp_path: Path) -> None:
    pytest.importorskip("libertem_blobfinder", reason="the peers are not installed: see the dependency group classic")
    done = run(str(tmp_path), "--quick")
    assert done.returncode == 0, done.stderr  # a comparison that fails ends it
    rows = [line.split("|")[1:-1] for line in done.stdout.splitlines() if line.startswith("|")]
    assert {len(row) for row in rows} == {5}
    assert {NUMBER.sub("#", row[0].strip()) for row in rows[2:]} == WANTED
    assert not list(tmp_path.glob("repeated*")), "large scans are removed"


def test_a_part_that_there_is_not_is_refused_with_those_that_there_are(tmp_path: Path) -> None:
    done = run(str(tmp_path), "--quick", "--only", "speed")
    assert done.returncode == 2
    assert "whole, passes, ward, limits, frames, cores, memory, starting, first-run" in done.stderr
