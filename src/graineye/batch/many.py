"""The loop over many scans: one after the other, each by itself, with a summary at the end whatever ends it.

No result is kept in memory; the passes of all scans share one set of threads.
"""

import traceback
from collections.abc import Sequence
from contextlib import AbstractContextManager
from time import perf_counter
from typing import Protocol

from graineye.batch.asked import Asked, Found, found_of
from graineye.batch.jobs import Job, check_places
from graineye.batch.log import RunLog
from graineye.batch.one import OpenScan, map_to_files, resume_to_files
from graineye.batch.summary import Ended, check_summary, sentence, write_summary
from graineye.errors import GraineyeError, SettingsError
from graineye.progress import Progress
from graineye.results import CrystalliteMap


class Watcher(Protocol):
    """Who is told what happens."""

    def began(self, number: int, job: Job) -> None:
        """The scan of this number, from 1, begins."""

    def progress(self) -> AbstractContextManager[Progress]:
        """Told how far the passes over one scan are."""

    def said(self, text: str) -> None:
        """Something that a user should know."""

    def ended(self, number: int, ended: Ended) -> None:
        """The scan of this number was mapped, was done before, or failed."""


def map_scans(
    jobs: Sequence[Job],
    asked: Asked,
    open_scan: OpenScan,
    watcher: Watcher,
    log: RunLog,
    *,
    resume: bool = False,
    force: bool = False,
) -> list[Ended]:
    """Map scans one after the other; one that fails does not stop the others.

    Parameters
    ----------
    jobs
        From `jobs_for`, all with the same folder.
    asked
        How to read and map each.
    open_scan
        Opens a file as `asked` says.
    watcher
        Told what happens.
    log
        Gets a line for everything that happens.
    resume
        Whether to leave alone what is done, whole, and what would be made again.
    force
        Whether existing files may be replaced.

    Returns
    -------
    What became of each. The summary and the index page are written at the end, also of an interrupted run.

    Raises
    ------
    OutputError
        Before any pass, if files cannot be written or may not be replaced.
    """
    check_summary(jobs[0].out, force)
    check_places(jobs, force or resume)
    done: list[Ended] = []
    try:
        for number, job in enumerate(jobs, 1):
            watcher.began(number, job)
            one = _tried(job, asked, open_scan, watcher, log, resume=resume, force=force)
            done.append(one)
            watcher.ended(number, one)
    finally:
        log.write(sentence(done, len(jobs)))
        write_summary(jobs[0].out, done, len(jobs))
    return done


def map_one(
    job: Job,
    asked: Asked,
    open_scan: OpenScan,
    watcher: Watcher,
    log: RunLog,
    *,
    resume: bool = False,
    force: bool = False,
) -> CrystalliteMap | Found:
    """Map one scan; see `map_scans`.

    Returns
    -------
    The result, or what is known of one that was done before.

    Raises
    ------
    GraineyeError
        If it cannot be done.
    """
    log.write(f"began {job.scan}")

    def say(text: str) -> None:
        log.write(text)
        watcher.said(text)

    with watcher.progress() as progress:
        if resume and not force:
            result = resume_to_files(job, asked, open_scan, log.stages(progress), say)
        else:
            result = map_to_files(job, asked, open_scan, log.stages(progress), force)
    found = result if isinstance(result, Found) else found_of(result)
    for note in found.notes:
        log.write(f"warning: {job.scan}: {note}")
    done = "done before" if isinstance(result, Found) else f"mapped in {sum(found.seconds.values()):.1f} s"
    log.write(f"ended {job.scan}: {done}, {found.crystallites} crystallites")
    return result


def _tried(
    job: Job, asked: Asked, open_scan: OpenScan, watcher: Watcher, log: RunLog, *, resume: bool, force: bool
) -> Ended:
    """What became of a scan, whatever it was."""
    begun = perf_counter()
    try:
        result = map_one(job, asked, open_scan, watcher, log, resume=resume, force=force)
    except SettingsError:  # wrong for every scan alike
        raise
    except GraineyeError as error:
        said = str(error)
    except MemoryError:
        said = f"{job.scan}: out of memory: take a machine with more, or a part of the scan with --roi"
    except Exception as error:  # a defect of graineye's: the other scans are owed their maps all the same
        for line in "".join(traceback.format_exception(error)).splitlines():
            log.write(f"defect: {line}")
        said = f"{job.scan}: {type(error).__name__}: {error}: a defect; --log FILE keeps where"
    else:
        kept = isinstance(result, Found)
        found = result if isinstance(result, Found) else found_of(result)
        return Ended(job, found, kept=kept, seconds=perf_counter() - begun)
    log.write(f"error: {said}")
    return Ended(job, None, said, seconds=perf_counter() - begun)
