"""The two ways from the beam to crystallites: objects that may overlap, and one cut of the dendrogram.

Both take what the statistics gave, make the passes that they need, and hand over the same things.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from graineye.crystallites import (
    Dendrogram,
    OverlappingCrystallites,
    dendrogram,
    disk_signals,
    features,
    find_overlapping,
    labels_of_cut,
    significant_features,
)
from graineye.disks import (
    Descan,
    DiskPositions,
    LocatedDisks,
    any_disk,
    find_descan,
    find_significant,
    one_electron,
    places_about,
)
from graineye.passes import Statistics, following_template_values, local_significance, template_values
from graineye.probe import Template
from graineye.progress import Progress
from graineye.scan import Scan
from graineye.settings import Settings

Stage = Callable[[str], AbstractContextManager[None]]
"""Says which step of the method is being made."""


@dataclass(frozen=True)
class Segmentation:
    """Crystallites and how they were found.

    Attributes
    ----------
    labels
        (ny, nx) from 1; 0 is unassigned.
    disks
        Their detector positions.
    dark_fields
        (ny, nx, n_disks).
    dendrogram
        Of the scan positions.
    overlapping
        Crystallites that may share scan positions; None of a cut.
    descan
        The beam in every frame; None where it was not looked for.
    significance
        (qy, qx) of a disk anywhere in the scan, standard errors; None where it was not looked for.
    """

    labels: NDArray[np.int32]
    disks: DiskPositions
    dark_fields: NDArray[np.float32]
    dendrogram: Dendrogram
    overlapping: OverlappingCrystallites | None = None
    descan: Descan | None = None
    significance: NDArray[np.float32] | None = None


def segment_by_cut(
    scan: Scan,
    template: Template,
    statistics: Statistics,
    located: LocatedDisks,
    settings: Settings,
    stage: Stage,
    progress: Progress,
) -> Segmentation:
    """Dark fields at the peaks of the standard deviation, Ward's dendrogram, and a cut: the published notebook's way."""
    disks = located.disks
    with stage("dark fields"):
        corners = disks.positions - np.asarray(template.centre)
        values = template_values(scan, template.image, corners, progress)
        if not any_disk(values, disks, statistics, template, located.beam):
            disks, values = disks.first(0), values[..., :0]
    with stage("dendrogram"):
        vectors = features(values)
        tree = dendrogram(vectors, scan.excluded_frames)
    with stage("cut"):
        labels = labels_of_cut(tree, vectors, settings.cut)
        if not len(disks):
            labels = np.zeros_like(labels)
    return Segmentation(labels, disks, values, tree)


def segment_overlapping(
    scan: Scan,
    template: Template,
    statistics: Statistics,
    located: LocatedDisks,
    stage: Stage,
    progress: Progress,
) -> Segmentation:
    """Follow the beam, find disks that are significant anywhere, and explain them by crystallites that may overlap."""
    with stage("descan"):
        places = places_about(located.beam.position, scan.frame_shape)
        corners = places - np.asarray(template.centre)
        descan = find_descan(template_values(scan, template.image, corners, progress, "beam"), places)
    with stage("disk positions"):
        one = one_electron(statistics)
        significance = local_significance(scan, template.image, descan.shifts, progress, one)
        disks = find_significant(significance, descan.mean, template.bright_radius, located.hidden)
    with stage("dark fields"):
        corners = disks.positions - np.asarray(template.centre)
        values, variance = following_template_values(scan, template.image, corners, descan.shifts, progress)
    with stage("dendrogram"):
        tree = dendrogram(significant_features(values), scan.excluded_frames)
    with stage("crystallites"):
        radius = template.bright_radius
        signals = disk_signals(values, variance, template.least_variance, disks.positions, radius, one)
        del variance  # each of these arrays is as large as all dark fields
        unordered = find_overlapping(tree, signals)
        del signals
        found, labels = unordered.in_order(scan.excluded_frames)
    return Segmentation(labels, disks, values, tree, found, descan, significance)
