"""One template at many positions on every frame: the numbers that dark-field images are made of.

The frame is copied once into a margin of zeros: whole numbers of up to 16 bits as they are, which take half the room and
are converted while they are multiplied, others as float32. Positions near each other follow each other, so that the image's
rows stay in the first-level cache; meanwhile the next frame is fetched. The template is moved to the frame's own sub-pixel
place once a frame.

Moved linearly, a template is blurred: a disk of the default bullseye would give 0.87 to 1 of its value, as the fraction
of a pixel happens to be. With the template's norm kept, its value differs by 0.7 % (standard deviation) between fractions,
as little as with cubic interpolation, and its variance under a constant background not at all.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from graineye.kernels.mending import Mending, mend
from graineye.kernels.prefetching import ask_for
from graineye.kernels.strips import (
    NARROW,
    PLACES_OF_ONE,
    PLACES_OF_TWO,
    WIDE,
    narrow_dots_of_one,
    narrow_dots_of_two,
    strips_of,
    wide_dots_of_one,
    wide_dots_of_two,
)

_BAND = 12
"""Rows of positions that are worked on together."""


def template_on_frames(
    frames: NDArray[np.generic],
    template: NDArray[np.float32],
    corners: NDArray[np.int64],
    shifts: NDArray[np.float32],
    mending: Mending,
    values: NDArray[np.float32],
    variances: NDArray[np.float32],
) -> None:
    """Write the sum of template times frame at each corner, and of the template's square; equals `template_on_frames_slow`.

    Parameters
    ----------
    frames
        (n, qy, qx) real numbers of any type; summed as float32.
    template
        (height, width); what of it lies outside a frame counts nothing.
    corners
        (k, 2) row and column of the frame's pixel under the template's first pixel; each template overlaps the frame.
    shifts
        (n, 2) by which all templates are moved on each frame, (y, x) in px; linear in between, the norm kept.
    mending
        Pixels to be replaced by their neighbours first.
    values
        (n, k) written.
    variances
        (n, k) written: the variance of the values if pixels are counts; (n, 0) leaves it out.
    """
    if not len(corners):
        return
    rows, columns = frames.shape[1:]
    height, width = np.array(template.shape) + 1  # moved by a fraction it covers one more
    wide, narrow = strips_of(width)
    templates = np.zeros((2 if variances.shape[1] else 1, height, wide * WIDE + narrow * NARROW), np.float32)
    framed = np.pad(template, ((1, 1), (1, templates.shape[2] - template.shape[1])))
    farthest = max(rows + height, columns + width)  # a template moved by so much lies outside the frame
    by = np.clip(shifts.astype(np.float64), -farthest, farthest)
    margin = (height, width) + np.abs(np.floor(by)).max(axis=0, initial=0).astype(np.int64)
    narrow = frames.dtype.kind in "ui" and frames.dtype.itemsize <= 2 and not len(mending.pixels)
    padded = np.zeros((rows, columns) + 2 * margin + (0, templates.shape[2]), frames.dtype if narrow else np.float32)
    on_padded = corners + margin
    order = np.lexsort((on_padded[:, 1], on_padded[:, 0] // _BAND))
    order = np.pad(order, (0, -len(order) % (PLACES_OF_TWO if variances.shape[1] else PLACES_OF_ONE)), "edge")
    places = on_padded[order, 0] * padded.shape[1] + on_padded[order, 1]
    needed = None if narrow else mending
    _on_frames(frames, framed, by, needed, padded, margin, templates, wide, order, places, values, variances)


@njit(nogil=True, cache=True)
def _on_frames(
    frames: NDArray[np.generic],
    framed: NDArray[np.float32],
    by: NDArray[np.float64],
    mending: Mending | None,
    padded: NDArray[np.generic],
    margin: NDArray[np.int64],
    templates: NDArray[np.float32],
    wide: int,
    order: NDArray[np.int64],
    places: NDArray[np.int64],
    values: NDArray[np.float32],
    variances: NDArray[np.float32],
) -> None:
    """What `template_on_frames` does once room is prepared.

    `padded` is a frame with a margin of zeros, `templates` (1 or 2, height, width of all strips) is overwritten by the moved
    template and its square. `places` are where `order` of the corners lies in `padded`, in full groups.
    """
    n, rows, columns = frames.shape
    stride, image = padded.shape[1], padded.ravel()
    both = templates.shape[0] == 2
    strips = np.empty(templates.size, np.float32)
    found = np.empty(templates.shape[0] * max(PLACES_OF_ONE, PLACES_OF_TWO), np.float32)
    together = PLACES_OF_TWO if both else PLACES_OF_ONE
    top, left = margin
    moved_by = (0.0, 0.0)
    flat, share = frames.ravel(), rows * columns * together // places.size
    for f in range(n):
        for y in range(rows):
            line = padded[top + y, left : left + columns]
            for x in range(columns):
                line[x] = frames[f, y, x]
        if mending is not None:
            mend(padded[top : top + rows, left : left + columns], mending)  # type: ignore[arg-type]  # float32 where it mends
        down, right = int(np.floor(by[f, 0])), int(np.floor(by[f, 1]))
        part = by[f, 0] - down, by[f, 1] - right
        if f == 0 or part != moved_by:
            _move(framed, part[0], part[1], templates)
            _cut_into_strips(templates, wide, strips)
            moved_by = part
        next_frame = (f + 1) * rows * columns
        for i in range(0, places.size, together):
            ask_for(flat, next_frame, next_frame + share)
            next_frame += share
            _sums(image, places, i, down * stride + right, stride, strips, templates.shape, wide, found)
            for k in range(together):
                values[f, order[i + k]] = found[k]
                if both:
                    variances[f, order[i + k]] = found[together + k]


@njit(nogil=True, cache=True, fastmath={"reassoc"})
def _move(framed: NDArray[np.float32], y_part: float, x_part: float, templates: NDArray[np.float32]) -> None:
    """Write a template moved by fractions of a pixel, linear in between and of the norm it had, and its square if wanted.

    `framed` has a line of zeros before the template's first row and column, and zeros to the right and below.
    """
    here, from_left = np.float32((1 - y_part) * (1 - x_part)), np.float32((1 - y_part) * x_part)
    from_above, from_both = np.float32(y_part * (1 - x_part)), np.float32(y_part * x_part)
    squares, squares_moved = 0.0, 0.0
    moved = templates[0]
    for y in range(moved.shape[0]):
        upper, lower, line = framed[y], framed[y + 1], moved[y]
        for x in range(line.size):
            line[x] = here * lower[x + 1] + from_left * lower[x] + from_above * upper[x + 1] + from_both * upper[x]
            squares += np.float64(lower[x + 1]) ** 2
            squares_moved += np.float64(line[x]) ** 2
    scale = np.float32(1)
    if y_part + x_part > 0 and squares_moved > 0:
        scale = np.float32(np.sqrt(squares / squares_moved))
    for y in range(moved.shape[0]):
        for x in range(moved.shape[1]):
            moved[y, x] *= scale
            if templates.shape[0] == 2:
                templates[1, y, x] = moved[y, x] ** 2


@njit(nogil=True, cache=True)
def _cut_into_strips(templates: NDArray[np.float32], wide: int, strips: NDArray[np.float32]) -> None:
    """Write the strips of both templates one after the other, of each strip template by template and row by row."""
    count, height, width = templates.shape
    at, begin = 0, 0
    while begin < width:
        across = WIDE if begin < wide * WIDE else NARROW
        for t in range(count):
            for y in range(height):
                for x in range(begin, begin + across):
                    strips[at] = templates[t, y, x]
                    at += 1
        begin += across


@njit(nogil=True, cache=True)
def _sums(
    image: NDArray[np.generic],
    places: NDArray[np.int64],
    first: int,
    further: int,
    stride: int,
    strips: NDArray[np.float32],
    shape: tuple[int, int, int],
    wide: int,
    found: NDArray[np.float32],
) -> None:
    """Sum of each template times image, the template's first pixel so much further than each place of a group."""
    count, height, width = shape
    found[:] = 0
    begin = 0
    while begin < width:
        of_strip = strips[begin * count * height :]
        if begin < wide * WIDE:
            if count == 1:
                wide_dots_of_one(image, places, first, further + begin, stride, of_strip, height, found)
            else:
                wide_dots_of_two(image, places, first, further + begin, stride, of_strip, height, found)
            begin += WIDE
        else:
            if count == 1:
                narrow_dots_of_one(image, places, first, further + begin, stride, of_strip, height, found)
            else:
                narrow_dots_of_two(image, places, first, further + begin, stride, of_strip, height, found)
            begin += NARROW


def template_on_frames_slow(
    frames: NDArray[np.generic],
    template: NDArray[np.float32],
    corners: NDArray[np.int64],
    shifts: NDArray[np.float32],
    values: NDArray[np.float32],
    variances: NDArray[np.float32],
) -> None:
    """What `template_on_frames` computes of frames without pixels to mend, as plain array expressions."""
    for f, shift in enumerate(shifts.astype(np.float64)):
        whole = np.floor(shift).astype(int)
        (y, x), (high, wide) = shift - whole, np.array(template.shape) + 1
        corner = np.zeros((high, wide))
        corner[:-1, :-1] = template
        moved = sum(
            weight * np.roll(corner, step, (0, 1))
            for step, weight in (
                ((0, 0), (1 - y) * (1 - x)),
                ((0, 1), (1 - y) * x),
                ((1, 0), y * (1 - x)),
                ((1, 1), y * x),
            )
        )
        moved *= np.linalg.norm(template.astype(np.float64)) / (np.linalg.norm(moved) or 1.0)
        margin = np.abs(whole).max() + max(high, wide)
        padded = np.pad(frames[f].astype(np.float64), margin)
        for k, (top, left) in enumerate(corners + whole + margin):
            window = padded[top : top + high, left : left + wide]
            values[f, k] = (window * moved).sum()
            if variances.shape[1]:
                variances[f, k] = (window * moved**2).sum()
