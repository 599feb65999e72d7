"""Published scans by short name or DOI: found, transferred, resumed where a transfer broke off, and verified.

`fetch` is the way in; nothing stands under a scan's name before its bytes agree with every checksum that is known.
"""

from dataclasses import dataclass
from pathlib import Path

from graineye.fetch.failures import FetchError, Patience
from graineye.fetch.part import Part
from graineye.fetch.records import PUBLISHED, Published, locate, published
from graineye.fetch.transferring import transfer
from graineye.fetch.verifying import LISTED, REMEMBERED, Known, check, known_checksums, memory_of, remember, sha256_of
from graineye.progress import Progress, silent
from graineye.whole_file import check_place

__all__ = ["PUBLISHED", "FetchError", "Fetched", "Patience", "Published", "fetch", "memory_of"]


@dataclass(frozen=True)
class Fetched:
    """A file that was fetched, or was there already."""

    path: Path
    size: int
    """Bytes."""
    sha256: str
    """Its checksum, as hexadecimal digits."""
    agrees_with: tuple[str, ...]
    """Who gives a checksum that it has; empty if nobody gives any."""
    transferred: bool
    """False if it was there already."""
    resumed_at: int = 0
    """Bytes that an earlier, broken transfer had left."""

    @property
    def verified(self) -> bool:
        """Whether its publisher, or graineye's list, gives a checksum; what an earlier fetch gave verifies nothing."""
        return bool(set(self.agrees_with) - {REMEMBERED})


def fetch(
    what: str,
    folder: str | Path = ".",
    progress: Progress = silent,
    *,
    force: bool = False,
    patience: Patience = Patience(),  # noqa: B008
) -> Fetched:
    """Fetch a published scan into a folder.

    Parameters
    ----------
    what
        Its short name in `PUBLISHED`; or a DOI, followed by /FILE where it stands for several files.
    folder
        Where to write; a broken transfer leaves NAME.part there, from which the next one goes on.
    progress
        Called with the megabytes that are there.
    force
        Whether to fetch it where a file of its name is there.
    patience
        How long to wait for a server.

    Returns
    -------
    Fetched

    Raises
    ------
    FetchError
        If it cannot be found or transferred, or is not what was published.
    OutputError
        If it cannot be written.
    """
    folder = Path(folder)
    entry = published(what)
    check_place(folder / (entry.file or "scan"), force=True)
    # What is there and known needs no network.
    if entry.file and not force and (there := _there(folder / entry.file, entry.checksum)):
        return there
    download = locate(entry, patience)
    path = folder / download.file
    if not force and (there := _there(path, entry.checksum, download.checksum)):
        return there
    check_place(path, force=force)
    known = known_checksums(path, entry.checksum, download.checksum)
    part = Part(path)
    with part.alone():
        resumed_at = transfer(download.url, part, progress, patience, trust_size=bool(known))
        try:
            check(part.file, path, known)
        except FetchError:
            part.drop()
            raise
        part.finish()
    return _fetched(path, known, resumed_at)


def _there(path: Path, listed: str, archive: str = "") -> Fetched | None:
    """The file, if it is there already and known to be whole."""
    known = known_checksums(path, listed, archive)
    if not known or not path.is_file():
        return None
    try:
        check(path, path, known)
    except FetchError as error:
        raise FetchError(f"{error} (it is there already; --force replaces it)") from error
    return _fetched(path, known)


def _fetched(path: Path, known: tuple[Known, ...], resumed_at: int | None = None) -> Fetched:
    sha256 = sha256_of(path)
    if LISTED not in {expected.source for expected in known}:
        remember(path, sha256)
    return Fetched(
        path=path,
        size=path.stat().st_size,
        sha256=sha256,
        agrees_with=tuple(expected.source for expected in known),
        transferred=resumed_at is not None,
        resumed_at=resumed_at or 0,
    )
