"""The report's pictures of the sample: the crystallites, their overlap, the beam's wander, dark fields."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from graineye.crystallites import OverlappingCrystallites, height_of_cut
from graineye.figures.interactive import (
    Plane,
    Shown,
    Wander,
    beam_picture,
    confidence_picture,
    image_picture,
    labels_picture,
    merges_picture,
    overlap_picture,
    sizes_picture,
)
from graineye.report.entry import Entry, planes
from graineye.report.words import overlapping_share
from graineye.results import CrystalliteMap


def of_the_sample(result: CrystalliteMap) -> Iterator[Entry]:
    """Label map, overlap, sizes; merges where a cut was made; counts."""
    sample, _ = planes(result)
    section = "Crystallites"
    found = result.overlapping
    excluded = np.count_nonzero(result.excluded.frames)
    grey = f"grey is unassigned{f', or excluded ({excluded})' if excluded else ''}."
    yield Entry(
        section,
        "labels",
        labels_picture(result.labels, result.table, sample, None if found is None else found.masks),
        f"Scan positions that show the same disks belong together. Neighbours have different colours; {grey}"
        + ("" if found is None else f" {_of_masks(result)}"),
    )
    unit = "nm" if sample.unit == "nm" else "px"
    if found is not None and overlapping_share(found) > 0:
        yield from _of_the_overlap(found, sample, section)
    if result.count > 1:
        yield Entry(
            section,
            "sizes",
            sizes_picture(result.table[f"diameter_{unit}"].to_numpy(), unit),
            "Diameter of the circle of the same area"
            + ("" if found is None else ", with what lies above or below others")
            + ". Crystallites at the edge of the scan are cut off and count as they are.",
        )
    if found is not None and result.count:
        yield from _of_the_confidence(found, result.labels, sample, section)
    if found is None and np.isfinite(result.dendrogram.heights).any():
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


def _of_masks(result: CrystalliteMap) -> str:
    hidden = int((result.table["largest_px"] == 0).sum())
    those = "the one that is" if hidden == 1 else f"the {hidden} that are"
    dashed = f" Dashed: {those} nowhere the largest." if hidden else ""
    return (
        "Where several lie above each other, the colour is that of the largest; the pointer outlines and names all that "
        f"take a quarter of the column or more.{dashed}"
    )


def _of_the_overlap(found: OverlappingCrystallites, sample: Plane, section: str) -> Iterator[Entry]:
    together = found.masks.sum(axis=0)
    whole = np.maximum(found.fractions.sum(axis=-1), 1)  # shares are estimates: they may add up to more than the column
    yield Entry(
        section,
        "overlap",
        overlap_picture(together, sample),
        "How many crystallites take a quarter of the column or more: two or more over "
        f"{100 * overlapping_share(found):.0f} % of the crystallites' area.",
    )
    yield Entry(
        section,
        "largest-share",
        image_picture(
            100 * found.fractions.max(axis=-1) / whole,
            sample,
            Shown("Share of the largest", "share", "% of the column", limits=(0.0, 100.0)),
        ),
        "How much of the column the largest crystallite takes, estimated. It falls slowly where a boundary is inclined to the "
        "beam, and at once where it stands upright.",
    )


def _of_the_confidence(
    found: OverlappingCrystallites, labels: NDArray[np.int32], sample: Plane, section: str
) -> Iterator[Entry]:
    of_label = np.concatenate([[np.nan], found.confidence])
    yield Entry(
        section,
        "confidence",
        image_picture(of_label[labels], sample, Shown("Confidence", "confidence", "probability", limits=(0.0, 1.0))),
        "The probability that a crystallite is a grain of the specimen, with this outline: half or more of their common "
        f"area. Of {len(found)}, {found.confidence.sum():.0f} are expected to be.",
    )
    yield Entry(
        section,
        "confidence-asked",
        confidence_picture(found.confidence),
        "How many crystallites are left if a confidence is asked for. Where the curve is flat, their number hardly depends on "
        "the choice.",
    )


def of_the_beam(result: CrystalliteMap) -> Iterator[Entry]:
    """The beam's wander over the scan, and what is left of it in dark fields that follow; nothing if they do not."""
    descan = result.descan
    if descan is None:
        return
    sample, _ = planes(result)
    mean = np.reshape(descan.mean, (2, 1, 1))
    y, x = (float(side) for side in np.ptp(descan.beam, axis=(1, 2)))
    left_out = np.count_nonzero(descan.left_out & np.isfinite(descan.measured[0]))
    yield Entry(
        "Descan",
        "beam",
        beam_picture(Wander(descan.measured - mean, descan.left_out, "Beam"), sample),
        f"The beam's place in each frame, from its mean: it wanders over {y:.2f} px in y and {x:.2f} px in x. "
        + (
            f"{left_out} measurement{'' if left_out == 1 else 's'} off the neighbours (dots) "
            f"{'is' if left_out == 1 else 'are'} left out."
            if left_out
            else "No measurement lies off its neighbours."
        ),
    )
    yield Entry(
        "Descan",
        "beam-left",
        beam_picture(Wander(descan.measured - descan.beam, descan.left_out, "Left over"), sample),
        f"What is left once disks follow the smooth wander: {descan.residual:.3f} px rms. Structure in it is wander that disks "
        "do not follow.",
    )


def of_dark_fields(result: CrystalliteMap, disks: Sequence[int]) -> Iterator[Entry]:
    """The dark fields of the given disk positions."""
    sample, _ = planes(result)
    for disk in disks:
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
