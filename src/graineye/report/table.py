"""The report's table: one row a crystallite, as text."""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from graineye.figures import label_colours
from graineye.report.thumbnails import thumbnail
from graineye.results import CrystalliteMap

MOST_ROWS = 400
"""Crystallites in the table, the largest first; a page with more could not be scrolled."""
_MOST_REFLECTIONS = 4
_OF_OVERLAPPING = ("overlapping (%)", "share of column (%)", "confidence (%)")
"""Columns of crystallites that may share scan positions."""


@dataclass(frozen=True)
class Row:
    """One crystallite in the table of the page, as text."""

    label: int
    colour: str | None
    cells: list[str]
    pattern: str | None


def columns(result: CrystalliteMap, marks: Mapping[int, Sequence[str]]) -> list[str]:
    """Names of the table's columns, with units."""
    unit = result.calibration.scan_unit
    y, x = result.calibration.y.unit, result.calibration.x.unit
    return [
        "label",
        "area (px)",
        f"diameter ({unit})",
        f"y ({y})",
        f"x ({x})",
        "at edge",
        "neighbours",
        *([] if result.overlapping is None else _OF_OVERLAPPING),
        f"strongest disks, d ({'nm' if result.calibration.detector_pixel_per_nm else 'unknown'})",
        *(["notes"] if _has_notes(result, marks) else []),
    ]


def rows(result: CrystalliteMap, marks: Mapping[int, Sequence[str]]) -> Iterator[Row]:
    """The largest crystallites, in the order of their labels.

    Parameters
    ----------
    result
        To be shown.
    marks
        What is to be said of a label.
    """
    from matplotlib.colors import to_hex

    unit = result.calibration.scan_unit
    colours = label_colours(result.labels)
    patterns = result.mean_patterns
    spacings = _spacings(result.reflections)
    with_notes = _has_notes(result, marks)
    largest = result.table.nlargest(MOST_ROWS, "area_px").sort_values("label")
    for row in largest.to_dict("records"):
        label = int(row["label"])
        hidden = label >= len(colours)
        notes = [*(["nowhere the largest"] if hidden else []), *marks.get(label, [])]
        yield Row(
            label=label,
            colour=None if hidden else to_hex(colours[label]),
            cells=[
                f"{label} {result.names.get(label, '')}".rstrip(),
                str(row["area_px"]),
                f"{row[f'diameter_{unit}']:.1f}",
                f"{row[f'y_{result.calibration.y.unit}']:.1f}",
                f"{row[f'x_{result.calibration.x.unit}']:.1f}",
                "yes" if row["touches_edge"] else "",
                str(row["neighbours"]),
                *([] if result.overlapping is None else _overlap_cells(row)),
                spacings.get(label, ""),
                *(["; ".join(notes)] if with_notes else []),
            ],
            pattern=None if patterns is None else thumbnail(patterns[label - 1]),
        )


def _has_notes(result: CrystalliteMap, marks: Mapping[int, Sequence[str]]) -> bool:
    """Whether there is anything to say of any crystallite."""
    return bool(marks) or result.count > int(result.labels.max(initial=0))


def _overlap_cells(row: Mapping[Hashable, Any]) -> list[str]:
    return [f"{100 * row['overlapping']:.0f}", f"{100 * row['mean_fraction']:.0f}", f"{100 * row['confidence']:.0f}"]


def _spacings(reflections: pd.DataFrame) -> dict[int, str]:
    """The d-spacings of each label's strongest disks, strongest first."""
    known = reflections.dropna(subset=["d_nm"])
    strongest = known.groupby("label").head(_MOST_REFLECTIONS)
    texts: dict[int, list[str]] = {}
    for label, spacing in zip(strongest["label"].tolist(), strongest["d_nm"], strict=True):
        texts.setdefault(label, []).append(f"{spacing:.3f}")
    return {label: ", ".join(parts) for label, parts in texts.items()}
