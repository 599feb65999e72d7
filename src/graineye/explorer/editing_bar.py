"""The line above the views: edits, undo and redo, saving, exports, and what the last action said."""

import html
import io
from typing import TYPE_CHECKING

import panel as pn

from graineye.explorer.exports import FILES, exported, file_name
from graineye.explorer.state import State
from graineye.explorer.theme import button_style
from graineye.explorer.views.acting import Acting, Action
from graineye.explorer.views.words import Words

if TYPE_CHECKING:
    from graineye.explorer.app import Desk


class EditingBar:
    """Buttons."""

    def __init__(self, desk: "Desk", acting: Acting) -> None:
        self._desk, self._acting = desk, acting
        self.merge = self._button("Merge", "the selected crystallites are one", lambda state: state.merging())
        self.split = self._button(
            "Split", "the selected crystallite is two, along the dendrogram", lambda state: state.splitting()
        )
        self.reject = self._button("Reject", "the selected crystallite is none", lambda state: state.rejecting())
        self.name = pn.widgets.TextInput(placeholder="name", width=110, margin=(2, 2))
        self.rename = self._button(
            "Rename", "the selected crystallite gets this name", lambda s: s.renaming(self.name.value_input)
        )
        self.undo = self._button("Undo", "", lambda state: state.undoing())
        self.redo = self._button("Redo", "", lambda state: state.redoing())
        self.save = self._button("Save", f"write {desk.path}", lambda state: state.saving(desk.path))
        self.what = pn.widgets.Select(options=list(FILES), width=140, margin=(2, 2))
        self.download = pn.widgets.FileDownload(
            callback=self._exported,
            filename="scan.png",
            label="Export",
            width=80,
            margin=(2, 2),
            height=30,
            stylesheets=button_style(acting.theme),
        )
        self.what.param.watch(self._named, "value")
        self._named()
        self.message = Words(acting.theme.text, sizing="stretch_width")

    def layout(self, title: pn.viewable.Viewable, theme: pn.widgets.Button) -> pn.Column:
        """All of it, between a title and the button for the other theme."""
        buttons = (self.merge, self.split, self.reject, self.name, self.rename, self.undo, self.redo, self.save)
        return pn.Column(
            pn.Row(title, self.message.layout, self.what, self.download, theme, sizing_mode="stretch_width", margin=0),
            pn.Row(*buttons, margin=0),
            sizing_mode="stretch_width",
            margin=0,
        )

    def draw(self, state: State, before: State | None) -> None:
        """Draw what differs from the state before."""
        if state.differs(before, "message"):
            self.message.say(f'<div style="font-size:13px;padding:6px 4px">{html.escape(state.message)}</div>')
        self.merge.disabled = len(state.selected) < 2
        self.split.disabled = self.reject.disabled = self.rename.disabled = len(state.selected) != 1
        self.undo.disabled, self.redo.disabled = not state.edits, not state.undone
        self.save.label = "Save *" if state.unsaved else "Save"
        if state.differs(before, "selected", "shown"):
            self.name.value = state.shown.names.get(state.selected[0], "") if len(state.selected) == 1 else ""

    def _button(self, name: str, told: str, action: Action) -> pn.widgets.Button:
        button = pn.widgets.Button(
            label=name,
            width=72,
            margin=(2, 2),
            description=told or None,
            stylesheets=button_style(self._acting.theme),
        )
        button.on_click(lambda _event: self._acting.become(action))
        return button

    def _named(self, _event: object = None) -> None:
        self.download.filename = file_name(self.what.value, self._desk.state)

    def _exported(self) -> io.BytesIO:
        return exported(self.what.value, self._desk.state, self._desk.patterns)
