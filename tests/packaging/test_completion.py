"""`graineye --version`, and completion in the shell."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest


def _graineye(*words: str, home: Path, shell: str = "/bin/bash") -> str:
    command = [sys.executable, "-c", "from graineye.cli import main; main()", *words]
    environment = os.environ | {"HOME": str(home), "SHELL": shell, "XDG_DATA_HOME": "", "XDG_CONFIG_HOME": ""}
    return subprocess.run(command, capture_output=True, text=True, check=True, cwd=home, env=environment).stdout


def test_the_version_is_one_line(tmp_path: Path) -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+\S*\n", _graineye("--version", home=tmp_path))


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_is_installed_in_the_home_and_knows_the_commands(tmp_path: Path, shell: str) -> None:
    said = _graineye("--install-completion", "--shell", shell, home=tmp_path)
    written = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert any(str(path) in said for path in written)
    scripts = "".join(path.read_text(encoding="utf-8") for path in written)
    for word in ("simulate", "fetch", "--probe.spot-radius"):
        assert word.removeprefix("--") in scripts
