"""Cutting the dendrogram into crystallites.

A proper cut: no merge at or above the cut's height inside a region, also where the tree has inversions.
"""

import heapq
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from graineye.crystallites.dendrogram import Dendrogram
from graineye.errors import SettingsError
from graineye.kernels.tree import regions_below
from graineye.settings import CutSettings


def labels_of_cut(tree: Dendrogram, features: NDArray[np.float32], cut: CutSettings) -> NDArray[np.int32]:
    """The label map that the settings of a cut ask for: (ny, nx) from 1."""
    if cut.count is not None:
        labels = cut_into(tree, cut.count)
    elif cut.distance is not None:
        labels = cut_at_distance(tree, cut.distance)
    else:
        labels = cut_relative(tree, cut.relative)
    return absorb_small(labels, features, cut.min_size) if cut.min_size > 1 else labels


def height_of_cut(tree: Dendrogram, cut: CutSettings) -> float:
    """The merge height that the settings of a cut stand for: every region's merges are below it."""
    if cut.count is not None:
        heights, regions = tree.regions_by_height()
        below = heights[regions == cut.count - 1]
        return float(below[0]) if len(below) else np.inf
    return cut.distance if cut.distance is not None else cut.relative * tree.neighbour_distance


def cut_at_distance(tree: Dendrogram, distance: float) -> NDArray[np.int32]:
    """Labels of the largest regions in which every merge is lower than `distance`.

    Parameters
    ----------
    tree
        Of merges.
    distance
        In units of feature distance.

    Returns
    -------
    (ny, nx) from 1, numbered in the order of each region's first scan position; 0 where it is excluded.
    """
    return _labels(tree, tree.subtree_heights() < distance)


def cut_relative(tree: Dendrogram, factor: float) -> NDArray[np.int32]:
    """Labels of a cut at `factor` times the median feature distance of neighbouring scan positions: (ny, nx)."""
    return cut_at_distance(tree, factor * tree.neighbour_distance)


def cut_into(tree: Dendrogram, count: int) -> NDArray[np.int32]:
    """Labels of `count` regions, those that remain when the highest merges are undone.

    Raises
    ------
    SettingsError
        If there are fewer scan positions than `count`, or excluded ones divide the scan into more parts.
    """
    positions, parts = tree.positions, tree.parts
    if not parts <= count <= positions:
        divided = f", which excluded ones divide into {parts} parts" if parts > 1 else ""
        raise SettingsError(
            f"cut.count is {count}: there are {positions} scan positions{divided}; choose between {parts} and {positions}"
        )
    kept = np.ones(len(tree.heights), bool)
    # Of equal heights the later merge is undone first: it is never inside an earlier one.
    order = np.argsort(tree.subtree_heights(), kind="stable")
    kept[order[positions - count :]] = False
    return _labels(tree, kept)


def _labels(tree: Dendrogram, kept: NDArray[np.bool_]) -> NDArray[np.int32]:
    """Labels (ny, nx) when only some merges are carried out; 0 where a scan position is excluded."""
    labels = regions_below(tree.children, kept).reshape(tree.shape)
    return labels if tree.excluded is None else renumbered(np.where(tree.excluded, 0, labels))


def absorb_small(labels: NDArray[np.int32], features: NDArray[np.float32], min_size: int) -> NDArray[np.int32]:
    """Give regions of fewer than `min_size` scan positions to their best neighbour, the smallest first.

    The best neighbour is the one with which a merge adds least variance; ties go to the lower label.

    Parameters
    ----------
    labels
        (ny, nx) from 1; 0 is left alone.
    features
        (ny, nx, n_features).
    min_size
        Scan positions.

    Returns
    -------
    (ny, nx), numbered anew in the order of first scan positions.
    """
    sums, sizes, adjacent = _regions(labels, features)
    heap = [(int(sizes[k]), k) for k in adjacent if sizes[k] < min_size]
    heapq.heapify(heap)
    absorbed = []
    while heap:
        size, region = heapq.heappop(heap)
        if size != sizes[region] or not adjacent[region]:
            continue
        means = sums[region] / sizes[region]

        def cost(other: int, region: int = region, means: NDArray[np.float64] = means) -> float:
            gap = means - sums[other] / sizes[other]
            return float(gap @ gap * sizes[region] * sizes[other] / (sizes[region] + sizes[other]))

        best = min(adjacent[region], key=lambda k: (cost(k), k))
        absorbed.append((region, best))
        sums[best] += sums[region]
        sizes[best] += sizes[region]
        if sizes[best] < min_size:
            heapq.heappush(heap, (int(sizes[best]), best))
        for other in adjacent.pop(region):
            adjacent[other].discard(region)
            if other != best:
                adjacent[other].add(best)
                adjacent[best].add(other)
    target = np.arange(len(sizes))
    for region, best in reversed(absorbed):
        target[region] = target[best]
    return renumbered(target[labels])


def _regions(
    labels: NDArray[np.int32], features: NDArray[np.float32]
) -> tuple[NDArray[np.float64], NDArray[np.int64], dict[int, set[int]]]:
    """Feature sums (n + 1, n_features), sizes (n + 1) and the neighbours of each region; entry 0 is unused."""
    n = int(labels.max(initial=0))
    order = np.argsort(labels, axis=None, kind="stable")
    sizes = np.bincount(labels.ravel(), minlength=n + 1)
    flat = features.reshape(-1, features.shape[-1])
    starts = np.concatenate([[0], np.cumsum(sizes)])
    sums = np.stack([flat[order[a:b]].sum(axis=0, dtype=np.float64) for a, b in pairwise(starts)])
    adjacent: dict[int, set[int]] = {k: set() for k in range(1, n + 1) if sizes[k]}
    for a, b in np.unique(touching(labels), axis=0).tolist():
        adjacent[a].add(b)
        adjacent[b].add(a)
    return sums, sizes, adjacent


def touching(labels: NDArray[np.int32]) -> NDArray[np.int32]:
    """Labels on the two sides of every edge between scan positions of different crystallites: (n, 2), lower first."""
    beside = np.stack([labels[:, 1:].ravel(), labels[:, :-1].ravel()], axis=1)
    below = np.stack([labels[1:].ravel(), labels[:-1].ravel()], axis=1)
    pairs = np.sort(np.concatenate([beside, below]), axis=1)
    return np.asarray(pairs[(pairs[:, 0] != pairs[:, 1]) & (pairs[:, 0] > 0)])


def renumbered(labels: NDArray[np.integer]) -> NDArray[np.int32]:
    """The same regions numbered from 1 in the order of their first scan positions; 0 stays 0."""
    values, first = np.unique(labels, return_index=True)
    crystallites = values > 0
    number = np.zeros(int(values.max(initial=0)) + 1, np.int32)
    number[values[crystallites][np.argsort(first[crystallites])]] = np.arange(1, crystallites.sum() + 1)
    return np.asarray(number[labels])
