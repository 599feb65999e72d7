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
from graineye.crystallites.dividing import part_along_tree
from graineye.crystallites.editing import apply_edits
from graineye.crystallites.edits import Edit, give, merge, reject, rename, split
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
from graineye.crystallites.working_map import EditedCrystallites

__all__ = [
    "Dendrogram",
    "Edit",
    "EditedCrystallites",
    "OverlappingCrystallites",
    "absorb_small",
    "apply_edits",
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
    "give",
    "height_of_cut",
    "labels_of_cut",
    "masks_of",
    "mean_magnitude",
    "mean_strengths",
    "merge",
    "outline_table",
    "overlapping_table",
    "part_along_tree",
    "reflection_table",
    "reject",
    "rename",
    "significant_features",
    "split",
]
