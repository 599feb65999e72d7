"""Contexts that run passes on a Dask cluster: one whose scheduler is named, or processes of this machine.

Before a scan is read, every worker is asked for its versions and whether it sees the scan's file.
"""

import atexit
import importlib.metadata
import io
import logging
import os
import platform
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from libertem.api import Context
from libertem.executor.dask import cluster_spec

from graineye.errors import ScanError, SettingsError
from graineye.scan.cluster_executor import ClusterExecutor

_SECONDS_TO_CONNECT = 5
_SECONDS_FOR_WORKERS = 30
_PACKAGES = ("libertem", "numpy", "numba", "h5py", "distributed")
_LOGGERS = ("distributed", "distributed.client", "distributed.gc", "tornado", "tornado.application")
_contexts: dict[str, Context] = {}


def cluster_context(cluster: str, cores: int) -> Context:
    """The context of a cluster, connected or started where it is not yet.

    Parameters
    ----------
    cluster
        tcp://host:port of a Dask scheduler, local, or local:N for N processes of this machine.
    cores
        Number of processes where none is given.

    Raises
    ------
    SettingsError
        If `cluster` is written otherwise.
    ScanError
        If no scheduler answers, it has no workers, or these have another version of graineye.
    """
    known = _contexts.get(cluster)
    if known is not None and known.executor.client.status == "running":
        return known
    kind, _, count = cluster.partition(":")
    if kind == "local":
        processes = int(count) if count.isdecimal() else 0 if ":" in cluster else cores
        if processes < 1:
            raise SettingsError(f"--cluster is {cluster!r}: write local:N with N processes, at least 1")
        executor = _started(processes, cluster)
    else:
        _check_address(cluster)
        executor = _connected(cluster)
    context = Context(executor=executor)
    atexit.register(context.close)
    _contexts[cluster] = context
    return context


def _check_address(cluster: str) -> None:
    try:
        parts = urlsplit(cluster)
        sound = parts.scheme in ("tcp", "tls") and parts.hostname and parts.port and not parts.path
    except ValueError:  # a port that is none
        sound = False
    if not sound:
        raise SettingsError(f"--cluster is {cluster!r}: write tcp://host:port, local, or local:N")


def _connected(address: str) -> ClusterExecutor:
    _quieten()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of versions, which are compared by check_workers
            executor: ClusterExecutor = ClusterExecutor.connect(
                address, client_kwargs={"timeout": _SECONDS_TO_CONNECT}, lt_resources=False, main_process_gpu=False
            )
    except (OSError, ValueError, ImportError) as error:
        raise ScanError(
            f"--cluster {address}: no Dask scheduler answers there: check host and port, or start one with dask scheduler"
        ) from error
    executor.name = f"--cluster {address}"
    try:
        executor.client.wait_for_workers(1, timeout=_SECONDS_FOR_WORKERS)
        executor.lt_resources = executor.has_libertem_resources()
    except OSError as error:
        executor.close()
        raise ScanError(f"--cluster {address}: the scheduler has no workers: start some with dask worker") from error
    return executor


def _started(processes: int, name: str) -> ClusterExecutor:
    """Processes of this machine, which nothing outside it can reach."""
    _quieten()
    level = logging.INFO if _debugging() else logging.CRITICAL
    loopback = {"host": "127.0.0.1", "dashboard_address": "127.0.0.1:0"}
    workers = cluster_spec(
        cpus=processes,
        cudas=(),
        has_cupy=False,
        num_service=0,
        # Dask counts mapped pages of the scan as the worker's memory and would stop or kill it.
        options={**loopback, "memory_limit": 0, "silence_logs": level},
        preload=("import os; os.dup2(2, 1)",),  # standard output is for results
    )
    from dask.distributed import Scheduler

    scheduler = {"cls": Scheduler, "options": {**loopback, "port": 0, "dashboard": False}}
    cluster = {"scheduler": scheduler, "silence_logs": level}
    try:
        with _silent_tracker():
            executor: ClusterExecutor = ClusterExecutor.make_local(
                spec=workers, cluster_kwargs=cluster, main_process_gpu=False
            )
    except (OSError, RuntimeError) as error:
        raise ScanError(
            f"--cluster {name}: its processes do not start ({error}): "
            "a script of one's own needs if __name__ == '__main__' around its work; else run without --cluster"
        ) from error
    executor.name = f"--cluster {name}"
    return executor


@contextmanager
def _silent_tracker() -> Iterator[None]:
    """Let Python's resource tracker, which starts here, tidy up after an interrupted command without a word."""
    before = os.environ.get("PYTHONWARNINGS")
    os.environ["PYTHONWARNINGS"] = ",".join(filter(None, (before, "ignore:resource_tracker:UserWarning")))
    try:
        yield
    finally:
        if before is None:
            del os.environ["PYTHONWARNINGS"]
        else:
            os.environ["PYTHONWARNINGS"] = before


def _debugging() -> bool:
    return logging.getLogger("graineye").isEnabledFor(logging.DEBUG)


def _quieten() -> None:
    """Keep the words of Dask and tornado to those who look for a fault; what concerns a user is said in one line."""
    if not _debugging():
        for name in _LOGGERS:
            logging.getLogger(name).setLevel(logging.CRITICAL)


def check_workers(executor: ClusterExecutor, path: Path) -> tuple[str, ...]:
    """Make sure that every worker has this graineye and sees the scan as this machine does.

    Parameters
    ----------
    executor
        Of the cluster.
    path
        The scan, an absolute path.

    Returns
    -------
    tuple of str
        What a user should know of versions that differ.

    Raises
    ------
    ScanError
        If a worker has another graineye or none, or another file at `path` or none.
    """
    ours = importlib.metadata.version("graineye")
    # Functions of the standard library are there wherever Dask is.
    for worker, version in _of_each(executor, importlib.metadata.version, "graineye").items():
        if version != ours:
            has = "no graineye" if isinstance(version, Exception) else f"graineye {version}"
            raise ScanError(f"worker {worker} has {has}, here is {ours}: install the same version on all machines")
    size = _bytes_seen(str(path))
    for worker, seen in _of_each(executor, _bytes_seen, str(path)).items():
        if isinstance(seen, OSError) and seen.errno is not None:
            raise ScanError(
                f"{path}: worker {worker} cannot read it ({seen.strerror}): put it on a file system that all machines share"
            )
        if isinstance(seen, int) and seen != size:
            raise ScanError(
                f"{path}: worker {worker} sees {seen} bytes, here are {size}: "
                "put one file on a file system that all machines share"
            )
    here, differing = _versions(), {}
    for worker, versions in _of_each(executor, _versions).items():
        if isinstance(versions, dict):
            differing.update({name: (worker, v) for name, v in versions.items() if v != here[name]})
    return tuple(
        f"worker {worker} has {name} {version}, here is {here[name]}: last digits of the result may differ"
        for name, (worker, version) in differing.items()
    )


def _of_each(executor: ClusterExecutor, function: Any, *args: Any) -> Mapping[str, Any]:
    """What `function` gives or raises on each worker, by the worker's address."""
    with executor.one_line():
        found: Mapping[str, Any] = executor.client.run(function, *args, on_error="return")
    return found


def _bytes_seen(path: str) -> int:
    """Size of a file that this process can read; 0 for a folder."""
    place = Path(path)
    if place.is_dir():
        next(place.iterdir(), None)
        return 0
    with place.open("rb") as file:
        file.read(1)
        return file.seek(0, io.SEEK_END)


def _versions() -> dict[str, str]:
    return {"Python": platform.python_version()} | {name: importlib.metadata.version(name) for name in _PACKAGES}
