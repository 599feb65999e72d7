"""The statistics of a scan in one pass: mean, standard deviation and log-sum frames; counts and centre of mass of every frame.

The log-sum is that of the classic notebook: each frame log-scaled by itself, then summed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graineye.errors import BadValues
from graineye.kernels.moments import moments_of
from graineye.kernels.statistics import add_frames
from graineye.passes.filling import filled
from graineye.passes.frames import OrderedUDF, run_pass
from graineye.progress import Progress, silent
from graineye.scan import Scan


@dataclass(frozen=True)
class Statistics:
    """What one pass tells of a scan.

    Attributes
    ----------
    mean, std
        (qy, qx) mean and population standard deviation of every detector pixel over the scan, counts.
    log_sum
        (qy, qx) sum over frames of log(frame - minimum of this frame + 1).
    total_counts
        (ny, nx) sum of every frame, counts; NaN where a scan position is excluded.
    centre_of_mass
        (2, ny, nx) of every frame, (y, x) px; NaN where its counts sum to zero or the scan position is excluded. None in a
        result of an older file.

    Excluded detector pixels count nothing: not in the minimum, the total or the centre of mass of a frame. In the images they
    are filled from their neighbours.
    """

    mean: NDArray[np.float32]
    std: NDArray[np.float32]
    log_sum: NDArray[np.float32]
    total_counts: NDArray[np.float64]
    centre_of_mass: NDArray[np.float64] | None = None


class _StatisticsUDF(OrderedUDF):
    """Sums for `Statistics`.

    The parameter `pivot` is one frame, (qy, qx); `pixels` are the indices of the detector pixels that count, None for all.
    """

    def get_result_buffers(self) -> dict[str, Any]:
        return self.span_buffers() | {
            "totals": self.buffer("nav", dtype=np.float64),
            "moments": self.buffer("nav", extra_shape=(2,), dtype=np.float64),
            "sums": self.buffer("sig", dtype=np.float64),
            "squares": self.buffer("sig", dtype=np.float64),
            "log_sums": self.buffer("sig", dtype=np.float64),
        }

    def process_frames(self, frames: NDArray[Any]) -> None:
        results, chosen, columns = self.results, self.params.pixels, frames.shape[2]
        flat, pivot = frames.reshape(len(frames), -1), np.asarray(self.params.pivot, np.float64).ravel()
        of_frames = results.totals.reshape(-1), results.moments.reshape(-1, 2)
        sums = [getattr(results, name).reshape(-1) for name in ("sums", "squares", "log_sums")]
        if chosen is None:
            add_frames(flat, columns, pivot, *of_frames, *sums)
            return
        of_chosen = [np.zeros(len(chosen)) for _ in sums]
        left = np.ascontiguousarray(flat[:, chosen])
        add_frames(left, len(chosen), pivot[chosen], *of_frames, *of_chosen)
        in_place = np.zeros_like(flat)
        in_place[:, chosen] = left
        results.moments[:] = moments_of(in_place, columns)
        for everywhere, some in zip(sums, of_chosen, strict=True):
            everywhere[chosen] += some

    def keep(self, dest: Any, src: Any) -> None:
        dest.totals[:] = src.totals
        dest.moments[:] = src.moments

    def add(self, dest: Any, partial: Mapping[str, NDArray[Any]]) -> None:
        with np.errstate(invalid="ignore"):  # Inf and -Inf meet: the totals tell
            for name in ("sums", "squares", "log_sums"):
                getattr(dest, name)[:] += partial[name]


def statistics(scan: Scan, progress: Progress = silent) -> Statistics:
    """Read every frame once and sum up what the following steps need.

    Parameters
    ----------
    scan
        An open scan.
    progress
        Told how many frames are done.

    Returns
    -------
    Statistics
        Computed in float64 and rounded to float32; the same on any number of cores.

    Raises
    ------
    BadValues
        If frames hold NaN or Inf and `scan.bad_values` refuses them.
    ScanError
        If frames cannot be read.
    """
    first = (0, 0) if scan.excluded_frames is None else np.argwhere(~scan.excluded_frames)[0]
    pivot = np.nan_to_num(scan.frame(*first).astype(np.float64), posinf=0.0, neginf=0.0)
    excluded = scan.excluded_pixels
    pixels = None if excluded is None else np.flatnonzero(~excluded)
    udf = _StatisticsUDF(pivot=pivot, pixels=pixels, bad_values=scan.bad_values)
    found = run_pass(scan, udf, "statistics", progress)
    n_frames = found["totals"].size
    bad = int(np.count_nonzero(~np.isfinite(found["totals"])))
    if bad:
        raise BadValues(
            f"{scan.path}: {bad} of {n_frames} frames hold NaN or Inf: --scan.bad-values zero takes these values as 0"
        )
    mean_deviation = found["sums"] / n_frames
    variance = np.maximum(found["squares"] / n_frames - mean_deviation**2, 0.0)
    images = (pivot + mean_deviation, np.sqrt(variance), found["log_sums"])
    mean, std, log_sum = (image.astype(np.float32) for image in images)
    if excluded is not None:
        mean, std, log_sum = filled(np.stack([mean, std, log_sum]), excluded)
    totals, moments = found["totals"].reshape(-1, 1), found["moments"].reshape(-1, 2)
    centres = np.divide(moments, totals, out=np.full(moments.shape, np.nan), where=totals != 0)
    return Statistics(
        mean=mean,
        std=std,
        log_sum=log_sum,
        total_counts=scan.on_positions(found["totals"]),
        centre_of_mass=np.moveaxis(scan.on_positions(centres), -1, 0),
    )
