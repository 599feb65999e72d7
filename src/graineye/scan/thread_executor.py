"""LiberTEM's executor of threads, made to forget each partition's result as soon as it is taken.

LiberTEM's own keeps the results of all partitions until a pass ends: several GB where they are patterns of regions.
"""

from collections.abc import Iterator
from typing import Any

from libertem.executor.concurrent import ConcurrentJobExecutor

_EVERY = 8
"""Partitions between two looks at which are done."""


class ThreadExecutor(ConcurrentJobExecutor):  # type: ignore[misc]  # LiberTEM is untyped
    """Runs passes on threads of this process."""

    def run_tasks(
        self, tasks: Any, params_handle: Any, cancel_id: Any, task_comm_handler: Any
    ) -> Iterator[tuple[Any, Any]]:
        """Results and tasks as they are done."""
        found = super().run_tasks(tasks, params_handle, cancel_id, task_comm_handler)
        for count, result_and_task in enumerate(found, 1):
            yield result_and_task
            if count % _EVERY == 0 and cancel_id in self._futures:
                # What is done but not yet taken is held by the iterator itself.
                self._futures[cancel_id] = [future for future in self._futures[cancel_id] if not future.done()]
