"""A template image at many detector positions on every frame, in one pass.

At fixed positions these are the numbers of the classic notebook's stack of sparse masks, without the stack; at positions that
follow the wandering pattern they come with the variance of their shot noise.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from graineye.kernels.dark_fields import template_on_frames
from graineye.kernels.mending import mending_of
from graineye.passes.frames import FramesUDF, run_pass
from graineye.passes.templates_around import templates_around
from graineye.progress import Progress, silent
from graineye.scan import Scan

_NOTHING_TO_MEND = mending_of(None)


class _TemplateUDF(FramesUDF):
    """Parameters: `template` (height, width) and `corners` (k, 2), row and column under the template's first pixel.

    `excluded` are flat indices of excluded pixels, and `around` the templates that meet them.
    """

    def get_result_buffers(self) -> dict[str, Any]:
        return {"on_template": self.buffer("nav", extra_shape=(len(self.params.corners),), dtype=np.float32)}

    def process_frames(self, frames: NDArray[Any]) -> None:
        values, excluded = self.results.on_template, self.params.excluded
        if len(excluded) and frames.dtype.kind == "f":  # of NaN even a weight of zero makes NaN
            frames = frames.copy()
            frames.reshape(len(frames), -1)[:, excluded] = 0
        still, unwanted = np.zeros((len(frames), 2), np.float32), np.empty((len(frames), 0), np.float32)
        template, corners = self.params.template, self.params.corners
        template_on_frames(frames, template, corners, still, _NOTHING_TO_MEND, values, unwanted)
        for around in self.params.around:
            values[:, around.number] = around(frames.reshape(len(frames), -1))


class _FollowingUDF(FramesUDF):
    """Parameters: `template` (height, width), `corners` (k, 2), `mending`, and `shifts`, two numbers a frame.

    `with_noise` tells whether the variance is wanted.
    """

    def get_result_buffers(self) -> dict[str, Any]:
        each = (len(self.params.corners),)
        names = ("weighted", "noise") if self.params.with_noise else ("weighted",)
        return {name: self.buffer("nav", extra_shape=each, dtype=np.float32) for name in names}

    def process_frames(self, frames: NDArray[Any]) -> None:
        shifts = np.ascontiguousarray(self.params.shifts, np.float32).reshape(len(frames), 2)
        chosen, values = self.params, self.results.weighted
        variances = self.results.noise if chosen.with_noise else np.empty((len(frames), 0), np.float32)
        template_on_frames(frames, chosen.template, chosen.corners, shifts, chosen.mending, values, variances)


def template_values(
    scan: Scan,
    template: NDArray[np.float32],
    corners: NDArray[np.int64],
    progress: Progress = silent,
    stage: str = "dark fields",
    shifts: NDArray[np.floating[Any]] | None = None,
) -> NDArray[np.float32]:
    """Sum of template times frame at every corner of every frame.

    Parameters
    ----------
    scan
        An open scan.
    template
        (height, width); what of it lies outside the frame counts nothing.
    corners
        (k, 2) row and column of the frame's pixel under the template's first pixel; each template overlaps the frame.
    progress
        Told how many frames are done.
    stage
        What the pass is for.
    shifts
        (ny, nx, 2) by which the template is moved on each frame, (y, x) in px; None for not at all. Between pixels it is
        linear and keeps its norm.

    Returns
    -------
    (ny, nx, k) float32; NaN where a scan position is excluded. A template that meets excluded detector pixels is balanced
    anew on those that are left, see `graineye.passes.templates_around`; if it is moved, the pixels are mended from their
    neighbours instead. Sums are float32: right to 1e-6 of the sum of their terms' magnitudes.

    Raises
    ------
    ScanError
        If frames cannot be read.
    """
    if not len(corners):  # LiberTEM has no buffers of no numbers a frame
        return np.zeros((*scan.scan_shape, 0), np.float32)
    if shifts is not None:
        return _followed(scan, template, corners, shifts, False, progress, stage)[0]
    excluded = scan.excluded_pixels
    udf = _TemplateUDF(
        template=np.ascontiguousarray(template, np.float32),
        corners=np.ascontiguousarray(corners, np.int64),
        excluded=[] if excluded is None else np.flatnonzero(excluded),
        around=[] if excluded is None else list(templates_around(template, corners, excluded)),
        bad_values=scan.bad_values,
    )
    values = run_pass(scan, udf, stage, progress)["on_template"]
    return scan.on_positions(values.reshape(-1, len(corners)))


def following_template_values(
    scan: Scan,
    template: NDArray[np.float32],
    corners: NDArray[np.int64],
    shifts: NDArray[np.floating[Any]],
    progress: Progress = silent,
    stage: str = "dark fields",
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Sum of template times frame at every corner, moved with each frame's pattern, and the variance of its shot noise.

    Parameters
    ----------
    scan
        An open scan; excluded detector pixels are mended from their neighbours.
    template
        (height, width); what of it lies outside the frame counts nothing. Between pixels it is linear and keeps its norm.
    corners
        (k, 2) row and column of the frame's pixel under the template's first pixel where the pattern is not shifted.
    shifts
        (ny, nx, 2) of the pattern, (y, x) in px.
    progress
        Told how many frames are done.
    stage
        What the pass is for.

    Returns
    -------
    (ny, nx, k) of both, float32; NaN where a scan position is excluded. The variance is the sum of the template's square
    times the frame, which is right for counted electrons (Poisson).

    Raises
    ------
    ScanError
        If frames cannot be read.
    """
    if not len(corners):
        return np.zeros((*scan.scan_shape, 0), np.float32), np.zeros((*scan.scan_shape, 0), np.float32)
    values, variances = _followed(scan, template, corners, shifts, True, progress, stage)
    return values, variances


def _followed(
    scan: Scan,
    template: NDArray[np.float32],
    corners: NDArray[np.int64],
    shifts: NDArray[np.floating[Any]],
    with_noise: bool,
    progress: Progress,
    stage: str,
) -> list[NDArray[np.float32]]:
    """Values of the moved template, and their variances if wanted, (ny, nx, k) each."""
    udf = _FollowingUDF(
        template=np.ascontiguousarray(template, np.float32),
        corners=np.ascontiguousarray(corners, np.int64),
        mending=mending_of(scan.excluded_pixels),
        shifts=shifts_of_frames(scan, shifts),
        with_noise=with_noise,
        bad_values=scan.bad_values,
    )
    found = run_pass(scan, udf, stage, progress)
    return [scan.on_positions(found[name].reshape(-1, len(corners))) for name in udf.get_result_buffers()]


def shifts_of_frames(scan: Scan, shifts: NDArray[np.floating[Any]]) -> Any:
    """Shifts (ny, nx, 2) as LiberTEM hands them to a pass: each partition gets those of its own frames."""
    of_file = np.zeros((scan.dataset.shape.nav.size, 2), np.float32)
    of_file[scan.positions] = np.nan_to_num(shifts)
    return FramesUDF.aux_data(of_file.ravel(), kind="nav", extra_shape=(2,), dtype=np.float32)
