"""Files that appear under their name only when they are whole.

Each is written beside its place under a temporary name; whatever interrupts the writing leaves nothing half.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from graineye.errors import OutputError


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
