"""One template at many positions on every frame: the numbers that dark-field images are made of.

The frame is copied once to float32 with a margin of zeros; positions near each other follow each other, so that the
image's rows stay in the first-level cache.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from graineye.kernels.strips import WIDTH, two_dots

_BAND = 12
"""Rows of positions that are worked on together."""


@njit(nogil=True, cache=True)
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
    strips = (width + WIDTH - 1) // WIDTH
    stride = columns + width + strips * WIDTH
    padded = np.zeros((rows + 2 * height, stride), np.float32)
    image = padded.ravel()
    weights = np.zeros((strips, height, WIDTH), np.float32)
    for strip in range(strips):
        end = min(width - strip * WIDTH, WIDTH)
        weights[strip, :, :end] = template[:, strip * WIDTH : strip * WIDTH + end]
    count = corners.shape[0]
    order = np.argsort((corners[:, 0] + height) // _BAND * (columns + 2 * width) + corners[:, 1] + width)
    places = (corners[:, 0] + height) * stride + corners[:, 1] + width
    for f in range(n):
        for y in range(rows):
            line = padded[y + height, width : width + columns]
            for x in range(columns):
                line[x] = np.float32(frames[f, y, x])
        for i in range(0, count, 2):
            one, other = order[i], order[min(i + 1, count - 1)]
            total_of_one, total_of_other = np.float32(0.0), np.float32(0.0)
            for strip in range(strips):
                right = strip * WIDTH
                found = two_dots(
                    image, places[one] + right, places[other] + right, stride, weights[strip].ravel(), height
                )
                total_of_one += found[0]
                total_of_other += found[1]
            values[f, one] = total_of_one
            values[f, other] = total_of_other


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
