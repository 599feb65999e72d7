"""How right a label map is, against the grain that dominates each scan position.

Counted are clear positions of grains of sufficient size: objects by matching, pairs of positions by the adjusted Rand index.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.sparse import csr_array

from graineye.errors import ScoreError
from graineye.score.matching import MATCH_IOU, MIN_POSITIONS, Matching
from graineye.score.rand_index import adjusted_rand_index
from graineye.score.truth import Labels, Masks, Truth


@dataclass(frozen=True)
class LabelScore:
    """How right a label map is, on the scan positions that one grain of sufficient size dominates clearly."""

    matching: Matching
    """With the grains that show no disk left out."""
    ari: float
    """Adjusted Rand index there, every unassigned position a region of its own."""
    matching_all: Matching
    """With the grains that show no disk counted too."""
    ari_all: float
    n_pred: int
    """Crystallites of the map."""
    vacuum_assigned: float | None
    """Share of the vacuum that has a label; None where the truth has no vacuum."""

    def to_dict(self) -> dict[str, float]:
        """Every figure by name; those with all grains end in _all."""
        figures = self.matching.to_dict() | {"ari": self.ari}
        figures |= {f"{name}_all": value for name, value in self.matching_all.to_dict().items()}
        figures |= {"ari_all": self.ari_all, "n_pred": self.n_pred}
        return figures if self.vacuum_assigned is None else figures | {"vacuum_assigned": self.vacuum_assigned}


def score_labels(truth: Truth, labels: ArrayLike) -> LabelScore:
    """Score a label map (ny, nx) of whole numbers, 0 = unassigned, against the dominant grains.

    Not counted are vacuum, ambiguous positions and grains under `MIN_POSITIONS` clear positions; a crystallite that
    lies mostly there is neither found nor invented.

    Raises
    ------
    ScoreError
        If the shape is not the truth's, or labels are not whole numbers from 0 on.
    """
    found = checked_labels(truth, labels)
    clear = (truth.labels > 0) & ~truth.ambiguous
    sizes = np.bincount(truth.labels[clear], minlength=len(truth.visible) + 1)
    large = sizes >= MIN_POSITIONS
    shown = large & np.concatenate([[False], truth.visible])
    counted, counted_all = clear & shown[truth.labels], clear & large[truth.labels]
    vacuum = truth.labels == 0
    return LabelScore(
        matching=_match_labels(truth.labels, found, counted),
        ari=_ari_of_assigned(truth.labels[counted], found[counted]),
        matching_all=_match_labels(truth.labels, found, counted_all),
        ari_all=_ari_of_assigned(truth.labels[counted_all], found[counted_all]),
        n_pred=len(np.unique(found[found > 0])),
        vacuum_assigned=float(np.mean(found[vacuum] > 0)) if vacuum.any() else None,
    )


def checked_labels(truth: Truth, labels: ArrayLike) -> Labels:
    """A label map as whole numbers of 64 bits.

    Raises
    ------
    ScoreError
        If its shape is not the truth's, or they are not whole numbers from 0 on.
    """
    numbers = np.asarray(labels)
    if numbers.shape != truth.labels.shape:
        raise ScoreError(
            f"the label map has shape {numbers.shape}, the truth {truth.labels.shape}: name the truth of the same scan"
        )
    if numbers.dtype.kind not in "iub" or (numbers.size and numbers.min() < 0):
        raise ScoreError("labels must be whole numbers from 0 on: 0 is unassigned")
    return numbers.astype(np.int64)


def _ari_of_assigned(grains: Labels, found: Labels) -> float:
    """The adjusted Rand index with every unassigned position a region of its own."""
    alone = found == 0
    numbers = found.copy()
    numbers[alone] = found.max(initial=0) + 1 + np.arange(alone.sum())
    return adjusted_rand_index(grains, numbers)


def _match_labels(grains: Labels, found: Labels, counted: Masks) -> Matching:
    """Match crystallites to grains on the counted positions; each takes part once, the lower number first."""
    names, sizes = np.unique(grains[counted], return_counts=True)
    labels, whole = np.unique(found[found > 0], return_counts=True)
    inside = counted & (found > 0)
    rows, columns = np.searchsorted(names, grains[inside]), np.searchsorted(labels, found[inside])
    shared = csr_array((np.ones(len(rows), np.int64), (rows, columns)), shape=(len(names), len(labels))).tocoo()
    within = np.bincount(columns, minlength=len(labels))
    iou = shared.data / (sizes[shared.row] + within[shared.col] - shared.data)
    matched: dict[int, float] = {}
    done: set[int] = set()
    for k in np.lexsort((shared.col, shared.row)):
        row, column = int(shared.row[k]), int(shared.col[k])
        # at exactly one half two may claim the same partner
        if iou[k] >= MATCH_IOU and row not in done and column not in matched:
            done.add(row)
            matched[column] = float(iou[k])
    counts_as_invented = within > whole / 2
    counts_as_invented[list(matched)] = False
    return Matching(
        tp=len(matched), fp=int(counts_as_invented.sum()), fn=len(names) - len(matched), iou=sum(matched.values())
    )
