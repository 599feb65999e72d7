"""Maps and crystallites that follow the microscope, not the specimen: descan, scan lines, thickness.

Nothing is changed or left out; each finding says which labels to look at, how strong it is, and why.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Kind = Literal["descan", "scan row", "scan column", "thickness"]

_ALONG_LINE = 0.85
"""Share of a scan line over which the label changes at once; boundaries of compact crystallites cross one in many places."""
_OF_ONE_PAIR = 0.98
"""The same where the same two labels meet all along, which a straight boundary between two crystals can do."""
_LEAST_LINE = 20
"""Scan positions of such a change: across few, small crystallites end together by chance."""
_LEAST_STRAIGHT = 12
"""Scan positions of a straight cut through one crystal."""
_LEAST_BOUNDARY = 8
"""Edges of a boundary that has a direction."""
_ALONG_LEVEL = 0.2
"""Slope of the beam along a boundary against its steepest slope there: within 12 degrees of constant."""
_BY_CHANCE = 0.25
"""Share of boundaries that straight lines of every direction give for beam y or beam x."""
_FOLLOWING = 0.6
_STANDARD_ERRORS = 3.5
"""Above chance, with as many boundaries as there are."""
_LEAST_WANDER = 0.5
"""px between the outermost beam positions; less moves no disk out of its template."""
_SAME_DISKS = 0.95
"""Cosine of two neighbours' disk strengths above which only their total intensity differs."""
_NEARLY_SAME = 0.9
_COUNTS_STEP = 5.0
"""Standard errors of the total counts' step across a boundary that makes nearly the same disks suspicious."""


@dataclass(frozen=True)
class Artefact:
    """What a map, or some of its crystallites, follows in place of the specimen.

    Attributes
    ----------
    what
        Its kind.
    labels
        The crystallites concerned.
    strength
        descan: share of the boundaries along which the beam stands still; scan row and scan column: share of the line over
        which the label changes; thickness: cosine of the disks' strengths.
    sentence
        All of it in words.
    """

    what: Kind
    labels: tuple[int, ...]
    strength: float
    sentence: str


def find_artefacts(
    labels: NDArray[np.int32],
    beam: NDArray[np.floating] | None,
    total_counts: NDArray[np.floating],
    strengths: NDArray[np.floating] | None,
    boundaries: pd.DataFrame,
) -> list[Artefact]:
    """Crystallites whose boundaries follow the beam's wander, a scan line, or the thickness of one crystal.

    Parameters
    ----------
    labels
        (ny, nx); 0 is no crystallite.
    beam
        (2, ny, nx) position (y, x) of the beam in every frame, px; None if it was not followed.
    total_counts
        (ny, nx) of every frame.
    strengths
        (n, n_disks) of every label's disks away from the beam, counts; None not to compare them.
    boundaries
        `label`, `neighbour`, `length_px` from `boundary_table`.

    Returns
    -------
    list
        Scan lines first, then descan, then thickness by label.
    """
    edges = _edges_of(labels)
    found = [*_along_lines(labels, 0), *_along_lines(labels, 1)]
    if beam is not None:
        found += _along_beam(edges, np.asarray(beam, np.float64))
    if strengths is not None:
        found += _same_disks(edges, np.asarray(total_counts, np.float64), strengths, boundaries)
    return found


@dataclass(frozen=True)
class _Edges:
    """Edges between two crystallites: the position on either side, the lower label first, and the place between them."""

    pair: NDArray[np.int32]
    low: NDArray[np.int64]
    high: NDArray[np.int64]

    @property
    def place(self) -> NDArray[np.float64]:
        return (self.low + self.high) / 2

    def by_pair(self) -> list[tuple[tuple[int, int], "_Edges"]]:
        """Those of each two labels."""
        if not len(self.pair):
            return []
        pairs, which = np.unique(self.pair, axis=0, return_inverse=True)
        order = np.argsort(which.reshape(-1), kind="stable")
        parts = np.split(order, np.cumsum(np.bincount(which.reshape(-1)))[:-1])
        return [
            ((int(pair[0]), int(pair[1])), _Edges(self.pair[part], self.low[part], self.high[part]))
            for pair, part in zip(pairs, parts, strict=True)
        ]


def _edges_of(labels: NDArray[np.int32]) -> _Edges:
    sides = []
    for step in ((1, 0), (0, 1)):
        before, after = labels[: labels.shape[0] - step[0], : labels.shape[1] - step[1]], labels[step[0] :, step[1] :]
        first = np.argwhere((before != after) & (before > 0) & (after > 0))
        sides.append((first, first + step))
    first, second = (np.concatenate(both) for both in zip(*sides, strict=True))
    of_first, of_second = labels[tuple(first.T)], labels[tuple(second.T)]
    swapped = (of_first > of_second)[:, None]
    pair = np.sort(np.stack([of_first, of_second], axis=1), axis=1)
    return _Edges(pair, np.where(swapped, second, first), np.where(swapped, first, second))


def _along_lines(labels: NDArray[np.int32], axis: int) -> list[Artefact]:
    """Lines of the scan, rows along axis 0 and columns along axis 1, at which nearly every label changes."""
    lines = np.moveaxis(labels, axis, 0)
    known = (lines[1:] > 0) & (lines[:-1] > 0)
    changes = known & (lines[1:] != lines[:-1])
    share = changes.sum(axis=1) / np.maximum(known.sum(axis=1), 1)
    kind: Kind = "scan row" if axis == 0 else "scan column"
    found = []
    for line in np.flatnonzero((share >= _ALONG_LINE) & (changes.sum(axis=1) >= _LEAST_LINE)).tolist():
        beside = np.concatenate([lines[line][changes[line]], lines[line + 1][changes[line]]])
        concerned = tuple(np.unique(beside).tolist())
        if len(concerned) == 2 and share[line] < _OF_ONE_PAIR:
            continue
        sentence = (
            f"At {kind}s {line} and {line + 1} the label changes along {100 * share[line]:.0f} % of the line: "
            f"{_named(concerned)} may end there by flyback, drift or a jump of the dose, not by a boundary."
        )
        found.append(Artefact(kind, concerned, float(share[line]), sentence))
    return found


def _along_beam(edges: _Edges, beam: NDArray[np.float64]) -> list[Artefact]:
    """Whether most boundaries are lines of constant beam position; nothing is said of single ones, which may be by chance."""
    lowest, highest = beam.min(axis=(1, 2)), beam.max(axis=(1, 2))
    wander = np.flatnonzero(highest - lowest >= _LEAST_WANDER)
    if not len(wander) or min(beam.shape[1:]) < 2:
        return []
    slopes = np.stack([np.hypot(*np.gradient(beam[axis])) for axis in wander])
    lengths, along = [], []
    concerned: set[int] = set()
    for pair, part in edges.by_pair():
        if len(part.pair) < _LEAST_BOUNDARY:
            continue
        relative = min(
            _slope_along(part, beam[axis], slope) for axis, slope in zip(wander.tolist(), slopes, strict=True)
        )
        lengths.append(len(part.pair))
        along.append(relative < _ALONG_LEVEL)
        if along[-1]:
            concerned.update(pair)
    length = np.array(lengths, np.float64)
    if not len(length):
        return []
    share = float(length[along].sum() / length.sum())
    independent = length.sum() ** 2 / (length**2).sum()
    error = np.sqrt(_BY_CHANCE * (1 - _BY_CHANCE) / independent)
    if share < _FOLLOWING or share - _BY_CHANCE < _STANDARD_ERRORS * error:
        return []
    chosen = tuple(sorted(concerned))
    sentence = (
        f"The beam stands still along {100 * share:.0f} % of the boundaries' length (chance: {100 * _BY_CHANCE:.0f} %): "
        f"{_named(chosen)} may be divided by descan."
    )
    return [Artefact("descan", chosen, share, sentence)]


def _slope_along(edges: _Edges, values: NDArray[np.float64], slope: NDArray[np.float64]) -> float:
    """Spread of values along a boundary over what it were along the steepest slope: 0 on a line of constant value."""
    low, high = tuple(edges.low.T), tuple(edges.high.T)
    spread = np.std((values[low] + values[high]) / 2)
    reach = np.sqrt(edges.place.var(axis=0).sum())
    steepest = np.sqrt(((slope[low] ** 2 + slope[high] ** 2) / 2).mean())
    return float(spread / max(reach * steepest, 1e-12))


def _same_disks(
    edges: _Edges, counts: NDArray[np.float64], strengths: NDArray[np.floating], boundaries: pd.DataFrame
) -> list[Artefact]:
    """Neighbours that show the same disks, or nearly so where the total counts step from one to the other."""
    positive = np.maximum(np.asarray(strengths, np.float64), 0)
    length = np.linalg.norm(positive, axis=1)
    unit = positive / np.maximum(length, 1e-30)[:, None]
    touching = set(zip(boundaries["label"].tolist(), boundaries["neighbour"].tolist(), strict=True))
    found = []
    for (a, b), part in edges.by_pair():
        if (a, b) not in touching or max(a, b) > len(unit):
            continue
        cosine = float(unit[a - 1] @ unit[b - 1])
        step = _step(part, counts)
        if cosine < _SAME_DISKS and not (cosine >= _NEARLY_SAME and step >= _COUNTS_STEP):
            continue
        rows, columns = (int(np.ptp(part.place[:, axis])) for axis in (0, 1))
        straight = (rows == 0 or columns == 0) and len(part.pair) >= _LEAST_STRAIGHT
        cause = (
            f"a cut along a scan {'row' if rows == 0 else 'column'}" if straight else "thickness, a fringe or a bend"
        )
        sentence = (
            f"Crystallites {a} and {b} show the same disks (cosine of their strengths {cosine:.2f}) and touch: "
            f"one crystal, divided by {cause}?"
        )
        found.append(Artefact("thickness", (a, b), cosine, sentence))
    return found


def _step(edges: _Edges, counts: NDArray[np.float64]) -> float:
    """Step of the counts across a boundary in standard errors."""
    difference = counts[tuple(edges.high.T)] - counts[tuple(edges.low.T)]
    if len(difference) < _LEAST_BOUNDARY:
        return 0.0
    return float(abs(difference.mean()) * np.sqrt(len(difference)) / max(float(difference.std()), 1e-12))


def _named(labels: tuple[int, ...]) -> str:
    """Labels in words, the first few of many."""
    if len(labels) == 1:
        return f"crystallite {labels[0]}"
    if len(labels) > 6:
        return f"{len(labels)} crystallites ({', '.join(map(str, labels[:4]))}, ...)"
    return f"crystallites {', '.join(map(str, labels[:-1]))} and {labels[-1]}"
