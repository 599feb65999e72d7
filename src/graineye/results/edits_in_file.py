"""Edits in the results file: what they are, the scan positions that they name, and the map before them.

Two tables and copies of what an edited result would hold without its edits; a file without edits has none of these.
"""

import h5py
import numpy as np
import pandas as pd

from graineye.crystallites import Edit, OverlappingCrystallites
from graineye.results.changing import Unedited
from graineye.results.layout import CRYSTALLITES, DISKS, Axis, get_array, get_table, put_array, put_table

_EDITS, _POSITIONS = "edits", "edit_positions"
_LABELS, _FRACTIONS, _STRENGTHS, _TABLE = (
    "unedited_labels",
    "unedited_fractions",
    "unedited_strengths",
    "unedited_crystallites",
)


def put_edits(root: h5py.Group, edits: tuple[Edit, ...], unedited: Unedited, scan_axes: tuple[Axis, Axis]) -> None:
    """Write edits, of which there is at least one, and the map before them.

    Parameters
    ----------
    root
        The root group.
    edits
        In the order in which they were made.
    unedited
        The map without them.
    scan_axes
        y and x.
    """
    texts = {name: [getattr(edit, name) for edit in edits] for name in ("kind", "name", "time")}
    put_table(root, _EDITS, pd.DataFrame(texts))
    put_table(root, _POSITIONS, _position_table(edits), {"y": "px", "x": "px"})
    put_array(root, _LABELS, unedited.labels, [*scan_axes], "")
    found = unedited.overlapping
    if found is not None and len(found):
        put_array(root, _FRACTIONS, np.moveaxis(found.fractions, -1, 0), [CRYSTALLITES, *scan_axes], "")
        put_array(root, _STRENGTHS, found.strengths, [CRYSTALLITES, DISKS], "counts")
        put_table(root, _TABLE, pd.DataFrame({"quality": found.quality}))


def _position_table(edits: tuple[Edit, ...]) -> pd.DataFrame:
    rows = [
        np.column_stack([np.full((len(side), 2), (number, other)), side])
        for number, edit in enumerate(edits)
        for other, side in enumerate((edit.positions, edit.others))
    ]
    return pd.DataFrame(np.concatenate(rows).astype(np.int32), columns=["edit", "other", "y", "x"])


def get_edits(root: h5py.Group) -> tuple[Edit, ...]:
    """Edits that `put_edits` wrote, or none.

    Raises
    ------
    ValueError
        If a position belongs to none of them.
    SettingsError
        If one is no edit.
    """
    if _EDITS not in root:
        return ()
    table, places = get_table(root, _EDITS), get_table(root, _POSITIONS)
    number, other = places["edit"].to_numpy(), places["other"].to_numpy()
    if not np.isin(other, (0, 1)).all() or not np.isin(number, np.arange(len(table))).all():
        raise ValueError("positions of edits that are not there")
    side = 2 * number.astype(np.int64) + other.astype(np.int64)
    order = np.argsort(side, kind="stable")
    bounds = np.searchsorted(side[order], np.arange(1, 2 * len(table)))
    sides = np.split(places[["y", "x"]].to_numpy()[order], bounds)
    columns = zip(sides[::2], sides[1::2], *(table[name].tolist() for name in ("kind", "name", "time")), strict=True)
    return tuple(Edit(kind, positions, others, name, time) for positions, others, kind, name, time in columns)


def get_unedited(root: h5py.Group, may_overlap: bool) -> Unedited:
    """The map before the edits that are in the file, of crystallites that may overlap or of a cut."""
    labels = get_array(root, _LABELS).astype(np.int32, copy=False)
    if not may_overlap:
        return Unedited(labels, None)
    if _FRACTIONS not in root:
        disks = root["strengths/data"].shape[1] if "strengths" in root else 0
        return Unedited(labels, OverlappingCrystallites.none(labels.shape, disks))
    fractions = np.ascontiguousarray(np.moveaxis(get_array(root, _FRACTIONS).astype(np.float32, copy=False), 0, -1))
    strengths = get_array(root, _STRENGTHS).astype(np.float32, copy=False)
    quality = get_table(root, _TABLE)["quality"].to_numpy(np.float64)
    return Unedited(labels, OverlappingCrystallites(fractions, strengths, quality))


def get_names(root: h5py.Group) -> dict[int, str]:
    """Of the crystallites that have one, by label."""
    if "crystallites" not in root or "name" not in root["crystallites"]:
        return {}
    table = get_table(root, "crystallites")
    return {int(label): str(name) for label, name in zip(table["label"], table["name"], strict=True) if name}
