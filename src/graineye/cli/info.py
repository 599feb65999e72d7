"""`graineye info`: what a file holds, and how graineye reads it."""

import json as json_format
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from graineye.settings import Opening


def info(
    scan: Path,
    *,
    opening: Annotated[Opening, Parameter(name="*", group="Reading the file")] = Opening(),  # noqa: B008
    json: bool = False,
) -> None:
    """Show what a file holds, how graineye reads it, and what calibration it found.

    Parameters
    ----------
    scan
        File of the scan.
    json
        Print one JSON object instead.
    """
    from graineye.scan import describe, open_scan

    rows = describe(open_scan(scan, **vars(opening)))
    if json:
        print(json_format.dumps({name: text for name, text in rows if name != "note"}))
        return
    width = max(len(name) for name, _ in rows)
    for name, text in rows:
        print(f"{name:<{width}}  {text}")
