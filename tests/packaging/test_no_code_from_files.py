"""Nothing that a file or an archive holds is ever run: no pickle, no eval, no shell in the source."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import graineye

SOURCE = Path(graineye.__file__).parent
MODULES = {"pickle", "cPickle", "dill", "cloudpickle", "marshal", "shelve", "joblib"}
CALLS = {
    "eval",
    "exec",
    "compile",
    "__import__",
    "os.system",
    "os.popen",
    "yaml.load",
    "yaml.unsafe_load",
    "pandas.read_pickle",
}
NUMPY = {"np.load", "numpy.load", "np.lib.format.open_memmap", "np.lib.format.read_array"}


def _name(node: ast.expr) -> str:
    """A dotted name; empty for anything else."""
    if isinstance(node, ast.Attribute):
        before = _name(node.value)
        return f"{before}.{node.attr}" if before else node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _given(call: ast.Call, name: str) -> object:
    """The constant that a keyword argument is."""
    values = [word.value for word in call.keywords if word.arg == name]
    return values[0].value if values and isinstance(values[0], ast.Constant) else None


def _dangers(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)]
        yield from (f"imports {name}" for name in names if name.split(".")[0] in MODULES or name in CALLS)
        if not isinstance(node, ast.Call):
            continue
        called = _name(node.func)
        if called in CALLS or called.split(".")[0] in MODULES or called.endswith(".read_pickle"):
            yield f"calls {called}"
        if called in NUMPY and _given(node, "allow_pickle") is not False:
            yield f"calls {called} without allow_pickle=False"
        if _given(node, "shell") not in (None, False) or _given(node, "allow_pickle") is True:
            yield f"calls {called} with {ast.unparse(node)}"
        if _given(node, "autoescape") is False or called in ("Markup", "markupsafe.Markup"):
            yield f"puts text into a page as it is: {ast.unparse(node)}"


@pytest.mark.parametrize("path", sorted(SOURCE.rglob("*.py")), ids=lambda path: path.relative_to(SOURCE).as_posix())
def test_no_module_can_run_what_a_file_holds(path: Path) -> None:
    found = list(_dangers(ast.parse(path.read_text(encoding="utf-8"))))
    assert found == []


@pytest.mark.parametrize(
    "line",
    [
        "import pickle",
        "from pickle import loads",
        "eval(text)",
        "np.load(path)",
        "np.load(path, allow_pickle=True)",
        "subprocess.run(text, shell=True)",
        "yaml.load(text)",
        "pd.read_pickle(path)",
        "Environment(autoescape=False)",
    ],
)
def test_the_look_at_the_source_finds_what_it_should(line: str) -> None:
    assert list(_dangers(ast.parse(line)))


def test_the_look_at_the_source_passes_what_is_sound() -> None:
    assert not list(_dangers(ast.parse("np.load(path, allow_pickle=False)\nre.compile(text)\nsubprocess.run([a, b])")))
