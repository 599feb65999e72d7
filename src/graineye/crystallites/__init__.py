"""From dark fields to crystallites: features, the dendrogram, a cut through it, and what is measured of each region.

Pure array code: no frame is read, and a new cut takes milliseconds.
"""

from graineye.crystallites.cut import (
    absorb_small,
    cut_at_distance,
    cut_into,
    cut_relative,
    height_of_cut,
    labels_of_cut,
)
from graineye.crystallites.dendrogram import Dendrogram, dendrogram
from graineye.crystallites.features import features, mean_magnitude, significant_features
from graineye.crystallites.outlines import outline_table
from graineye.crystallites.overlapping import (
    OverlappingCrystallites,
    disk_signals,
    dominating,
    find_overlapping,
    masks_of,
)
from graineye.crystallites.reflections import mean_strengths, reflection_table
from graineye.crystallites.table import boundary_table, crystallite_table, overlapping_table

__all__ = [
    "Dendrogram",
    "OverlappingCrystallites",
    "absorb_small",
    "boundary_table",
    "crystallite_table",
    "cut_at_distance",
    "cut_into",
    "cut_relative",
    "dendrogram",
    "disk_signals",
    "dominating",
    "features",
    "find_overlapping",
    "height_of_cut",
    "labels_of_cut",
    "masks_of",
    "mean_magnitude",
    "mean_strengths",
    "outline_table",
    "overlapping_table",
    "reflection_table",
    "significant_features",
]
