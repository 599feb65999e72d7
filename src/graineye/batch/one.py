"""One scan becomes its three files, which appear together when all are whole.

The scan's file is watched meanwhile: frames of a file that changes make no map that could be made again.
"""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from matplotlib import pyplot

from graineye import mapping
from graineye.batch.asked import Asked, Found, keep_asked, what_is_done
from graineye.batch.claims import claimed
from graineye.batch.jobs import Job
from graineye.batch.text import printable
from graineye.errors import OutputError, ScanError
from graineye.figures import draw_labels
from graineye.figures.saving import save_picture
from graineye.progress import Progress
from graineye.results import CrystalliteMap, fingerprint
from graineye.results.writing import largest_size
from graineye.scan import Scan
from graineye.scan.engine import drop_waiting_work
from graineye.whole_file import check_place, reserve, whole_files

OpenScan = Callable[[Path], Scan]


def map_to_files(job: Job, asked: Asked, open_scan: OpenScan, progress: Progress, force: bool) -> CrystalliteMap:
    """Map a scan and write its results file, its report and its picture.

    Parameters
    ----------
    job
        The scan and its files.
    asked
        How to read and map it.
    open_scan
        Opens a file as `asked` says.
    progress
        Told how far each pass is.
    force
        Whether existing files may be replaced.

    Returns
    -------
    CrystalliteMap

    Raises
    ------
    GraineyeError
        If it cannot be done; files that were there before stay as they were.
    """
    with claimed(job.result):
        for place in job.places:  # what another run has written meanwhile stays
            check_place(place, force=force)
        return _mapped(job, asked, open_scan, progress)


def resume_to_files(
    job: Job, asked: Asked, open_scan: OpenScan, progress: Progress, say: Callable[[str], None]
) -> CrystalliteMap | Found:
    """As `map_to_files`, unless what would be made is there and whole; else `say` is told why it is made again."""
    with claimed(job.result):
        found, reason = what_is_done(job, asked)
        if found is not None:
            return found
        if reason:
            say(f"{job.scan}: mapped again: {reason}")
        return _mapped(job, asked, open_scan, progress)


def _mapped(job: Job, asked: Asked, open_scan: OpenScan, progress: Progress) -> CrystalliteMap:
    watch = _Watch(job.scan)
    scan = open_scan(job.scan)
    replay = asked.replay
    if replay is not None:
        replay.check(scan)
    check_place(job.result, largest_size(scan.shape, asked.settings.disks.count), force=True)
    try:
        edits = () if replay is None else replay.edits
        result = mapping.map_crystallites(scan, asked.settings, watch.over(progress), edits)
    except ScanError:
        drop_waiting_work(scan.context)  # frames beyond the end of a file that was cut off must not be touched
        raise
    # Text in the results file is UTF-8, whatever bytes the scan's name is made of.
    template = replace(result.template, source=printable(result.template.source))
    notes = watch.notes() + (() if replay is None else replay.notes(result))
    result = replace(_with_notes(result, notes), template=template)
    try:
        with whole_files(*job.places) as (result_file, report, picture):
            reserve(result_file.parent, _needed(result))
            with ThreadPoolExecutor(1) as beside:  # HDF5 packs arrays while the page is made
                saved = beside.submit(result.save, result_file)
                _in_utf8(result).report(report)
                _save_picture(result, picture)
                saved.result()
            keep_asked(result_file, asked)
    except RuntimeError as error:  # HDF5's, of a disk that is full while a file is closed
        raise OutputError(f"{job.result}: cannot be written ({error}): is the disk full?") from error
    return result


def _save_picture(result: CrystalliteMap, path: Path) -> None:
    axes = draw_labels(result.labels, result.calibration, count=result.count)
    try:
        save_picture(axes, path)
    finally:
        pyplot.close(axes.figure.figure)  # also where the disk is full: pictures must not pile up in memory


def _needed(result: CrystalliteMap) -> int:
    """Bytes of the results file before compression, which makes next to nothing of masks.

    HDF5 must not meet a full disk: a file that it cannot close brings down the process later on.
    """
    patterns = 0 if result.mean_patterns is None else result.mean_patterns.nbytes
    images = 7 * result.statistics.mean.nbytes + result.statistics.total_counts.nbytes
    masks = result.count * result.labels.size // (50 if result.edits else 100)  # and those before the edits
    tables = 128 * result.labels.size + (1 << 18)
    return result.dark_fields.nbytes + patterns + images + masks + tables


def _with_notes(result: CrystalliteMap, notes: tuple[str, ...]) -> CrystalliteMap:
    source = result.provenance
    return replace(result, provenance=replace(source, notes=source.notes + notes)) if notes else result


def _in_utf8(result: CrystalliteMap) -> CrystalliteMap:
    """The same result for a page, which is UTF-8 too."""
    source = result.provenance
    notes = tuple(printable(note) for note in source.notes)
    return replace(result, provenance=replace(source, scan_name=printable(source.scan_name), notes=notes))


class _Watch:
    """Whether a file stays as it was at the beginning."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._watched = path.is_file() and os.access(path, os.R_OK)  # else opening it says what is wrong
        if self._watched:
            self._size = path.stat().st_size
            self._modified = path.stat().st_mtime_ns
            self._fingerprint = fingerprint(path)

    def over(self, progress: Progress) -> Progress:
        """`progress`, and with every call of it a look at the file's size: the memory map of a cut-off file is deadly."""

        def looking(stage: str, done: int, total: int) -> None:
            self._check_size()
            progress(stage, done, total)

        return looking

    def notes(self) -> tuple[str, ...]:
        """A note if the file was touched but has the same ends.

        Raises
        ------
        ScanError
            If it is another one.
        """
        if not self._watched:
            return ()
        self._check_size()
        if fingerprint(self._path) != self._fingerprint:
            raise ScanError(f"{self._path}: changed while it was read: map it again when nothing writes it any more")
        if self._path.stat().st_mtime_ns != self._modified:
            return ("the file was modified while it was read: if frames changed, map it again",)
        return ()

    def _check_size(self) -> None:
        if not self._watched:
            return
        try:
            size = self._path.stat().st_size
        except OSError as error:
            raise ScanError(f"{self._path}: went away while it was read ({error.strerror}): map it again") from error
        if size != self._size:
            how = "shrank" if size < self._size else "grew"
            raise ScanError(
                f"{self._path}: {how} from {self._size} to {size} bytes while it was read: "
                "map it again when nothing writes it any more"
            )
