"""How the time of a pass grows with the number of frames, and shrinks with the number of threads."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import scans
from limits import bandwidth
from timing import Row, seconds

import graineye as ge
from graineye.passes import following_template_values, local_significance, region_means

Pass = Callable[[ge.Scan], object]

FRAMES = ((50, 40), (64, 64), (100, 80), (160, 100), (200, 160), (256, 250), (325, 400))
"""Rows and columns of scans of 2,000 to 130,000 frames."""
FEW_FRAMES = ((12, 10), (24, 20))


def passes_of(scan: ge.Scan) -> dict[str, Pass]:
    """Every pass, ready to be run over scans with frames like these."""
    template = ge.bullseye()
    positions = ge.locate_disks(ge.statistics(scan), template, ge.DisksSettings(border="keep")).disks.positions
    corners = positions - np.asarray(template.centre)

    def still(scan: ge.Scan) -> np.ndarray:
        return np.full((*scan.scan_shape, 2), 0.3, np.float32)

    def labels(scan: ge.Scan) -> np.ndarray:
        return (np.arange(scan.frame_count, dtype=np.int32) // 100 + 1).reshape(scan.scan_shape)

    return {
        "statistics": ge.statistics,
        f"{len(positions)} dark fields": lambda scan: ge.dark_fields(scan, template, positions),
        "the same, moved, with noise": lambda scan: following_template_values(
            scan, template.image, corners, still(scan)
        ),
        "significance": lambda scan: local_significance(scan, template.image, still(scan)),
        "mean patterns": lambda scan: region_means(scan, labels(scan)),
    }


def with_frames(folder: Path, quick: bool) -> Iterator[Row]:
    """Statistics and dark fields of scans of 2,000 to 130,000 frames, beside a straight line through all of them."""
    sizes = FEW_FRAMES if quick else FRAMES
    rows, columns = sizes[0]
    source = scans.simulated(folder, f"{rows}x{columns}", 128)
    small = scans.converted(source, "uint8")
    wanted = dict(list(passes_of(ge.open_scan(small)).items())[:2])
    took: dict[str, list[float]] = {name: [] for name in wanted}
    for shape in sizes:
        path = scans.repeated(small, *shape)
        try:
            scan = ge.open_scan(path)
            for name, each in wanted.items():
                took[name].append(seconds(lambda each=each, scan=scan: each(scan), 0 if quick else 3))
        finally:
            path.unlink()
    frames = np.array([ny * nx for ny, nx in sizes], np.float64)
    for name, times in took.items():
        yield from _growth(name, frames, np.array(times))


def _growth(name: str, frames: np.ndarray, times: np.ndarray) -> Iterator[Row]:
    each = 1e6 * times / frames
    # Relative deviations count: each size weighs the same.
    terms = np.stack([np.ones(len(frames)), frames], axis=1)
    start, slope = np.linalg.lstsq(terms / times[:, None], np.ones(len(times)), rcond=None)[0]
    deviation = times / (start + slope * frames) - 1
    worst = np.abs(deviation).argmax()
    spread = ", ".join(f"{n:,.0f}: {us:.1f}" for n, us in zip(frames, each, strict=True))
    yield Row(
        f"{name}, growth with frames of 128 x 128 px, uint8",
        f"us a frame: {spread}",
        f"line: {1e3 * start:.1f} ms + {1e6 * slope:.2f} us a frame",
        f"{100 * deviation[worst]:+.0f} % at {frames[worst]:,.0f}",
        "within 15 %",
    )


def with_cores(path: Path, repeats: int) -> Iterator[Row]:
    """Every pass on one thread and on two, and what two threads read from memory at most."""
    most = bandwidth(2, repeats)
    alone, both = ge.open_scan(path, cpus=1), ge.open_scan(path, cpus=2)
    nbytes = scans.memory_map(path).nbytes
    for name, each in passes_of(both).items():
        of_one, of_two = (seconds(lambda each=each, scan=scan: each(scan), repeats) for scan in (alone, both))
        yield Row(
            f"{name}, 2 threads",
            f"{of_two:.3f} s ({nbytes / of_two / 1e9:.1f} GB/s)",
            f"1 thread: {of_one:.3f} s ({nbytes / of_one / 1e9:.1f} GB/s)",
            f"{of_one / of_two:.2f}",
            f"1.7, or {most:.1f} GB/s",
        )
