"""The example notebooks run from their first cell to their last, and show their pictures."""

from pathlib import Path

import pytest

pytest.importorskip("nbclient")

import nbformat
from nbclient import NotebookClient

_EXAMPLES = Path(__file__).parents[2] / "examples"
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")


@pytest.mark.parametrize(("name", "pictures"), [("classic", 10), ("your_scan", 7), ("own_step", 1)])
def test_a_notebook_runs_and_draws(name: str, pictures: int, tmp_path: Path) -> None:
    notebook = nbformat.read(_EXAMPLES / f"{name}.ipynb", as_version=4)
    NotebookClient(
        notebook, timeout=120, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}}
    ).execute()
    outputs = [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
    drawn = sum("image/png" in output.get("data", {}) for output in outputs)
    assert drawn >= pictures
    assert not [output for output in outputs if output.output_type == "error"]
