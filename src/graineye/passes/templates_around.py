"""A template beside detector pixels that are left out: what is left of it, balanced anew.

Its value on a frame is then the least-squares fit of template, constant and linear background to the pixels that are left,
in the units that the whole template gives.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class TemplateAround:
    """A template at one corner without the pixels that are left out.

    Attributes
    ----------
    number
        Which corner.
    pixels
        (n) flat indices into a frame.
    weights
        (n) of these pixels.
    """

    number: int
    pixels: NDArray[np.int64]
    weights: NDArray[np.float64]

    def __call__(self, frames: NDArray[np.generic]) -> NDArray[np.float64]:
        """Its value on frames (n_frames, qy * qx): (n_frames)."""
        return np.asarray(frames[:, self.pixels].astype(np.float64) @ self.weights)


def templates_around(
    template: NDArray[np.float32], corners: NDArray[np.int64], excluded: NDArray[np.bool_]
) -> Iterator[TemplateAround]:
    """The template wherever it meets excluded pixels.

    Parameters
    ----------
    template
        (height, width), zero outside its support.
    corners
        (k, 2) row and column of the frame's pixel under the template's first pixel.
    excluded
        (qy, qx).
    """
    height, width = template.shape
    rows, columns = excluded.shape
    # Beyond the frame nothing is excluded: what lies there counts nothing, as of any template.
    padded = np.pad(excluded, ((height, height), (width, width)))
    y, x = np.nonzero(template)
    values = template[y, x].astype(np.float64)
    for number, (top, left) in enumerate(corners.tolist()):
        kept = ~padded[top + height + y, left + width + x]
        if kept.all():
            continue
        weights = _refitted(values, y, x, kept)
        frame_y, frame_x = top + y[kept], left + x[kept]
        inside = (frame_y >= 0) & (frame_y < rows) & (frame_x >= 0) & (frame_x < columns)
        yield TemplateAround(number, (frame_y * columns + frame_x)[inside], weights[inside])


def _refitted(
    values: NDArray[np.float64], y: NDArray[np.int64], x: NDArray[np.int64], kept: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Weights of the kept pixels: the template less its projection on a plane, scaled to the whole one's response."""
    left = values[kept]
    if not len(left):
        return left
    plane = np.stack([np.ones(len(left)), y[kept] - y[kept].mean(), x[kept] - x[kept].mean()], axis=1)
    rest = left - plane @ np.linalg.lstsq(plane, left, rcond=None)[0]
    strength = rest @ rest
    # Of so few pixels that a plane fits them all, nothing can be told.
    return rest * (values @ values / strength) if strength > 1e-9 * (values @ values) else np.zeros(len(left))
