"""One template at many positions on every frame: the numbers that dark-field images are made of.

The window under the template is packed beside the template, so that each number is one long dot product.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray


@njit(nogil=True, cache=True, error_model="numpy", fastmath={"reassoc", "contract"})
def template_on_frames(
    frames: NDArray[np.generic],
    template: NDArray[np.float32],
    corners: NDArray[np.int64],
    values: NDArray[np.float32],
) -> None:
    """Write the sum of template times frame at each corner; equals `template_on_frames_slow`.

    Parameters
    ----------
    frames
        (n, qy, qx) real numbers of any type; summed as float32.
    template
        (height, width); what of it lies outside a frame counts nothing.
    corners
        (k, 2) row and column of the frame's pixel under the template's first pixel; each template overlaps the frame.
    values
        (n, k) written.
    """
    n, rows, columns = frames.shape
    height, width = template.shape
    padded = np.zeros((rows + 2 * height, columns + 2 * width), np.float32)
    window = np.empty(height * width, np.float32)
    weights = template.ravel()
    for f in range(n):
        for y in range(rows):
            line = padded[y + height, width : width + columns]
            for x in range(columns):
                line[x] = np.float32(frames[f, y, x])
        for k in range(corners.shape[0]):
            top = corners[k, 0] + height
            left = corners[k, 1] + width
            for y in range(height):
                window[y * width : (y + 1) * width] = padded[top + y, left : left + width]
            total = np.float32(0.0)
            for i in range(window.size):
                total += window[i] * weights[i]
            values[f, k] = total


def template_on_frames_slow(
    frames: NDArray[np.generic],
    template: NDArray[np.float32],
    corners: NDArray[np.int64],
    values: NDArray[np.float32],
) -> None:
    """What `template_on_frames` computes, as plain array expressions."""
    height, width = template.shape
    padded = np.pad(frames.astype(np.float64), ((0, 0), (height, height), (width, width)))
    for k, (y, x) in enumerate(corners + (height, width)):
        window = padded[:, y : y + height, x : x + width]
        values[:, k] = (window * template).sum(axis=(1, 2))
