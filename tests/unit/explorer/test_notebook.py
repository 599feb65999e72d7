"""The explorer below the cell of a notebook, as far as it can be seen without one."""

from collections.abc import Iterator
from pathlib import Path

import panel as pn
import pytest
from bokeh.document import Document
from bokeh.models import ImportedStyleSheet, UIElement
from panel.io.notebook import patch_inline_stylesheets
from pyviz_comms import Comm

import graineye as ge
from graineye.explorer.app import Desk
from graineye.explorer.notebook import NotebookPage
from graineye.explorer.page import prepare
from graineye.explorer.theme import DARK, LIGHT
from graineye.explorer.views.acting import Action

# Bokeh's own use of pandas
pytestmark = pytest.mark.filterwarnings("ignore:The inplace keyword")

ACTIONS: list[Action] = [
    lambda state: state.pointing((2, 11)),
    lambda state: state.clicking((2, 11)),
    lambda state: state.renaming("a twin"),
    lambda state: state.at_boundary((1, 2)),
    lambda state: state.at_disk(0),
    lambda state: state.cutting(float(sorted(state.mapped.dendrogram.subtree_heights())[-4])),
    lambda state: state.undoing(),
]


@pytest.fixture
def below(mapped_as_overlaps: ge.CrystalliteMap, tmp_path: Path) -> Iterator[NotebookPage]:
    prepare(notebook=True)
    theme = pn.config.theme
    yield NotebookPage(Desk.of(mapped_as_overlaps, tmp_path / "a.crystallites.emd"), LIGHT)
    pn.config.theme = theme


class Recorder(Comm):
    """What a kernel would send to the page."""

    def __init__(self) -> None:
        super().__init__()
        self._comm = "open"

    def send(self, data=None, metadata=None, buffers=()) -> None:
        sent.append(data)


sent: list[object] = []


@pytest.fixture
def document(below: NotebookPage) -> Document:
    """Of a page that is shown, its style sheets within it, as Panel shows it below a cell."""
    document = Document()
    root = below.layout.get_root(document, Recorder())
    document.add_root(root)
    for model in root.select({"type": UIElement}):
        patch_inline_stylesheets(model)
    document.hold()
    sent.clear()
    return document


def test_no_action_asks_another_machine_for_a_style_sheet(below: NotebookPage, document: Document) -> None:
    for action in ACTIONS:
        below.explorer.become(action)
    assert below.explorer.state.cut is not None  # they have been done
    assert [sheet.url for sheet in document.select({"type": ImportedStyleSheet})] == []


def test_all_of_an_action_is_shown_at_once(below: NotebookPage, document: Document) -> None:
    for action in ACTIONS[:-1]:
        sent.clear()
        below.explorer.become(action)
        assert sent
        assert list(document.callbacks._held_events) == []


def test_the_views_are_as_wide_as_the_cell(below: NotebookPage) -> None:
    for width in (856, 1400):
        below.ruler.told = width
        rows = below.explorer.layout[1]
        assert width - 20 <= rows.width <= width
    assert below.explorer.scan.picture.frame_width > 300


def test_another_theme_keeps_what_is_shown(below: NotebookPage) -> None:
    below.explorer.become(lambda state: state.clicking((2, 11)))
    selected = below.explorer.state.selected
    below.other_theme.clicks += 1
    assert below.layout.styles["background"] == DARK.page
    assert below.explorer.state.selected == selected != ()
