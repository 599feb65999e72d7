"""Disk positions where a disk stands out of the noise anywhere in the scan: as many as the scan has.

The number is a result. Positions beside the beam, too near to the border and on the flank of another are left out.
"""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage, special

from graineye.disks.bad_pixels import variance_over_mean
from graineye.disks.positions import DiskPositions
from graineye.passes import Statistics

LEAST_SIGNIFICANCE = 6.5
"""Standard errors above which a local maximum is a disk."""
_MOST = 1500
_APART = 0.25
"""Bright radii between two positions at least."""
_FROM_BORDER = 0.7
"""Bright radii from the border at least: most of a disk is in the frame."""
_FROM_BEAM = 1.9
"""Bright radii from the beam at least, and 2 px: nearer, the beam's own edges answer."""
_LEAST_CHANGING = 0.05
"""Share of the detector pixels in which little but the noise of counts changes."""
_NO_COUNTS = 1.5
"""Variance / mean, or its reciprocal, from which frames are no counts."""
_NEVER_NEARER = 10.0
"""px from the beam."""


def find_significant(
    significance: NDArray[np.float32],
    beam: tuple[float, float],
    bright_radius: float,
    hidden: NDArray[np.bool_] | None = None,
) -> DiskPositions:
    """Local maxima of the significance, the highest first, none on the flank of a higher one.

    Parameters
    ----------
    significance
        (qy, qx) highest significance over the scan, standard errors.
    beam
        (y, x) of the zero-order beam, px.
    bright_radius
        Of the template, px.
    hidden
        (qy, qx) true where no position can be.

    Returns
    -------
    DiskPositions
        Whose `correlation` is the significance.
    """
    rows, columns = np.indices(significance.shape)
    from_beam = np.hypot(rows - beam[0], columns - beam[1])
    edge = _FROM_BORDER * bright_radius
    allowed = from_beam > max(_FROM_BEAM * bright_radius + 2, _NEVER_NEARER)
    for axis, length in ((rows, significance.shape[0]), (columns, significance.shape[1])):
        allowed &= (axis >= edge) & (axis < length - edge)
    if hidden is not None:
        allowed &= ~hidden
    heights = np.where(allowed, significance, 0)
    apart = max(2, int(_APART * bright_radius))
    highest = ndimage.maximum_filter(heights, size=2 * apart + 1, mode="constant")
    found = np.argwhere((heights == highest) & (heights > LEAST_SIGNIFICANCE))
    found = found[np.argsort(-heights[tuple(found.T)], kind="stable")][:_MOST]
    return DiskPositions(found, heights[tuple(found.T)])


def one_electron(statistics: Statistics) -> float:
    """What one electron adds to a pixel: 1 unless variance / mean says that the frames are no counts.

    Counts follow Poisson's law; where crystallites come and go their variance is larger, so a low quantile is taken.
    """
    ratio = variance_over_mean(statistics.mean, statistics.std)
    if not len(ratio) or statistics.mean.min() < 0:
        return 1.0  # frames from which something was subtracted do not tell
    one = float(np.quantile(ratio.astype(np.float64), _LEAST_CHANGING))
    return one if one > _NO_COUNTS or one < 1 / _NO_COUNTS else 1.0


def false_discovery_rate(found: int, pixels: int, blocks: int) -> float:
    """Share of the positions that noise alone is expected to make, at most.

    Counts are Gaussian in sums of so many: each of `pixels` in each of `blocks` exceeds the least significance with the
    probability of its tail (every pixel counted as independent, which overestimates).
    """
    return min(1.0, pixels * blocks * float(special.ndtr(-LEAST_SIGNIFICANCE)) / max(found, 1))
