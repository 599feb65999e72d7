"""The report's pictures of the detector: a frame, what the scan adds up to, where disks are."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from graineye.disks import false_discovery_rate
from graineye.disks.significant import LEAST_SIGNIFICANCE
from graineye.figures.detector import DARKEST_SIGNIFICANCE
from graineye.figures.interactive import Plane, Shown, image_picture, mark_beam, mark_disks
from graineye.passes.local_significance import BLOCK
from graineye.report.entry import Entry, planes
from graineye.results import CrystalliteMap

_SECTION = "Diffraction"


def of_a_frame(result: CrystalliteMap, frame: NDArray[np.generic], at: tuple[int, int]) -> Entry:
    """One frame."""
    _, detector = planes(result)
    return Entry(
        _SECTION,
        "frame",
        image_picture(frame.astype(np.float64), detector, Shown(f"Frame at y={at[0]}, x={at[1]}", "counts", "counts")),
        "One diffraction pattern as it was recorded.",
    )


def of_the_detector(result: CrystalliteMap) -> Iterator[Entry]:
    """What was made of all frames on the way to disk positions, and these."""
    _, detector = planes(result)
    found = result.statistics
    log_sum = image_picture(found.log_sum, detector, Shown("Sum of log-scaled frames", "log-sum", ""))
    mark_beam(log_sum, result.beam.position, detector)
    beam = ", ".join(f"{at:.2f}" for at in result.beam.position)
    yield Entry(
        _SECTION, "log-sum", log_sum, f"Every frame log-scaled by itself, then summed. The beam is at y, x = {beam} px."
    )
    template = Plane((1.0, 1.0), "px")
    yield Entry(
        _SECTION,
        "template",
        image_picture(result.template.image, template, Shown("Template", "weight", "", signed=True)),
        f"What is laid on every frame: {result.template.source}. Its sum is zero.",
    )
    of_log_sum = image_picture(
        result.correlation_of_log_sum, detector, Shown("Correlation of the log-sum", "correlation", "", signed=True)
    )
    mark_beam(of_log_sum, result.beam.position, detector)
    yield Entry(_SECTION, "correlation-of-log-sum", of_log_sum, "Its highest peak is the beam, the undiffracted disk.")
    yield Entry(
        _SECTION,
        "std",
        image_picture(found.std, detector, Shown("Standard deviation over the scan", "std", "counts")),
        "Large where some frames show a disk and others do not.",
    )
    yield from (
        _of_the_peaks(result, detector)
        if result.significance is None
        else _of_significance(result, result.significance, detector)
    )
    if result.excluded.pixels.any():
        left_out = Shown("Detector pixels left out", "excluded", "")
        yield Entry(
            _SECTION,
            "excluded-pixels",
            image_picture(result.excluded.pixels.astype(np.float64), detector, left_out),
            f"{result.excluded}. They count nothing in dark fields; 1 is excluded on request, 2 was found dead or hot. In "
            "other pictures they are filled from their neighbours.",
        )


def _of_the_peaks(result: CrystalliteMap, detector: Plane) -> Iterator[Entry]:
    yield Entry(
        _SECTION,
        "correlation-of-log-std",
        image_picture(
            result.correlation_of_log_std,
            detector,
            Shown("Correlation of the log-scaled std", "correlation", "", signed=True),
        ),
        "Its local maxima are the disk positions.",
    )
    disks = image_picture(
        result.statistics.std, detector, Shown(f"{len(result.disks)} disk positions", "std", "counts")
    )
    mark_disks(
        disks, result.disks.positions, result.disks.correlation, detector, "correlation", result.template.bright_radius
    )
    yield Entry(_SECTION, "disks", disks, "A circle of the template's bright radius round every position.")


def _of_significance(result: CrystalliteMap, significance: NDArray[np.float32], detector: Plane) -> Iterator[Entry]:
    found = len(result.disks)
    blocks = int(np.prod([-(-length // BLOCK) for length in result.labels.shape]))
    rate = false_discovery_rate(found, significance.size, blocks)
    picture = image_picture(
        significance,
        detector,
        Shown("Significance", "significance", "standard errors", logarithmic_from=DARKEST_SIGNIFICANCE),
    )
    mark_disks(picture, result.disks.positions, result.disks.correlation, detector, "significance (standard errors)")
    yield Entry(
        _SECTION,
        "significance",
        picture,
        f"How far a disk stands out of the counts' noise in any {BLOCK} x {BLOCK} scan positions. "
        + (
            f"Dots: its {found} local maxima above {LEAST_SIGNIFICANCE} standard errors, taken as disk positions; their "
            f"false-discovery rate is at most {rate:.1g}."
            if found
            else f"It has no local maximum above {LEAST_SIGNIFICANCE} standard errors away from the beam: no disk position."
        ),
    )
