"""A scan that is open: its frames behind LiberTEM's data-set interface, with axes, calibration and probe.

The only dataclass of graineye that holds a file; everything computed from it is plain arrays.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import numpy as np
from numpy.typing import NDArray

from graineye.errors import ScanError
from graineye.scan.calibration import Calibration

if TYPE_CHECKING:
    from libertem.api import Context, DataSet

_Float = TypeVar("_Float", bound=np.floating[Any])


@dataclass(frozen=True)
class Scan:
    """Frames over scan positions, (ny, nx, qy, qx), after the region of interest is cut out.

    Attributes
    ----------
    path
        The file.
    format
        What kind of file graineye took it for, in words.
    dataset_path
        Path of the scan inside an HDF5 file; empty for other formats.
    shape
        (ny, nx, qy, qx) of what is read.
    dtype
        Number type of the frames as stored.
    calibration
        Scale of the axes.
    probe
        (qy, qx) image of the probe in the same file, counts; None if it has none.
    notes
        What a user should know about how the file was read, a sentence each.
    dataset, context
        LiberTEM's data set of the whole file, and the context that runs passes over it.
    roi
        (ny0, nx0) mask of the whole file's scan positions that are read; None for all.
    bad_values
        What a pass does with NaN and Inf: refuse them, or take them as zero.
    opened_with
        Keywords of `open_scan` that read the same frames again.
    excluded_frames
        (ny, nx) true at scan positions whose frames no pass reads; None for none.
    excluded_pixels
        (qy, qx) true at detector pixels that count nothing; None for none.
    """

    path: Path
    format: str
    dataset_path: str
    shape: tuple[int, int, int, int]
    dtype: np.dtype[np.generic]
    calibration: Calibration
    probe: NDArray[np.float32] | None
    notes: tuple[str, ...]
    dataset: "DataSet" = field(repr=False)
    context: "Context" = field(repr=False)
    roi: NDArray[np.bool_] | None = field(default=None, repr=False)
    bad_values: Literal["refuse", "zero"] = "refuse"
    opened_with: Mapping[str, Any] = field(default_factory=dict, repr=False)
    excluded_frames: NDArray[np.bool_] | None = field(default=None, repr=False)
    excluded_pixels: NDArray[np.bool_] | None = field(default=None, repr=False)

    @property
    def name(self) -> str:
        """The file's name without its suffix."""
        return self.path.stem

    @property
    def scan_shape(self) -> tuple[int, int]:
        """(ny, nx)."""
        return self.shape[:2]

    @property
    def frame_shape(self) -> tuple[int, int]:
        """(qy, qx)."""
        return self.shape[2:]

    @cached_property
    def positions(self) -> NDArray[np.int64]:
        """(ny, nx) index of every scan position among the file's frames."""
        if self.roi is None:
            return np.arange(self.shape[0] * self.shape[1]).reshape(self.scan_shape)
        return np.flatnonzero(self.roi).reshape(self.scan_shape)

    @cached_property
    def frames_read(self) -> NDArray[np.bool_] | None:
        """(ny0, nx0) mask of the whole file's scan positions whose frames passes read; None for all."""
        if self.excluded_frames is None:
            return self.roi
        chosen: NDArray[np.bool_] = np.zeros(self.scan_shape if self.roi is None else self.roi.shape, bool)
        chosen.flat[self.positions[~self.excluded_frames]] = True
        return chosen

    @property
    def frame_count(self) -> int:
        """How many frames passes read."""
        excluded = 0 if self.excluded_frames is None else int(self.excluded_frames.sum())
        return self.shape[0] * self.shape[1] - excluded

    def on_positions(self, values: NDArray[_Float]) -> NDArray[_Float]:
        """One entry for each frame that is read, (n, ...), in its place on the scan: (ny, nx, ...), NaN where excluded."""
        if self.excluded_frames is None:
            return values.reshape(*self.scan_shape, *values.shape[1:])
        placed = np.full((*self.scan_shape, *values.shape[1:]), np.nan, values.dtype)
        placed[~self.excluded_frames] = values
        return placed

    @property
    def roi_bounds(self) -> tuple[int, int, int, int] | None:
        """(y0, y1, x0, x1) of the region of interest in the whole file's scan; None for all of it."""
        if self.roi is None:
            return None
        y, x = np.nonzero(self.roi)
        return int(y.min()), int(y.max()) + 1, int(x.min()), int(x.max()) + 1

    def frame(self, y: int, x: int) -> NDArray[np.generic]:
        """The frame at scan position (y, x), as stored: (qy, qx).

        Raises
        ------
        ScanError
            If the scan has no such position, or it cannot be read.
        """
        from libertem.udf.raw import PickUDF

        ny, nx = self.scan_shape
        if not (0 <= y < ny and 0 <= x < nx):
            raise ScanError(f"{self.path}: no frame at ({y}, {x}): the scan has {ny} x {nx} positions, counted from 0")
        chosen = np.zeros(tuple(self.dataset.shape.nav), dtype=bool)
        chosen.flat[self.positions[y, x]] = True
        try:
            picked = self.context.run_udf(dataset=self.dataset, udf=PickUDF(), roi=chosen)
        except OSError as error:
            raise ScanError(
                f"{self.path}: the frame at ({y}, {x}) cannot be read ({error}): is the file whole?"
            ) from error
        return np.asarray(picked["intensity"].data).reshape(self.frame_shape)
