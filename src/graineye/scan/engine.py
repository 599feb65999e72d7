"""The LiberTEM context that runs passes: threads of this process, one context for each number of them.

Numerics libraries get one thread each, because the passes already use every core.
"""

import atexit
import os
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TYPE_CHECKING

from graineye.errors import SettingsError

if TYPE_CHECKING:
    from libertem.api import Context


@cache
def thread_context(cpus: int | None = None) -> "Context":
    """A context whose passes run on `cpus` threads, by default one a core that this process may use.

    Raises
    ------
    SettingsError
        If `cpus` is less than 1.
    """
    from libertem.api import Context
    from libertem.executor.concurrent import ConcurrentJobExecutor

    if cpus is not None and cpus < 1:
        raise SettingsError(f"--cpus is {cpus}: it must be at least 1")
    threads = cpus or _usable_cores()
    executor = ConcurrentJobExecutor(client=ThreadPoolExecutor(threads), is_local=True)
    context = Context(executor=executor)
    atexit.register(context.close)
    return context


def _usable_cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def drop_waiting_work(context: "Context") -> None:
    """Forget the partitions that an interrupted pass has not begun; the context stays fit for use.

    LiberTEM leaves them queued, and Python would work them off before it ends.
    """
    executor = context.executor
    pool = getattr(executor, "client", None)
    if isinstance(pool, ThreadPoolExecutor):
        threads = pool._max_workers
        pool.shutdown(wait=False, cancel_futures=True)
        executor.client = ThreadPoolExecutor(threads)
