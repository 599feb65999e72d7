"""The LiberTEM context that runs passes: threads of this process, or a Dask cluster.

Numerics libraries get one thread each, because the passes already use every core.
"""

import atexit
import os
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from graineye.errors import SettingsError

if TYPE_CHECKING:
    from libertem.api import Context


def context_of(cpus: int | None = None, cluster: str | None = None) -> "Context":
    """The context that runs passes as asked for.

    Parameters
    ----------
    cpus
        Threads of this process; by default one a core that it may use.
    cluster
        Where passes run instead: tcp://host:port of a Dask scheduler, or local or local:N for processes of this machine.

    Raises
    ------
    SettingsError
        If the two contradict each other, or one is out of range.
    ScanError
        If the cluster cannot be reached or has no workers.
    """
    if cluster is None:
        return thread_context(cpus)
    if cpus is not None:
        raise SettingsError("--cpus is for threads: leave it out with --cluster, or write --cluster local:N")
    from graineye.scan.cluster import cluster_context

    return cluster_context(cluster, _usable_cores())


def check_workers(context: "Context", path: Path) -> tuple[str, ...]:
    """Make sure that whatever runs passes can read the scan; give what a user should know of it.

    Raises
    ------
    ScanError
        If a worker of a cluster sees no such file or another one, or has another graineye.
    """
    from libertem.executor.concurrent import ConcurrentJobExecutor

    if isinstance(context.executor, ConcurrentJobExecutor):  # threads see what this process sees
        return ()
    from graineye.scan import cluster

    return cluster.check_workers(context.executor, path)


@cache
def thread_context(cpus: int | None = None) -> "Context":
    """A context whose passes run on `cpus` threads, by default one a core that this process may use.

    Raises
    ------
    SettingsError
        If `cpus` is less than 1.
    """
    from libertem.api import Context

    from graineye.scan.thread_executor import ThreadExecutor

    if cpus is not None and cpus < 1:
        raise SettingsError(f"--cpus is {cpus}: it must be at least 1")
    threads = cpus or _usable_cores()
    executor = ThreadExecutor(threads)
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
