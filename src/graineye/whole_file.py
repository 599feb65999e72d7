"""Files that appear under their name only when they are whole.

Each is written beside its place under a temporary name; whatever interrupts the writing leaves nothing half.
"""

import io
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from graineye.errors import OutputError

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer as Buffer

_LONGEST_NAME = 230
"""Bytes; file systems take 255, and a temporary name is longer than the one that a file gets in the end."""


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """A temporary path beside `path` that takes its name when the block ends well, and is removed when it does not.

    Raises
    ------
    OutputError
        If it cannot be written.
    """
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
        os.close(handle)
    except OSError as error:
        raise OutputError(f"{path}: cannot be written ({error.strerror}): choose another folder") from error
    temporary = Path(name)
    try:
        yield temporary
        # Temporary files are private; the result is as readable as any file the user makes.
        umask = os.umask(0)
        os.umask(umask)
        temporary.chmod(0o666 & ~umask)
        temporary.replace(path)
    except OSError as error:
        raise OutputError(f"{path}: cannot be written ({error}): is the disk full?") from error
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def whole_files(*places: Path) -> Iterator[tuple[Path, ...]]:
    """Temporary paths for files of one folder that take their places together when the block ends well.

    They keep their names, in a folder beside their places that is removed in any case; the first takes its place last,
    so that where it is, the others are.

    Raises
    ------
    OutputError
        If they cannot be written.
    """
    first = places[0]
    try:
        folder = Path(tempfile.mkdtemp(prefix=f".{first.stem}.", suffix=".part", dir=first.parent))
    except OSError as error:
        raise OutputError(f"{first}: cannot be written ({error.strerror}): choose another folder") from error
    temporary = tuple(folder / place.name for place in places)
    try:
        yield temporary
        for part, place in zip(reversed(temporary), reversed(places), strict=True):
            part.replace(place)
    except OutputError as error:  # words of a file in the temporary folder, of which a user knows nothing
        said = str(error)
        for part, place in zip(temporary, places, strict=True):
            said = said.replace(str(part), str(place))
        raise OutputError(said) from error
    except OSError as error:
        raise OutputError(f"{first}: cannot be written ({error}): is the disk full?") from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def check_place(path: Path, needed: int = 0, force: bool = False) -> None:
    """Say before long work that a file cannot be written.

    Parameters
    ----------
    path
        Of the file to be written.
    needed
        Bytes that it will take at most.
    force
        Whether an existing file may be replaced.

    Raises
    ------
    OutputError
        If its folder is missing, not writable or too full, or the file exists and may not be replaced.
    """
    folder = path.parent
    if len(os.fsencode(path.name)) > _LONGEST_NAME:
        raise OutputError(f"{path}: its name is longer than {_LONGEST_NAME} bytes: rename the scan")
    if not folder.is_dir():
        raise OutputError(f"{path}: there is no folder {folder}: make it, or choose another one")
    if not os.access(folder, os.W_OK):
        raise OutputError(f"{path}: {folder} is not writable: choose another folder")
    if path.is_dir():
        raise OutputError(f"{path}: is a folder: choose another name")
    if path.exists() and not force:
        raise OutputError(f"{path}: exists already: give --force to replace it, or choose another folder")
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise OutputError(
            f"{path}: takes up to {needed / 1e6:.0f} MB, {free / 1e6:.0f} MB are free in {folder}: make room, or choose another"
        )


def reserve(folder: Path, needed: int) -> None:
    """Make sure that so many bytes can be written into a folder now, whatever limits: the disk, a quota, the system.

    Raises
    ------
    OSError
        If they cannot.
    """
    with tempfile.TemporaryFile(dir=folder, prefix=".", suffix=".part") as file:
        if hasattr(os, "posix_fallocate"):
            os.posix_fallocate(file.fileno(), 0, needed)


@contextmanager
def file_for_hdf5(path: Path) -> Iterator[io.RawIOBase]:
    """An existing file for `h5py.File` to write, which lets HDF5 meet no full disk.

    HDF5 cannot give up a file that it fails to close, and brings down the process when the next one is opened. So what
    cannot be written is dropped, and told when the block ends.

    Raises
    ------
    OSError
        If something could not be written.
    """
    with path.open("r+b", buffering=0) as raw:
        patient = _Patient(raw)
        try:
            yield patient
        except Exception as error:
            if patient.error is None:
                raise
            # Else it is what HDF5 says when it reads what was dropped.
            raise patient.error from error
        if patient.error is not None:
            raise patient.error


class _Patient(io.RawIOBase):
    """Passes on to a file until it fails; from then on it takes everything and keeps nothing."""

    def __init__(self, raw: io.FileIO) -> None:
        self._raw = raw
        self.error: OSError | None = None

    def readable(self) -> bool:
        return True

    def writable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        return self._raw.seek(offset, whence)

    def readinto(self, buffer: "Buffer", /) -> int:
        view = memoryview(buffer).cast("B")
        count = self._raw.readinto(view) or 0
        view[count:] = bytes(len(view) - count)  # beyond the end, as HDF5 expects it
        return len(view)

    def write(self, data: "Buffer", /) -> int:
        view = memoryview(data).cast("B")
        size = len(view)
        try:
            while self.error is None and len(view):
                view = view[self._raw.write(view) :]
        except OSError as error:
            self.error = error
        return size

    def truncate(self, size: int | None = None, /) -> int:
        try:
            if self.error is None:
                return self._raw.truncate(size)
        except OSError as error:
            self.error = error
        return size or 0

    def flush(self) -> None:
        """Nothing waits."""
