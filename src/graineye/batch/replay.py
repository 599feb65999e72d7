"""The edits of a results file, to be made again on the maps of this run.

They hold for scans of the same shape: edits are constraints on scan positions.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from graineye.crystallites import Edit
from graineye.errors import ResultError
from graineye.results import CrystalliteMap, Provenance, load_result
from graineye.scan import Scan


@dataclass(frozen=True, eq=False)
class Replay:
    """Edits and where they come from.

    Attributes
    ----------
    path
        Of the results file.
    edits
        At least one.
    provenance
        Of the scan on whose map they were made.
    """

    path: Path
    edits: tuple[Edit, ...]
    provenance: Provenance

    @property
    def digest(self) -> str:
        """By which the same edits are known again."""
        return digest_of(self.edits)

    def check(self, scan: Scan) -> None:
        """Look whether they can be made on a map of this scan.

        Raises
        ------
        ResultError
            If it has another shape.
        """
        made_on, shape = self.provenance.scan_shape[:2], scan.shape[:2]
        if made_on != shape:
            raise ResultError(
                f"{self.path}: its edits were made on {made_on[0]} x {made_on[1]} scan positions, "
                f"{scan.path} has {shape[0]} x {shape[1]}: take edits of a scan of this shape"
            )

    def notes(self, result: CrystalliteMap) -> tuple[str, ...]:
        """What is to be said of their being made on this map."""
        known, new = self.provenance, result.provenance
        if (known.scan_checksum, known.roi) == (new.scan_checksum, new.roi):
            return ()
        return (f"the edits were made on another scan, or another part of it: {known.scan_name}",)


def replay_of(path: Path) -> Replay:
    """The edits of a results file.

    Raises
    ------
    ResultError
        If it cannot be read, or holds none.
    """
    result = load_result(path)
    if not result.edits:
        raise ResultError(f"{path}: holds no edits: leave --edits out, or name the results file that was edited")
    return Replay(path, result.edits, result.provenance)


def digest_of(edits: Sequence[Edit]) -> str:
    """SHA-256 of all that edits hold; empty of none."""
    digest = hashlib.sha256()
    for edit in edits:
        for part in (edit.kind, edit.name, edit.time):
            digest.update(part.encode("utf-8") + b"\0")
        for side in (edit.positions, edit.others):
            digest.update(len(side).to_bytes(8, "little") + np.ascontiguousarray(side, "<i4").tobytes())
    return digest.hexdigest() if edits else ""
