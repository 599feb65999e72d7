"""`graineye fetch`: a published scan, with progress, resumed where a transfer broke off, and verified."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from graineye.cli.flags import CommonFlags
from graineye.errors import SettingsError

if TYPE_CHECKING:
    from graineye.fetch import Fetched


def fetch(
    name: str | None = None,
    *,
    out: Path = Path(),
    show_list: Annotated[bool, Parameter(name="--list")] = False,
    common: CommonFlags = CommonFlags(),  # noqa: B008
) -> None:
    """Fetch a published scan; a transfer that broke off goes on from NAME.part.

    Parameters
    ----------
    name
        Short name (see --list), or a DOI, followed by /FILE where it stands for several files.
    out
        Folder to write into.
    show_list
        Show the short names instead.
    """
    if show_list:
        _show_list(common.json)
        return
    if name is None:
        raise SettingsError("name a published scan (--list shows them) or a DOI")
    from graineye.fetch import fetch as fetch_scan
    from graineye.progress import shown

    with shown(common.quiet) as progress:
        fetched = fetch_scan(name, out, progress, force=common.force)
    if not fetched.verified:
        print(f"note: {_unverified(fetched)}", file=sys.stderr)
    if common.json:
        print(json.dumps(_summary(fetched)))
        return
    print(f"scan:   {fetched.path}{'' if fetched.transferred else ' (was there already)'}")
    print(f"bytes:  {fetched.size}{f', {fetched.resumed_at} of them from before' if fetched.resumed_at else ''}")
    print(f"sha256: {fetched.sha256}")
    if fetched.verified:
        print(f"agrees with the checksum of {' and '.join(fetched.agrees_with)}")


def _unverified(fetched: "Fetched") -> str:
    from graineye.fetch import memory_of

    memory = memory_of(fetched.path).name
    if fetched.agrees_with:
        return f"{fetched.path} has the checksum of the fetch before ({memory}), but is unverified: its publisher gives none"
    return (
        f"{fetched.path} is unverified: its publisher gives no checksum; {memory} remembers this one for the next fetch"
    )


def _summary(fetched: "Fetched") -> dict[str, Any]:
    return {
        "scan": str(fetched.path),
        "bytes": fetched.size,
        "sha256": fetched.sha256,
        "verified": fetched.verified,
        "agrees_with": list(fetched.agrees_with),
        "transferred": fetched.transferred,
        "resumed_at": fetched.resumed_at,
    }


def _show_list(as_json: bool) -> None:
    from graineye.fetch import PUBLISHED

    if as_json:
        print(json.dumps({name: vars(entry) for name, entry in PUBLISHED.items()}))
        return
    width = max(map(len, PUBLISHED))
    for name, entry in PUBLISHED.items():
        print(f"{name:<{width}}  {entry.about}: {entry.file} of DOI {entry.doi}")
