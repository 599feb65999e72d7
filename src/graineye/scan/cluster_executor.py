"""LiberTEM's Dask executor, made to outlive the loss of a worker and to say in one line what it cannot outlive.

LiberTEM ties each partition to a host, gives a worker one at a time however many threads it has, and waits for ever
where all workers are gone; here any worker takes any partition.
"""

import uuid
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager
from itertools import islice
from time import monotonic
from typing import Any

from distributed import wait
from distributed.scheduler import KilledWorker
from libertem.executor.dask import DaskJobExecutor, _run_task

from graineye.errors import ScanError

Future = Any
_wait: Any = wait  # half of Dask is untyped

PATIENCE = 10.0
"""Seconds without any worker until a pass is given up; what starts workers again may take a while."""


def _run_partition(task: Any, params: Any, index: int, threaded: bool) -> dict[str, Any]:
    """LiberTEM's work on one partition, on a worker."""
    import hdf5plugin  # noqa: F401  # registers its filters with HDF5: nothing else does so on a worker

    result: dict[str, Any] = _run_task(task, params, index, threaded, None)
    return result


class ClusterExecutor(DaskJobExecutor):  # type: ignore[misc]  # LiberTEM is untyped
    """Runs passes on the workers of a Dask cluster; everything else, as opening files, on this machine.

    `name` is what the user calls the cluster.
    """

    name = "the cluster"

    def run_function(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Call `fn` in this process, which sees the file as the workers do."""
        return fn(*args, **kwargs)

    @contextmanager
    def scatter(self, obj: Any) -> Iterator[str]:
        """Send `obj` once to every worker; what is given is the name that tasks know it by."""
        handle = str(uuid.uuid4())
        with self.one_line():
            self._scatter_map[handle] = self.client.scatter(obj, broadcast=True, hash=False)
        try:
            yield handle
        finally:
            self._scatter_map.pop(handle, None)

    def run_tasks(
        self, tasks: Any, params_handle: str, cancel_id: Any, task_comm_handler: Any
    ) -> Generator[tuple[Any, Any], None, None]:
        """Give each task's result with the task, in the order of finishing.

        Raises
        ------
        ScanError
            If no worker is left, the scheduler is gone, or workers die of a partition again and again.
        """
        tasks = list(tasks)
        with self.one_line():
            workers = self.get_available_workers()
        threaded = workers.has_threaded_workers()
        waiting = iter(enumerate(tasks))
        at_work: set[Future] = set()

        def submit(count: int) -> None:
            for index, task in islice(waiting, count):
                given = (self._scatter_map[params_handle], index, threaded)
                resources = task.get_resources()
                at_work.add(self._future_for_location(task, None, resources, workers, given, wrap_fn=_run_partition))

        try:
            with self.one_line():
                submit(2 * workers.concurrency())  # the next partition is there when one is done
            while at_work:
                for future in self._finished(at_work):
                    at_work.remove(future)
                    result = self._result(future)
                    with self.one_line():
                        submit(1)
                    yield result["task_result"], tasks[result["task_id"]]
        finally:
            for future in at_work:  # an interrupted pass leaves nothing queued on the cluster
                future.release()

    def _finished(self, futures: set[Future]) -> set[Future]:
        """Those that are done, at least one."""
        alone_since: float | None = None
        while True:
            try:
                with self.one_line(TimeoutError), self.client.as_current():
                    return set(_wait(list(futures), timeout=1, return_when="FIRST_COMPLETED").done)
            except TimeoutError:
                alone_since = self._still_there(alone_since)

    def _result(self, future: Future) -> dict[str, Any]:
        """The result of a finished task; an exception of its own is raised as it is."""
        alone_since: float | None = None
        while True:
            if future.status == "error" and (error := future.exception(timeout=PATIENCE)) is not None:
                with self.one_line(OSError):
                    raise error
            try:
                with self.one_line(TimeoutError):
                    result: dict[str, Any] = future.result(timeout=1)
                    return result
            except TimeoutError:  # its worker has died meanwhile: another works it out again
                if future.status != "error":
                    alone_since = self._still_there(alone_since)

    def _still_there(self, alone_since: float | None) -> float | None:
        """Since when there is no worker; None while there is one."""
        with self.one_line():
            if self.client.status == "running" and self.client.nthreads():
                return None
        alone_since = alone_since or monotonic()
        if self.client.status != "running" or monotonic() - alone_since > PATIENCE:
            raise self._lost()
        return alone_since

    def _lost(self) -> ScanError:
        if self.client.status != "running":
            return ScanError(f"{self.name}: the scheduler is gone: start the cluster and run again")
        return ScanError(
            f"{self.name}: all workers are gone or were started anew: look for the reason in their logs (memory?), and run again"
        )

    @contextmanager
    def one_line(self, *let_through: type[Exception]) -> Iterator[None]:
        """Say in one line what Dask raises where the cluster, not the work, has failed."""
        try:
            yield
        except let_through:
            raise
        except KilledWorker as error:
            raise ScanError(
                f"{self.name}: workers died of one partition again and again: have they enough memory? see their logs"
            ) from error
        except (CancelledError, OSError) as error:  # lost connections, timeouts, and what they took with them
            raise self._lost() from error
