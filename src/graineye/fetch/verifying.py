"""Whether the bytes that came are those that were published: by their start, and by every checksum that is known.

Where none is known, the checksum of the first fetch is kept beside the file, for the next one to compare with.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from graineye.errors import OutputError
from graineye.fetch.failures import FetchError

_HDF5_SIGNATURE = b"\x89HDF\r\n\x1a\n"
_HDF5_SUFFIXES = {".h5", ".hdf5", ".emd", ".hspy", ".nxs"}
_PAGES = (b"<!doctype html", b"<html")
_DIGITS = 64
LISTED = "graineye's list"
REMEMBERED = "the fetch before"


@dataclass(frozen=True)
class Known:
    """A checksum, as ALGORITHM:DIGITS, and who says so."""

    checksum: str
    source: str


def memory_of(path: Path) -> Path:
    """Where the checksum of a fetched file is remembered, in the form that `sha256sum --check` reads."""
    return path.with_name(f"{path.name}.sha256")


def known_checksums(path: Path, listed: str, archive: str = "") -> tuple[Known, ...]:
    """What is known of a file before it comes.

    Parameters
    ----------
    path
        Where it will stand.
    listed, archive
        Checksums of graineye's own list and of the archive; empty where unknown.
    """
    return tuple(_known(path, listed, archive))


def _known(path: Path, listed: str, archive: str) -> Iterator[Known]:
    if listed:
        yield Known(listed, LISTED)
    if archive:
        yield Known(archive, "the archive")
    try:
        digits = memory_of(path).read_text(encoding="ascii").split(maxsplit=1)[0].lower()
    except (OSError, ValueError, IndexError):
        return
    if len(digits) == _DIGITS and set(digits) <= set("0123456789abcdef"):
        yield Known(f"sha256:{digits}", REMEMBERED)


def remember(path: Path, sha256: str) -> None:
    """Keep the checksum beside the file.

    Raises
    ------
    OutputError
        If it cannot be written.
    """
    try:
        memory_of(path).write_text(f"{sha256}  {path.name}\n", encoding="utf-8")
    except OSError as error:
        raise OutputError(
            f"{memory_of(path)}: cannot be written ({error.strerror}): make room, or choose another folder"
        ) from error


def sha256_of(path: Path) -> str:
    """A file's SHA-256, as hexadecimal digits."""
    import pooch

    return str(pooch.file_hash(str(path), alg="sha256"))


def check(file: Path, path: Path, known: tuple[Known, ...]) -> None:
    """Compare a file with every checksum that is known.

    Parameters
    ----------
    file
        Where its bytes are.
    path
        Where it will stand, for the message.
    known
        Checksums.

    Raises
    ------
    FetchError
        If one of them differs.
    """
    import pooch

    for expected in known:
        try:
            same = pooch.hashes.hash_matches(str(file), expected.checksum)
        except ValueError as error:
            raise FetchError(f"{path}: {expected.source} gives a checksum that is not understood ({error})") from error
        if same:
            continue
        if expected.source == REMEMBERED:
            raise FetchError(
                f"{path}: not the bytes of {REMEMBERED}: if the new ones are right, remove {memory_of(path).name}"
            )
        raise FetchError(
            f"{path}: wrong bytes: {expected.source} says {expected.checksum}, and they are others: fetch it anew"
        )


def refuse_wrong_start(what: str, name: str, start: bytes, content_type: str) -> None:
    """Refuse a page in a scan's place, and what is no HDF5 under such a name.

    Parameters
    ----------
    what
        Address, for the message.
    name
        Of the file.
    start
        Its first bytes, as many as there are up to a few thousand.
    content_type
        What the server calls it.

    Raises
    ------
    FetchError
        If it is not what its name says.
    """
    html = content_type.lower().startswith(("text/html", "application/xhtml"))
    if html or start.lstrip().lower().startswith(_PAGES):
        raise FetchError(
            f"{what}: the server sends a web page instead of {name}: try again later, or download it by hand"
        )
    # The signature may stand behind a user block of a power of two from 512 bytes on.
    places = [0, *(512 << i for i in range(16) if 512 << i < len(start))]
    if Path(name).suffix.lower() in _HDF5_SUFFIXES and not any(
        start[place : place + len(_HDF5_SIGNATURE)] == _HDF5_SIGNATURE for place in places
    ):
        raise FetchError(f"{what}: the server sends something else than the HDF5 file {name}: try again later")
