"""Diffraction patterns for the explorer: the frame of a scan position, else the mean pattern of the crystallite there.

What is shown is said in words, since a mean pattern must not be taken for a frame.
"""

import dataclasses
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from graineye.errors import ScanError
from graineye.explorer.state import Position, State
from graineye.passes import region_means
from graineye.results import CrystalliteMap
from graineye.scan import Scan


@dataclass(frozen=True)
class Pattern:
    """What the diffraction view shows: (qy, qx) counts, and what they are."""

    image: NDArray[np.generic]
    words: str


class Patterns:
    """The patterns of a result and of its later cuts; the scan is opened once.

    Attributes
    ----------
    scan
        The scan; None where it cannot be opened.
    missing
        Why it cannot, empty if it can.
    """

    def __init__(self, mapped: CrystalliteMap) -> None:
        from graineye.mean_patterns import scan_of

        self._mapped = mapped
        self._known: dict[int, NDArray[np.float32]] = {}
        self._of: CrystalliteMap | None = None
        self.scan: Scan | None = None
        self.missing = ""
        try:
            self.scan = scan_of(mapped)
        except ScanError as error:
            self.missing = str(error)

    def at(self, state: State) -> Pattern:
        """The frame that the state points at; else the mean pattern of the crystallite there; else the mean of all frames."""
        position = state.position
        if position is None:
            return Pattern(self._mapped.statistics.mean, "mean of all frames: point at the scan")
        frame = self.frame(position)
        y, x = position
        if frame is not None:
            return Pattern(frame, f"frame at y={y}, x={x}")
        label = state.label_at(position)
        mean = self.mean_pattern(state, label) if label else None
        if mean is None:
            return Pattern(self._mapped.statistics.mean, "mean of all frames: no scan file, no crystallite here")
        return Pattern(mean, f"mean pattern of crystallite {label} (the scan file is not there)")

    def frame(self, position: Position) -> NDArray[np.generic] | None:
        """(qy, qx) from the scan's file; None where it cannot be read."""
        if self.scan is None:
            return None
        try:
            return self.scan.frame(*position)
        except ScanError as error:
            self.scan, self.missing = None, str(error)
            return None

    def mean_pattern(self, state: State, label: int) -> NDArray[np.float32] | None:
        """Mean frame of a crystallite of the shown map, (qy, qx); None if it has no scan position.

        As it was mapped; of a new cut from the frames of its own positions; without these as the mean of the mean
        patterns that the positions had.
        """
        shown = state.shown
        if shown.known_mean_patterns is not None and len(shown.known_mean_patterns) >= label:
            return np.asarray(shown.known_mean_patterns[label - 1])
        if self._of is not shown:
            self._of, self._known = shown, {}
        if label not in self._known:
            mask = state.mask_of(label)
            if not mask.any():
                return None
            self._known[label] = self._mixed(mask) if self.scan is None else _read(self.scan, mask)
        return self._known[label]

    def _mixed(self, mask: NDArray[np.bool_]) -> NDArray[np.float32]:
        known = self._mapped.known_mean_patterns
        if known is None:
            return self._mapped.statistics.mean
        labels, numbers = np.unique(self._mapped.labels[mask], return_counts=True)
        used = (labels > 0) & (labels <= len(known))
        if not used.any():
            return self._mapped.statistics.mean
        weighted = np.average(known[labels[used] - 1], axis=0, weights=numbers[used])
        return np.asarray(weighted, np.float32)


def _read(scan: Scan, mask: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Mean frame (qy, qx) of the scan positions of a mask; no other frame is read."""
    excluded = ~mask if scan.excluded_frames is None else ~mask | scan.excluded_frames
    if excluded.all():
        return np.zeros(scan.frame_shape, np.float32)
    return np.asarray(region_means(dataclasses.replace(scan, excluded_frames=excluded), mask.astype(np.int32))[0])
