"""What a person changes in a map, as constraints on scan positions: these belong together, those do not.

Labels change with the settings and scan positions do not, so an edit can be made again on any map of the same scan.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from graineye.errors import SettingsError

EditKind = Literal["merge", "split", "give", "reject", "rename"]
_NEEDS_OTHERS = ("split", "give")


def _nowhere() -> NDArray[np.int32]:
    return np.zeros((0, 2), np.int32)


@dataclass(frozen=True, eq=False)
class Edit:
    """One change of a map.

    Attributes
    ----------
    kind
        "merge", "split", "give", "reject" or "rename".
    positions
        (n, 2) scan positions (y, x). merge: one in each crystallite that belongs to the others; split: those of the one
        part; give: those that change hands; reject, rename: of the crystallite, one or more.
    others
        (m, 2) scan positions. split: of the other part; give: one or more of the crystallite that takes; reject: just
        outside the crystallite, none where that is not known; else none.
    name
        Of a rename; empty to take the name away.
    time
        When it was made: ISO 8601, UTC, seconds.

    Raises
    ------
    SettingsError
        If it is of no such kind, has no positions that it needs, or a text that no file can keep.
    """

    kind: EditKind
    positions: NDArray[np.int32] = field(repr=False)
    others: NDArray[np.int32] = field(default_factory=_nowhere, repr=False)
    name: str = ""
    time: str = ""

    def __post_init__(self) -> None:
        if self.kind not in get_args(EditKind):
            raise SettingsError(f"{str(self.kind)[:40]!r} is no kind of edit: take {', '.join(get_args(EditKind))}")
        for side in ("positions", "others"):
            object.__setattr__(self, side, _checked(self.kind, getattr(self, side)))
        if not len(self.positions) or (self.kind in _NEEDS_OTHERS and not len(self.others)):
            raise SettingsError(f"an edit ({self.kind}) names no scan positions: name at least one of each crystallite")
        for text in (self.name, self.time):
            if not isinstance(text, str) or "\0" in text or text != text.encode("utf-8", "replace").decode("utf-8"):
                raise SettingsError(f"an edit ({self.kind}) has a name or time that is no UTF-8 text: type another one")


def _checked(kind: str, positions: object) -> NDArray[np.int32]:
    """A copy (n, 2) that nobody changes."""
    found = np.asarray(positions)
    found = found.reshape(-1, 2) if not found.size else found
    if found.ndim != 2 or found.shape[1] != 2 or (found.size and found.dtype.kind not in "iu"):
        raise SettingsError(
            f"an edit ({kind}) has {found.dtype} positions of shape {found.shape}: give (n, 2) whole numbers"
        )
    if found.size and not 0 <= found.min() <= found.max() <= np.iinfo(np.int32).max:
        raise SettingsError(f"an edit ({kind}) has positions outside of any scan: they count from 0, as (y, x)")
    copy = found.astype(np.int32)
    copy.setflags(write=False)
    return copy


def merge(labels: NDArray[np.int32], chosen: Sequence[int], time: str = "") -> Edit:
    """Several crystallites are one.

    Parameters
    ----------
    labels
        (ny, nx).
    chosen
        Two labels or more.
    time
        When it is made.

    Raises
    ------
    SettingsError
        If there are fewer, or one is not on the map.
    """
    different = sorted({int(label) for label in chosen})
    if len(different) < 2:
        raise SettingsError("one crystallite alone cannot be merged: choose two or more")
    return Edit("merge", np.concatenate([_anchor(_region(labels, label)) for label in different]), time=time)


def split(labels: NDArray[np.int32], label: int, part: NDArray[np.bool_], time: str = "") -> Edit:
    """A crystallite is two: a part (ny, nx), and what is left of it.

    Raises
    ------
    SettingsError
        If the crystallite is not on the map, or one of the two parts is empty.
    """
    region = _region(labels, label)
    if not (region & part).any() or not (region & ~part).any():
        raise SettingsError(
            f"crystallite {label} is not split by that part: choose some of its scan positions, not all"
        )
    return Edit("split", _positions(region & part), _positions(region & ~part), time=time)


def give(labels: NDArray[np.int32], mask: NDArray[np.bool_], label: int, time: str = "") -> Edit:
    """Scan positions of a mask (ny, nx) belong to a crystallite.

    Raises
    ------
    SettingsError
        If the crystallite is not on the map, or nothing is given that it does not have.
    """
    region = _region(labels, label)
    if not (mask & ~region).any():
        raise SettingsError(f"crystallite {label} has those scan positions already: choose others")
    return Edit(
        "give", _positions(mask & ~region), _anchor(region & ~mask if (region & ~mask).any() else region), time=time
    )


def reject(labels: NDArray[np.int32], label: int, time: str = "") -> Edit:
    """A crystallite is none.

    Raises
    ------
    SettingsError
        If it is not on the map.
    """
    region = _region(labels, label)
    return Edit("reject", _positions(region), _positions(ndimage.binary_dilation(region) & ~region), time=time)


def rename(labels: NDArray[np.int32], label: int, name: str, time: str = "") -> Edit:
    """A crystallite has a name; an empty one takes it away.

    Raises
    ------
    SettingsError
        If it is not on the map, or the name is no text that a file can keep.
    """
    return Edit("rename", _anchor(_region(labels, label)), name=name, time=time)


def _region(labels: NDArray[np.int32], label: int) -> NDArray[np.bool_]:
    region = np.asarray(labels == label)
    if label < 1 or not region.any():
        raise SettingsError(
            f"crystallite {label} has no scan position on the map, where it could be edited: choose another"
        )
    return region


def _positions(mask: NDArray[np.bool_]) -> NDArray[np.int32]:
    return np.argwhere(mask).astype(np.int32)


def _anchor(region: NDArray[np.bool_]) -> NDArray[np.int32]:
    """(1, 2) the scan position farthest from the region's rim, which other settings are least likely to take away."""
    depth = ndimage.distance_transform_edt(np.pad(region, 1))[1:-1, 1:-1]
    return np.array([np.unravel_index(depth.argmax(), depth.shape)], np.int32)
