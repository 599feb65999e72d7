"""What is measured of each crystallite on the label map: size, place, neighbours.

Lengths stand in scan positions (px) and, where the scan step is known, in nm.
"""

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import ndimage

from graineye.scan.calibration import Calibration


def crystallite_table(labels: NDArray[np.int32], calibration: Calibration) -> pd.DataFrame:
    """One row a crystallite, in the order of labels.

    Parameters
    ----------
    labels
        (ny, nx); 0 is no crystallite.
    calibration
        Gives the scan step.

    Returns
    -------
    DataFrame
        `label`; `area_px`, `area_nm2`; `diameter_px`, `diameter_nm` of the circle of the same area; `y_px`, `x_px`,
        `y_nm`, `x_nm` of the centroid; `top`, `left`, `bottom`, `right` of the bounding box in px, the last two just
        outside; `touches_edge` of the scan; `neighbours`, how many. Values in nm are NaN where a scan step that they need
        is unknown: in a scan of one row, that along y.
    """
    names = np.unique(labels[labels > 0])
    area = ndimage.sum_labels(np.ones(labels.shape), labels, names)
    centroid = np.array(ndimage.center_of_mass(np.ones(labels.shape), labels, names)).reshape(-1, 2)
    boxes = [box for box in ndimage.find_objects(labels) if box is not None]
    top, left = (np.array([box[axis].start for box in boxes], int) for axis in (0, 1))
    bottom, right = (np.array([box[axis].stop for box in boxes], int) for axis in (0, 1))
    step_y, step_x = calibration.scan_step_nm
    touched = boundary_table(labels)
    return pd.DataFrame(
        {
            "label": names.astype(np.int32),
            "area_px": area.astype(np.int64),
            "area_nm2": area * step_y * step_x,
            "diameter_px": 2 * np.sqrt(area / np.pi),
            "diameter_nm": 2 * np.sqrt(area * step_y * step_x / np.pi),
            "y_px": centroid[:, 0],
            "x_px": centroid[:, 1],
            "y_nm": centroid[:, 0] * step_y,
            "x_nm": centroid[:, 1] * step_x,
            "top": top,
            "left": left,
            "bottom": bottom,
            "right": right,
            "touches_edge": (top == 0) | (left == 0) | (bottom == labels.shape[0]) | (right == labels.shape[1]),
            "neighbours": np.bincount(touched["label"], minlength=int(labels.max(initial=0)) + 1)[names],
        }
    )


def overlapping_table(
    labels: NDArray[np.int32],
    fractions: NDArray[np.float32],
    masks: NDArray[np.bool_],
    quality: NDArray[np.float64],
    confidence: NDArray[np.float64],
    calibration: Calibration,
) -> pd.DataFrame:
    """One row a crystallite that may share scan positions with others, also those that are nowhere the largest.

    Parameters
    ----------
    labels
        (ny, nx) of the largest fraction.
    fractions
        (ny, nx, n) share of the column.
    masks
        (n, ny, nx) where each is.
    quality, confidence
        (n) of the evidence, and the probability that it is a crystallite.
    calibration
        Gives the scan step.

    Returns
    -------
    DataFrame
        The columns of `crystallite_table`, measured on the masks, and `largest_px`, the scan positions where it takes the
        largest share; `overlapping`, the share of its mask in which another crystallite is too; `mean_fraction` of the
        column in its mask; `quality`, `confidence`.
    """
    n = len(masks)
    # A mask at a time, as the only label: masks overlap.
    rows = [crystallite_table(mask.astype(np.int32), calibration) for mask in masks]
    table = pd.concat(rows, ignore_index=True) if rows else crystallite_table(np.zeros_like(labels), calibration)
    shared = masks.sum(axis=0) > 1
    area = np.maximum(table["area_px"].to_numpy(), 1)
    table["label"] = np.arange(1, n + 1, dtype=np.int32)
    table["neighbours"] = np.bincount(boundary_table(labels)["label"], minlength=n + 1)[1 : n + 1]
    table["largest_px"] = np.bincount(labels.ravel(), minlength=n + 1)[1 : n + 1]
    table["overlapping"] = (masks & shared).sum(axis=(1, 2)) / area
    table["mean_fraction"] = np.einsum("kyx,yxk->k", masks, fractions) / area
    table["quality"], table["confidence"] = quality, confidence
    return table


def boundary_table(labels: NDArray[np.int32], calibration: Calibration | None = None) -> pd.DataFrame:
    """Which crystallites touch, and along what length.

    Parameters
    ----------
    labels
        (ny, nx); 0 is no crystallite.
    calibration
        Gives the scan step.

    Returns
    -------
    DataFrame
        `label`, `neighbour`, and the length of their boundary, which follows the edges of scan positions: `length_px`,
        and `length_nm`, NaN where the scan step is unknown. Each pair stands there in both orders.
    """
    along_y, along_x = _touching_along(labels, 0), _touching_along(labels, 1)
    pairs, pair = np.unique(np.concatenate([along_y, along_x]), axis=0, return_inverse=True)
    pair = pair.reshape(-1)
    count_y = np.bincount(pair[: len(along_y)], minlength=len(pairs))
    count_x = np.bincount(pair[len(along_y) :], minlength=len(pairs))
    step_y, step_x = (calibration or Calibration()).scan_step_nm
    # An edge lies across the line between its two positions: of neighbours along y it is as long as the step along x.
    length_nm = np.where(count_y, count_y * step_x, 0.0) + np.where(count_x, count_x * step_y, 0.0)
    both = pd.DataFrame(
        {
            "label": np.concatenate([pairs[:, 0], pairs[:, 1]]).astype(np.int32),
            "neighbour": np.concatenate([pairs[:, 1], pairs[:, 0]]).astype(np.int32),
            "length_px": np.tile(count_y + count_x, 2).astype(np.int64),
            "length_nm": np.tile(length_nm, 2).astype(np.float64),
        }
    )
    return both.sort_values(["label", "neighbour"], ignore_index=True)


def _touching_along(labels: NDArray[np.int32], axis: int) -> NDArray[np.int32]:
    """Labels on the two sides of every edge between different crystallites next to each other along `axis`: (n, 2)."""
    rows = np.moveaxis(labels, axis, 0)
    pairs = np.sort(np.stack([rows[1:].ravel(), rows[:-1].ravel()], axis=1), axis=1)
    return np.asarray(pairs[(pairs[:, 0] != pairs[:, 1]) & (pairs[:, 0] > 0)])
