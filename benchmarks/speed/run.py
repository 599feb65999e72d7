"""Times graineye beside the classic workflow and beside numpy, on this machine: `run.py FOLDER [--quick]`.

Prints a table in Markdown. Every pair is measured in the same process on the same file, and its results are compared first; with
--quick everything is small, and only that the results agree is of interest.
"""

import argparse
import itertools
import os
import platform
import subprocess
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np

import graineye as ge
from graineye.passes import region_means
from graineye.progress import silent

sys.path.insert(0, str(Path(__file__).parents[2] / "tests" / "classic"))

import libertem.api as lt
import published
import scans
from timing import HEAD, Row, seconds


def classic_job(path: Path, context: lt.Context) -> np.ndarray:
    """The published workflow from file to label map."""
    dataset = context.load("hdf5", path=str(path), ds_path=scans.DS_PATH)
    template = published.template()
    published.log_sum(context, dataset)
    std = published.std_map(context, dataset)
    positions = published.positions(published.log_scaled(std), template)
    dark_fields = published.dark_fields(context, dataset, positions, template)
    shape = dark_fields.shape[:2]
    return published.labels(published.ward(published.features(dark_fields), shape), shape)


def graineye_job(path: Path) -> np.ndarray:
    """The same steps by graineye: open, statistics, disks, dark fields, features, tree, cut."""
    scan = ge.open_scan(path)
    template = ge.bullseye()
    settings = ge.Settings.classic()
    located = ge.locate_disks(ge.statistics(scan), template, settings.disks)
    features = ge.features(ge.dark_fields(scan, template, located.disks.positions))
    return ge.cut_at_distance(ge.dendrogram(features), settings.cut.distance or 0.0)


def whole_jobs(contiguous: Path, repeats: int) -> Iterator[Row]:
    """From open to label map, beside the classic workflow with its best executor."""
    wanted = {"contiguous": "15", "chunked": "12", "gzip": "12", "bitshuffle-LZ4": "7"}
    with lt.Context.make_with("threads") as threads, lt.Context.make_with("inline") as inline:
        for layout, factor in wanted.items():
            path = contiguous if layout == "contiguous" else scans.rewritten(contiguous, layout)
            ours = seconds(lambda path=path: graineye_job(path), repeats)
            theirs = min(
                seconds(lambda path=path, context=context: classic_job(path, context), max(repeats // 2, 1))
                for context in (threads, inline)
            )
            yield Row(f"classic method, {layout}", ours, "classic workflow", theirs, factor)


def passes(path: Path, repeats: int, what: str) -> Iterator[Row]:
    """One pass each, beside numpy's plain sum of the memory map."""
    scan = ge.open_scan(path)
    found = ge.statistics(scan)
    template = ge.bullseye()
    positions = ge.locate_disks(found, template, ge.DisksSettings(border="keep")).disks.positions
    ny, nx, qy, qx = scan.shape
    frames = np.memmap(path, scan.dtype, "r", _offset(path), (ny * nx, qy * qx))
    kind = np.uint64 if scan.dtype.kind in "ui" else np.float64
    assert abs(frames.sum(dtype=kind) - found.total_counts.sum()) <= 1e-6 * found.total_counts.sum()
    labels = np.arange(ny * nx, dtype=np.int32).reshape(ny, nx) // max(ny * nx // 80, 1) + 1
    plain = seconds(
        lambda: np.memmap(path, scan.dtype, "r", _offset(path), (ny * nx, qy * qx)).sum(dtype=kind), repeats
    )
    beside = "numpy's sum"
    yield Row(f"statistics, {what}", seconds(lambda: ge.statistics(scan), repeats), beside, plain, "0.83")
    dark = seconds(lambda: ge.dark_fields(scan, template, positions), repeats)
    yield Row(f"{len(positions)} dark fields, {what}", dark, beside, plain, "0.77")
    yield Row(f"mean patterns, {what}", seconds(lambda: region_means(scan, labels, silent), repeats), beside, plain, "")


def _offset(path: Path) -> int:
    import h5py

    with h5py.File(path) as file:
        return int(file[scans.DS_PATH].id.get_offset())


def ward(side: int, features: int) -> Iterator[Row]:
    """Constrained Ward clustering of a noisy map of grains, beside scikit-learn."""
    random = np.random.default_rng(0)
    grains = np.add.outer(np.arange(side) // 16, np.arange(side) // 16 * 97)
    means = random.normal(size=(grains.max() + 1, features))
    values = (means[grains] + random.normal(size=(side, side, features))).astype(np.float32)
    ours = seconds(lambda: ge.dendrogram(values), 1)
    begun = os.times().elapsed
    tree = published.ward(values, (side, side))
    theirs = os.times().elapsed - begun
    found = ge.dendrogram(values)
    same = (np.sort(found.children, axis=1) == np.sort(tree.children, axis=1)).all()
    yield Row(f"Ward, {side} x {side} x {features}, same tree: {same}", ours, "scikit-learn", theirs, "10")


def starting() -> Iterator[Row]:
    """How long the command line takes to answer."""
    command = [sys.executable, "-c", "from graineye.cli import main; main()", "--help"]
    bare = [sys.executable, "-c", "pass"]
    ours = seconds(lambda: subprocess.run(command, check=False, capture_output=True), 5)
    yield Row("graineye --help", ours, "bare Python", seconds(lambda: subprocess.run(bare, check=True), 5), "0.3 s")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="where the scans are made and kept")
    parser.add_argument("--quick", action="store_true", help="small scans: do the results agree?")
    chosen = parser.parse_args()
    chosen.folder.mkdir(parents=True, exist_ok=True)
    shape, detector, repeats, side = ("12x10", 96, 1, 24) if chosen.quick else ("100x84", 250, 5, 512)
    contiguous = scans.simulated(chosen.folder, shape, detector)
    print(
        f"{platform.processor() or platform.machine()}, {len(os.sched_getaffinity(0))} cores, Python {platform.python_version()}"
    )
    print(HEAD)
    warnings.filterwarnings("ignore", message="Loading compressed HDF5", category=RuntimeWarning)
    for row in itertools.chain(
        whole_jobs(contiguous, repeats),
        passes(contiguous, repeats, "uint16"),
        passes(scans.converted(contiguous, "uint8"), repeats, "uint8"),
        passes(scans.converted(contiguous, "float32"), repeats, "float32"),
        passes(scans.converted(contiguous, "uint32"), repeats, "uint32"),
        ward(side, 200),
        starting(),
    ):
        print(row, flush=True)


if __name__ == "__main__":
    main()
