"""What of a scan took no part in a result: scan positions and detector pixels, and why.

It stands in the results file as `excluded_frames` and `excluded_pixels`.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from graineye.scan import Scan

GIVEN, FOUND = 1, 2
"""Excluded by the user; found dead or hot."""


@dataclass(frozen=True, eq=False)
class Excluded:
    """What took no part.

    Attributes
    ----------
    frames
        (ny, nx) uint8, 1 at scan positions that the user excluded.
    pixels
        (qy, qx) uint8, 1 at detector pixels that the user excluded, 2 at those that were found dead or hot.
    """

    frames: NDArray[np.uint8]
    pixels: NDArray[np.uint8]

    @classmethod
    def nothing(cls, scan_shape: tuple[int, ...], frame_shape: tuple[int, ...]) -> Self:
        """All scan positions (ny, nx) and all detector pixels (qy, qx) take part."""
        return cls(np.zeros(scan_shape, np.uint8), np.zeros(frame_shape, np.uint8))

    @classmethod
    def of(cls, scan: Scan, found: NDArray[np.bool_]) -> Self:
        """What a scan excludes, of which the detector pixels `found` (qy, qx) are dead or hot."""
        excluded = cls.nothing(scan.scan_shape, scan.frame_shape)
        if scan.excluded_frames is not None:
            excluded.frames[scan.excluded_frames] = GIVEN
        if scan.excluded_pixels is not None:
            excluded.pixels[scan.excluded_pixels] = GIVEN
        excluded.pixels[found] = FOUND
        return excluded

    @property
    def frames_mask(self) -> NDArray[np.bool_] | None:
        """(ny, nx); None for none."""
        return self.frames > 0 if self.frames.any() else None

    @property
    def pixels_mask(self) -> NDArray[np.bool_] | None:
        """(qy, qx); None for none."""
        return self.pixels > 0 if self.pixels.any() else None

    def __str__(self) -> str:
        counts = {
            "scan positions": np.count_nonzero(self.frames),
            "detector pixels": np.count_nonzero(self.pixels == GIVEN),
            "dead or hot pixels": np.count_nonzero(self.pixels == FOUND),
        }
        return ", ".join(f"{count} {what}" for what, count in counts.items() if count)
