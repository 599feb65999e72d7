"""`graineye export`: a result in the formats of other programs, and as pictures."""

import json as json_format
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from graineye.results import CrystalliteMap
    from graineye.results.exporting import Export, Kind


def export(
    result: Path,
    *,
    out: Path = Path(),
    labels: bool = False,
    masks: bool = False,
    tables: bool = False,
    outlines: bool = False,
    pictures: bool = False,
    picture_format: Literal["png", "svg"] = "png",
    force: bool = False,
    json: bool = False,
) -> None:
    """Write a result as TIFF, CSV, GeoJSON and pictures: all of them, or those that are named.

    Parameters
    ----------
    result
        NAME.crystallites.emd.
    out
        Folder to write into.
    labels
        The label map as NAME.labels.tif, which ImageJ opens with its scale.
    masks
        A mask for each crystallite, as the stack NAME.masks.tif.
    tables
        Crystallites, boundaries, reflections and disks as CSV.
    outlines
        The outlines in nm as NAME.outlines.geojson.
    pictures
        Label map, total counts, log-sum, standard deviation, correlation, disks and template, with scale bars.
    picture_format
        Of the pictures.
    force
        Replace existing files.
    json
        Print one JSON object on standard output, and nothing else.
    """
    from graineye.results import load_result
    from graineye.results.exporting import planned_exports, result_name, write_exports

    loaded, name = load_result(result), result_name(result)
    asked: dict[Kind, bool] = {"labels": labels, "masks": masks, "tables": tables, "outlines": outlines}
    everything = not (pictures or any(asked.values()))
    files, notes = planned_exports(loaded, out, name, [kind for kind in asked if everything or asked[kind]])
    if everything or pictures:
        files += _pictures(loaded, out, name, picture_format)
    written = [str(path) for path in write_exports(files, force)]
    for note in notes:
        print(f"note: {note}", file=sys.stderr)
    for line in [json_format.dumps({"files": written})] if json else written:
        print(line)


def _pictures(result: "CrystalliteMap", folder: Path, name: str, suffix: str) -> "list[Export]":
    """The pictures as files to be written; each is drawn when its turn comes."""
    from graineye.results.exporting import Export

    return [
        Export(folder / f"{name}.{what}.{suffix}", partial(_save_picture, draw))
        for what, draw in _drawings(result).items()
    ]


def _save_picture(draw: "Callable[[], Axes]", path: Path) -> None:
    from graineye.figures.saving import choose_backend, save_picture

    choose_backend(window=False)
    save_picture(draw(), path)


def _drawings(result: "CrystalliteMap") -> "dict[str, Callable[[], Axes]]":
    """What draws each picture."""
    from graineye.figures import draw_disks, draw_pattern, draw_template

    scale, found, plot = result.calibration, result.statistics, result.plot
    disks, beam, radius = result.disks.positions, result.beam.position, result.template.bright_radius
    correlation = result.correlation_of_log_sum
    of_both = {"labels": plot.labels, "sizes": plot.sizes, "total-counts": plot.counts}
    of_overlapping = {"overlap": plot.overlap} if result.overlapping is not None else {}
    of_descan = {"descan": plot.descan} if result.descan is not None else {}
    of_significance = {"significance": plot.significance} if result.significance is not None else {}
    of_detector: dict[str, Callable[[], Axes]] = {
        "log-sum": lambda: draw_pattern(found.log_sum, scale, "sum of log-scaled frames", "log counts"),
        "std": lambda: draw_pattern(found.std, scale, "standard deviation over the scan", "counts"),
        "correlation": lambda: draw_pattern(
            correlation, scale, "correlation of the log-sum with the template", "log counts"
        ),
        "disks": lambda: draw_disks(found.std, disks, beam, radius, scale),
        "template": lambda: draw_template(result.template.image),
    }
    return of_both | of_overlapping | of_descan | of_significance | of_detector
