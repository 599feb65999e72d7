"""The log of a run, for jobs that nobody watches: plain lines with time and process, appended as things happen.

Every line is written at once and by itself, so that jobs may share a log and a job that is killed leaves its last word.
"""

import faulthandler
import importlib.metadata
import os
import platform
import socket
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from time import monotonic

from graineye.batch.text import printable
from graineye.errors import OutputError
from graineye.progress import Progress

_PACKAGES = ("graineye", "libertem", "numpy", "numba", "h5py")


class RunLog:
    """Lines appended to a file; without a file, nothing happens."""

    def __init__(self, path: Path | None = None) -> None:
        """Append to `path`.

        Raises
        ------
        OutputError
            If it cannot be written.
        """
        self._path = path
        self._handle: int | None = None
        if path is None:
            return
        self._who = f"{socket.gethostname()}[{os.getpid()}]"
        try:
            self._handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)
        except OSError as error:
            raise OutputError(f"{path}: the log cannot be written ({error.strerror}): choose another place") from error

    @property
    def handle(self) -> int | None:
        """Number of the open file; None where there is none."""
        return self._handle

    def write(self, text: str) -> None:
        """Append one line; where that fails, the run goes on without a log."""
        if self._handle is None:
            return
        now = datetime.now().astimezone().isoformat(timespec="milliseconds")
        line = f"{now} {self._who} {printable(text)}\n"
        try:
            os.write(self._handle, line.encode("utf-8", "backslashreplace"))
        except OSError as error:
            self.close()
            print(f"graineye: {self._path}: the log ends here ({error.strerror})", file=sys.stderr, flush=True)  # noqa: T201

    def close(self) -> None:
        """Write no more."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None

    def stages(self, progress: Progress) -> Progress:
        """`progress`, and a line for every pass that ends."""
        begun: dict[str, float] = {}

        def logging(stage: str, done: int, total: int) -> None:
            progress(stage, done, total)
            if done < total:
                begun.setdefault(stage, monotonic())
            elif stage in begun:
                self.write(f"{stage}: {total} frames in {monotonic() - begun.pop(stage):.1f} s")

        return logging if self._handle is not None else progress


@contextmanager
def logged(path: Path | None) -> Iterator[RunLog]:
    """A log that tells when the run began and how it ended, versions, and every warning of any library.

    Raises
    ------
    OutputError
        If it cannot be written.
    """
    log = RunLog(path)
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in _PACKAGES)
    log.write(f"run began: {versions}, Python {platform.python_version()}, {platform.platform()}")
    log.write(f"command: {' '.join(sys.argv)}")
    log.write(f"folder: {Path.cwd()}")
    try:
        with _warnings_to(log), _crashes_to(log):
            yield log
    except SystemExit as end:
        log.write(f"run ended, exit code {end.code}")
        raise
    except BaseException as error:
        log.write(f"run ended: {type(error).__name__}: {error}")
        raise
    else:
        log.write("run ended, exit code 0")
    finally:
        log.close()


@contextmanager
def _crashes_to(log: RunLog) -> Iterator[None]:
    """What Python says when the system kills it, such as a bus error where a mapped file was cut off, goes to the log."""
    handle = log.handle
    if handle is None or faulthandler.is_enabled():
        yield
        return
    faulthandler.enable(handle)
    try:
        yield
    finally:
        faulthandler.disable()


@contextmanager
def _warnings_to(log: RunLog) -> Iterator[None]:
    shown = warnings.showwarning

    def show(
        message: Warning | str, category: type[Warning], filename: str, lineno: int, *rest: object, **more: object
    ) -> None:
        log.write(f"warning: {category.__name__}: {message} ({filename}:{lineno})")
        shown(message, category, filename, lineno, *rest, **more)  # type: ignore[arg-type]

    warnings.showwarning = show
    try:
        yield
    finally:
        warnings.showwarning = shown
