"""How right masks are that may overlap, against the share of the column that each grain takes.

A grain under another counts here where it takes enough of the column, which no label map can show.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import linear_sum_assignment
from scipy.sparse import csr_array

from graineye.errors import ScoreError
from graineye.score.matching import MATCH_IOU, MIN_POSITIONS, Matching
from graineye.score.truth import Masks, Truth

MASK_SHARE = 0.25
"""A grain or crystallite is there in an overlap mask where it takes this share of the column."""


@dataclass(frozen=True)
class MaskScore:
    """How right masks are that may overlap."""

    matching: Matching

    def to_dict(self) -> dict[str, float]:
        """Every figure by name, beginning with m_."""
        return {f"m_{name}": value for name, value in self.matching.to_dict().items()}


def score_masks(truth: Truth, masks: ArrayLike) -> MaskScore:
    """Score masks that may overlap against the columns of which each grain takes `MASK_SHARE`.

    Grains and masks are paired one to one for the largest sum of intersection over union. A mask that shows a grain
    which is not counted (invisible, or under `MIN_POSITIONS` columns) is not invented.

    Parameters
    ----------
    truth
        What the scan was made of.
    masks
        (n_crystallites, ny, nx): bool or 0 and 1, or shares of the column, which count from `MASK_SHARE` on.

    Raises
    ------
    ScoreError
        If the shape is not the truth's.
    """
    found = _checked_masks(truth, masks)
    grains = truth.fractions >= MASK_SHARE
    sizes = grains.sum(axis=(1, 2))
    counted = (sizes >= MIN_POSITIONS) & truth.visible
    iou = _iou_of_masks(grains, found)
    matching = np.where(iou[counted] >= MATCH_IOU, iou[counted], 0.0)
    rows, columns = linear_sum_assignment(matching, maximize=True)
    matched = matching[rows, columns] > 0
    shows_other = np.any(iou[~counted] >= MATCH_IOU, axis=0)
    explained = shows_other.copy()
    explained[columns[matched]] = True
    tp = int(matched.sum())
    return MaskScore(
        Matching(
            tp=tp,
            fp=int((~explained).sum()),
            fn=int(counted.sum()) - tp,
            iou=float(matching[rows, columns].sum()),
        )
    )


def _iou_of_masks(grains: Masks, found: Masks) -> NDArray[np.float64]:
    """Intersection over union of each of n grains (n, ny, nx) with each of m masks (m, ny, nx), of shape (n, m)."""
    positions = grains.shape[1] * grains.shape[2]
    rows = csr_array(grains.reshape(len(grains), positions)).astype(np.int64)
    columns = csr_array(found.reshape(len(found), positions)).astype(np.int64)
    shared = (rows @ columns.T).toarray()
    union = grains.sum(axis=(1, 2))[:, None] + found.sum(axis=(1, 2))[None, :] - shared
    return np.asarray(shared / np.maximum(union, 1))


def _checked_masks(truth: Truth, masks: ArrayLike) -> Masks:
    """Masks as bool; those without any position are no objects and left out."""
    found = np.asarray(masks)
    if found.ndim != 3 or found.shape[1:] != truth.labels.shape:
        raise ScoreError(
            f"masks have shape {found.shape}, the truth's maps {truth.labels.shape}: "
            "give (n_crystallites, ny, nx) of the same scan"
        )
    there = found >= MASK_SHARE if found.dtype.kind == "f" else found.astype(bool)
    return np.asarray(there[there.any(axis=(1, 2))])
