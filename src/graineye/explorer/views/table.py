"""The table of crystallites, sorted and filtered in the page, and linked with the map both ways."""

from collections.abc import Callable
from typing import Any

import pandas as pd
import panel as pn

from graineye.explorer.state import State
from graineye.explorer.theme import Theme
from graineye.explorer.views.acting import Acting

_COLUMNS = {
    "label": "label",
    "name": "name",
    "diameter_nm": "diameter (nm)",
    "diameter_px": "diameter (px)",
    "area_px": "positions",
    "neighbours": "neighbours",
    "overlapping": "overlap",
    "mean_fraction": "mean share",
    "confidence": "confidence",
}


class TableView:
    """One row a crystallite."""

    def __init__(self, state: State, acting: Acting) -> None:
        self._acting = acting
        self._drawing = False
        self._within: Callable[[pd.DataFrame], pd.DataFrame] | None = None
        frame = shown_table(state)
        numbers = {
            name: {"type": "number", "func": ">=", "placeholder": "≥"} for name in frame.columns if name != "name"
        }
        self.table = pn.widgets.Tabulator(
            frame,
            show_index=False,
            disabled=True,
            selectable=True,
            header_filters=numbers
            | {"label": {"type": "number", "func": "=", "placeholder": "="}}
            | {"name": {"type": "input", "func": "like", "placeholder": "has"}},
            titles=_COLUMNS,
            layout="fit_columns",
            theme="simple",
            height=240,
            sizing_mode="stretch_width",
            configuration={"headerSortTristate": True, "columnDefaults": {"headerWordWrap": True, "minWidth": 74}},
            stylesheets=[_SMALL, _coloured(acting.theme)],
            margin=0,
        )
        self.table.param.watch(self._selected, "selection")
        self.table.param.watch(self._filtered, "filters")
        self.layout = self.table

    def draw(self, state: State, before: State | None) -> None:
        """Draw what differs from the state before."""
        self._drawing = True
        try:
            if state.differs(before, "shown"):
                self.table.value = shown_table(state)
            if state.differs(before, "brushed"):
                column = f"diameter_{state.shown.calibration.scan_unit}"
                self._brush(column, state.brushed)
            labels = self.table.value["label"].tolist()
            chosen = [labels.index(label) for label in state.selected if label in labels]
            if chosen != self.table.selection:
                self.table.selection = chosen
        finally:
            self._drawing = False

    def fit(self, height: int) -> None:
        """Fill a card of this height, px."""
        self.table.height = height - 16

    def _brush(self, column: str, sizes: tuple[float, float] | None) -> None:
        """Leave only rows of the sizes that were chosen in the histogram."""
        if self._within is not None:
            self.table.remove_filter(self._within)
            self._within = None
        if sizes is not None:
            low, high = sizes

            def within(frame: pd.DataFrame) -> pd.DataFrame:
                return frame[frame[column].between(low, high)]

            self._within = within
            self.table.add_filter(within)

    def _selected(self, event: Any) -> None:
        if self._drawing:
            return
        labels = self.table.value["label"].iloc[event.new].tolist()

        def chosen(state: State) -> State:
            after = state.selecting(labels)
            place = state.middle_of(after.selected[-1]) if after.selected else None
            return after if place is None else after.pinning(place)

        self._acting.become(chosen)

    def _filtered(self, _event: Any) -> None:
        if self._drawing:
            return
        labels = self.table.current_view["label"].tolist()
        everything = len(labels) == len(self.table.value)
        self._acting.become(lambda state: state.filtering(None if everything else labels))


def shown_table(state: State) -> pd.DataFrame:
    """The columns of the crystallite table that the page shows."""
    table = state.shown.table.copy()
    if "name" not in table:
        table.insert(1, "name", "")
    unit = state.shown.calibration.scan_unit
    hidden = {"diameter_nm", "diameter_px"} - {f"diameter_{unit}"}
    frame = table[[name for name in _COLUMNS if name in table and name not in hidden]]
    return frame.round(dict.fromkeys(("overlapping", "mean_fraction", "confidence"), 2) | {f"diameter_{unit}": 2})


def _coloured(theme: Theme) -> str:
    """Style sheet of a table in the colours of a theme."""
    return f"""
    .tabulator, .tabulator .tabulator-header, .tabulator .tabulator-header .tabulator-col, .tabulator .tabulator-tableholder,
    .tabulator .tabulator-tableholder .tabulator-table, .tabulator .tabulator-row {{
      background: {theme.card} !important; color: {theme.text} !important; border-color: {theme.line} !important; }}
    .tabulator .tabulator-row .tabulator-cell {{ border-color: {theme.line} !important; }}
    .tabulator .tabulator-row.tabulator-selected {{ background: {theme.accent} !important; color: {theme.card} !important; }}
    .tabulator .tabulator-header-filter input {{
      background: {theme.page}; color: {theme.text}; border: 1px solid {theme.line}; border-radius: 3px; }}
    """


_SMALL = """
.tabulator, .tabulator .tabulator-header .tabulator-col, .tabulator .tabulator-row .tabulator-cell { font-size: 12px !important; }
.tabulator .tabulator-header .tabulator-col { font-size: 11px !important; }
.tabulator .tabulator-header .tabulator-col .tabulator-col-content { padding: 2px 4px !important; }
.tabulator .tabulator-header .tabulator-col.tabulator-sortable .tabulator-col-title { padding-right: 0 !important; }
.tabulator .tabulator-header .tabulator-col .tabulator-col-content .tabulator-col-sorter { right: 1px !important; }
.tabulator .tabulator-header .tabulator-col[aria-sort="none"] .tabulator-col-sorter { opacity: 0; }
.tabulator .tabulator-header .tabulator-header-filter input { padding: 1px 3px !important; font-size: 11px; height: 18px; }
.tabulator .tabulator-row .tabulator-cell { padding: 2px 6px !important; height: 22px !important; }
.tabulator .tabulator-row { min-height: 22px !important; }
"""
