"""What the command line says when it refuses: one line, the right exit code, never a traceback."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest


def _one_line(outcome: Any, code: int) -> str:
    assert outcome.code == code, outcome
    assert outcome.out == ""
    lines = outcome.err.splitlines()
    assert len(lines) == 1, lines
    assert lines[0].startswith("graineye: ")
    return str(lines[0])


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    """A folder of files that are no scans."""
    (tmp_path / "empty.h5").write_bytes(b"")
    (tmp_path / "page.h5").write_text("<!DOCTYPE html><html>Not found</html>")
    (tmp_path / "text.h5").write_text("my measurement of Tuesday")
    with h5py.File(tmp_path / "images.h5", "w") as file:
        file["image"] = np.zeros((40, 50))
    with h5py.File(tmp_path / "two.h5", "w") as file:
        file["first"] = np.zeros((3, 3, 16, 16), np.uint16)
        file["second"] = np.zeros((3, 3, 16, 16), np.uint16)
    whole = (tmp_path / "two.h5").read_bytes()
    (tmp_path / "cut.h5").write_bytes(whole[: len(whole) // 2])
    return tmp_path


@pytest.mark.parametrize(
    ("name", "words", "said"),
    [
        ("missing.h5", (), ("no such file",)),
        ("empty.h5", (), ("empty",)),
        ("page.h5", (), ("web page",)),
        ("text.h5", (), ("not an HDF5 file",)),
        ("cut.h5", (), ("truncated",)),
        ("images.h5", (), ("no scan", "/image (40, 50)")),
        ("two.h5", (), ("several scans", "/first", "/second", "--ds-path")),
        ("two.h5", ("--ds-path", "third"), ("third", "/first", "/second")),
        ("two.h5", ("--ds-path", "first", "--nav-shape", "2,4"), ("9 frames", "2,4", "8")),
    ],
)
def test_a_file_that_is_no_scan_gets_one_line_that_names_it(
    graineye: Any, broken: Path, name: str, words: tuple[str, ...], said: tuple[str, ...]
) -> None:
    before = sorted(broken.iterdir())
    line = _one_line(graineye("run", broken / name, *words, "--out", broken), 1)
    assert str(broken / name) in line
    for part in said:
        assert part in line
    assert sorted(broken.iterdir()) == before


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--disks.cuont", "3"), "--disks.count"),
        (("--disks.count", "many"), "many"),
        (("--disks.count", "0"), "at least 1"),
        (("--probe.ring-outer", "3"), "probe.ring-outer"),
        (("--cut.distance", "5", "--cut.count", "5"), "choose one"),
        (("--scan.bad-values", "ignore"), "ignore"),
        (("--config", "missing.toml"), "missing.toml"),
    ],
)
def test_wrong_usage_is_told_in_one_line_with_exit_code_2(
    graineye: Any, simulated: Path, words: tuple[str, ...], said: str
) -> None:
    assert said in _one_line(graineye("run", simulated, *words), 2)


def test_a_misspelt_setting_in_a_file_gets_the_nearest_name(graineye: Any, simulated: Path, tmp_path: Path) -> None:
    config = tmp_path / "settings.toml"
    config.write_text("[disks]\ncuont = 3\n")
    line = _one_line(graineye("run", simulated, "--config", config), 2)
    assert "did you mean disks.count?" in line
    assert str(config) in line


def test_a_defect_is_told_in_one_line_and_shown_with_debug(
    graineye: Any, simulated: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken_step(*_: object, **__: object) -> None:
        raise ZeroDivisionError("by zero")

    monkeypatch.setattr("graineye.mapping.map_crystallites", broken_step)
    line = _one_line(graineye("run", simulated, "--out", tmp_path), 1)
    assert "ZeroDivisionError" in line
    assert "--debug" in line
    with pytest.raises(Exception, match="by zero"):
        graineye("run", simulated, "--out", tmp_path, "--debug")


def _process(*words: str | Path) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", "from graineye.cli import main; main()", *map(str, words)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_help_loads_no_heavy_library() -> None:
    script = (
        "import sys\nfrom graineye.cli import main\n"
        "try:\n    main(['run', '--help'])\nfinally:\n"
        "    print(sorted({'numpy', 'numba', 'libertem', 'h5py', 'matplotlib', 'scipy'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert "--probe.spot-radius" in done.stdout
    assert done.stdout.splitlines()[-1] == "[]"


def test_interrupting_ends_within_two_seconds_and_leaves_nothing(tmp_path: Path) -> None:
    process = _process("simulate", tmp_path / "large.h5", "--scan", "200x200", "--detector", "128")
    deadline = time.monotonic() + 60
    while not list(tmp_path.glob(".large.h5.*.part")):
        assert time.monotonic() < deadline
        assert process.poll() is None
        time.sleep(0.05)
    time.sleep(0.5)
    begun = time.monotonic()
    os.kill(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert time.monotonic() - begun < 2
    assert process.returncode == 130
    assert "Traceback" not in err
    assert list(tmp_path.iterdir()) == []
