"""`graineye run`: the crystallites of a scan, as a results file, a report and a picture of the label map."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from graineye.cli.flags import NO_FLAGS, CommonFlags, SettingsFlags, settings_of
from graineye.settings import Opening

if TYPE_CHECKING:
    from graineye.results import CrystalliteMap


def run(
    scan: Path,
    *,
    classic: bool = False,
    config: Path | None = None,
    out: Path = Path(),
    cpus: int | None = None,
    opening: Annotated[Opening, Parameter(name="*", group="Reading the file")] = Opening(),  # noqa: B008
    common: CommonFlags = CommonFlags(),  # noqa: B008
    settings: SettingsFlags = NO_FLAGS,
) -> None:
    """Map the crystallites of a scan; write NAME.crystallites.emd, .html (the report) and .png (the label map).

    Parameters
    ----------
    scan
        File of the scan.
    classic
        Take the published method's settings: its bullseye, 500 positions also near the border, a cut at distance 200.
    config
        TOML file of settings; flags override it.
    out
        Folder to write into.
    cpus
        Threads that read frames; one a core by default.
    """
    chosen = settings_of(settings, config, classic)
    from graineye.whole_file import check_place

    result_path, report_path, picture_path = places = [
        out / f"{scan.stem}.crystallites{suffix}" for suffix in (".emd", ".html", ".png")
    ]
    for path in places:
        check_place(path, force=common.force)

    from graineye.mapping import map_crystallites
    from graineye.progress import shown
    from graineye.results.writing import largest_size
    from graineye.scan import open_scan

    opened = open_scan(scan, cpus=cpus, **vars(opening))
    check_place(result_path, largest_size(opened.shape, chosen.disks.count), force=common.force)
    with shown(common.quiet) as progress:
        result = map_crystallites(opened, chosen, progress)
    result.save(result_path)
    result.report(report_path)
    _save_picture(result, picture_path)
    if common.json:
        print(json.dumps(_summary(result, scan, places)))
        return
    for note in result.provenance.notes:
        print(f"note: {note}", file=sys.stderr)
    print(_sentence(result))
    print(f"result:  {result_path}")
    print(f"report:  {report_path}")
    print(f"picture: {picture_path}")


def _save_picture(result: "CrystalliteMap", path: Path) -> None:
    from graineye.figures import draw_labels
    from graineye.figures.saving import save_picture

    save_picture(draw_labels(result.labels, result.calibration), path)


def _summary(result: "CrystalliteMap", scan: Path, places: list[Path]) -> dict[str, Any]:
    result_path, report_path, picture_path = places
    return {
        "scan": str(scan),
        "result": str(result_path),
        "report": str(report_path),
        "picture": str(picture_path),
        "crystallites": result.count,
        "seconds": {stage: round(seconds, 3) for stage, seconds in result.provenance.seconds.items()},
        "warnings": list(result.provenance.notes),
    }


def _sentence(result: "CrystalliteMap") -> str:
    count = f"{result.count} crystallite{'' if result.count == 1 else 's'}"
    if not result.count:
        return count
    unit = result.calibration.scan_unit
    return f"{count}, median diameter {result.table[f'diameter_{unit}'].median():.3g} {unit}"
