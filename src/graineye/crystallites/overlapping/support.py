"""Where a crystallite is: the largest connected part of where its amount suffices, and the box round it."""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

LEVEL = 0.25
"""Amount from which a crystallite is said to be at a scan position."""


LEAST_SIZE = 6
"""Scan positions of a crystallite."""


def largest_part(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The largest connected part of a mask (ny, nx); of equal ones the first."""
    parts, n = ndimage.label(mask)
    if n < 2:
        return mask
    return np.asarray(parts == 1 + np.bincount(parts.ravel())[1:].argmax())


def supports(amounts: NDArray[np.float32], level: float = LEVEL) -> NDArray[np.bool_]:
    """(n, ny, nx) the largest connected part in which each of the amounts (ny, nx, n) reaches `level`."""
    masks = np.moveaxis(amounts >= level, -1, 0)
    return np.array([largest_part(mask) for mask in masks], bool).reshape(masks.shape)


def dilated(masks: NDArray[np.bool_], by: int) -> NDArray[np.bool_]:
    """(n, ny, nx) masks grown by so many scan positions along y and x."""
    cross = ndimage.generate_binary_structure(2, 1)[None]
    return ndimage.binary_dilation(masks, cross, iterations=by)
