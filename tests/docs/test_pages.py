"""The documentation builds without a broken link, and what it shows as code runs."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

import graineye as ge

_ROOT = Path(__file__).parents[2]
# tests/interop runs those of the results file, with the programs that they need.
_PAGES = [_ROOT / "README.md", *sorted(p for p in (_ROOT / "docs").glob("*.md") if p.name != "results-file.md")]


def _blocks(page: Path, language: str = "python") -> list[str]:
    text = page.read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def scan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("scan") / "polyAu.h5"
    ge.simulate_scan(path, ge.SimulationOptions(scan="16x14", detector=128, grain_size=4, columnar=True))
    return path


@pytest.mark.parametrize("page", [page for page in _PAGES if _blocks(page)], ids=lambda page: page.name)
def test_every_block_of_code_runs(page: Path, scan: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "polyAu.h5").symlink_to(scan)
    monkeypatch.chdir(tmp_path)
    for block in _blocks(page):
        exec(compile(block, str(page), "exec"), {})  # noqa: S102


def test_the_site_builds_without_a_warning(tmp_path: Path) -> None:
    pytest.importorskip("mkdocs")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(tmp_path / "site")]
    built = subprocess.run(command, cwd=_ROOT, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stdout + built.stderr
    settings = (tmp_path / "site" / "settings" / "index.html").read_text(encoding="utf-8")
    assert "cut.relative" in settings
    assert "--nav-shape" in settings
    assert "<!-- settings -->" not in settings


def test_every_command_that_the_pages_show_exists() -> None:
    from graineye.cli import app

    shown = {
        match
        for page in [*_PAGES, _ROOT / "docs" / "results-file.md"]
        for block in _blocks(page, "sh")
        for match in re.findall(r"^graineye ([a-z]+)", block, flags=re.MULTILINE)
    }
    assert shown
    assert shown <= set(app)
