"""One run at a time writes the files of one scan into one folder.

The claim is a lock of the operating system, which ends with the process that holds it, however that ends.
"""

import contextlib
import os
import re
import shutil
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from graineye.errors import OutputError

if sys.platform != "win32":
    import fcntl


@contextmanager
def claimed(place: Path) -> Iterator[None]:
    """Let no other run write `place` while the block runs, and clear away what a killed one has left there.

    On file systems that know no locks the block runs without one: files are whole all the same.

    Raises
    ------
    OutputError
        If another run is at work on it.
    """
    if sys.platform == "win32":
        yield
        return
    lock = place.parent / f".{place.stem}.lock"
    try:
        handle = _locked(lock, place)
    except OSError as error:
        raise OutputError(f"{place}: cannot be written ({error.strerror}): choose another folder") from error
    if handle is None:
        yield
        return
    try:
        _clear_away(place)
        yield
    finally:
        # Before the lock ends: one who waits for it must not find the file of one who comes after.
        with contextlib.suppress(OSError):
            lock.unlink()
        os.close(handle)


def _locked(lock: Path, place: Path) -> int | None:
    """An open file that holds the lock; None where there are no locks."""
    while True:
        handle = os.open(lock, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            owner = os.read(handle, 200).decode(errors="replace").strip()
            os.close(handle)
            raise OutputError(
                f"{place}: another run is writing it ({owner or 'just begun'}): wait for its end, or choose another folder"
            ) from None
        except OSError:
            os.close(handle)
            lock.unlink(missing_ok=True)
            return None
        if _is_the_file_at(lock, handle):
            with contextlib.suppress(OSError):  # a full disk
                os.truncate(handle, 0)
                os.write(handle, f"process {os.getpid()} on {socket.gethostname()}\n".encode())
            return handle
        os.close(handle)  # its owner has just removed it


def _is_the_file_at(path: Path, handle: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(handle))
    except FileNotFoundError:
        return False


def _clear_away(place: Path) -> None:
    """Remove what a run that was killed has left: nobody else writes these while the claim is held."""
    left = re.compile(rf"\.{re.escape(place.stem)}\.[^.]+\.part")
    for path in place.parent.iterdir():
        if left.fullmatch(path.name) and path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
