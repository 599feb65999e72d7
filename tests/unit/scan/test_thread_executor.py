"""A pass keeps the results of few partitions at a time, however slowly they are taken, and hands on what goes wrong."""

import time
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from libertem.common.executor import NoopCommHandler

from graineye.scan.thread_executor import ThreadExecutor

THREADS = 2


class Result:
    """What a partition gives."""


@pytest.fixture
def executor() -> Iterator[ThreadExecutor]:
    made = ThreadExecutor(THREADS)
    yield made
    made.close()


def results(executor: ThreadExecutor, task: Callable[[Any, Any], Result], count: int) -> Iterator[Result]:
    with executor.scatter(None) as handle:
        for result, done in executor.run_tasks([task] * count, handle, "pass", NoopCommHandler()):
            assert done is task
            yield result
            del result


def test_few_results_are_kept_where_taking_them_is_slower_than_computing_them(executor: ThreadExecutor) -> None:
    made: list[weakref.ref[Result]] = []

    def task(env: Any, params: Any) -> Result:
        result = Result()
        made.append(weakref.ref(result))
        return result

    most, taken = 0, 0
    for result in results(executor, task, 100):
        del result
        taken += 1
        time.sleep(0.001)
        most = max(most, sum(one() is not None for one in made))
    assert taken == len(made) == 100
    assert most <= 4 * THREADS


def test_what_goes_wrong_in_a_partition_ends_the_pass_and_no_more_are_begun(executor: ThreadExecutor) -> None:
    begun: list[int] = []

    def task(env: Any, params: Any) -> Result:
        begun.append(1)
        if len(begun) == 5:
            raise OSError("the disk was unplugged")
        return Result()

    with pytest.raises(OSError, match="unplugged"):
        for _ in results(executor, task, 100):
            pass
    assert len(begun) < 30


def test_a_pass_that_is_left_begins_no_more_partitions(executor: ThreadExecutor) -> None:
    begun: list[int] = []

    def task(env: Any, params: Any) -> Result:
        begun.append(1)
        return Result()

    taken = results(executor, task, 100)
    next(taken)
    taken.close()
    assert len(begun) < 30
