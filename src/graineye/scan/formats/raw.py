"""Raw numbers without any header: type and shapes are the user's.

Whatever the file looks like, it is read as raw where the user gives a number type.
"""

from math import prod

import numpy as np

from graineye.errors import ScanError
from graineye.scan.formats.interface import NUMBERS, Format, Source, is_number, source_scan
from graineye.scan.scan import Scan


def _recognises(source: Source) -> bool:
    return source.dtype is not None and not source.path.is_dir()


def _open(source: Source) -> Scan:
    from graineye.scan.sources import StridedFrames

    path, positions, frame = source.path, source.positions, source.frame
    if positions is None or frame is None:
        raise ScanError(f"{path}: to read it as raw numbers give --dtype, --nav-shape NY,NX and --sig-shape QY,QX")
    try:
        kind = np.dtype(source.dtype)
    except (TypeError, ValueError, SyntaxError):
        raise ScanError(f"{path}: --dtype {source.dtype} is no number type: write for example uint16 or >f4") from None
    if not is_number(kind):
        raise ScanError(f"{path}: --dtype {source.dtype}: a scan holds {NUMBERS}: write for example uint16 or >f4")
    wanted = (prod(positions) + source.sync_offset) * prod(frame) * kind.itemsize
    size = path.stat().st_size
    if size != wanted:
        raise ScanError(
            f"{path}: has {size} bytes, {positions[0]} x {positions[1]} frames of {frame[0]} x {frame[1]} px in {kind} "
            f"take {wanted}: check --nav-shape, --sig-shape, --dtype and --sync-offset"
        )
    frame_bytes, skipped = prod(frame) * kind.itemsize, max(source.sync_offset, 0)
    return source_scan(
        source,
        "raw",
        StridedFrames(
            str(path),
            positions,
            frame,
            kind,
            offset=skipped * frame_bytes,
            stride=frame_bytes,
            missing=max(-source.sync_offset, 0),
        ),
    )


FORMAT = Format("raw", _recognises, _open)
