"""What a notebook finds under `import graineye`, and what that import costs."""

import ast
import inspect
import subprocess
import sys
from pathlib import Path

import pytest

import graineye as ge


@pytest.mark.parametrize("name", ge.__all__)
def test_every_public_name_resolves_and_says_what_it_is(name: str) -> None:
    found = getattr(ge, name)
    assert inspect.isclass(found) or inspect.isfunction(found)
    assert inspect.getdoc(found)
    assert found.__name__ == name


def test_names_are_sorted_and_each_stands_once() -> None:
    classes = [name for name in ge.__all__ if name[0].isupper()]
    functions = [name for name in ge.__all__ if name[0].islower()]
    assert ge.__all__ == sorted(set(classes)) + sorted(set(functions))
    assert dir(ge) == ge.__all__


def test_checkers_and_the_running_program_know_the_same_names() -> None:
    tree = ast.parse(Path(ge.__file__).read_text(encoding="utf-8"))
    guarded = next(node for node in tree.body if isinstance(node, ast.If))
    imported = {alias.name for node in guarded.body if isinstance(node, ast.ImportFrom) for alias in node.names}
    assert imported == set(ge.__all__)


def test_a_name_that_is_none_is_refused() -> None:
    with pytest.raises(AttributeError, match="no attribute 'find_blobs'"):
        ge.find_blobs  # noqa: B018


HEAVY = {"numpy", "libertem", "numba", "h5py", "scipy", "pandas", "matplotlib"}


@pytest.mark.parametrize(
    "statement", ["import graineye", "import graineye; graineye.GraineyeError; graineye.Settings()"]
)
def test_the_import_alone_loads_nothing_heavy(statement: str) -> None:
    code = f"{statement}\nimport sys\nprint(*sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert "graineye" in loaded
    assert HEAVY & loaded == set()


def test_a_name_loads_only_what_it_needs() -> None:
    code = "import graineye\ngraineye.bullseye\nimport sys\nprint(*sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert "numpy" in loaded
    assert {"libertem", "numba", "pandas", "matplotlib"} & loaded == set()
