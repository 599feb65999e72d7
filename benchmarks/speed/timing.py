"""How long a call takes when files are cached and kernels compiled, and how a row of the table is printed."""

import gc
from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter


def once(call: Callable[[], object]) -> float:
    """Seconds of one call."""
    gc.collect()
    begun = perf_counter()
    call()
    return perf_counter() - begun


def seconds(call: Callable[[], object], repeats: int) -> float:
    """The shortest of `repeats` calls after one that warms up; of no repeats, that one."""
    first = once(call)
    return min((once(call) for _ in range(repeats)), default=first)


@dataclass(frozen=True)
class Row:
    """One line of the table: graineye beside what it is held against, in the same run on the same data."""

    what: str
    graineye: str
    beside: str
    ratio: str
    wanted: str

    def __str__(self) -> str:
        return f"| {self.what} | {self.graineye} | {self.beside} | {self.ratio} | {self.wanted} |"


def held_against(what: str, ours: float, beside: str, theirs: float, wanted: str) -> Row:
    """A row of seconds, and how many times faster graineye is."""
    return Row(what, f"{ours:.3f} s", f"{beside}: {theirs:.3f} s", f"{theirs / ours:.2f}", wanted)


HEAD = "| what | graineye | beside | times faster, or as said | to reach |\n|---|---|---|---|---|"
