"""Results of partitions that were taken are forgotten, so that a pass over a large scan keeps few of them."""

import weakref
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from libertem.common.executor import NoopCommHandler

from graineye.scan.thread_executor import ThreadExecutor


class Result:
    """What a partition gives."""


def test_a_result_that_was_taken_is_not_kept_until_the_pass_ends() -> None:
    alive: list[weakref.ref[Result]] = []

    def task(env: Any, params: Any) -> Result:
        result = Result()
        alive.append(weakref.ref(result))
        return result

    executor = ThreadExecutor(client=ThreadPoolExecutor(1), is_local=True)
    taken = 0
    try:
        with executor.scatter(None) as handle:
            for result, _ in executor.run_tasks([task] * 40, handle, "pass", NoopCommHandler()):
                taken += 1
                assert isinstance(result, Result)
                del result
                if taken == 33:
                    # Those before the last look are gone, whatever has been computed since.
                    assert sum(one() is None for one in alive) >= 24
    finally:
        executor.close()
    assert taken == 40
