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
        (qy, qx) true where dead or hot.
    """

    beam: Beam
    disks: DiskPositions
    correlation_of_log_sum: NDArray[np.float32]
    correlation_of_log_std: NDArray[np.float32]
    bad_pixels: NDArray[np.bool_]


def locate_disks(statistics: Statistics, template: Template, settings: DisksSettings) -> LocatedDisks:
    """The beam from the log-sum, the disk positions from the logarithm of the standard deviation.

    Parameters
    ----------
    statistics
        Of the scan.
    template
        Of its aperture.
    settings
        How many positions, how far apart, and whether those near the border are kept.

    Raises
    ------
    BeamNotFound
        If no zero-order beam stands out.
    TemplateError
        If the template is larger than a frame.
    """
    bad = find_bad_pixels(statistics.mean, statistics.std, statistics.total_counts.size)
    of_log_sum = correlate(replace_bad_pixels(statistics.log_sum, bad), template.image)
    of_log_std = correlate(log_scaled(replace_bad_pixels(statistics.std, bad)), template.image)
    border = template.bright_radius if settings.border == "drop" else 0.0
    return LocatedDisks(
        beam=find_beam(of_log_sum),
        disks=find_disks(of_log_std, settings.count, settings.min_distance, border),
        correlation_of_log_sum=of_log_sum,
        correlation_of_log_std=of_log_std,
        bad_pixels=bad,
    )
