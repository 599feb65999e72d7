"""`graineye run`: the crystallites of scans, each as a results file, a report and a picture of the label map."""

import io
import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from graineye.cli.flags import NO_FLAGS, CommonFlags, SettingsFlags, settings_of
from graineye.settings import Opening

if TYPE_CHECKING:
    from graineye.batch.asked import Asked, Found
    from graineye.batch.jobs import Job
    from graineye.batch.log import RunLog
    from graineye.batch.summary import Ended
    from graineye.progress import Progress


def run(
    scan: list[Path],
    *,
    classic: bool = False,
    config: Path | None = None,
    edits: Path | None = None,
    out: Path = Path(),
    resume: bool = False,
    log: Path | None = None,
    cpus: int | None = None,
    cluster: str | None = None,
    opening: Annotated[Opening, Parameter(name="*", group="Reading the file")] = Opening(),  # noqa: B008
    common: CommonFlags = CommonFlags(),  # noqa: B008
    settings: SettingsFlags = NO_FLAGS,
) -> None:
    """Map the crystallites of scans; write NAME.crystallites.emd, .html (the report) and .png (the label map) of each.

    Of several scans, one that fails does not stop the others; summary.csv and index.html tell what became of each.

    Parameters
    ----------
    scan
        Files of the scans.
    classic
        Take the published method's settings: its bullseye, 500 positions also near the border, a cut at distance 200.
    config
        TOML file of settings; flags override it.
    edits
        Results file whose edits are made again on the new map: merged, split, given, rejected and named crystallites.
    out
        Folder to write into.
    resume
        Leave alone what is done and whole; map again what has changed, or was mapped with other settings.
    log
        File that a line with the time is added to for everything that happens.
    cpus
        Threads that read frames; one a core by default.
    cluster
        Run passes on a Dask cluster: tcp://host:port of its scheduler, or local:N for N processes of this machine.
    """
    from graineye.batch.jobs import check_places, jobs_for, named_scans
    from graineye.batch.log import logged

    if isinstance(sys.stdout, io.TextIOWrapper):  # names of files need not be text
        sys.stdout.reconfigure(errors="backslashreplace")
    chosen = settings_of(settings, config, classic)
    scans, repeats = named_scans(scan)
    for note in repeats:
        print(f"note: {note}", file=sys.stderr)
    jobs = jobs_for(scans, out)
    check_places(jobs, common.force or resume)
    try:
        with logged(log) as lines:
            from graineye.caches import use_writable_caches

            use_writable_caches()
            from graineye.batch.asked import Asked
            from graineye.batch.replay import replay_of
            from graineye.figures.saving import choose_backend

            choose_backend(window=False)
            how = _How(
                Asked(opening, chosen, None if edits is None else replay_of(edits)), cpus, cluster, resume, common
            )
            (_run_one if len(jobs) == 1 else _run_many)(jobs, how, lines)
    finally:
        sys.stdout.flush()


@dataclass(frozen=True)
class _How:
    """What was asked for, of every scan alike."""

    asked: "Asked"
    cpus: int | None
    cluster: str | None
    resume: bool
    common: CommonFlags

    def open(self, path: Path) -> Any:
        """Open a scan."""
        from graineye.scan import open_scan

        return open_scan(path, cpus=self.cpus, cluster=self.cluster, **vars(self.asked.opening))


class _Printer:
    """Prints what happens: what is of use to other programs on standard output, all else on standard error."""

    def __init__(self, common: CommonFlags, scans: int) -> None:
        self._common = common
        self._scans = scans

    def began(self, number: int, job: "Job") -> None:
        if not self._common.quiet:
            self.said(f"[{number}/{self._scans}] {job.scan}", "")

    @contextmanager
    def progress(self) -> Iterator["Progress"]:
        from graineye.kernels import telling_of_compilation
        from graineye.progress import shown

        with shown(self._common.quiet) as progress, telling_of_compilation(progress):
            yield progress

    def said(self, text: str, kind: str = "note: ") -> None:
        from graineye.batch.text import printable

        print(f"{kind}{printable(text)}", file=sys.stderr, flush=True)

    def ended(self, number: int, ended: "Ended") -> None:
        if ended.found is None:
            self.said(ended.error, "graineye: ")
        elif not self._common.json:
            for note in ended.found.notes:
                self.said(f"{ended.job.scan}: {note}")
        if self._common.json:
            failed = {"scan": str(ended.job.scan), "error": ended.error}
            found = ended.found and _facts(ended.job, ended.found, ended.kept)
            print(json.dumps(found or failed), flush=True)


def _run_one(jobs: "Sequence[Job]", how: _How, lines: "RunLog") -> None:
    from graineye.batch.asked import Found, found_of
    from graineye.batch.many import map_one

    (job,) = jobs
    printer = _Printer(how.common, 1)
    result = map_one(job, how.asked, how.open, printer, lines, resume=how.resume, force=how.common.force)
    kept = isinstance(result, Found)
    found = result if isinstance(result, Found) else found_of(result)
    if how.common.json:
        print(json.dumps(_facts(job, found, kept)))
        return
    for note in found.notes:
        printer.said(note)
    print(f"{_sentence(found)}{' (done before)' if kept else ''}")
    print(f"result:  {job.result}")
    print(f"report:  {job.report}")
    print(f"picture: {job.picture}")


def _run_many(jobs: "Sequence[Job]", how: _How, lines: "RunLog") -> None:
    from graineye.batch.many import map_scans
    from graineye.batch.summary import CSV_NAME, INDEX_NAME, sentence, table
    from graineye.scan.engine import context_of

    context_of(how.cpus, how.cluster)  # if it cannot be had, no scan can be mapped
    printer = _Printer(how.common, len(jobs))
    ended = map_scans(jobs, how.asked, how.open, printer, lines, resume=how.resume, force=how.common.force)
    if not how.common.json:
        _print_table(table(ended))
        print(sentence(ended, len(jobs)))
        print(f"summary: {jobs[0].out / CSV_NAME}")
        print(f"index:   {jobs[0].out / INDEX_NAME}")
    if any(one.found is None for one in ended):
        sys.exit(1)


def _facts(job: "Job", found: "Found", kept: bool) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "scan": str(job.scan),
        "result": str(job.result),
        "report": str(job.report),
        "picture": str(job.picture),
        "crystallites": found.crystallites,
        "seconds": {stage: round(seconds, 3) for stage, seconds in found.seconds.items()},
        "warnings": list(found.notes),
    }
    return facts | ({"kept": True} if kept else {})


def _sentence(found: "Found") -> str:
    count = f"{found.crystallites} crystallite{'' if found.crystallites == 1 else 's'}"
    if found.median_diameter is None:
        return count
    return f"{count}, median diameter {found.median_diameter:.3g} {found.unit}"


def _print_table(rows: Sequence[Sequence[str]]) -> None:
    if sys.stdout.isatty():
        from rich.console import Console
        from rich.table import Table
        from rich.text import Text

        table = Table(*rows[0])
        for row in rows[1:]:
            table.add_row(*map(Text, row))  # as text: a name may look like markup
        Console().print(table)
        return
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
