"""Single passes beside numpy's plain sum of the memory map, and Ward's tree beside scikit-learn's."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import published
import scans
from numpy.typing import NDArray
from timing import Row, held_against, once, seconds

import graineye as ge
from graineye.passes import following_template_values, region_means
from graineye.progress import silent

BESIDE = "numpy's sum"
ROUNDING = 1e-5
"""Of the largest magnitude: dark fields are sums of float32."""


def passes(path: Path, repeats: int, what: str) -> Iterator[Row]:
    """One pass each over a contiguous scan."""
    scan = ge.open_scan(path)
    template = ge.bullseye()
    found = ge.statistics(scan)
    positions = ge.locate_disks(found, template, ge.DisksSettings(border="keep")).disks.positions
    labels = np.arange(scan.frame_count, dtype=np.int32).reshape(scan.scan_shape)
    labels = labels // max(scan.frame_count // 80, 1) + 1
    still = np.zeros((*scan.scan_shape, 2), np.float32)
    corners = positions - np.asarray(template.centre)
    _check_statistics(found, path)
    _check_dark_fields(ge.dark_fields(scan, template, positions), positions, template, path)
    _check_means(region_means(scan, labels, silent), labels, path)

    kind = np.uint64 if scan.dtype.kind in "ui" else np.float64
    plain = seconds(lambda: scans.memory_map(path).sum(dtype=kind), repeats)
    yield held_against(f"statistics, {what}", seconds(lambda: ge.statistics(scan), repeats), BESIDE, plain, "0.83")
    dark = seconds(lambda: ge.dark_fields(scan, template, positions), repeats)
    yield held_against(f"{len(positions)} dark fields, {what}", dark, BESIDE, plain, "0.77")
    moved = still + np.random.default_rng(0).random(still.shape, np.float32)
    following = seconds(lambda: ge.passes.template_values(scan, template.image, corners, shifts=moved), repeats)
    yield held_against(f"the same moved by parts of a pixel, {what}", following, "not moved", dark, "0.91")
    noise = seconds(lambda: following_template_values(scan, template.image, corners, moved), repeats)
    yield held_against(f"the same with their noise, {what}", noise, "not moved", dark, "")
    means = seconds(lambda: region_means(scan, labels, silent), repeats)
    yield held_against(f"mean patterns of {labels.max()} regions, {what}", means, BESIDE, plain, "")


def _check_statistics(found: ge.Statistics, path: Path) -> None:
    frames = scans.memory_map(path)
    totals = frames.sum(axis=1, dtype=np.float64)
    assert np.allclose(found.total_counts.ravel(), totals, rtol=1e-12), f"{path.name}: totals differ"
    mean = frames.mean(axis=0, dtype=np.float64)
    square = sum(np.square(part, dtype=np.float64).sum(axis=0) for part in np.array_split(frames, 100))
    std = np.sqrt(np.maximum(square / len(frames) - mean**2, 0))
    assert np.allclose(found.mean.ravel(), mean, rtol=1e-6), f"{path.name}: means differ"
    assert np.allclose(found.std.ravel(), std, rtol=1e-4, atol=1e-6 * std.max()), f"{path.name}: deviations differ"


def _check_dark_fields(
    values: NDArray[np.float32], positions: NDArray[np.int64], template: ge.Template, path: Path
) -> None:
    """Some frames' numbers are dot products with the template on an empty frame."""
    frames = scans.memory_map(path)
    side, reach = round(frames.shape[1] ** 0.5), template.image.shape[0]
    for number in np.linspace(0, len(frames) - 1, 5, dtype=int):
        padded = np.pad(frames[number].reshape(side, side).astype(np.float64), reach)
        for k, (y, x) in enumerate(positions - np.asarray(template.centre) + reach):
            expected = (padded[y : y + reach, x : x + reach] * template.image).sum()
            found = values.reshape(len(frames), -1)[number, k]
            assert abs(found - expected) <= ROUNDING * np.abs(values).max(), f"{path.name}: dark fields differ"


def _check_means(found: NDArray[np.float32], labels: NDArray[np.int32], path: Path) -> None:
    frames = scans.memory_map(path)
    for label in (1, int(labels.max())):
        mean = frames[labels.ravel() == label].mean(axis=0, dtype=np.float64)
        assert np.allclose(found[label - 1].ravel(), mean, rtol=1e-6), f"{path.name}: mean patterns differ"


def ward(side: int, features: int) -> Iterator[Row]:
    """Constrained Ward clustering of a noisy map of grains, beside scikit-learn."""
    random = np.random.default_rng(0)
    grains = np.add.outer(np.arange(side) // 16, np.arange(side) // 16 * 97)
    means = random.normal(size=(grains.max() + 1, features))
    values = (means[grains] + random.normal(size=(side, side, features))).astype(np.float32)
    trees = []
    ours = seconds(lambda: ge.dendrogram(values), 1)
    theirs = once(lambda: trees.append(published.ward(values, (side, side))))
    found = ge.dendrogram(values)
    same = (np.sort(found.children, axis=1) == np.sort(trees[0].children, axis=1)).all()
    assert same, "scikit-learn's tree has other merges"
    yield held_against(f"Ward, {side} x {side} x {features}, merge by merge", ours, "scikit-learn", theirs, "10")
    cut = seconds(lambda: ge.cut_at_distance(ge.dendrogram(values), published.DISTANCE), 1)
    yield held_against(f"Ward, {side} x {side} x {features}, to labels", cut, "scikit-learn", theirs, "25")
