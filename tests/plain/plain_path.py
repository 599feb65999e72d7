"""The whole method by the slow expressions beside the kernels, on frames that LiberTEM's own readers hand out.

`plain_path.py SCAN...` counts the labels in which graineye's maps differ from these; on 8,400 frames that takes some minutes.
"""

import argparse
import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import libertem.api as lt
import numpy as np
from libertem.io.dataset.base import DataSet
from libertem.udf.raw import PickUDF
from numpy.typing import NDArray
from plain_kernels import plain_kernels
from scipy import signal

import graineye as ge
from graineye.crystallites import (
    dendrogram,
    disk_signals,
    features,
    find_overlapping,
    labels_of_cut,
    significant_features,
)
from graineye.disks import (
    LocatedDisks,
    any_disk,
    find_descan,
    find_significant,
    locate_disks,
    one_electron,
    places_about,
)
from graineye.kernels.dark_fields import template_on_frames_slow
from graineye.kernels.highest_significance import keep_highest_slow
from graineye.kernels.mending import mend_slow, mending_of
from graineye.kernels.moved_sums import add_moved_slow
from graineye.kernels.statistics import add_frames_slow
from graineye.passes import Statistics
from graineye.passes.templates_around import templates_around
from graineye.probe import Template
from graineye.probe_choice import probe_of, template_for
from graineye.progress import silent

Labels = NDArray[np.int32]
Pairs = NDArray[np.int64]
Shifts = NDArray[np.floating[Any]]

BLOCK = 3
"""Scan positions along y and x of a block that is searched for disks."""
ONE_COUNT = 0.5
"""Added to every variance of such a block."""


@dataclass(frozen=True)
class Frames:
    """A scan as LiberTEM reads it: a row of the scan at a time."""

    context: lt.Context
    dataset: DataSet

    @property
    def shape(self) -> tuple[int, ...]:
        """(ny, nx, qy, qx)."""
        return tuple(self.dataset.shape)

    def rows(self) -> Iterator[NDArray[np.generic]]:
        """The frames of each row of the scan, (nx, qy, qx)."""
        ny, nx, qy, qx = self.shape
        for y in range(ny):
            roi = np.zeros((ny, nx), bool)
            roi[y] = True
            picked = self.context.run_udf(dataset=self.dataset, udf=PickUDF(), roi=roi)["intensity"].data
            yield np.asarray(picked).reshape(nx, qy, qx)

    def mended_rows(self, bad: NDArray[np.bool_]) -> Iterator[NDArray[np.float32]]:
        """The same, each bad pixel (qy, qx) the mean of those round it."""
        mending = mending_of(bad)
        for row in self.rows():
            mended = row.astype(np.float32)
            for frame in mended:
                mend_slow(frame, mending)
            yield mended


def plain_statistics(frames: Frames) -> Statistics:
    """Means, deviations and log-sums by `add_frames_slow`."""
    ny, nx, qy, qx = frames.shape
    totals, moments = np.empty((ny, nx)), np.empty((ny, nx, 2))
    pivot = np.zeros(qy * qx)
    sums, squares, log_sums = (np.zeros(qy * qx) for _ in range(3))
    for y, row in enumerate(frames.rows()):
        flat = row.reshape(nx, -1)
        if y == 0:
            pivot = flat[0].astype(np.float64)
        add_frames_slow(flat, qx, pivot, totals[y], moments[y], sums, squares, log_sums)
    off = sums / (ny * nx)
    std = np.sqrt(np.maximum(squares / (ny * nx) - off**2, 0))
    mean, std, log_sum = (image.reshape(qy, qx).astype(np.float32) for image in (pivot + off, std, log_sums))
    return Statistics(mean, std, log_sum, totals)


def plain_values(frames: Frames, template: Template, corners: Pairs, bad: NDArray[np.bool_]) -> NDArray[np.float32]:
    """The template at each corner of each frame by `template_on_frames_slow`, refitted where it meets bad pixels."""
    ny, nx = frames.shape[:2]
    values, none = np.empty((ny, nx, len(corners)), np.float32), np.empty((nx, 0), np.float32)
    around = list(templates_around(template.image, corners, bad))
    for y, row in enumerate(frames.rows()):
        template_on_frames_slow(row, template.image, corners, np.zeros((nx, 2), np.float32), values[y], none)
        for refitted in around:
            values[y][:, refitted.number] = refitted(row.reshape(nx, -1))
    return values


def plain_following_values(
    frames: Frames, template: Template, corners: Pairs, bad: NDArray[np.bool_], shifts: Shifts
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The template moved with each frame's pattern, and the variance of its value, by `template_on_frames_slow`."""
    ny, nx = frames.shape[:2]
    values, variances = np.empty((2, ny, nx, len(corners)), np.float32)
    for y, row in enumerate(frames.mended_rows(bad)):
        template_on_frames_slow(row, template.image, corners, shifts[y], values[y], variances[y])
    return values, variances


def plain_significance(
    frames: Frames, template: Template, bad: NDArray[np.bool_], shifts: Shifts, one: float
) -> NDArray[np.float32]:
    """The highest significance of a disk over blocks of 3 x 3 frames, by `add_moved_slow` and `keep_highest_slow`."""
    ny, nx, qy, qx = frames.shape
    highest = np.zeros((qy, qx), np.float32)
    waiting: list[NDArray[np.float32]] = []
    for y, row in enumerate(frames.mended_rows(bad)):
        waiting.append(row)
        if len(waiting) < BLOCK and y < ny - 1:
            continue
        top, lines = y + 1 - len(waiting), np.stack(waiting)
        for left in range(0, nx, BLOCK):
            of_block = shifts[top : y + 1, left : left + BLOCK].reshape(-1, 2)
            middle = of_block.mean(axis=0, dtype=np.float64).astype(np.float32)
            total = np.zeros((qy, qx), np.float32)
            for frame, shift in zip(lines[:, left : left + BLOCK].reshape(-1, qy, qx), of_block, strict=True):
                add_moved_slow(frame, tuple(np.round(shift - middle).astype(int)), total)
            value, variance = (correlated(total / one, image) for image in (template.image, template.image**2))
            keep_highest_slow(value, variance, middle, ONE_COUNT, highest)
        waiting = []
    return highest


def correlated(image: NDArray[np.floating[Any]], template: NDArray[np.float32]) -> NDArray[np.float32]:
    """SciPy's correlation in float64, the image continued by its nearest pixel."""
    before = [(n // 2, n - 1 - n // 2) for n in template.shape]
    padded = np.pad(image.astype(np.float64), before, "edge")
    return signal.correlate(padded, template.astype(np.float64), "valid", "fft").astype(np.float32)


def plain_labels(frames: Frames, scan: ge.Scan, settings: ge.Settings) -> Labels:
    """The label map of the whole method; of the scan that graineye opened only the probe's image and name are taken."""
    statistics = plain_statistics(frames)
    fitted = probe_of(scan, statistics.mean) if settings.probe.source == "auto" else None
    template = template_for(scan, settings.probe, fitted)
    located = locate_disks(statistics, template, settings.disks)
    method = _plain_overlapping if settings.overlapping else _plain_cut
    with plain_kernels():
        return method(frames, template, statistics, located, settings)


def _plain_cut(
    frames: Frames, template: Template, statistics: Statistics, located: LocatedDisks, settings: ge.Settings
) -> Labels:
    corners = located.disks.positions - np.asarray(template.centre)
    values = plain_values(frames, template, corners, located.bad_pixels)
    if not any_disk(values, located.disks, statistics, template, located.beam):
        return np.zeros(frames.shape[:2], np.int32)
    vectors = features(values)
    return labels_of_cut(dendrogram(vectors), vectors, settings.cut)


def _plain_overlapping(
    frames: Frames, template: Template, statistics: Statistics, located: LocatedDisks, settings: ge.Settings
) -> Labels:
    centre, bad, one = np.asarray(template.centre), located.bad_pixels, one_electron(statistics)
    places = places_about(located.beam.position, frames.shape[2:])
    descan = find_descan(plain_values(frames, template, places - centre, bad), places)
    significance = plain_significance(frames, template, bad, descan.shifts, one)
    radius = template.bright_radius
    disks = find_significant(significance, descan.mean, radius, located.hidden)
    corners = disks.positions - centre
    values, variance = plain_following_values(frames, template, corners, bad, descan.shifts)
    tree = dendrogram(significant_features(values))
    signals = disk_signals(values, variance, template.least_variance, disks.positions, radius, one)
    return find_overlapping(tree, signals).in_order()[1]


def both_labels(path: Path, settings: ge.Settings) -> tuple[Labels, Labels]:
    """graineye's label map of a contiguous HDF5 scan, and the plain path's."""
    scan = ge.open_scan(path)
    with lt.Context.make_with("inline") as context:
        frames = Frames(context, context.load("hdf5", path=str(path), ds_path=scan.dataset_path))
        plain = plain_labels(frames, scan, settings)
    return ge.map_crystallites(scan, settings, silent).labels, plain


def main() -> None:
    """Count the labels that differ."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scans", nargs="+", type=Path, help="contiguous HDF5 scans")
    for path in parser.parse_args().scans:
        relative = dataclasses.replace(ge.Settings.classic(), cut=ge.Settings().cut)
        for name, settings in (
            ("default", ge.Settings()),
            ("classic", ge.Settings.classic()),
            ("classic, relative cut", relative),
        ):
            found, plain = both_labels(path, settings)
            differ = int((found != plain).sum())
            print(
                f"{path.name}, {name}: {differ} of {found.size} labels differ, {found.max()} crystallites", flush=True
            )


if __name__ == "__main__":
    main()
