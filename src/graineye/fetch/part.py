"""A transfer that is not whole yet: NAME.part, and beside it what the server said of the file that it belongs to.

So a later run can go on where an earlier one was broken off, and never joins pieces of two versions.
"""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

from graineye.errors import OutputError


@dataclass(frozen=True)
class Version:
    """Which bytes a server sends under an address."""

    url: str
    total: int | None = None
    """Bytes of the whole file."""
    etag: str = ""
    modified: str = ""

    @property
    def validator(self) -> str:
        """What If-Range may name: a strong ETag, else the date of the last change."""
        return self.etag if self.etag and not self.etag.startswith("W/") else self.modified


@dataclass(frozen=True)
class Part:
    """What has arrived of the file that will stand at `path`."""

    path: Path

    @property
    def file(self) -> Path:
        """The bytes that have arrived."""
        return self.path.with_name(f"{self.path.name}.part")

    @property
    def note(self) -> Path:
        """Where its `Version` is written down."""
        return self.path.with_name(f"{self.path.name}.part.json")

    @property
    def size(self) -> int:
        """Bytes that have arrived."""
        try:
            return self.file.stat().st_size
        except OSError:
            return 0

    def version(self) -> Version | None:
        """Of what has arrived; None if nothing has, or nobody knows of what it is a part."""
        try:
            values: Any = json.loads(self.note.read_text(encoding="utf-8"))
            version = Version(str(values["url"]), values["total"], str(values["etag"]), str(values["modified"]))
        except (OSError, ValueError, LookupError, TypeError):
            return None
        sound = version.total is None or (isinstance(version.total, int) and version.total >= self.size)
        return version if sound and self.size else None

    def begin(self, version: Version) -> None:
        """Forget what has arrived, and write down of which version the next bytes are."""
        self.drop()
        try:
            self.note.write_text(json.dumps(asdict(version)), encoding="utf-8")
        except OSError as error:
            raise OutputError(f"{self.note}: cannot be written ({error.strerror}): choose another folder") from error

    def drop(self) -> None:
        """Forget what has arrived."""
        # Cut off and not removed: the file is what `alone` holds. Bytes without a note are never gone on with.
        self.note.unlink(missing_ok=True)
        if self.size:
            os.truncate(self.file, 0)

    def finish(self) -> None:
        """Give the whole file its name."""
        try:
            with self.file.open("rb") as file:
                os.fsync(file.fileno())
            self.file.replace(self.path)
        except OSError as error:
            raise OutputError(
                f"{self.path}: cannot be written ({error.strerror}): {self.file.name} is whole"
            ) from error
        self.note.unlink(missing_ok=True)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep a second run from writing into the same part, where the system can lock files; leave no empty part.

        Raises
        ------
        OutputError
            If another run is at it, or the folder is not writable.
        """
        try:
            held = self.file.open("ab")
        except OSError as error:
            raise OutputError(f"{self.file}: cannot be written ({error.strerror}): choose another folder") from error
        with held:
            if not (_locked(held) and self._is(held)):
                raise OutputError(f"{self.path}: another graineye is fetching it: wait for that one")
            try:
                yield
            finally:
                if not self.size:
                    self.file.unlink(missing_ok=True)
                    self.note.unlink(missing_ok=True)

    def _is(self, held: IO[bytes]) -> bool:
        """Whether the part is still this file, and has not got its name meanwhile."""
        try:
            return os.path.samestat(os.fstat(held.fileno()), self.file.stat())
        except OSError:
            return False


def _locked(file: IO[bytes]) -> bool:
    """Whether no other process holds this file; it is held until it is closed."""
    try:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except (ImportError, OSError):  # a system or a file system without locks
        return True
    return True
