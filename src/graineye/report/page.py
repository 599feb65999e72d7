"""Assembles the report: one HTML file that needs nothing else, neither a network nor the scan.

What comes from files stands in it as text; the page forbids itself every request.
"""

from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

from bokeh.document import Document
from bokeh.embed import components
from bokeh.resources import Resources
from jinja2 import Environment, PackageLoader, StrictUndefined

from graineye.report.contents import entries
from graineye.report.entry import Entry
from graineye.report.table import MOST_ROWS, columns, rows
from graineye.report.words import sentence
from graineye.results import CrystalliteMap
from graineye.results.artefacts import marks_of, sentences_of
from graineye.scan.describe import describe_calibration
from graineye.settings import parse_pair
from graineye.whole_file import whole_file


def write_report(result: CrystalliteMap, path: Path) -> Path:
    """Write the report of a result; an existing file is replaced once the new one is whole.

    Parameters
    ----------
    result
        To be shown.
    path
        HTML file.

    Raises
    ------
    OutputError
        If it cannot be written.
    """
    chosen = result.settings.report.frame
    pictures, left_out = entries(result, None if chosen is None else parse_pair(chosen, "report.frame"))
    script, divs = _embedded(pictures)
    environment = Environment(loader=PackageLoader("graineye.report", "."), autoescape=True, undefined=StrictUndefined)
    marks = marks_of(result.artefacts)
    page = environment.get_template("page.html.j2").render(
        name=result.provenance.scan_name,
        sentence=sentence(result),
        notes=[*result.provenance.notes, *_of_edits(result), *sentences_of(result.artefacts), *left_out],
        sections=[(name, list(group)) for name, group in groupby(pictures, key=_section)],
        divs=divs,
        columns=columns(result, marks),
        rows=list(rows(result, marks)),
        hidden_rows=max(result.count - MOST_ROWS, 0),
        facts=_facts(result),
        settings=result.settings.to_dict(),
        toml=result.settings.to_toml(),
        seconds=result.provenance.seconds,
        versions=result.provenance.versions,
        bokeh=_bokeh(),
        script=script,
    )
    with whole_file(path) as temporary:
        temporary.write_text(page, encoding="utf-8", errors="backslashreplace")
    return path


def _bokeh() -> str:
    """Bokeh's own scripts; `Resources.render` adds links to those of any other library that this process has loaded."""
    return "\n".join(f"<script>\n{raw}\n</script>" for raw in Resources(mode="inline", components=["bokeh"]).js_raw)


def _of_edits(result: CrystalliteMap) -> list[str]:
    n = len(result.edits)
    return [f"The map was edited by hand: {n} edit{'' if n == 1 else 's'}, kept in the results file."] if n else []


def _embedded(pictures: Sequence[Entry]) -> tuple[str, dict[str, str]]:
    """The script that draws all pictures, and an element for each by its name."""
    document = Document()
    with document.models.freeze():  # else all models are looked through again for every picture
        for entry in pictures:
            document.add_root(entry.picture)
    script, divs = components({entry.name: entry.picture for entry in pictures})
    return script, divs


def _section(entry: Entry) -> str:
    return entry.section


def _facts(result: CrystalliteMap) -> list[tuple[str, str]]:
    """What the page says of the scan."""
    source = result.provenance
    ny, nx, qy, qx = source.scan_shape
    scales = [
        (name, f"{text}: everything is in px" if text == "unknown" else text)
        for name, text in describe_calibration(result.calibration)
    ]
    facts = [
        ("scan", source.scan_name),
        ("dataset", source.dataset_path),
        ("size", f"{source.scan_size / 1e6:,.1f} MB"),
        ("scan positions", f"{ny} x {nx}"),
        ("region of interest", "" if source.roi is None else "{}:{}, {}:{}".format(*source.roi)),
        ("frames", f"{qy} x {qx} px"),
        ("excluded", str(result.excluded)),
        *scales,
        ("checksum", source.scan_checksum[:16]),
    ]
    return [fact for fact in facts if fact[1]]
