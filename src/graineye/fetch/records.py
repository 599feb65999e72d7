"""Which scans are published, and where an archive keeps the file that a short name or DOI stands for.

Names of files come from archives: they are taken as names in a folder, never as paths.
"""

import difflib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from graineye.fetch.failures import FetchError, Patience, TryAgain, check_status, persistently

if TYPE_CHECKING:
    import requests

_DOI = re.compile(r"(?:doi:|https?://(?:dx\.)?doi\.org/)?(?P<doi>10\.\d{4,9}/[^/\s]+)(?:/(?P<file>.+))?", re.IGNORECASE)
_SHOWN = 20


@dataclass(frozen=True)
class Published:
    """A file of a published record."""

    doi: str
    file: str
    """Its name there; empty: the record's only one."""
    checksum: str = ""
    """As ALGORITHM:DIGITS; empty where it is not known."""
    about: str = ""
    """What it shows, in a few words."""


PUBLISHED = {
    "bullseye": Published(
        "10.5281/zenodo.3592520",
        "calibrationData_bullseyeProbe.h5",
        about="polycrystalline gold, bullseye probe, 100 x 84 frames of 250 x 250 px (the published notebook's scan)",
    ),
    "circular": Published(
        "10.5281/zenodo.3592520",
        "calibrationData_circularProbe.h5",
        about="its sister with the plain circular probe",
    ),
}
"""The published scans by their short names."""


@dataclass(frozen=True)
class Download:
    """Where a file is to be had."""

    url: str
    file: str
    checksum: str
    """What the archive says, as ALGORITHM:DIGITS; empty if it says nothing."""


def published(what: str) -> Published:
    """The file that a short name, or a DOI with or without /FILE, stands for.

    Raises
    ------
    FetchError
        If it is neither.
    """
    if what in PUBLISHED:
        return PUBLISHED[what]
    match = _DOI.fullmatch(what.strip())
    if match is None:
        near = difflib.get_close_matches(what.lower(), PUBLISHED, n=1)
        remedy = f"did you mean {near[0]}?" if near else f"there are {', '.join(PUBLISHED)}; or give a DOI, 10.5281/..."
        raise FetchError(f"{what}: no published scan of this name: {remedy}")
    asked = Published(match["doi"].lower(), safe_name(match["file"]) if match["file"] else "")
    same = (entry for entry in PUBLISHED.values() if (entry.doi, entry.file) == (asked.doi, asked.file))
    return next(same, asked)


def locate(entry: Published, patience: Patience) -> Download:
    """Ask the archive for the address and the checksum of a file.

    Raises
    ------
    FetchError
        If it does not answer, has no such record or file, or the record has several and none is named.
    """
    return persistently(lambda: _located(entry, patience), patience)


def _located(entry: Published, patience: Patience) -> Download:
    import pooch
    import requests
    from pooch.downloaders import doi_to_repository

    def look(response: "requests.Response", *_: Any, **__: Any) -> None:
        check_status(response, f"DOI {entry.doi}", patience)

    try:
        archive: Any = doi_to_repository(entry.doi, timeout=patience.timeout, hooks={"response": look})
        record = pooch.create(path=".", base_url=f"doi:{entry.doi}/")
        archive.populate_registry(record)
        name = _chosen(entry, tuple(record.registry))
        return Download(archive.download_url(name), safe_name(name), record.registry[name] or "")
    except requests.exceptions.JSONDecodeError as error:
        raise FetchError(f"DOI {entry.doi}: the archive's answer is not understood: try again later") from error
    except requests.RequestException as error:
        raise TryAgain(f"DOI {entry.doi}: no connection to the archive ({type(error).__name__})") from error
    except (ValueError, LookupError, TypeError, AttributeError) as error:  # of an answer of another form
        raise FetchError(f"DOI {entry.doi}: no archive that is known here ({error}): download it by hand") from error


def _chosen(entry: Published, names: tuple[str, ...]) -> str:
    if entry.file in names:
        return entry.file
    if not entry.file and len(names) == 1:
        return names[0]
    shown = ", ".join(sorted(names)[:_SHOWN]) + (f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else "")
    if entry.file:
        raise FetchError(f"DOI {entry.doi}: holds no {entry.file}: it has {shown or 'no files'}")
    raise FetchError(f"DOI {entry.doi}: holds {len(names)} files: name one as {entry.doi}/FILE, of {shown or 'none'}")


def safe_name(name: str) -> str:
    """A file's name from an archive, if it is one and nothing else.

    Raises
    ------
    FetchError
        If it is a path, hidden, or holds characters that are no text.
    """
    if not name or name.startswith(".") or not name.isprintable() or set(name) & set('/\\:*?"<>|'):
        raise FetchError(f"{name!r}: not a name that a file should have: download it by hand")
    return name
