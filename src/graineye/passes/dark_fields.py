"""A template image at many detector positions on every frame, in one pass.

The same numbers as the classic notebook's stack of sparse masks, without the stack.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from graineye.kernels.dark_fields import template_on_frames
from graineye.passes.frames import FramesUDF, run_pass
from graineye.passes.templates_around import templates_around
from graineye.progress import Progress, silent
from graineye.scan import Scan


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
        template_on_frames(frames, self.params.template, self.params.corners, values)
        for template in self.params.around:
            values[:, template.number] = template(frames.reshape(len(frames), -1))


def template_values(
    scan: Scan,
    template: NDArray[np.float32],
    corners: NDArray[np.int64],
    progress: Progress = silent,
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

    Returns
    -------
    (ny, nx, k) float32; NaN where a scan position is excluded. A template that meets excluded detector pixels is balanced
    anew on those that are left, see `graineye.passes.templates_around`.

    Raises
    ------
    ScanError
        If frames cannot be read.
    """
    if not len(corners):  # LiberTEM has no buffers of no numbers a frame
        return np.zeros((*scan.scan_shape, 0), np.float32)
    excluded = scan.excluded_pixels
    udf = _TemplateUDF(
        template=np.ascontiguousarray(template, np.float32),
        corners=np.ascontiguousarray(corners, np.int64),
        excluded=[] if excluded is None else np.flatnonzero(excluded),
        around=[] if excluded is None else list(templates_around(template, corners, excluded)),
        bad_values=scan.bad_values,
    )
    values = run_pass(scan, udf, "dark fields", progress)["on_template"]
    return scan.on_positions(values.reshape(-1, len(corners)))
