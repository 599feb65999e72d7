"""What the report shows: which pictures, in which order."""

import numpy as np

from graineye.errors import GraineyeError
from graineye.report.entry import Entry
from graineye.report.of_detector import of_a_frame, of_the_detector
from graineye.report.of_sample import of_dark_fields, of_the_beam, of_the_sample
from graineye.results import CrystalliteMap

_NOTEBOOK_FRAME = (29, 43)
"""Scan position (y, x) of the frame that the published notebook shows."""
_NOTEBOOK_DISKS = (0, 1, 120, 149)
"""Disk positions whose dark fields it shows."""


def shown_frame(result: CrystalliteMap, chosen: tuple[int, int] | None) -> tuple[int, int]:
    """Scan position of the frame to show: the one that was chosen, else the notebook's, else the middle one."""
    if chosen is not None:
        return chosen
    ny, nx = result.labels.shape
    y, x = _NOTEBOOK_FRAME
    return (y, x) if y < ny and x < nx else (ny // 2, nx // 2)


def shown_disks(count: int) -> list[int]:
    """The dark fields to show: the notebook's, or four spread evenly where there are fewer positions."""
    if count > max(_NOTEBOOK_DISKS):
        return list(_NOTEBOOK_DISKS)
    return sorted({int(i) for i in np.linspace(0, count - 1, 4)}) if count else []


def entries(result: CrystalliteMap, frame: tuple[int, int] | None) -> tuple[list[Entry], list[str]]:
    """The pictures in the order of the page, and what had to be left out.

    Parameters
    ----------
    result
        To be shown.
    frame
        (y, x) of the frame to show.
    """
    left_out: list[str] = []
    at = shown_frame(result, frame)
    try:
        single = [of_a_frame(result, result.frame(*at), at)]
    except GraineyeError as error:
        single = []
        left_out.append(f"The frame at y={at[0]}, x={at[1]} is left out: {error}")
    pictures = [
        *of_the_sample(result),
        *single,
        *of_the_detector(result),
        *of_the_beam(result),
        *of_dark_fields(result, shown_disks(len(result.disks))),
    ]
    return pictures, left_out
