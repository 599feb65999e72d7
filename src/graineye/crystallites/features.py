"""Feature vectors of scan positions: what is compared when regions merge.

The classic features are the dark fields, each divided by its mean magnitude so that faint disks count as much as
strong ones.
"""

import numpy as np
from numpy.typing import NDArray


def features(dark_fields: NDArray[np.float32]) -> NDArray[np.float32]:
    """Each dark field divided by its mean magnitude over the scan.

    Parameters
    ----------
    dark_fields
        (ny, nx, n_disks), NaN where a scan position is excluded.

    Returns
    -------
    (ny, nx, n_disks); zero for a dark field that is zero everywhere; NaN stays.
    """
    magnitude = mean_magnitude(dark_fields)
    return np.divide(dark_fields, magnitude, out=np.zeros_like(dark_fields), where=magnitude > 0)


def significant_features(dark_fields: NDArray[np.float32]) -> NDArray[np.float32]:
    """The root of each dark field's positive part over its mean magnitude: strong disks do not dominate, nor does noise.

    The root makes the noise of counts the same for faint and strong disks (Anscombe 1948, 10.1093/biomet/35.3-4.246).

    Parameters
    ----------
    dark_fields
        (ny, nx, n_disks), NaN where a scan position is excluded.

    Returns
    -------
    (ny, nx, n_disks); NaN stays.
    """
    return np.sqrt(np.maximum(features(dark_fields), 0))


def mean_magnitude(dark_fields: NDArray[np.float32]) -> NDArray[np.float32]:
    """Mean over the scan of each dark field's absolute value, without excluded positions: (n_disks)."""
    magnitude = np.abs(dark_fields).mean(axis=(0, 1), dtype=np.float64)
    if np.isnan(magnitude).any():
        rest = dark_fields[~np.isnan(dark_fields[..., 0])]
        magnitude = np.abs(rest).mean(axis=0, dtype=np.float64)
    return np.asarray(magnitude, np.float32)
