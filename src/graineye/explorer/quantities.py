"""What can colour the scan view: the label map, how many crystallites overlap, dark fields, columns of the table.

A quantity is known by its name, which the page shows; here each becomes one number a scan position.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from graineye.explorer.state import CRYSTALLITES, DARK_FIELD, VIRTUAL_DETECTOR, State
from graineye.results import CrystalliteMap

_COLUMNS = {
    "confidence": ("confidence", ""),
    "quality of the evidence": ("quality", ""),
    "equivalent diameter": ("diameter_{unit}", "{unit}"),
    "area": ("area_px", "scan positions"),
    "overlapping share": ("overlapping", ""),
    "mean share of the column": ("mean_fraction", ""),
    "neighbours": ("neighbours", ""),
}
_OVERLAP, _MEAN_FEATURE, _COUNTS = "overlap", "mean feature", "total counts"


@dataclass(frozen=True)
class ScanImage:
    """One number a scan position.

    Attributes
    ----------
    values
        (ny, nx); NaN where there is none.
    unit
        Of the values; empty for numbers.
    words
        What they are, in one line.
    signed
        Whether zero is in the middle of their colours.
    """

    values: NDArray[np.floating]
    unit: str
    words: str
    signed: bool = False


def quantities(result: CrystalliteMap) -> list[str]:
    """Names of what can colour the scan view of a result."""
    columns = [name for name, (column, _) in _COLUMNS.items() if column.format(unit="px") in result.table]
    overlap = [_OVERLAP] if result.overlapping is not None else []
    return [CRYSTALLITES, *overlap, *columns, _MEAN_FEATURE, _COUNTS, DARK_FIELD, VIRTUAL_DETECTOR]


def scan_image(state: State) -> ScanImage | None:
    """The numbers of the state's quantity; None for the label map, which has colours of its own."""
    if state.quantity in _COLUMNS:
        return _of_table(state, state.quantity)
    shown, image = state.shown, None
    match state.quantity:
        case "overlap" if shown.overlapping is not None:
            number = shown.overlapping.masks.sum(axis=0).astype(np.float32)
            image = ScanImage(number, "crystallites", "how many crystallites share each scan position")
        case "mean feature" if len(shown.disks):
            mean = shown.features.mean(axis=-1)
            image = ScanImage(mean, "", "mean over all disks of what crystallites are told apart by")
        case "total counts":
            image = ScanImage(shown.statistics.total_counts, "counts", "counts of every frame")
        case "dark field" if len(shown.disks):
            disk = state.disk or 0
            y, x = shown.disks.positions[disk].tolist()
            words = f"dark field of disk {disk} at y={y}, x={x} px"
            image = ScanImage(shown.dark_fields[..., disk], "counts", words, signed=True)
        case "virtual detector" if state.virtual is not None and state.detector is not None:
            image = ScanImage(state.virtual, "counts", state.detector.words)
    return image


def _of_table(state: State, name: str) -> ScanImage | None:
    table, unit = state.shown.table, state.shown.calibration.scan_unit
    column, of_unit = (text.format(unit=unit) for text in _COLUMNS[name])
    if column not in table:
        return None
    of_label = np.full(max(state.shown.count, int(state.shown.labels.max(initial=0))) + 1, np.nan)
    of_label[table["label"]] = table[column]
    return ScanImage(of_label[state.shown.labels], of_unit, f"{name} of the crystallite at each scan position")
