"""Detector pixels that tell nothing, filled from the good ones round them.

So images of the detector can be correlated and looked at; a zero there would look like a disk's edge.
"""

import numpy as np
from numpy.typing import NDArray

from graineye.kernels.mending import rim_of


def filled(images: NDArray[np.float32], missing: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Images with each missing pixel replaced by the median of the good ones within two pixels.

    A pixel without a good one near waits until those nearer to the rim of a wide gap are filled.

    Parameters
    ----------
    images
        (..., qy, qx).
    missing
        (qy, qx).

    Returns
    -------
    (..., qy, qx); unchanged where nothing is missing, or everything.
    """
    left = missing
    while left.any() and not left.all():
        images, left = fill_rim(images, left)
    return images


def fill_rim(images: NDArray[np.float32], missing: NDArray[np.bool_]) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """One round of `filled`: the images with those missing pixels filled that have a good one near, and which are left."""
    mended, left = images.copy(), missing.copy()
    for (y, x), good in rim_of(missing):
        mended[..., y, x] = np.median(images[..., good[:, 0], good[:, 1]], axis=-1)
        left[y, x] = False
    return mended, left
