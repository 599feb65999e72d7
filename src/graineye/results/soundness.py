"""Whether a results file is one that can be read, before its bytes are decoded, and fits together once they are.

HDF5 and its filters trust what stands in a file: a damaged size makes them write beyond their memory.
"""

from collections.abc import Iterator
from math import prod
from pathlib import Path

import h5py
import numpy as np
from numpy.typing import NDArray

from graineye.crystallites import OverlappingCrystallites
from graineye.results.crystallite_map import CrystalliteMap
from graineye.scan.hdf5_filters import what_cannot_be

_GROWTH = 1032
"""Deflate makes at most so many bytes of one."""
_SLACK = 1024
"""Bytes by which a chunk that does not pack may be larger than what it holds, at the least."""


def check_stored(root: h5py.Group) -> None:
    """Look at the types and sizes of all datasets under the root group.

    Raises
    ------
    ValueError
        If one holds no real numbers or texts, cannot be as large as it says, or lies in part beyond the file's end.
    """
    size = Path(root.file.filename).stat().st_size
    datasets: list[h5py.Dataset] = []
    root.visititems(lambda _, item: datasets.append(item) if isinstance(item, h5py.Dataset) else None)
    for dataset in datasets:
        if dataset.dtype.kind in "cV":
            raise ValueError(f"{dataset.name} holds {dataset.dtype}, which graineye never writes")
        if dataset.is_virtual or dataset.external is not None:
            raise ValueError(f"{dataset.name} lies in other files")
        if dataset.dtype.kind == "O" or not dataset.size:  # a text, or nothing
            continue
        said = what_cannot_be(dataset, size)
        if said:
            raise ValueError(f"{dataset.name} has {said}, which cannot be")
        if dataset.chunks is not None:
            _check_chunks(dataset)


def _check_chunks(dataset: h5py.Dataset) -> None:
    """Refuse chunks that are missing, or that cannot hold what their shape says; all of them are written."""
    whole = prod(-(-length // chunk) for length, chunk in zip(dataset.shape, dataset.chunks, strict=True))
    stored: list[int] = []
    dataset.id.chunk_iter(lambda chunk: stored.append(chunk.size))
    if len(stored) != whole:
        raise ValueError(f"{dataset.name} has {len(stored)} of {whole} chunks")
    held = prod(dataset.chunks) * dataset.dtype.itemsize
    if max(stored, default=0) > held + held // 8 + _SLACK or (
        dataset.compression == "gzip" and held > _GROWTH * (min(stored, default=0) + 16)
    ):
        raise ValueError(f"{dataset.name} has chunks that do not have the size of their shape")


def check_fit(result: CrystalliteMap) -> None:
    """Compare the shapes of all arrays, and look whether the dendrogram is a tree over the scan positions.

    Raises
    ------
    ValueError
        If they do not fit each other.
    """
    scan, frame = result.labels.shape, result.statistics.mean.shape
    if len(scan) != 2 or len(frame) != 2 or not (result.labels.size and result.statistics.mean.size):
        raise ValueError(f"labels of shape {scan} and a mean of shape {frame}")
    for name, labels, found in _label_maps(result):
        if labels.min() < 0 or labels.max() > (labels.size if found is None else len(found)):
            raise ValueError(f"{name} that no crystallites have")
    for edit in result.edits:
        if (np.concatenate([edit.positions, edit.others]) >= scan).any():
            raise ValueError("edits of scan positions that the scan does not have")
    if not all(1 <= label <= result.count for label in result.names):
        raise ValueError("names of crystallites that are not there")
    disks, tree = len(result.disks.positions), result.dendrogram
    merges = result.labels.size - 1
    known, centre = result.known_mean_patterns, result.statistics.centre_of_mass
    shapes: dict[str, tuple[tuple[int, ...], tuple[int, ...]]] = {
        "std": (result.statistics.std.shape, frame),
        "log_sum": (result.statistics.log_sum.shape, frame),
        "total_counts": (result.statistics.total_counts.shape, scan),
        "centre_of_mass": ((2, *scan) if centre is None else centre.shape, (2, *scan)),
        "correlation_of_log_sum": (result.correlation_of_log_sum.shape, frame),
        "correlation_of_log_std": (result.correlation_of_log_std.shape, frame),
        "excluded_frames": (result.excluded.frames.shape, scan),
        "excluded_pixels": (result.excluded.pixels.shape, frame),
        "disks": (result.disks.positions.shape, (disks, 2)),
        "the disks' correlation": (result.disks.correlation.shape, (disks,)),
        "dark_fields": (result.dark_fields.shape, (*scan, disks)),
        "mean_patterns": ((0,) if known is None else known.shape, (0,) if known is None else (result.count, *frame)),
        **_shapes_of_overlapping(result, (scan, frame)),
        "the dendrogram": (tree.children.shape, (merges, 2)),
        "the dendrogram's heights": (tree.heights.shape, (merges,)),
        "the dendrogram's sizes": (tree.sizes.shape, (merges,)),
    }
    for name, (there, fitting) in shapes.items():
        if there != fitting:
            raise ValueError(f"{name} has shape {there} where {fitting} belongs")
    if result.template.image.ndim != 2 or not result.template.image.size:
        raise ValueError(f"a template of shape {result.template.image.shape}")
    if not _is_tree(tree.children):
        raise ValueError("the dendrogram is no tree over the scan positions")


def _label_maps(
    result: CrystalliteMap,
) -> Iterator[tuple[str, NDArray[np.int32], OverlappingCrystallites | None]]:
    """The label map and, of an edited result, the one before."""
    yield "labels", result.labels, result.overlapping
    if result.unedited is not None:
        before = result.unedited
        if before.labels.shape != result.labels.shape:
            raise ValueError(f"unedited_labels has shape {before.labels.shape} where {result.labels.shape} belongs")
        yield "unedited labels", before.labels, before.overlapping


def _shapes_of_overlapping(
    result: CrystalliteMap, shapes: tuple[tuple[int, ...], tuple[int, ...]]
) -> dict[str, tuple[tuple[int, ...], tuple[int, ...]]]:
    """Found and fitting shapes of what only results with overlapping crystallites have."""
    scan, frame = shapes
    expected: dict[str, tuple[tuple[int, ...], tuple[int, ...]]] = {}
    if result.significance is not None:
        expected["significance"] = (result.significance.shape, frame)
    if result.descan is not None:
        expected["beam"] = (result.descan.beam.shape, (2, *scan))
        expected["beam_measured"] = (result.descan.measured.shape, (2, *scan))
        expected["beam_left_out"] = (result.descan.left_out.shape, scan)
    before = None if result.unedited is None else result.unedited.overlapping
    for name, found in (("", result.overlapping), ("unedited_", before)):
        if found is not None:
            expected[f"{name}fractions"] = (found.fractions.shape, (*scan, len(found)))
        if found is not None and len(found):
            expected[f"{name}strengths"] = (found.strengths.shape, (len(found), len(result.disks)))
    return expected


def _is_tree(children: NDArray[np.int32]) -> bool:
    """Whether each merge joins nodes that are there by then, and every node but the last is joined once."""
    there = len(children) + 1 + np.arange(len(children))
    early = bool((children < there[:, None]).all())
    return early and np.array_equal(np.sort(children, axis=None), np.arange(2 * len(children)))
