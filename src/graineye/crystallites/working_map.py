"""A map while edits are made on it: labels with gaps, and fractions that are copied where they change.

Labels are numbered anew when all edits are made.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import EllipsisType

import numpy as np
from numpy.typing import NDArray

from graineye.crystallites.overlapping import OverlappingCrystallites
from graineye.crystallites.overlapping.support import LEVEL


@dataclass(frozen=True, eq=False)
class EditedCrystallites:
    """A map after edits.

    Attributes
    ----------
    labels
        (ny, nx) from 1 without gaps; 0 is unassigned.
    overlapping
        The same crystallites as objects that may share scan positions; None of a cut.
    names
        Of those that have one, by label.
    notes
        A sentence for each edit that does not fit this map, or not quite.
    """

    labels: NDArray[np.int32]
    overlapping: OverlappingCrystallites | None
    names: Mapping[int, str]
    notes: tuple[str, ...]


@dataclass
class Piece:
    """One of those that may overlap; its fraction (ny, nx) is replaced, never changed in place.

    `column` is its place among the unedited ones as long as its fraction is as it was, else None.
    """

    fraction: NDArray[np.float32]
    strength: NDArray[np.float32]
    quality: float
    column: int | None = None


@dataclass
class WorkingMap:
    """A map under work: labels are kept as they are, with gaps and new ones at the end, and numbered when all is done."""

    original: NDArray[np.int32]
    overlapping: OverlappingCrystallites | None
    dark_fields: NDArray[np.float32]
    excluded: NDArray[np.bool_] | None
    labels: NDArray[np.int32] = field(init=False)
    shares: dict[int, Piece] = field(init=False)
    names: dict[int, str] = field(default_factory=dict)
    changed: bool = False

    def __post_init__(self) -> None:
        self.labels = self.original.copy()
        self.shares = {}
        if self.overlapping is not None:
            fractions, quality = self.overlapping.fractions, self.overlapping.quality.tolist()
            for k, (strength, q) in enumerate(zip(self.overlapping.strengths, quality, strict=True)):
                self.shares[k + 1] = Piece(fractions[..., k], strength, q, k)
        self._next = 1 + max(int(self.labels.max(initial=0)), len(self.shares))

    def at(self, positions: NDArray[np.int32]) -> NDArray[np.int32]:
        """Labels at scan positions (n, 2)."""
        return np.asarray(self.labels[positions[:, 0], positions[:, 1]])

    def home(self, positions: NDArray[np.int32]) -> int:
        """The crystallite that has most of the scan positions, of equals the lowest label; 0 if none has any."""
        found = self.at(positions)
        return int(np.bincount(found[found > 0], minlength=1).argmax())

    def new_label(self) -> int:
        """One that no crystallite has had."""
        self._next += 1
        return self._next - 1

    def finished(self, notes: tuple[str, ...]) -> EditedCrystallites:
        """The map with labels in the order of first scan positions; the very one it began with if nothing has changed."""
        if not self.changed:
            return EditedCrystallites(self.original, self.overlapping, dict(sorted(self.names.items())), notes)
        shown, first = np.unique(self.labels, return_index=True)
        order = {int(k): int(i) for k, i in zip(shown, first, strict=True) if k}
        if self.overlapping is not None:
            self._ground(list(order))
            order |= {k: self.labels.size + _first(c.fraction) for k, c in self.shares.items() if k not in order}
        old = sorted(order, key=lambda k: (order[k], k))
        number = np.zeros(self._next, np.int32)
        number[old] = np.arange(1, len(old) + 1)
        names = {int(number[k]): name for k, name in self.names.items() if number[k]}
        return EditedCrystallites(number[self.labels], self._gathered(old), dict(sorted(names.items())), notes)

    def _ground(self, shown: Sequence[int]) -> None:
        """Let each have a place where it is: one on the map has at least one scan position, one of nowhere is none."""
        for k, one in list(self.shares.items()):
            if (k in shown and one.column is not None) or (one.fraction >= LEVEL).any():
                continue
            if k in shown:
                one.fraction = np.where(self.labels == k, np.float32(LEVEL), one.fraction)
            else:
                del self.shares[k]

    def fractions_of(
        self, crystallites: Sequence[int], where: NDArray[np.bool_] | EllipsisType = ...
    ) -> NDArray[np.float32]:
        """(ny, nx, n) fractions of some, or (n_where, n) at the scan positions of a mask."""
        if self.overlapping is None:
            raise ValueError("crystallites of a cut have no fractions")
        # All that are as they were at once: one by one they lie far apart in the memory.
        columns = [self.shares[k].column or 0 for k in crystallites]
        found = np.take(self.overlapping.fractions[where], columns, axis=-1)
        for i, k in enumerate(crystallites):
            if self.shares[k].column is None:
                found[..., i] = self.shares[k].fraction[where]
        return found

    def _gathered(self, order: Sequence[int]) -> OverlappingCrystallites | None:
        if self.overlapping is None:
            return None
        if not order:
            return OverlappingCrystallites.none(self.labels.shape, self.overlapping.strengths.shape[1])
        return OverlappingCrystallites(
            self.fractions_of(order),
            np.stack([self.shares[k].strength for k in order]),
            np.array([self.shares[k].quality for k in order]),
        )


def _first(fraction: NDArray[np.float32]) -> int:
    return int((fraction >= LEVEL).argmax())
