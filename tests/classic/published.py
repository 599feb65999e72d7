"""The published workflow, step by step, out of the programs it was published with: LiberTEM, libertem-blobfinder, scikit-learn.

Nothing of graineye is used here, so that graineye can be compared with it; the notebook's settings are the defaults
(scan 10.5281/zenodo.3592520).
"""

from functools import partial
from typing import Any, NamedTuple

import libertem.api as lt
import numpy as np
from libertem.io.dataset.base import DataSet
from libertem.udf.logsum import LogsumUDF
from libertem.udf.masks import ApplyMasksUDF
from libertem.udf.stddev import StdDevUDF
from libertem_blobfinder.base import masks
from libertem_blobfinder.common.correlation import get_correlation, get_peaks
from libertem_blobfinder.common.patterns import UserTemplate, feature_vector
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from sklearn.cluster import AgglomerativeClustering
from sklearn.feature_extraction.image import grid_to_graph

Image = NDArray[np.floating[Any]]

SPOT_RADIUS, RING_INNER, RING_OUTER, EXCLUDED_RADIUS = 2.8, 8.0, 11.5, 16.0  # px
HALF = 15  # px; the template is 31 x 31
DARK = -0.01  # before balancing
COUNT = 500
DISTANCE = 200.0


class Tree(NamedTuple):
    """Ward's merges in scikit-learn's order."""

    children: NDArray[np.intp]
    """The two regions of each merge, (n - 1, 2); below n they are scan positions, n + i is merge i."""
    distances: NDArray[np.float64]
    """The height of each merge, (n - 1,)."""


def log_sum(ctx: lt.Context, dataset: DataSet) -> Image:
    """Sum over frames of log(frame - min(frame) + 1), shape (qy, qx)."""
    return np.array(ctx.run_udf(dataset=dataset, udf=LogsumUDF())["logsum"].data)


def std_map(ctx: lt.Context, dataset: DataSet) -> Image:
    """Population standard deviation of every detector pixel over the scan, counts, shape (qy, qx)."""
    return np.array(ctx.run_udf(dataset=dataset, udf=StdDevUDF())["std"].data)


def log_scaled(image: Image) -> Image:
    """log(image - min + 1), as the std map goes into the correlation."""
    return np.log(image - np.min(image) + 1)


def template() -> Image:
    """The notebook's zero-sum bullseye, shape (31, 31), its centre at (15, 15)."""
    place = {"centerX": HALF, "centerY": HALF, "imageSizeX": 2 * HALF + 1, "imageSizeY": 2 * HALF + 1}
    spot = masks.circular(**place, radius=SPOT_RADIUS, antialiased=True)
    ring = masks.ring(**place, radius=RING_OUTER, radius_inner=RING_INNER, antialiased=True)
    bright = np.maximum(spot, ring)
    y, x = np.mgrid[-HALF : HALF + 1, -HALF : HALF + 1]
    radius = np.hypot(y, x)
    supports = (np.minimum(abs(y), abs(x)) <= 1) & (radius >= RING_INNER)
    shaped = np.where((bright > 0) & ~supports, bright, DARK)
    shaped[radius > EXCLUDED_RADIUS] = 0
    return np.asarray(masks.balance(shaped))


def correlation(image: Image, template: Image) -> Image:
    """The circular correlation of `image` (qy, qx) with `template`, as published: its peaks stand one pixel low.

    On frames with an odd number n of columns it has n - 1 columns, and a peak of column x stands at (x - 1/2) (n - 1) / n.
    """
    return np.asarray(get_correlation(image, UserTemplate(template)))


def positions(image: Image, template: Image, count: int = COUNT) -> NDArray[np.intp]:
    """The `count` highest local maxima of the correlation as (y, x) px, shape (count, 2), the highest first."""
    return np.asarray(get_peaks(image, UserTemplate(template), num_peaks=count))


def dark_fields(ctx: lt.Context, dataset: DataSet, positions: NDArray[np.intp], template: Image) -> Image:
    """The template at each position times every frame, shape (ny, nx, n_disks)."""
    size_y, size_x = dataset.shape.sig
    stack = partial(feature_vector, size_x, size_y, positions, UserTemplate(template))
    udf = ApplyMasksUDF(stack, mask_count=len(positions), mask_dtype=np.float32, use_sparse="scipy.sparse")
    return np.array(ctx.run_udf(dataset=dataset, udf=udf)["intensity"].data)


def features(dark_fields: Image) -> Image:
    """Each disk's dark field divided by its mean magnitude over the scan, (ny, nx, n_disks)."""
    return dark_fields / np.mean(np.abs(dark_fields), axis=(0, 1))


def ward(features: Image, shape: tuple[int, int]) -> Tree:
    """Ward's tree of the scan positions, only next neighbours of the scan of `shape` (ny, nx) merging."""
    ny, nx = shape
    # scikit-learn's n_x are the rows: the notebook's "Transposed!"
    clustering = AgglomerativeClustering(
        n_clusters=1,
        linkage="ward",
        connectivity=grid_to_graph(n_x=ny, n_y=nx),
        compute_full_tree=True,
        compute_distances=True,
    ).fit(features.reshape(ny * nx, -1))
    return Tree(clustering.children_, clustering.distances_)


def labels(tree: Tree, shape: tuple[int, int], distance: float = DISTANCE) -> NDArray[np.int32]:
    """The label map from 1 on, shape (ny, nx), of the tree cut by scikit-learn's rule.

    As many merges as reach `distance` are undone, the last ones first, even where inversions put a high merge earlier.
    """
    leaves = len(tree.children) + 1
    kept = tree.children[: leaves - 1 - np.count_nonzero(tree.distances >= distance)]
    parents = np.repeat(leaves + np.arange(len(kept)), 2)
    nodes = leaves + len(kept)
    joined = coo_array((np.ones(kept.size, bool), (kept.ravel(), parents)), shape=(nodes, nodes))
    regions = connected_components(joined, directed=False)[1][:leaves]
    return (regions.reshape(shape) + 1).astype(np.int32)
