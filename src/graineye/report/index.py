"""The page over many reports: one row a scan, with its label map, its numbers and a link.

It needs no network, and what comes from names of files stands in it as text.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote_from_bytes

from jinja2 import Environment, PackageLoader, StrictUndefined

from graineye.whole_file import whole_file

MARK = '<meta name="generator" content="graineye: many scans">'
"""Stands in every such page, so that no other one is replaced."""


@dataclass(frozen=True)
class IndexRow:
    """One scan on the page.

    Attributes
    ----------
    name
        As text.
    cells
        What stands in the columns.
    notes
        Warnings, a sentence each.
    error
        Why there is no map; empty if there is one.
    report, picture
        Files beside the page; None if there is no map.
    """

    name: str
    cells: Sequence[str]
    notes: Sequence[str] = ()
    error: str = ""
    report: Path | None = None
    picture: Path | None = None

    @property
    def report_address(self) -> str | None:
        """The report as an address relative to the page."""
        return _address(self.report)

    @property
    def picture_address(self) -> str | None:
        """The picture as an address relative to the page."""
        return _address(self.picture)


def _address(path: Path | None) -> str | None:
    """No name of a file can end the address, start another scheme or leave the folder."""
    return None if path is None else "./" + quote_from_bytes(os.fsencode(path.name), safe="")


def write_index(path: Path, sentence: str, columns: Sequence[str], rows: Sequence[IndexRow]) -> Path:
    """Write the page; an existing one is replaced once the new one is whole.

    Parameters
    ----------
    path
        HTML file in the folder of the reports.
    sentence
        The whole run in one sentence.
    columns
        Names of the cells' columns.
    rows
        One a scan.

    Raises
    ------
    OutputError
        If it cannot be written.
    """
    environment = Environment(loader=PackageLoader("graineye.report", "."), autoescape=True, undefined=StrictUndefined)
    page = environment.get_template("index.html.j2").render(mark=MARK, sentence=sentence, columns=columns, rows=rows)
    with whole_file(path) as temporary:
        temporary.write_text(page, encoding="utf-8", errors="backslashreplace")
    return path
