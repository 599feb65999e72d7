"""How long a call takes when files are cached and kernels compiled, and how a row of the table is printed."""

import gc
from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter


def seconds(call: Callable[[], object], repeats: int) -> float:
    """The shortest of `repeats` calls after one that warms up."""
    call()
    shortest = float("inf")
    for _ in range(repeats):
        gc.collect()
        begun = perf_counter()
        call()
        shortest = min(shortest, perf_counter() - begun)
    return shortest


@dataclass(frozen=True)
class Row:
    """One line of the table: graineye beside what it is held against, in the same run on the same data."""

    what: str
    graineye: float
    beside: str
    other: float
    wanted: str

    def __str__(self) -> str:
        return (
            f"| {self.what} | {self.graineye:.3f} s | {self.beside}: {self.other:.3f} s "
            f"| {self.other / self.graineye:.2f} | {self.wanted} |"
        )


HEAD = "| what | graineye | beside | times faster | to reach |\n|---|---|---|---|---|"
