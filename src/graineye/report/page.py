"""Assembles the report: one HTML file that needs nothing else, neither a network nor the scan.

What comes from files stands in it as text; the page forbids itself every request.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import pandas as pd
from bokeh.embed import components
from bokeh.resources import Resources
from jinja2 import Environment, PackageLoader, StrictUndefined

from graineye.figures import label_colours
from graineye.report.contents import Entry, entries
from graineye.report.thumbnails import thumbnail
from graineye.results import CrystalliteMap
from graineye.scan.describe import describe_calibration
from graineye.settings import parse_pair
from graineye.whole_file import whole_file

_MOST_ROWS = 400
"""Crystallites in the table, the largest first; a page with more could not be scrolled."""
_MOST_REFLECTIONS = 4


@dataclass(frozen=True)
class Row:
    """One crystallite in the table of the page, as text."""

    label: int
    colour: str
    cells: list[str]
    pattern: str | None


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
    script, divs = components({entry.name: entry.picture for entry in pictures})
    environment = Environment(loader=PackageLoader("graineye.report", "."), autoescape=True, undefined=StrictUndefined)
    table = result.table
    page = environment.get_template("page.html.j2").render(
        name=result.provenance.scan_name,
        sentence=sentence(result),
        notes=[*result.provenance.notes, *left_out],
        sections=[(name, list(group)) for name, group in groupby(pictures, key=_section)],
        divs=divs,
        columns=_columns(result),
        rows=list(_rows(result)),
        hidden_rows=max(len(table) - _MOST_ROWS, 0),
        facts=_facts(result),
        settings=result.settings.to_dict(),
        toml=result.settings.to_toml(),
        seconds=result.provenance.seconds,
        versions=result.provenance.versions,
        bokeh=Resources(mode="inline", components=["bokeh"]).render(),
        script=script,
    )
    with whole_file(path) as temporary:
        temporary.write_text(page, encoding="utf-8", errors="backslashreplace")
    return path


def _section(entry: Entry) -> str:
    return entry.section


def sentence(result: CrystalliteMap) -> str:
    """The result in one sentence."""
    count = f"{result.count} crystallite{'' if result.count == 1 else 's'}"
    if not result.count:
        return f"{count} found."
    unit = result.calibration.scan_unit
    diameters = result.table[f"diameter_{unit}"]
    assigned = 100 * (result.labels > 0).mean()
    return (
        f"{count}, median diameter {diameters.median():.3g} {unit} "
        f"({diameters.min():.3g} to {diameters.max():.3g} {unit}), {assigned:.0f} % of the scan assigned."
    )


def _columns(result: CrystalliteMap) -> list[str]:
    unit = result.calibration.scan_unit
    spacing = f"strongest disks, d ({'nm' if result.calibration.detector_pixel_per_nm else 'unknown'})"
    y, x = result.calibration.y.unit, result.calibration.x.unit
    return ["label", "area (px)", f"diameter ({unit})", f"y ({y})", f"x ({x})", "at edge", "neighbours", spacing]


def _rows(result: CrystalliteMap) -> Iterator[Row]:
    """The largest crystallites, in the order of their labels."""
    from matplotlib.colors import to_hex

    unit = result.calibration.scan_unit
    colours = label_colours(result.labels)
    patterns = result.mean_patterns
    spacings = _spacings(result.reflections)
    largest = result.table.nlargest(_MOST_ROWS, "area_px").sort_values("label")
    for row in largest.to_dict("records"):
        label = int(row["label"])
        yield Row(
            label=label,
            colour=to_hex(colours[label]),
            cells=[
                str(label),
                str(row["area_px"]),
                f"{row[f'diameter_{unit}']:.1f}",
                f"{row[f'y_{result.calibration.y.unit}']:.1f}",
                f"{row[f'x_{result.calibration.x.unit}']:.1f}",
                "yes" if row["touches_edge"] else "",
                str(row["neighbours"]),
                spacings.get(label, ""),
            ],
            pattern=None if patterns is None else thumbnail(patterns[label - 1]),
        )


def _spacings(reflections: pd.DataFrame) -> dict[int, str]:
    """The d-spacings of each label's strongest disks, strongest first."""
    known = reflections.dropna(subset=["d_nm"])
    strongest = known.groupby("label").head(_MOST_REFLECTIONS)
    texts: dict[int, list[str]] = {}
    for label, spacing in zip(strongest["label"].tolist(), strongest["d_nm"], strict=True):
        texts.setdefault(label, []).append(f"{spacing:.3f}")
    return {label: ", ".join(parts) for label, parts in texts.items()}


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
