"""What the report shows: which pictures, in which order, with which words under them."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from bokeh.plotting import figure
from numpy.typing import NDArray

from graineye.crystallites import height_of_cut
from graineye.errors import GraineyeError
from graineye.figures.interactive import (
    Plane,
    Shown,
    image_picture,
    labels_picture,
    mark_beam,
    mark_disks,
    merges_picture,
    sizes_picture,
)
from graineye.results import CrystalliteMap

_NOTEBOOK_FRAME = (29, 43)
"""Scan position (y, x) of the frame that the published notebook shows."""
_NOTEBOOK_DISKS = (0, 1, 120, 149)
"""Disk positions whose dark fields it shows."""


@dataclass(frozen=True)
class Entry:
    """A picture of the report: its section, its name, itself, and a sentence on what it shows."""

    section: str
    name: str
    picture: figure
    caption: str


def planes(result: CrystalliteMap) -> tuple[Plane, Plane]:
    """Where images of the sample and of the detector lie."""
    scale = result.calibration
    return Plane(scale.scan_step, scale.scan_unit), Plane(scale.detector_pixel, scale.detector_unit)


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
        single = [_of_a_frame(result, result.frame(*at), at)]
    except GraineyeError as error:
        single = []
        left_out.append(f"The frame at y={at[0]}, x={at[1]} is left out: {error}")
    pictures = [*_of_the_result(result), *single, *_of_the_detector(result), *_of_dark_fields(result)]
    return pictures, left_out


def _of_the_result(result: CrystalliteMap) -> Iterator[Entry]:
    sample, _ = planes(result)
    section = "Crystallites"
    yield Entry(
        section,
        "labels",
        labels_picture(result.labels, result.table, sample),
        "Scan positions that show the same disks belong together. Neighbours have different colours; grey is unassigned"
        + (f", or excluded ({np.count_nonzero(result.excluded.frames)})." if result.excluded.frames.any() else "."),
    )
    unit = "nm" if sample.unit == "nm" else "px"
    if result.count:
        yield Entry(
            section,
            "sizes",
            sizes_picture(result.table[f"diameter_{unit}"].to_numpy(), unit),
            "Diameter of the circle of the same area. Crystallites at the edge of the scan are cut off and count as they are.",
        )
    if np.isfinite(result.dendrogram.heights).any():
        yield Entry(
            section,
            "merges",
            merges_picture(result.dendrogram, height_of_cut(result.dendrogram, result.settings.cut)),
            "How many crystallites a cut at each height gives; the dashed line is the cut that was made. Where the curve is "
            "flat, the number hardly depends on the cut.",
        )
    yield Entry(
        section,
        "counts",
        image_picture(result.statistics.total_counts, sample, Shown("Counts a frame", "counts", "counts")),
        "Everything the detector recorded at each scan position.",
    )


def _of_a_frame(result: CrystalliteMap, frame: NDArray[np.generic], at: tuple[int, int]) -> Entry:
    _, detector = planes(result)
    return Entry(
        "Diffraction",
        "frame",
        image_picture(frame.astype(np.float64), detector, Shown(f"Frame at y={at[0]}, x={at[1]}", "counts", "counts")),
        "One diffraction pattern as it was recorded.",
    )


def _of_the_detector(result: CrystalliteMap) -> Iterator[Entry]:
    _, detector = planes(result)
    section = "Diffraction"
    found = result.statistics
    log_sum = image_picture(found.log_sum, detector, Shown("Sum of log-scaled frames", "log-sum", ""))
    mark_beam(log_sum, result.beam.position, detector)
    beam = ", ".join(f"{at:.2f}" for at in result.beam.position)
    yield Entry(
        section, "log-sum", log_sum, f"Every frame log-scaled by itself, then summed. The beam is at y, x = {beam} px."
    )
    template = Plane((1.0, 1.0), "px")
    yield Entry(
        section,
        "template",
        image_picture(result.template.image, template, Shown("Template", "weight", "", signed=True)),
        f"What is laid on every frame: {result.template.source}. Its sum is zero.",
    )
    of_log_sum = image_picture(
        result.correlation_of_log_sum, detector, Shown("Correlation of the log-sum", "correlation", "", signed=True)
    )
    mark_beam(of_log_sum, result.beam.position, detector)
    yield Entry(section, "correlation-of-log-sum", of_log_sum, "Its highest peak is the beam, the undiffracted disk.")
    yield Entry(
        section,
        "std",
        image_picture(found.std, detector, Shown("Standard deviation over the scan", "std", "counts")),
        "Large where some frames show a disk and others do not.",
    )
    yield Entry(
        section,
        "correlation-of-log-std",
        image_picture(
            result.correlation_of_log_std,
            detector,
            Shown("Correlation of the log-scaled std", "correlation", "", signed=True),
        ),
        "Its local maxima are the disk positions.",
    )
    disks = image_picture(found.std, detector, Shown(f"{len(result.disks)} disk positions", "std", "counts"))
    mark_disks(disks, result.disks.positions, result.disks.correlation, result.template.bright_radius, detector)
    yield Entry(section, "disks", disks, "A circle of the template's bright radius round every position.")
    if result.excluded.pixels.any():
        left_out = Shown("Detector pixels left out", "excluded", "")
        yield Entry(
            section,
            "excluded-pixels",
            image_picture(result.excluded.pixels.astype(np.float64), detector, left_out),
            f"{result.excluded}. They count nothing in dark fields; 1 is excluded on request, 2 was found dead or hot. In "
            "other pictures they are filled from their neighbours.",
        )


def _of_dark_fields(result: CrystalliteMap) -> Iterator[Entry]:
    sample, _ = planes(result)
    for disk in shown_disks(len(result.disks)):
        y, x = result.disks.positions[disk]
        yield Entry(
            "Dark fields",
            f"dark-field-{disk}",
            image_picture(
                result.dark_fields[..., disk],
                sample,
                Shown(f"Dark field {disk}", "template on frame", "counts", signed=True),
            ),
            f"The template at y={y}, x={x} px on every frame: red where this disk is there.",
        )
