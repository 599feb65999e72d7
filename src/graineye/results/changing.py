"""A result made from another one without reading a frame: another cut through its dendrogram, other edits.

Edits are always made on the unedited map, which an edited result keeps.
"""

import dataclasses
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from graineye.crystallites import Edit, OverlappingCrystallites, apply_edits, labels_of_cut
from graineye.settings import CutSettings, SegmentationSettings

if TYPE_CHECKING:
    from graineye.results.crystallite_map import CrystalliteMap


@dataclass(frozen=True, eq=False)
class Unedited:
    """What a result would hold without its edits.

    Attributes
    ----------
    labels
        (ny, nx).
    overlapping
        None of a cut.
    known_mean_patterns
        (n_crystallites, qy, qx); None if they are not known.
    """

    labels: NDArray[np.int32]
    overlapping: OverlappingCrystallites | None
    known_mean_patterns: NDArray[np.float32] | None = None


def with_edits(result: "CrystalliteMap", edits: Sequence[Edit]) -> "CrystalliteMap":
    """The result with these edits instead of those that it has; warns of each that does not fit.

    Raises
    ------
    SettingsError
        If an edit names a position outside of the scan.
    """
    before = result.unedited or Unedited(result.labels, result.overlapping, result.known_mean_patterns)
    made = apply_edits(before.labels, before.overlapping, result.dark_fields, edits, result.excluded.frames_mask)
    for note in made.notes:
        warnings.warn(note, stacklevel=3)
    return dataclasses.replace(
        result,
        labels=made.labels,
        overlapping=made.overlapping,
        known_mean_patterns=before.known_mean_patterns if made.labels is before.labels else None,
        edits=tuple(edits),
        names=dict(made.names),
        unedited=before if edits else None,
    )


def cut_again(result: "CrystalliteMap", cut: CutSettings) -> "CrystalliteMap":
    """The result with another cut, on which its edits are made again; warns of each that does not fit."""
    labels = labels_of_cut(result.dendrogram, result.features, cut)
    unedited = dataclasses.replace(
        result,
        labels=labels if len(result.disks) else np.zeros_like(labels),
        settings=dataclasses.replace(result.settings, cut=cut, segmentation=SegmentationSettings(method="dendrogram")),
        overlapping=None,
        known_mean_patterns=None,
        edits=(),
        names={},
        unedited=None,
    )
    return with_edits(unedited, result.edits)
