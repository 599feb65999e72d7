"""How a scan is divided for passes: by its size alone, never by the number of cores.

Sums of floating-point numbers depend on how they are grouped, so the same scan is always grouped the same way.
"""

from math import prod

import numpy as np

PARTITION_BYTES = 64 * 1024 * 1024
"""Frames of about this size are worked on at a time by one worker."""


def partition_count(scan_shape: tuple[int, ...], frame_shape: tuple[int, ...], dtype: np.dtype[np.generic]) -> int:
    """Number of partitions of a scan, at least one and at most one a frame."""
    frames = prod(scan_shape)
    frame_bytes = prod(frame_shape) * dtype.itemsize
    return max(1, min(frames, -(-frames * frame_bytes // PARTITION_BYTES)))
