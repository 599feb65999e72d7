"""What became of many scans: a table to read, a CSV file to go on with, and a page that links the reports."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from graineye.batch.asked import Found
from graineye.batch.jobs import Job
from graineye.batch.text import printable
from graineye.errors import OutputError
from graineye.report.index import MARK, IndexRow, write_index
from graineye.whole_file import check_place, whole_file

CSV_NAME = "summary.csv"
INDEX_NAME = "index.html"
COLUMNS = ("crystallites", "median size", "seconds")
_CSV_COLUMNS = (
    "scan",
    "state",
    "crystallites",
    "median_diameter",
    "unit",
    "seconds",
    "warnings",
    "error",
    "result",
    "report",
    "picture",
)


@dataclass(frozen=True)
class Ended:
    """What became of one scan.

    Attributes
    ----------
    job
        The scan and its files.
    found
        What its result tells; None if it failed.
    error
        Why it failed, in one line.
    kept
        Whether it was done before.
    seconds
        That it took, reading, mapping and writing.
    """

    job: Job
    found: Found | None
    error: str = ""
    kept: bool = False
    seconds: float = 0.0

    @property
    def state(self) -> str:
        """failed, kept or mapped."""
        return "failed" if self.found is None else "kept" if self.kept else "mapped"

    @property
    def cells(self) -> tuple[str, str, str]:
        """As text: the number of crystallites, their median diameter, and seconds."""
        if self.found is None:
            return "failed", "", ""
        median = self.found.median_diameter
        size = "" if median is None else f"{median:.3g} {self.found.unit}"
        return str(self.found.crystallites), size, "kept" if self.kept else f"{self.seconds:.1f}"


def sentence(ended: Sequence[Ended], planned: int) -> str:
    """The whole run in one sentence."""
    states = [one.state for one in ended]
    parts = [f"{states.count('mapped')} of {planned} scans mapped"]
    parts += [f"{states.count('kept')} done before"] * ("kept" in states)
    parts += [f"{states.count('failed')} failed"] * ("failed" in states)
    parts += [f"{planned - len(ended)} not begun or interrupted"] * (len(ended) < planned)
    return ", ".join(parts) + "."


def table(ended: Sequence[Ended]) -> list[list[str]]:
    """Rows of text, names of columns first: file, crystallites, median size, seconds, warnings."""
    rows = [["file", *COLUMNS, "warnings"]]
    for one in ended:
        warnings = one.error if one.found is None else str(len(one.found.notes) or "")
        rows.append([printable(one.job.scan), *one.cells, printable(warnings)])
    return rows


def check_summary(folder: Path, force: bool) -> None:
    """Say before long work that the summary cannot be written.

    Raises
    ------
    OutputError
        If the folder cannot be written to, or has an index page of somebody else's.
    """
    for name, mark in ((CSV_NAME, ",".join(_CSV_COLUMNS)), (INDEX_NAME, MARK)):
        place = folder / name
        check_place(place, force=True)
        if place.is_file() and not force and mark not in place.read_text(encoding="utf-8", errors="replace"):
            raise OutputError(
                f"{place}: exists and is not graineye's: give --force to replace it, or choose another folder"
            )


def write_summary(folder: Path, ended: Sequence[Ended], planned: int) -> tuple[Path, Path]:
    """Write summary.csv and index.html of these scans; older ones are replaced.

    Returns
    -------
    Their paths.

    Raises
    ------
    OutputError
        If they cannot be written.
    """
    rows = [_CSV_COLUMNS, *(_csv_row(one) for one in ended)]
    with (
        whole_file(folder / CSV_NAME) as temporary,
        temporary.open("w", encoding="utf-8", errors="backslashreplace", newline="") as file,
    ):
        csv.writer(file, lineterminator="\n").writerows(rows)
    write_index(folder / INDEX_NAME, sentence(ended, planned), COLUMNS, [_index_row(one) for one in ended])
    return folder / CSV_NAME, folder / INDEX_NAME


def _csv_row(one: Ended) -> tuple[object, ...]:
    found, job = one.found, one.job
    if found is None:
        return (job.scan, one.state, *[""] * 5, one.error, *[""] * 3)
    median = "" if found.median_diameter is None else found.median_diameter
    notes = "; ".join(found.notes)
    return (job.scan, one.state, found.crystallites, median, found.unit, round(one.seconds, 3), notes, "", *job.places)


def _index_row(one: Ended) -> IndexRow:
    if one.found is None:
        return IndexRow(printable(one.job.scan), one.cells, error=printable(one.error))
    notes = [printable(note) for note in one.found.notes]
    return IndexRow(printable(one.job.scan), one.cells, notes, "", one.job.report, one.job.picture)
