"""The whole method as one function: from an open scan to the map of its crystallites.

Each line of `map_crystallites` is one step of the method; each step is also a public function of its own.
"""

import dataclasses
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from time import perf_counter

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from graineye.crystallites import Edit, OverlappingCrystallites, apply_edits
from graineye.disks import Descan, locate_disks
from graineye.errors import BeamNotFound, ScanError, SettingsError
from graineye.mean_patterns import patterns_of
from graineye.passes import statistics, template_values
from graineye.probe import Aperture, FittedProbe, Template, fit_probe
from graineye.probe_choice import probe_of, template_for
from graineye.progress import Progress, shown, silent
from graineye.results import CrystalliteMap, Excluded, Unedited, provenance_of
from graineye.scan import Scan
from graineye.scan.excluding import without_pixels
from graineye.segmentation import segment_by_cut, segment_overlapping
from graineye.settings import CutSettings, Settings


def map_crystallites(
    scan: Scan, settings: Settings | None = None, progress: Progress | None = None, edits: Sequence[Edit] = ()
) -> CrystalliteMap:
    """Map the crystallites of a scan.

    Parameters
    ----------
    scan
        From `open_scan`.
    settings
        By default, those of `Settings()`; `Settings.classic()` are the published notebook's.
    progress
        Told how far each pass is; by default a bar on the terminal or in the notebook.
    edits
        To be made on the map; for each that does not fit it the provenance has a note.

    Returns
    -------
    CrystalliteMap
        What every step gave is an attribute of it.

    Raises
    ------
    ScanError
        If the scan has a single frame, or frames cannot be read.
    TemplateError
        If the probe gives no template that fits into a frame.
    BeamNotFound
        If no zero-order beam stands out.
    """
    if progress is None:
        with shown() as bars:
            return map_crystallites(scan, settings, bars, edits)
    settings = settings or Settings()
    scan = dataclasses.replace(scan, bad_values=settings.scan.bad_values)
    if scan.frame_count < 2:
        raise ScanError(f"{scan.path}: one frame only: a map needs a scan of at least two positions")
    _check_count(scan, settings.cut)
    clock = _Clock()
    # A template that was asked for and cannot be is refused before any pass.
    asked = None if settings.probe.source == "auto" else template_for(scan, settings.probe)
    with clock.stage("statistics"):
        found = statistics(scan, progress)
    with clock.stage("template"):
        fitted = probe_of(scan, found.mean) if asked is None else None
        template = asked or template_for(scan, settings.probe, fitted)
    with clock.stage("disks"), _named(scan):
        located = locate_disks(found, template, settings.disks, scan.excluded_pixels)
        scan = without_pixels(scan, located.bad_pixels)
    if settings.overlapping:
        segmented = segment_overlapping(scan, template, found, located, clock.stage, progress)
    else:
        segmented = segment_by_cut(scan, template, found, located, settings, clock.stage, progress)
    unedited = Unedited(segmented.labels, segmented.overlapping)
    edited = apply_edits(unedited.labels, unedited.overlapping, segmented.dark_fields, edits, scan.excluded_frames)
    with clock.stage("mean patterns"):
        patterns = patterns_of(scan, edited.labels, edited.overlapping, progress)
    notes = _notes_of_probe(fitted) + _notes(
        int(located.bad_pixels.sum()), len(segmented.disks), segmented.overlapping, settings
    )
    return CrystalliteMap(
        labels=edited.labels,
        settings=settings,
        calibration=scan.calibration,
        provenance=provenance_of(scan, clock.seconds, notes + edited.notes),
        statistics=found,
        template=template,
        aperture=_aperture_of(scan, found.mean, fitted, segmented.descan),
        correlation_of_log_sum=located.correlation_of_log_sum,
        correlation_of_log_std=located.correlation_of_log_std,
        beam=located.beam,
        disks=segmented.disks,
        dark_fields=segmented.dark_fields,
        dendrogram=segmented.dendrogram,
        excluded=Excluded.of(scan, located.bad_pixels),
        overlapping=edited.overlapping,
        descan=segmented.descan,
        significance=segmented.significance,
        known_mean_patterns=patterns,
        edits=tuple(edits),
        names=dict(edited.names),
        unedited=unedited if edits else None,
        scan=scan,
    )


def _check_count(scan: Scan, cut: CutSettings) -> None:
    """Refuse before any pass what no dendrogram can be cut into."""
    parts = 1 if scan.excluded_frames is None else ndimage.label(~scan.excluded_frames)[1]
    if cut.count is not None and cut.count < parts:
        raise SettingsError(
            f"cut.count is {cut.count}: excluded scan positions divide the scan into {parts} parts; ask for {parts} or more"
        )


@contextmanager
def _named(scan: Scan) -> Iterator[None]:
    """Name the scan in what pure array code refuses."""
    try:
        yield
    except BeamNotFound as error:
        raise BeamNotFound(f"{scan.path}: {error}") from error


def _aperture_of(
    scan: Scan, mean: NDArray[np.float32], fitted: FittedProbe | None, descan: Descan | None
) -> Aperture | None:
    """The aperture that was fitted; to a mean frame once more, now that it is known how the beam wandered."""
    if fitted is None or scan.probe is not None or descan is None:
        return None if fitted is None else fitted.aperture
    places = np.moveaxis(descan.beam, 0, -1)
    return fit_probe(mean, fitted.source, places=places).aperture


def dark_fields(
    scan: Scan, template: Template, positions: NDArray[np.int64], progress: Progress = silent
) -> NDArray[np.float32]:
    """The template at every disk position on every frame, in one pass.

    Parameters
    ----------
    scan
        An open scan.
    template
        Its image stands with its centre on each position; what lies outside the frame counts nothing.
    positions
        (n_disks, 2) as (y, x), px, within the frame.
    progress
        Told how many frames are done.

    Returns
    -------
    (ny, nx, n_disks), counts weighted by the template: the numbers of the classic notebook's sparse mask stack.

    Raises
    ------
    ScanError
        If frames cannot be read.
    """
    return template_values(scan, template.image, positions - np.asarray(template.centre), progress)


def _notes_of_probe(fitted: FittedProbe | None) -> tuple[str, ...]:
    """What is to be said of a poor fit."""
    return (fitted.warning,) if fitted is not None and fitted.warning else ()


def _notes(bad_pixels: int, disks: int, found: OverlappingCrystallites | None, settings: Settings) -> tuple[str, ...]:
    notes = []
    if bad_pixels:
        notes.append(f"{bad_pixels} dead or hot pixels were found and are excluded: they make no disk positions")
    if not disks:
        notes.append("no disks were found: there are no crystallites")
    elif found is not None and not len(found):
        notes.append(f"no crystallites were found: what {disks} disk positions show comes and goes together nowhere")
    elif disks < settings.disks.count and found is None:
        notes.append(f"only {disks} disk positions were found, {settings.disks.count} were asked for")
    if found is not None and settings.cut != CutSettings():
        notes.append("cut.relative and cut.min-size change nothing without --segmentation.method dendrogram")
    return tuple(notes)


class _Clock:
    """Seconds that each stage takes."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        begun = perf_counter()
        yield
        self.seconds[name] = perf_counter() - begun
