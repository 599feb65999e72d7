"""Makes the edits of a person on a map, one after the other, and says which of them no longer fit.

Always on the unedited map, so that to undo one is to make the others.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from graineye.crystallites.edits import Edit
from graineye.crystallites.overlapping import OverlappingCrystallites
from graineye.crystallites.overlapping.support import LEVEL
from graineye.crystallites.working_map import EditedCrystallites, Piece, WorkingMap
from graineye.errors import SettingsError


def apply_edits(
    labels: NDArray[np.int32],
    overlapping: OverlappingCrystallites | None,
    dark_fields: NDArray[np.float32],
    edits: Sequence[Edit],
    excluded: NDArray[np.bool_] | None = None,
) -> EditedCrystallites:
    """Make edits on an unedited map.

    Parameters
    ----------
    labels
        (ny, nx) from 1; 0 is unassigned.
    overlapping
        The crystallites that may share scan positions, of which `labels` shows the largest; None of a cut.
    dark_fields
        (ny, nx, n_disks), by which the parts of a crystallite that is split are measured.
    edits
        In the order in which they were made; one that does not fit is left out, with a note.
    excluded
        (ny, nx) scan positions that no crystallite can be given.

    Raises
    ------
    SettingsError
        If an edit names a position outside of the scan.
    """
    state = WorkingMap(labels, overlapping, dark_fields, excluded)
    notes = []
    for number, edit in enumerate(edits, 1):
        for side in (edit.positions, edit.others):
            if len(side) and (side >= labels.shape).any():
                y, x = side[(side >= labels.shape).any(axis=1)][0].tolist()
                ny, nx = labels.shape
                where = f"scan position ({y}, {x}), the scan has {ny} x {nx}"
                raise SettingsError(f"edit {number} ({edit.kind}) names {where}: take edits of this scan")
        for said in _MAKERS[edit.kind](state, edit):
            when = f", made {edit.time}" if edit.time else ""
            notes.append(f"edit {number} ({edit.kind}{when}) {said}")
    return state.finished(tuple(notes))


def _merge(state: WorkingMap, edit: Edit) -> list[str]:
    found = state.at(edit.positions)
    linked = np.unique(found[found > 0]).tolist()
    if len(linked) < 2:
        return ["is left out: " + ("its crystallites are one already" if linked else "nothing is assigned there")]
    kept, *gone = linked
    state.changed = True
    state.labels[np.isin(state.labels, gone)] = kept
    named = [state.names.pop(k) for k in linked if k in state.names]
    state.names.update({kept: named[0]} if named else {})
    if state.shares:
        pieces = [state.shares.pop(k) for k in linked]
        # As of pieces of one bent crystal: each shows the disks that it excites most.
        state.shares[kept] = Piece(
            np.minimum(np.sum([piece.fraction for piece in pieces], axis=0, dtype=np.float32), np.float32(1)),
            np.max([piece.strength for piece in pieces], axis=0),
            max(piece.quality for piece in pieces),
        )
    return ["links fewer crystallites: some of its scan positions are unassigned"] if (found == 0).any() else []


def _reject(state: WorkingMap, edit: Edit) -> list[str]:
    here = np.zeros(state.labels.shape, bool)
    here[tuple(edit.positions.T)] = True
    inside = np.bincount(state.labels[here])
    total = np.bincount(state.labels.ravel(), minlength=len(inside))[: len(inside)]
    rejected = [k for k in np.flatnonzero(2 * inside > total).tolist() if k]
    if not rejected:
        k = state.home(edit.positions)
        if not k:
            return ["is left out: nothing is assigned there any more"]
        if (state.at(edit.others) == k).any():
            return ["is left out: its scan positions are a small part of a larger crystallite"]
        rejected = [k]
    state.changed = True
    freed = np.isin(state.labels, rejected)
    state.labels[freed] = 0
    for k in rejected:
        state.shares.pop(k, None)
    if state.shares:
        numbers = np.array(list(state.shares), np.int32)
        left = state.fractions_of(list(state.shares), freed)
        state.labels[freed] = np.where(left.max(axis=-1) >= LEVEL, numbers[left.argmax(axis=-1)], 0)
    return []


def _split(state: WorkingMap, edit: Edit) -> list[str]:
    kept, parted = state.home(edit.others), state.home(edit.positions)
    if not kept or not parted:
        return ["is left out: nothing is assigned at one of its parts any more"]
    if kept != parted:
        return ["is left out: its parts are two crystallites already"]
    region = state.labels == kept
    nearer = _nearer(region, edit.positions, edit.others)
    if not (region & ~nearer).any():
        return ["is left out: both of its parts are the same scan positions"]
    new = state.new_label()
    state.changed = True
    state.labels[region & nearer] = new
    if kept in state.shares:
        whole = state.shares[kept]
        for k, side in ((kept, ~nearer), (new, nearer)):
            # What else lies there is in both means, so only what the part shows more, or less, than the whole counts.
            more = state.dark_fields[region & side].mean(axis=0) - state.dark_fields[region].mean(axis=0)
            strength = np.maximum(whole.strength + more, np.float32(0))
            state.shares[k] = Piece(np.where(side, whole.fraction, np.float32(0)), strength, whole.quality)
    grown = region.sum() > 2 * (len(edit.positions) + len(edit.others))
    return ["divides a crystallite that is more than twice as large as the one it was made for"] if grown else []


def _nearer(region: NDArray[np.bool_], positions: NDArray[np.int32], others: NDArray[np.int32]) -> NDArray[np.bool_]:
    """(ny, nx) where `positions` that lie in the region are at least as near as `others` that do."""
    distances = []
    for side in (positions, others):
        away = np.ones(region.shape, bool)
        away[tuple(side.T)] = False
        distances.append(ndimage.distance_transform_edt(away | ~region))
    return np.asarray(distances[0] <= distances[1])


def _give(state: WorkingMap, edit: Edit) -> list[str]:
    taker = state.home(edit.others)
    if not taker:
        return ["is left out: nothing is assigned any more where the crystallite was that takes"]
    given = np.zeros(state.labels.shape, bool)
    given[tuple(edit.positions.T)] = True
    kept_out = 0 if state.excluded is None else np.count_nonzero(given & state.excluded)
    given &= state.labels != taker
    if state.excluded is not None:
        given &= ~state.excluded
    notes = [f"does not give {kept_out} scan positions, which are excluded"] if kept_out else []
    if not given.any():
        return notes or ["is left out: the crystallite has its scan positions already"]
    state.changed = True
    state.labels[given] = taker
    if taker in state.shares:
        _change_places(state, taker, given)
    return notes


def _change_places(state: WorkingMap, taker: int, given: NDArray[np.bool_]) -> None:
    """At each given position the taker and the one with the largest fraction change fractions; all still add up."""
    numbers = list(state.shares)
    own = numbers.index(taker)
    there = state.fractions_of(numbers, given)
    largest, rows = there.argmax(axis=-1), np.arange(len(there))
    most = there[rows, largest]
    there[rows, largest] = there[:, own]
    there[:, own] = np.maximum(most, np.float32(LEVEL))
    for i in {own, *np.unique(largest).tolist()}:
        fraction = state.shares[numbers[i]].fraction.copy()
        fraction[given] = there[:, i]
        state.shares[numbers[i]] = replace(state.shares[numbers[i]], fraction=fraction, column=None)


def _rename(state: WorkingMap, edit: Edit) -> list[str]:
    k = state.home(edit.positions)
    if not k:
        return ["is left out: nothing is assigned there any more"]
    state.names.pop(k, None)
    if edit.name:
        state.names[k] = edit.name
    return []


_MAKERS = {"merge": _merge, "split": _split, "give": _give, "reject": _reject, "rename": _rename}
