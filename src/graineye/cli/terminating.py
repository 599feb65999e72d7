"""A run that is told to end, by a batch system or a closed terminal, ends like one that is interrupted.

Signals become an exception in the main thread, so that every file that is not whole is removed on the way out.
"""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class Terminated(KeyboardInterrupt):
    """The run was told to end by a signal; `code` is the exit code that says so."""

    def __init__(self, signum: int) -> None:
        super().__init__(signal.Signals(signum).name)
        self.code = 128 + signum


@contextmanager
def terminable() -> Iterator[None]:
    """Raise `Terminated` in the block on SIGTERM, and on SIGHUP unless it is ignored (nohup)."""
    if threading.current_thread() is not threading.main_thread():  # only the main thread may set handlers
        yield
        return
    names = [name for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    before = {signum: signal.getsignal(signum) for signum in (getattr(signal, name) for name in names)}
    ours = [signum for signum, handler in before.items() if handler is signal.SIG_DFL]
    for signum in ours:
        signal.signal(signum, _terminate)
    try:
        yield
    finally:
        for signum in ours:
            signal.signal(signum, before[signum])


def _terminate(signum: int, _: FrameType | None) -> None:
    raise Terminated(signum)
