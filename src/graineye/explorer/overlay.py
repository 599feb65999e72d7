"""Two patterns in two colours on one picture: where both shine it is white, where one does it has that one's colour."""

import numpy as np
from numpy.typing import NDArray

FIRST, SECOND = "#FF9500", "#0080FF"
"""Orange and blue add up to near white, and colour-blind eyes tell them apart."""


def overlaid(first: NDArray[np.floating], second: NDArray[np.floating]) -> NDArray[np.uint8]:
    """Two patterns (qy, qx) as one picture (qy, qx, 3), both on the same root scale."""
    highest = max(float(np.nanquantile(first, 0.999)), float(np.nanquantile(second, 0.999)), 1e-30)
    picture: NDArray[np.float64] = np.zeros((*first.shape, 3))
    for pattern, colour in ((first, FIRST), (second, SECOND)):
        strength = np.sqrt(np.clip(np.nan_to_num(pattern) / highest, 0, 1))
        picture += strength[..., None] * [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
    return np.clip(picture, 0, 255).astype(np.uint8)
