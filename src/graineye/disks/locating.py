"""From the statistics of a scan to its beam and its disk positions: the method's correlation steps in their order."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from graineye.disks.bad_pixels import find_bad_pixels, replace_bad_pixels
from graineye.disks.beam import Beam, find_beam
from graineye.disks.correlation import correlate
from graineye.disks.positions import DiskPositions, find_disks, log_scaled
from graineye.passes import Statistics
from graineye.probe import Template
from graineye.settings import DisksSettings

_MOST_LOST = 0.5
"""Share of the template's weights that may lie on pixels that tell nothing."""


@dataclass(frozen=True)
class LocatedDisks:
    """Where the beam and the disks stand on the detector.

    Attributes
    ----------
    beam
        The zero-order beam.
    disks
        The disk positions.
    correlation_of_log_sum, correlation_of_log_std
        (qy, qx) of these images with the template, bad pixels replaced.
    bad_pixels
        (qy, qx) true where dead or hot, among the pixels that were not excluded beforehand.
    hidden
        (qy, qx) true where no position can be.
    """

    beam: Beam
    disks: DiskPositions
    correlation_of_log_sum: NDArray[np.float32]
    correlation_of_log_std: NDArray[np.float32]
    bad_pixels: NDArray[np.bool_]
    hidden: NDArray[np.bool_]


def locate_disks(
    statistics: Statistics, template: Template, settings: DisksSettings, excluded: NDArray[np.bool_] | None = None
) -> LocatedDisks:
    """The beam from the log-sum, the disk positions from the logarithm of the standard deviation.

    Parameters
    ----------
    statistics
        Of the scan.
    template
        Of its aperture.
    settings
        How many positions, how far apart, and whether those near the border are kept.
    excluded
        (qy, qx) true at pixels that make no position; nor does any place where such pixels and dead or hot ones take more
        than half of the template.

    Raises
    ------
    BeamNotFound
        If no zero-order beam stands out.
    TemplateError
        If the template is larger than a frame.
    """
    bad = find_bad_pixels(statistics.mean, statistics.std, int(np.isfinite(statistics.total_counts).sum()))
    if excluded is not None:
        bad &= ~excluded
    of_log_sum = correlate(replace_bad_pixels(statistics.log_sum, bad), template.image)
    of_log_std = correlate(log_scaled(replace_bad_pixels(statistics.std, bad)), template.image)
    hidden = _hidden(bad, template, excluded)
    border = template.bright_radius if settings.border == "drop" else 0.0
    return LocatedDisks(
        beam=find_beam(of_log_sum),
        disks=find_disks(np.where(hidden, -np.inf, of_log_std), settings.count, settings.min_distance, border),
        correlation_of_log_sum=of_log_sum,
        correlation_of_log_std=of_log_std,
        bad_pixels=bad,
        hidden=hidden,
    )


def _hidden(bad: NDArray[np.bool_], template: Template, excluded: NDArray[np.bool_] | None) -> NDArray[np.bool_]:
    """Where no position can be: on excluded pixels, and where most of the template would lie on pixels that tell nothing."""
    missing = bad if excluded is None else bad | excluded
    if not missing.any():
        return missing
    size = np.abs(template.image)
    lost = correlate(missing.astype(np.float32), size) > _MOST_LOST * size.sum()
    return np.asarray(lost if excluded is None else lost | excluded)
