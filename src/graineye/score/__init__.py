"""Compares a label map, or masks that may overlap, with the grains of a truth.

Objects are scored, not pixels: `score_map` is the way in, and takes arrays of any origin.
"""

from graineye.score.label_maps import LabelScore, score_labels
from graineye.score.masks import MASK_SHARE, MaskScore, score_masks
from graineye.score.matching import MATCH_IOU, MIN_POSITIONS, Matching
from graineye.score.npz_files import read_labels
from graineye.score.rand_index import adjusted_rand_index
from graineye.score.truth import Truth
from graineye.score.whole_map import Score, score_map

__all__ = [
    "MASK_SHARE",
    "MATCH_IOU",
    "MIN_POSITIONS",
    "LabelScore",
    "MaskScore",
    "Matching",
    "Score",
    "Truth",
    "adjusted_rand_index",
    "read_labels",
    "score_labels",
    "score_map",
    "score_masks",
]
