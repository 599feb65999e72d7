"""Every block of code in docs/results-file.md runs as it stands, beside a results file of the name that it reads."""

import re
from pathlib import Path

import pytest

import graineye as ge

PAGE = Path(__file__).parents[2] / "docs" / "results-file.md"
BLOCKS = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
READERS = {"emdfile", "rsciio", "nexusformat", "libertem"}


def test_the_page_shows_every_reader() -> None:
    shown = {name for block in BLOCKS for name in imported(block)}
    assert shown >= READERS | {"graineye", "h5py"}


def imported(block: str) -> set[str]:
    return set(re.findall(r"^(?:import|from) (\w+)", block, flags=re.MULTILINE))


# LiberTEM says that reading compressed HDF5 may be slow; emdfile asks every module for an attribute, and some warn.
@pytest.mark.filterwarnings("ignore:Loading compressed HDF5:RuntimeWarning", "ignore::DeprecationWarning")
@pytest.mark.parametrize("number", range(len(BLOCKS)))
def test_a_block_of_the_page_runs(
    number: int, mapped: ge.CrystalliteMap, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for reader in READERS & imported(BLOCKS[number]):
        pytest.importorskip(reader)
    mapped.save(tmp_path / "polyAu.crystallites.emd")
    monkeypatch.chdir(tmp_path)
    exec(compile(BLOCKS[number], f"{PAGE.name}, block {number}", "exec"), {"__name__": "block"})  # noqa: S102
