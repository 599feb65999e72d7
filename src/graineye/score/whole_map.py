"""A map as graineye or another program gives it, scored both ways: by its labels and by its masks.

Of a map that has no masks the regions of its labels are taken for them, so that both figures are always there.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from graineye.score.label_maps import LabelScore, checked_labels, score_labels
from graineye.score.masks import MaskScore, score_masks
from graineye.score.truth import Truth


@dataclass(frozen=True)
class Score:
    """How right a map is: its labels, and its masks."""

    labels: LabelScore
    masks: MaskScore

    def to_dict(self) -> dict[str, float]:
        """Every figure by name."""
        return self.labels.to_dict() | self.masks.to_dict()


def score_map(truth: Truth, labels: ArrayLike, masks: ArrayLike | None = None) -> Score:
    """Score a label map and its masks; without `masks`, the regions of the label map are taken for them.

    Parameters
    ----------
    truth
        What the scan was made of.
    labels
        Whole numbers (ny, nx), 0 = unassigned.
    masks
        Bool, or each crystallite's share of the column, (n_crystallites, ny, nx); they may overlap.

    Raises
    ------
    ScoreError
        If shapes do not match the truth's, or labels are not whole numbers from 0 on.
    """
    numbers = checked_labels(truth, labels)
    if masks is None:
        masks = numbers == np.unique(numbers[numbers > 0])[:, None, None]
    return Score(score_labels(truth, numbers), score_masks(truth, masks))
