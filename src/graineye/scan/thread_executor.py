"""LiberTEM's executor of threads, made to work only so far ahead that the results of partitions never pile up.

LiberTEM's own begins all partitions at once and keeps what they give until the pass ends: several GB where they are
patterns of regions, or where joining results takes longer than computing them.
"""

from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from itertools import islice
from typing import Any

from libertem.common.executor import JobCancelledError, SimpleWorkerQueue
from libertem.executor.concurrent import ConcurrentJobExecutor

_AHEAD = 3
"""Partitions a thread that are begun, or whose results wait to be taken."""


class ThreadExecutor(ConcurrentJobExecutor):  # type: ignore[misc]  # LiberTEM is untyped
    """Runs passes on so many threads of this process."""

    def __init__(self, threads: int) -> None:
        super().__init__(client=ThreadPoolExecutor(threads), is_local=True)
        self._most = _AHEAD * threads

    def run_tasks(
        self, tasks: Any, params_handle: Any, cancel_id: Any, task_comm_handler: Any
    ) -> Iterator[tuple[Any, Any]]:
        """Results and tasks as they are done."""
        tasks = list(tasks)
        messages, to_begin = SimpleWorkerQueue(), iter(enumerate(tasks))
        begun: set[Future[Any]] = set()
        self._futures[cancel_id] = begun
        with task_comm_handler.monitor(messages):
            try:
                while True:
                    for number, task in islice(to_begin, self._most - len(begun)):
                        begun.add(self._get_future(task, number, params_handle, messages))
                    if not begun:
                        return
                    done = wait(begun, return_when=FIRST_COMPLETED).done
                    begun -= done
                    while done:
                        yield self._taken(done.pop(), tasks)
            finally:
                for future in begun:
                    future.cancel()
                self._futures.pop(cancel_id, None)

    @staticmethod
    def _taken(future: "Future[Any]", tasks: list[Any]) -> tuple[Any, Any]:
        if future.cancelled():
            raise JobCancelledError
        found = future.result()
        return found["task_result"], tasks[found["task_id"]]
