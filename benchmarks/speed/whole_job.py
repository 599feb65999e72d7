"""The classic method from file to label map, by graineye and by the programs it was published with."""

from collections.abc import Iterator
from pathlib import Path

import libertem.api as lt
import numpy as np
import published
import scans
from numpy.typing import NDArray
from timing import Row, held_against, seconds

import graineye as ge

WANTED = {"contiguous": "15", "chunked": "12"}
"""Times faster; by how frames are stored, else by the codec."""
WANTED_OF_CODEC = {"gzip": "12", "bitshuffle": "7"}
CUTS = (published.DISTANCE, published.DISTANCE / 10)
"""At which both trees are compared: a small scan is a single region at the published one."""


def published_job(path: Path, context: lt.Context) -> NDArray[np.int32]:
    """The published workflow from file to label map."""
    dataset = context.load("hdf5", path=str(path), ds_path=scans.DS_PATH)
    template = published.template()
    published.log_sum(context, dataset)
    std = published.std_map(context, dataset)
    positions = published.positions(published.log_scaled(std), template)
    dark_fields = published.dark_fields(context, dataset, positions, template)
    shape = dark_fields.shape[:2]
    return published.labels(published.ward(published.features(dark_fields), shape), shape)


def graineye_job(path: Path) -> NDArray[np.int32]:
    """The same steps by graineye: open, statistics, disks, dark fields, features, tree, cut."""
    scan = ge.open_scan(path)
    template = ge.bullseye()
    settings = ge.Settings.classic()
    located = ge.locate_disks(ge.statistics(scan), template, settings.disks)
    features = ge.features(ge.dark_fields(scan, template, located.disks.positions))
    return ge.cut_at_distance(ge.dendrogram(features), settings.cut.distance or 0.0)


def check_labels(path: Path, context: lt.Context) -> None:
    """From the same disk positions both label maps are the same, cut by scikit-learn's rule.

    The positions are the published ones, moved by the pixel by which these stand low.
    """
    dataset = context.load("hdf5", path=str(path), ds_path=scans.DS_PATH)
    template = published.template()
    positions = published.positions(published.log_scaled(published.std_map(context, dataset)), template) + 1
    positions = positions[(positions < dataset.shape.sig[0]).all(axis=1)]
    theirs = published.dark_fields(context, dataset, positions, template)
    ours = ge.dark_fields(ge.open_scan(path), ge.bullseye(), positions)
    shape = theirs.shape[:2]
    by_them = published.ward(published.features(theirs), shape)
    by_us = ge.dendrogram(ge.features(ours))
    for distance in CUTS:
        expected = published.labels(by_them, shape, distance)
        found = published.labels(published.Tree(by_us.children, by_us.heights), shape, distance)
        pairs = np.unique(np.stack([found.ravel(), expected.ravel()]), axis=1)
        assert pairs.shape[1] == found.max() == expected.max(), f"{path.name}: labels differ at distance {distance}"


def whole_jobs(contiguous: Path, repeats: int) -> Iterator[Row]:
    """From open to label map, beside the published workflow with its best executor, for each way to store frames."""
    expected = graineye_job(contiguous)
    with lt.Context.make_with("threads") as threads, lt.Context.make_with("inline") as inline:
        check_labels(contiguous, threads)
        for layout in ("contiguous", *scans.LAYOUTS):
            path = contiguous if layout == "contiguous" else scans.rewritten(contiguous, layout)
            assert (graineye_job(path) == expected).all(), f"{path.name}: other labels than of contiguous frames"
            ours = seconds(lambda path=path: graineye_job(path), repeats)
            theirs = min(
                seconds(lambda path=path, context=context: published_job(path, context), repeats // 2)
                for context in (threads, inline)
            )
            wanted = WANTED.get(layout) or WANTED_OF_CODEC[layout.split("-")[0]]
            yield held_against(f"classic method, {layout}", ours, "classic workflow", theirs, wanted)
