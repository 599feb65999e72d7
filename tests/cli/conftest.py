"""A small simulated scan, and the command line called as a user types it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from graineye import SimulationOptions, simulate_scan
from graineye.cli import main


class Outcome(NamedTuple):
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str


Graineye = Callable[..., Outcome]


@pytest.fixture(scope="session")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A scan of 14 x 12 positions with a few grains, in a folder of its own, its truth beside it."""
    path = tmp_path_factory.mktemp("simulated") / "grains.h5"
    options = SimulationOptions(scan="14x12", detector=128, grain_size=4, columnar=True, dark=0.3, dead=2, hot=1)
    return simulate_scan(path, options).path


@pytest.fixture
def graineye(capsys: pytest.CaptureFixture[str]) -> Graineye:
    """Call the command line in this process."""

    def call(*words: str | Path) -> Outcome:
        capsys.readouterr()
        try:
            main([str(word) for word in words])
            code = 0
        except SystemExit as end:
            code = int(end.code or 0)
        printed = capsys.readouterr()
        return Outcome(code, printed.out, printed.err)

    return call


@pytest.fixture
def short_reports(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reports of one line, where a test does not look into them."""

    def write(_: Any, path: Path) -> Path:
        path.write_text("<!DOCTYPE html>")
        return path

    monkeypatch.setattr("graineye.report.write_report", write)
