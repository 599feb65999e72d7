"""Where a result comes from: the scan it was made of, the versions that made it, and how long each stage took.

A scan is known again by its size and the checksum of its first and last MiB.
"""

import hashlib
import importlib.metadata
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from graineye.scan import Scan

_MIB = 1 << 20
_PACKAGES = ("graineye", "libertem", "numpy", "numba", "scipy", "h5py")


@dataclass(frozen=True)
class Provenance:
    """Where a result comes from.

    Attributes
    ----------
    scan_name
        The scan's file name.
    scan_path
        Where it lay.
    dataset_path
        Path of the scan inside an HDF5 file, else empty.
    scan_size
        Bytes.
    scan_checksum
        SHA-256 of its first and last MiB.
    scan_shape
        (ny, nx, qy, qx) that was read.
    roi
        (y0, y1, x0, x1) that was read of the file's scan positions; None for all.
    opened_with
        Keywords of `open_scan` that read the same frames again.
    versions
        Of graineye and of what it stands on.
    seconds
        That each stage took.
    notes
        What a user should know: warnings, and how the file was read.
    """

    scan_name: str
    scan_path: str
    dataset_path: str
    scan_size: int
    scan_checksum: str
    scan_shape: tuple[int, int, int, int]
    roi: tuple[int, int, int, int] | None = None
    opened_with: Mapping[str, Any] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    seconds: Mapping[str, float] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def provenance_of(scan: Scan, seconds: Mapping[str, float], notes: tuple[str, ...]) -> Provenance:
    """The provenance of a result made from `scan`."""
    size, checksum = fingerprint(scan.path)
    return Provenance(
        scan_name=scan.path.name,
        scan_path=str(scan.path.absolute()),
        dataset_path=scan.dataset_path,
        scan_size=size,
        scan_checksum=checksum,
        scan_shape=scan.shape,
        roi=scan.roi_bounds,
        opened_with=dict(scan.opened_with),
        versions={name: importlib.metadata.version(name) for name in _PACKAGES},
        seconds=dict(seconds),
        notes=scan.notes + notes,
    )


def fingerprint(path: Path) -> tuple[int, str]:
    """Size of a file in bytes, and the SHA-256 of its first and last MiB; (0, "") of a folder."""
    if not path.is_file():
        return 0, ""
    size = path.stat().st_size
    with path.open("rb") as file:
        digest = hashlib.sha256(file.read(_MIB))
        file.seek(max(size - _MIB, 0))
        digest.update(file.read(_MIB))
    return size, digest.hexdigest()
