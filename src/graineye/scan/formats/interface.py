"""What a format is, and what it is given: a file, its first bytes, and what the user said of it.

Helpers that several formats need stand here as well.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from graineye.errors import ScanError
from graineye.scan.calibration import Calibration
from graineye.scan.scan import Scan

if TYPE_CHECKING:
    from libertem.api import Context

    from graineye.scan.sources import FrameSource

Pair = tuple[int, int]
NUMBERS = "whole numbers, or floating-point numbers of 32 or 64 bits"


@dataclass(frozen=True)
class Source:
    """A file that is to become a scan, and what the user said of it.

    Attributes
    ----------
    path
        The file, or the folder of a format that is one.
    start
        Its first 512 bytes; none of a folder.
    context
        What will run passes.
    ds_path
        Path of the scan inside the file.
    positions, frame
        (ny, nx) and (qy, qx) as given.
    dtype
        Number type as given.
    sync_offset
        Frames to skip at the start; negative: frames missing there.
    follow_links
        Whether links may leave the file's folder.
    """

    path: Path
    start: bytes
    context: "Context"
    ds_path: str | None = None
    positions: Pair | None = None
    frame: Pair | None = None
    dtype: str | None = None
    sync_offset: int = 0
    follow_links: bool = False

    @property
    def suffix(self) -> str:
        """Of the file's name, in small letters."""
        return self.path.suffix.lower()


@dataclass(frozen=True)
class Format:
    """A file format.

    Attributes
    ----------
    name
        What users call it.
    recognises
        Whether a file is of this format: by its first bytes where it has a signature, else by its name.
    open
        Makes a scan of it; raises `ScanError` if it cannot.
    """

    name: str
    recognises: Callable[[Source], bool]
    open: Callable[[Source], Scan]


def fitting(path: Path, frames: int, found: tuple[int, ...], positions: Pair | None) -> Pair:
    """(ny, nx) as given, else as found; they hold all frames.

    Raises
    ------
    ScanError
        If they do not.
    """
    if positions is None:
        return found[0], found[1]
    if prod(positions) != frames:
        raise ScanError(
            f"{path}: holds {frames} frames, --nav-shape {positions[0]},{positions[1]} wants {prod(positions)}: "
            "give a shape that fits"
        )
    return positions


def listed(source: Source, frames: int) -> Pair:
    """(ny, nx) as given for a list of frames, of which the first are skipped if so asked.

    Raises
    ------
    ScanError
        If none is given, or it does not fit.
    """
    if source.positions is None:
        raise ScanError(
            f"{source.path}: holds {frames} frames and does not say their scan positions: give --nav-shape NY,NX"
        )
    wanted = prod(source.positions) + max(source.sync_offset, 0)
    if source.sync_offset < 0 or wanted > frames or (wanted < frames and not source.sync_offset):
        ny, nx = source.positions
        raise ScanError(
            f"{source.path}: holds {frames} frames, --nav-shape {ny},{nx} with --sync-offset {source.sync_offset} "
            f"wants {prod(source.positions) + source.sync_offset}: give numbers that fit"
        )
    return source.positions


def is_number(dtype: np.dtype[Any]) -> bool:
    """Whether passes can take frames of this type."""
    return dtype.kind in "iub" or (dtype.kind == "f" and dtype.itemsize in (4, 8))


def plain_scan(
    source: Source,
    kind: str,
    dataset: Any,
    dtype: np.dtype[Any] | None = None,
    calibration: Calibration | None = None,
    notes: tuple[str, ...] = (),
    dataset_path: str = "",
) -> Scan:
    """A scan over a LiberTEM data set of four axes, which is made ready.

    Raises
    ------
    ScanError
        If LiberTEM cannot read it.
    """
    ready = initialised(source, dataset)
    ny, nx, qy, qx = ready.shape
    return Scan(
        path=source.path,
        format=kind,
        dataset_path=dataset_path,
        shape=(ny, nx, qy, qx),
        dtype=np.dtype(ready.dtype if dtype is None else dtype),
        calibration=calibration or Calibration(),
        probe=None,
        notes=notes,
        dataset=ready,
        context=source.context,
    )


def source_scan(
    source: Source,
    kind: str,
    frames: "FrameSource",
    calibration: Calibration | None = None,
    notes: tuple[str, ...] = (),
    dataset_path: str = "",
) -> Scan:
    """A scan over a source of frames."""
    from graineye.scan.sources import SourceDataSet

    return plain_scan(
        source, kind, SourceDataSet(frames), calibration=calibration, notes=notes, dataset_path=dataset_path
    )


def initialised(source: Source, dataset: Any) -> Any:
    """A LiberTEM data set made ready.

    Raises
    ------
    ScanError
        If LiberTEM cannot read it.
    """
    from libertem.io.dataset.base import DataSetException

    try:
        ready = dataset.initialize(source.context.executor)
        ready.set_num_cores(1)
        ready.check_valid()
    except (DataSetException, ValueError, OSError) as error:
        raise ScanError(f"{source.path}: cannot be read ({error}): is the file whole?") from error
    return ready
