"""A template image at many detector positions on every frame, in one pass.

The same numbers as the classic notebook's stack of sparse masks, without the stack.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from graineye.kernels.dark_fields import template_on_frames
from graineye.passes.frames import FramesUDF, run_pass
from graineye.progress import Progress, silent
from graineye.scan import Scan


class _TemplateUDF(FramesUDF):
    """Parameters: `template` (height, width) and `corners` (k, 2), row and column under the template's first pixel."""

    def get_result_buffers(self) -> dict[str, Any]:
        return {"on_template": self.buffer("nav", extra_shape=(len(self.params.corners),), dtype=np.float32)}

    def process_frames(self, frames: NDArray[Any]) -> None:
        template_on_frames(frames, self.params.template, self.params.corners, self.results.on_template)


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
    (ny, nx, k) float32.

    Raises
    ------
    ScanError
        If frames cannot be read.
    """
    if not len(corners):  # LiberTEM has no buffers of no numbers a frame
        return np.zeros((*scan.scan_shape, 0), np.float32)
    udf = _TemplateUDF(
        template=np.ascontiguousarray(template, np.float32),
        corners=np.ascontiguousarray(corners, np.int64),
        bad_values=scan.bad_values,
    )
    values = run_pass(scan, udf, "dark fields", progress)["on_template"]
    return values.reshape(*scan.scan_shape, len(corners))
