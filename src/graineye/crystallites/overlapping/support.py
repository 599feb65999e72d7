"""Where crystallites are: sparse maps of many crystallites, most of which are at few scan positions.

A map is a column of a sparse array (ny * nx, n); it can be grown, averaged, and cut down to its largest connected part.
"""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.sparse import csc_array, csr_array, eye_array, kron

LEVEL = 0.25
"""Amount from which a crystallite is said to be at a scan position."""
LEAST_SIZE = 6
"""Scan positions of a crystallite."""

Maps = csc_array[np.float32]
"""(ny * nx, n)."""


def largest_part(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The largest connected part of a mask (ny, nx); of equal ones the first."""
    parts, n = ndimage.label(mask)
    if n < 2:
        return mask
    return np.asarray(parts == 1 + np.bincount(parts.ravel())[1:].argmax())


def in_largest_part(maps: Maps, nx: int, level: float) -> NDArray[np.bool_]:
    """Which stored values of maps lie in the largest connected part in which their map reaches `level`."""
    inside = maps.data >= level
    for first, last in zip(maps.indptr[:-1], maps.indptr[1:], strict=True):
        at = first + np.flatnonzero(inside[first:last])
        if not len(at):
            continue
        y, x = np.divmod(maps.indices[at], nx)
        top, left = y.min(), x.min()
        box = np.zeros((y.max() - top + 1, x.max() - left + 1), bool)
        box[y - top, x - left] = True
        inside[at] = largest_part(box)[y - top, x - left]
    return inside


def supports(maps: Maps, nx: int, level: float = LEVEL) -> Maps:
    """One where each map lies in its largest connected part, and nothing elsewhere."""
    return of_entries(maps, in_largest_part(maps, nx, level))


def of_entries(maps: Maps, chosen: NDArray[np.bool_]) -> Maps:
    """One at the chosen ones of the stored values of maps, and nothing elsewhere."""
    before = np.concatenate([[0], np.cumsum(chosen)])
    ones = np.ones(int(before[-1]), np.float32)
    return csc_array((ones, maps.indices[chosen], before[maps.indptr].astype(maps.indptr.dtype)), shape=maps.shape)


def with_values(maps: Maps, values: NDArray[np.float32]) -> Maps:
    """Maps with other values in the place of those that are stored."""
    return csc_array((values, maps.indices, maps.indptr), shape=maps.shape)


def dilated(masks: Maps, shape: tuple[int, int], by: int) -> Maps:
    """Masks of ones grown by so many scan positions along y and x."""
    grown = csc_array(_within(shape, by) @ masks)
    grown.sort_indices()
    grown.data[:] = 1
    return grown


@lru_cache(maxsize=8)
def _within(shape: tuple[int, int], distance: int) -> csr_array[np.float32]:
    """(ny * nx, ny * nx) one for scan positions that are so many steps along y and x apart, or less."""
    along_y, along_x = (_beside(n) for n in shape)
    step = csr_array(
        kron(along_y, eye_array(shape[1]), format="csr") + kron(eye_array(shape[0]), along_x, format="csr")
    )
    reached = csr_array(eye_array(shape[0] * shape[1], dtype=np.float32))
    for _ in range(distance):
        reached = csr_array(reached + step @ reached)
        reached.data[:] = 1
    return reached.astype(np.float32)


def _beside(n: int) -> csr_array[np.float32]:
    return csr_array(eye_array(n, k=1, dtype=np.float32) + eye_array(n, k=-1, dtype=np.float32))


def averaged(maps: Maps, shape: tuple[int, int], positions: float) -> Maps:
    """Gaussian averages of maps over so many scan positions: as SciPy's `gaussian_filter`."""
    return csc_array(_gaussian(shape, positions) @ maps)


@lru_cache(maxsize=4)
def _gaussian(shape: tuple[int, int], positions: float) -> csr_array[np.float32]:
    along_y, along_x = (csr_array(ndimage.gaussian_filter1d(np.eye(n), positions, axis=0)) for n in shape)
    return csr_array(kron(along_y, along_x, format="csr")).astype(np.float32)
