"""What the explorer shows, and how every action changes it; no widget is known here.

A state is never changed: an action gives a new one, and views draw what differs from what they have drawn.
"""

import dataclasses
import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from graineye.crystallites import Edit, give, merge, part_along_tree, reject, rename, split
from graineye.errors import GraineyeError, SettingsError
from graineye.explorer.detectors import Circle, Ring
from graineye.results import CrystalliteMap

CRYSTALLITES = "crystallites"
"""The quantity that colours the scan view when it opens: the label map."""
DARK_FIELD = "dark field"
VIRTUAL_DETECTOR = "virtual detector"

Position = tuple[int, int]
"""Scan position (y, x)."""
MakeEdit = Callable[[str], Edit]
"""Makes an edit of a given time."""


@dataclass(frozen=True, eq=False)
class State:
    """What is shown.

    Attributes
    ----------
    mapped
        The result without edits, as it was mapped.
    shown
        The same after the cut and the edits.
    cut
        Height of the cut that the shown map was made by; None for the map as it was mapped.
    edits
        That the shown map has, in the order in which they were made.
    undone
        That can be made again, the last undone last.
    saved
        The edits that the results file has.
    selected
        Labels, the one chosen first first.
    pointer
        Scan position under the pointer; None while it is elsewhere.
    pinned
        Scan position that was clicked.
    boundary
        Labels of the two crystallites whose boundary was clicked.
    quantity
        What colours the scan view; see `graineye.explorer.quantities`.
    disk
        Index of the disk whose dark field was asked for.
    detector
        The virtual detector that was drawn, px of the detector.
    virtual
        (ny, nx) counts on it; None until they are there.
    filtered
        Labels that the table's filters leave; None for all.
    brushed
        Lowest and highest equivalent diameter that were chosen in the histogram; None for all.
    message
        What the last action has to say.
    """

    mapped: CrystalliteMap
    shown: CrystalliteMap
    cut: float | None = None
    edits: tuple[Edit, ...] = ()
    undone: tuple[Edit, ...] = ()
    saved: tuple[Edit, ...] = ()
    selected: tuple[int, ...] = ()
    pointer: Position | None = None
    pinned: Position | None = None
    boundary: tuple[int, int] | None = None
    quantity: str = CRYSTALLITES
    disk: int | None = None
    detector: Circle | Ring | None = None
    virtual: NDArray[np.float32] | None = None
    filtered: frozenset[int] | None = None
    brushed: tuple[float, float] | None = None
    message: str = ""

    @classmethod
    def of(cls, result: CrystalliteMap) -> Self:
        """Of a result, with the edits that it has."""
        mapped = result.edited(()) if result.edits else result
        return cls(mapped, result, edits=result.edits, saved=result.edits)

    def differs(self, before: "State | None", *names: str) -> bool:
        """Whether one of these attributes is another object than before; so it is if there was no state before."""
        return before is None or any(getattr(self, name) is not getattr(before, name) for name in names)

    @property
    def position(self) -> Position | None:
        """The scan position whose frame is shown: under the pointer, else the one that was clicked."""
        return self.pointer or self.pinned

    @property
    def unsaved(self) -> bool:
        """Whether edits would be lost."""
        return self.edits != self.saved

    @property
    def kept(self) -> NDArray[np.bool_] | None:
        """Which labels, from 0, the filters and the histogram leave; None for all."""
        if self.filtered is None and self.brushed is None:
            return None
        kept: NDArray[np.bool_] = np.ones(self.shown.count + 1, bool)
        if self.filtered is not None:
            kept[:] = False
            kept[[label for label in self.filtered if label < len(kept)]] = True
        if self.brushed is not None:
            diameter = self.shown.table[f"diameter_{self.shown.calibration.scan_unit}"]
            outside = ~diameter.between(*self.brushed)
            kept[self.shown.table["label"][outside]] = False
        return kept

    def label_at(self, position: Position) -> int:
        """The crystallite that takes the largest share there; 0 for none."""
        return int(self.shown.labels[position])

    def labels_at(self, position: Position) -> list[int]:
        """All crystallites there, the largest share first."""
        found = self.shown.overlapping
        if found is None:
            return [self.label_at(position)] if self.label_at(position) else []
        here = np.flatnonzero(found.masks[(slice(None), *position)])
        shares = found.fractions[position][here]
        return [int(k) + 1 for k in here[np.argsort(-shares, kind="stable")]]

    # what is looked at

    def pointing(self, position: Position | None) -> "State":
        """With the pointer at a scan position, or elsewhere."""
        return dataclasses.replace(self, pointer=position)

    def clicking(self, position: Position, *, add: bool = False) -> "State":
        """With the crystallite at a scan position selected, or added to those that are."""
        label = self.label_at(position)
        pinned = dataclasses.replace(self, pinned=position, message="")
        return pinned.selecting([label] if label else [], add=add)

    def selecting(self, labels: Iterable[int], *, add: bool = False) -> "State":
        """With crystallites selected; one that is selected already and added again is taken away."""
        chosen = tuple(label for label in dict.fromkeys(labels) if 1 <= label <= self.shown.count)
        if add:
            before = tuple(label for label in self.selected if label not in chosen)
            chosen = before + tuple(label for label in chosen if label not in self.selected)
        return dataclasses.replace(self, selected=chosen)

    def pinning(self, position: Position) -> "State":
        """With a scan position kept as if it had been clicked, but nothing selected by it."""
        return dataclasses.replace(self, pinned=position)

    def stepping(self, step: int) -> "State":
        """With the next crystallite selected (`step` 1) or the one before (-1), and its middle shown."""
        if not self.shown.count:
            return self
        last = self.selected[-1] if self.selected else (0 if step > 0 else 1)
        label = (last - 1 + step) % self.shown.count + 1
        return dataclasses.replace(self.selecting([label]), pinned=self.middle_of(label))

    def middle_of(self, label: int) -> Position | None:
        """A scan position of a crystallite near its centroid; None if it has none."""
        places = np.argwhere(self.mask_of(label))
        if not len(places):
            return None
        y, x = places[((places - places.mean(axis=0)) ** 2).sum(axis=1).argmin()].tolist()
        return y, x

    def mask_of(self, label: int) -> NDArray[np.bool_]:
        """(ny, nx) where a crystallite is on the label map; its mask where it is nowhere the largest."""
        mask = np.asarray(self.shown.labels == label)
        found = self.shown.overlapping
        if found is not None and not mask.any():
            return np.asarray(found.masks[label - 1])
        return mask

    def at_boundary(self, pair: tuple[int, int]) -> "State":
        """With the boundary between two crystallites looked at."""
        return dataclasses.replace(self, boundary=pair)

    def colouring(self, quantity: str) -> "State":
        """With another quantity as colour."""
        return dataclasses.replace(self, quantity=quantity)

    def at_disk(self, disk: int) -> "State":
        """With a dark field as colour."""
        return dataclasses.replace(self, disk=disk, quantity=DARK_FIELD)

    def detecting(self, detector: Circle | Ring | None) -> "State":
        """With a virtual detector drawn, whose counts are not there yet."""
        back = CRYSTALLITES if detector is None and self.quantity == VIRTUAL_DETECTOR else self.quantity
        return dataclasses.replace(self, detector=detector, virtual=None, quantity=back)

    def detected(self, counts: NDArray[np.float32]) -> "State":
        """With the counts (ny, nx) on the virtual detector as colour."""
        return dataclasses.replace(self, virtual=counts, quantity=VIRTUAL_DETECTOR)

    def filtering(self, labels: Iterable[int] | None) -> "State":
        """With only these crystallites left by the table's filters; None for all."""
        return dataclasses.replace(self, filtered=None if labels is None else frozenset(labels))

    def brushing(self, sizes: tuple[float, float] | None) -> "State":
        """With only crystallites of these equivalent diameters left; None for all."""
        return dataclasses.replace(self, brushed=sizes)

    def saying(self, message: str) -> "State":
        """With something to say."""
        return dataclasses.replace(self, message=message)

    # what changes the map

    def cutting(self, height: float | None) -> "State":
        """With the map of another cut, edits made again; None for the map as it was mapped."""
        return self._remade(height, self.edits, self.undone, "")

    def merging(self) -> "State":
        """With the selected crystallites made one."""
        return self._editing(lambda now: merge(self.shown.labels, self.selected, now))

    def splitting(self) -> "State":
        """With the selected crystallite made two, along the dendrogram."""

        def made(now: str) -> Edit:
            label = self._one_selected("split")
            part = part_along_tree(self.mapped.dendrogram, self.shown.labels == label)
            return split(self.shown.labels, label, part, now)

        return self._editing(made)

    def giving(self, mask: NDArray[np.bool_]) -> "State":
        """With the scan positions of a mask (ny, nx) given to the selected crystallite."""
        return self._editing(lambda now: give(self.shown.labels, mask, self._one_selected("given positions"), now))

    def rejecting(self) -> "State":
        """With the selected crystallite taken away."""
        return self._editing(lambda now: reject(self.shown.labels, self._one_selected("rejected"), now))

    def renaming(self, name: str) -> "State":
        """With the selected crystallite called so."""
        return self._editing(lambda now: rename(self.shown.labels, self._one_selected("named"), name, now))

    def undoing(self) -> "State":
        """Without the last edit."""
        if not self.edits:
            return self.saying("there is nothing to undo")
        last = self.edits[-1]
        return self._remade(self.cut, self.edits[:-1], (*self.undone, last), f"undone: {last.kind}")

    def redoing(self) -> "State":
        """With the last undone edit made again."""
        if not self.undone:
            return self.saying("there is nothing to redo")
        last = self.undone[-1]
        return self._remade(self.cut, (*self.edits, last), self.undone[:-1], f"made again: {last.kind}")

    def saving(self, path: Path) -> "State":
        """Write the shown map, with its edits, to a results file, and remember that it is there."""
        try:
            self.shown.save(path)
        except GraineyeError as error:
            return self.saying(str(error))
        return dataclasses.replace(self, saved=self.edits, message=f"saved to {path}")

    def _one_selected(self, what: str) -> int:
        if len(self.selected) != 1:
            raise SettingsError(f"{len(self.selected)} crystallites are selected: select the one that is to be {what}")
        return self.selected[0]

    def _editing(self, make: MakeEdit) -> "State":
        try:
            edit = make(datetime.now(UTC).isoformat(timespec="seconds"))
            return self._remade(self.cut, (*self.edits, edit), (), f"made: {edit.kind}")
        except SettingsError as error:
            return self.saying(str(error))

    def _remade(self, cut: float | None, edits: tuple[Edit, ...], undone: tuple[Edit, ...], message: str) -> "State":
        """The map of a cut with edits; selections follow the places that they were at."""
        with warnings.catch_warnings(record=True) as notes:
            warnings.simplefilter("always")
            base = self.mapped if cut is None else self.mapped.cut(distance=cut)
            shown = base.edited(edits) if edits else base
        at = [place for place in map(self.middle_of, self.selected) if place is not None]
        labels = dict.fromkeys(int(shown.labels[place]) for place in at)
        return dataclasses.replace(
            self,
            shown=shown,
            cut=cut,
            edits=edits,
            undone=undone,
            selected=tuple(label for label in labels if label),
            boundary=None,
            filtered=None,
            brushed=None,
            message="; ".join([message, *(str(note.message) for note in notes)]).strip("; "),
        )
