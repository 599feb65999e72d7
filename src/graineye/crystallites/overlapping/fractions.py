"""From amounts to the share of the column that each crystallite takes, and to labels and masks.

An amount says how a crystallite's own signal goes up and down, not how much of the thickness that is; but wherever the
specimen is, the shares of all add up to one.
"""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.optimize import nnls
from scipy.sparse import csc_array, csr_array, diags_array

from graineye.crystallites.overlapping.fitting import blurred
from graineye.crystallites.overlapping.mixture import Mixture
from graineye.crystallites.overlapping.support import (
    LEAST_SIZE,
    LEVEL,
    Maps,
    averaged,
    in_largest_part,
    largest_part,
    supports,
    with_values,
)

_AMOUNT_POWER = 0.85
"""Diffracted intensity grows faster than thickness in a thin crystal, so shares fall more slowly than amounts."""
_STRENGTH_POWER, _CONTRAST_POWER, _DIAMETER_POWER = 0.5, 0.3, 0.4
"""How the share that is expected falls with a crystallite's strength, its contrast to what lies above and below, its size."""
_STRONG = 0.85
"""Quantile of each from which a crystallite is expected to take whole columns."""
_CORE = 0.4
"""Amount within which the size is measured."""
_TRUST = 20.0
"""Scan positions of full amount that weigh as much as that expectation."""
_OCCUPIED = 0.15
_LEAST, _MOST = 0.05, 1.3
_BLUR, _AMOUNT_BLUR = 0.7, 0.5
"""Scan positions over which shares and amounts are averaged before they are compared."""
_AT_ONCE = 64
"""Crystallites whose maps are averaged at a time, for those of all take much memory."""
_LABELLED = 0.3
"""Amount from which a scan position is labelled; below it is vacuum, or amorphous, or unexplained."""


def crystal_fractions(
    mixture: Mixture, contrast: NDArray[np.float64], crystal: NDArray[np.int64]
) -> NDArray[np.float32]:
    """Share of the column that each crystal takes at every scan position.

    The scale of each crystal's amounts is fitted so that shares add up to one where the specimen is (non-negative least
    squares), drawn towards what its strength, contrast and size let expect.

    Parameters
    ----------
    mixture
        Fitted to the signals.
    contrast
        (n) of each part, from its evidence.
    crystal
        (n) to which crystal, from 0, each part of the mixture belongs.

    Returns
    -------
    (ny, nx, n_crystals).
    """
    n, (ny, nx) = int(crystal.max(initial=-1)) + 1, mixture.shape
    strength, clearness = np.zeros(n), np.zeros(n)
    np.maximum.at(strength, crystal, np.linalg.norm(mixture.spectra, axis=1))
    np.maximum.at(clearness, crystal, contrast)
    if not n:
        return np.zeros((ny, nx, 0), np.float32)
    of_crystal = csr_array((np.ones(len(crystal), np.float32), (np.arange(len(crystal)), crystal)))
    amounts = csc_array(mixture.amounts @ of_crystal)
    amounts.sort_indices()
    diameter = np.sqrt(np.diff(supports(amounts, nx, _CORE).indptr))
    expected = np.ones(n)
    for measure, power in (
        (strength, _STRENGTH_POWER),
        (clearness, _CONTRAST_POWER),
        (diameter, _DIAMETER_POWER),
    ):
        expected *= (measure / max(np.quantile(measure, _STRONG), 1e-9)) ** power
    shares = with_values(amounts, np.asarray(amounts.data**_AMOUNT_POWER, np.float32))
    scales = _scales(averaged(shares, mixture.shape, _BLUR), np.minimum(expected, 1.0))
    shares.data *= np.repeat(scales, np.diff(shares.indptr)).astype(np.float32)
    apart = (shares.data >= LEVEL) & ~in_largest_part(shares, nx, LEVEL)
    shares.data[apart] = 0  # a crystallite is in one piece
    np.minimum(shares.data, 1, out=shares.data)
    return np.asarray(csr_array(shares).toarray(), np.float32).reshape(ny, nx, n)


def _scales(shares: Maps, expected: NDArray[np.float64]) -> NDArray[np.float64]:
    most = csr_array(shares @ diags_array(expected)).max(axis=1)
    kept = csr_array(shares.astype(np.float64))[np.flatnonzero(most.toarray().ravel() > _OCCUPIED)]
    gram = (kept.T @ kept).toarray() + _TRUST * np.eye(len(expected))
    root = np.linalg.cholesky(gram)
    scales, _ = nnls(root.T, np.linalg.solve(root, kept.sum(axis=0) + _TRUST * expected))
    return np.clip(scales, _LEAST, _MOST)


def largest_fraction(fractions: NDArray[np.float32]) -> NDArray[np.int32]:
    """The crystallite that takes the largest share at every scan position.

    Parameters
    ----------
    fractions
        (ny, nx, n).

    Returns
    -------
    (ny, nx) from 1; 0 where no share suffices. Of a label's separate parts only the largest stays, if it has six scan
    positions; the others go to the label next to them.
    """
    if not fractions.shape[-1]:
        return np.zeros(fractions.shape[:2], np.int32)
    labels = np.zeros(fractions.shape[:2], np.int32)
    largest, most = np.full((2, *labels.shape), -np.inf, np.float32)
    for start in range(0, fractions.shape[-1], _AT_ONCE):
        some = fractions[..., start : start + _AT_ONCE]
        shares = blurred(some, _BLUR)
        larger = shares.max(axis=-1) > largest
        labels[larger] = start + 1 + shares[larger].argmax(axis=-1)
        largest = np.maximum(largest, shares.max(axis=-1))
        full = np.maximum(np.quantile(some, 0.995, axis=(0, 1)), 1e-6)
        most = np.maximum(most, blurred(np.asarray(some / full, np.float32), _AMOUNT_BLUR).max(axis=-1))
    labels[(most < _LABELLED) | ~fractions.any(axis=-1)] = 0
    return _without_crumbs(labels)


def _without_crumbs(labels: NDArray[np.int32]) -> NDArray[np.int32]:
    kept = np.zeros_like(labels)
    for k in np.unique(labels[labels > 0]).tolist():
        part = largest_part(labels == k)
        if part.sum() >= LEAST_SIZE:
            kept[part] = k
    lost = (labels > 0) & (kept == 0)
    if kept.any() and lost.any():
        nearest = ndimage.distance_transform_edt(kept == 0, return_distances=False, return_indices=True)
        kept[lost] = kept[tuple(nearest)][lost]
    return kept


def masks_of(fractions: NDArray[np.float32]) -> NDArray[np.bool_]:
    """(n, ny, nx) where each crystallite takes a quarter of the column or more."""
    return np.ascontiguousarray(np.moveaxis(fractions >= LEVEL, -1, 0))
