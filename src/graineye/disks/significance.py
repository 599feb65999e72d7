"""Whether a scan shows any disk but the beam: noise has local maxima too, and none of them is a disk.

Judged by the dark fields, which say how the counts under the template really change from frame to frame.
"""

import numpy as np
from numpy.typing import NDArray

from graineye.disks.bad_pixels import one_count
from graineye.disks.beam import Beam
from graineye.disks.correlation import correlate
from graineye.disks.positions import DiskPositions
from graineye.passes import Statistics
from graineye.probe import Template

_REACH = 3.0
"""Template radii about the beam within which it changes dark fields by itself as it wanders."""
_CHANGES = 8.0
"""Standard errors by which a dark field's variance exceeds that of counts, where a disk comes and goes."""
_STANDS_OUT = 1.0
"""Standard deviations of one frame's noise by which its mean exceeds zero, where a disk is in every frame."""


def any_disk(
    dark_fields: NDArray[np.float32], disks: DiskPositions, statistics: Statistics, template: Template, beam: Beam
) -> bool:
    """Whether at any position away from the beam the counts change, or stand out, by more than their noise.

    Counts follow Poisson's law: the variance of the template's number on a frame is the sum of the template's square times
    the mean, times what one electron adds to a frame. On simulated scans of beam, background and noise alone the largest
    variance was 1.24 times that and the largest mean 0.5 standard deviations, for doses from 1,000 to 1,000,000 electrons.

    Parameters
    ----------
    dark_fields
        (ny, nx, n_disks), NaN at excluded scan positions.
    disks
        Their positions.
    statistics
        Of the scan.
    template
        That was laid on it.
    beam
        Where it stands.

    Returns
    -------
    bool
        True also where that cannot be told: without a position away from the beam, or in frames that are no counts.
    """
    one = one_count(statistics.mean, statistics.std)
    far = np.hypot(*(disks.positions - np.asarray(beam.position)).T) > _REACH * template.bright_radius
    if not far.any() or one == 0 or statistics.mean.min() < 0:
        return len(disks) > 0
    at = tuple(disks.positions[far].T)
    expected = np.maximum(one * correlate(statistics.mean, template.image.astype(np.float64) ** 2)[at], 1e-30)
    values = dark_fields[..., far].reshape(-1, int(far.sum()))
    known = values[np.isfinite(values).all(axis=1)]
    variance, mean = known.var(axis=0, dtype=np.float64), known.mean(axis=0, dtype=np.float64)
    changes = variance > expected * (1 + _CHANGES * np.sqrt(2 / len(known)))
    stands_out = mean > _STANDS_OUT * np.sqrt(expected)
    return bool((changes | stands_out).any())
