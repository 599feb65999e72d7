"""What is at a scan position, in words for a person; names from files are text, never markup."""

import html

import numpy as np

from graineye.explorer.quantities import scan_image
from graineye.explorer.state import State


def named(state: State, label: int) -> str:
    """A crystallite by its label, and by its name if it has one."""
    name = state.shown.names.get(label, "")
    return f"crystallite {label} “{name}”" if name else f"crystallite {label}"


def words_of_position(state: State) -> tuple[str, str]:
    """The crystallite at the position that is pointed at, with its numbers; and where that is, with what is there."""
    if state.position is None:
        return "Point at the scan to see what is there; click to keep it.", ""
    y, x = state.position
    shown = state.shown
    step, unit = shown.calibration.picture_step
    place = f"y={y}, x={x}" + (f" ({y * step[0]:.4g}, {x * step[1]:.4g} {unit})" if unit != "px" else "")
    labels = state.labels_at(state.position)
    image = scan_image(state)
    more = "" if image is None else f" · {_number(float(image.values[y, x]))} {image.unit}".rstrip()
    others = f" · also here: {', '.join(named(state, label) for label in labels[1:])}" if labels[1:] else ""
    if not labels:
        return "no crystallite", place + more
    return f"{named(state, labels[0])} · {_numbers(state, labels[0])}", place + more + others


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1e4 else f"{value:.4g}"


def _numbers(state: State, label: int) -> str:
    table, unit = state.shown.table, state.shown.calibration.scan_unit
    row = table.iloc[int(np.flatnonzero(table["label"] == label)[0])]
    words = [f"{row[f'diameter_{unit}']:.3g} {unit}", f"{int(row['area_px'])} positions"]
    if "confidence" in table:
        words += [f"confidence {row['confidence']:.2f}", f"{100 * row['overlapping']:.0f} % overlapping"]
    return " · ".join(words)


def html_of_position(state: State) -> str:
    """The same as two lines of HTML."""
    first, second = map(html.escape, words_of_position(state))
    return f'<div style="line-height:16px;font-size:11.5px">{first}<br>{second or "&nbsp;"}</div>'
