"""Long kernels that a user can interrupt.

Compiled code never looks whether Ctrl-C was pressed; the main thread does, while it waits for another one.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


def interruptible(kernel: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """The result of a kernel that releases the GIL; Ctrl-C ends the wait, and the kernel's result is dropped."""
    pool = ThreadPoolExecutor(1)
    try:
        return pool.submit(kernel, *args, **kwargs).result()
    finally:
        pool.shutdown(wait=False)
