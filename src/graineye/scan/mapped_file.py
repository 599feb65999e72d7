"""A file mapped into memory once, for as long as a scan is used, so that only the first pass over it pays for its pages."""

import errno
import mmap
import sys
from pathlib import Path
from threading import Lock
from typing import Any

_POPULATE_READ = 22
"""Linux's MADV_POPULATE_READ, which Python does not name: maps a range at once, twice as fast as page by page."""


class MappedFile:
    """A file's bytes; it is mapped when they are first asked for, and anew in each process that it is sent to.

    Parameters
    ----------
    path
        The file.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self._mapped: mmap.mmap | None = None
        self._fetched: set[tuple[int, int]] = set()
        self._lock = Lock()

    def __reduce__(self) -> tuple[Any, ...]:
        return MappedFile, (self._path,)

    def bytes_with(self, begin: int, end: int) -> mmap.mmap:
        """The whole file's bytes, those from `begin` to `end` fetched.

        Raises
        ------
        OSError
            If the file ends before.
        """
        if Path(self._path).stat().st_size < end:
            raise OSError(f"the file ends before byte {end}")
        with self._lock:
            if self._mapped is None or len(self._mapped) < end:
                with Path(self._path).open("rb") as file:
                    self._mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        mapped = self._mapped
        if (begin, end) not in self._fetched:
            _fetch(mapped, begin - begin % mmap.PAGESIZE, end)
            self._fetched.add((begin, end))
        return mapped


def _fetch(mapped: mmap.mmap, begin: int, end: int) -> None:
    """Map these pages where the system can do so in one go; else each is mapped when it is touched."""
    if sys.platform != "linux":
        return
    try:
        mapped.madvise(_POPULATE_READ, begin, end - begin)
    except OSError as error:
        if error.errno == errno.EFAULT:
            raise OSError(f"the file cannot be read before byte {end}") from error
