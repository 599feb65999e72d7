"""How long work tells that it goes on.

A piece of work reports through a `Progress` callable and knows nothing of bars, notebooks or log files; `shown` makes the
one that suits where standard error goes.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic

Progress = Callable[[str, int, int], None]
"""Called as `progress(stage, done, total)`: the stage's name, and how many of its pieces are done; a total of 0 is not known."""


def silent(stage: str, done: int, total: int) -> None:
    """Report nothing."""


@contextmanager
def shown(quiet: bool = False) -> Iterator[Progress]:
    """Show progress on standard error: a bar with the time left on a terminal or in a notebook, else one line a stage."""
    if quiet:
        yield silent
    elif sys.stderr.isatty() or _in_notebook():
        with _bars() as progress:
            yield progress
    else:
        yield _lines()


def _in_notebook() -> bool:
    """Whether this runs in a notebook's kernel, which is not so wherever its library is loaded."""
    ipython = sys.modules.get("IPython")
    return ipython is not None and hasattr(ipython.get_ipython(), "kernel")


def _lines() -> Progress:
    started: dict[str, float] = {}

    def progress(stage: str, done: int, total: int) -> None:
        if not total:
            print(stage, file=sys.stderr, flush=True)
        elif done < total:
            started.setdefault(stage, monotonic())
        elif stage in started:
            print(f"{stage}: done in {monotonic() - started.pop(stage):.1f} s", file=sys.stderr, flush=True)

    return progress


@contextmanager
def _bars() -> Iterator[Progress]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars

    columns = (
        TextColumn("{task.description:<24}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    with Bars(*columns, console=Console(stderr=True)) as bars:
        tasks = {}

        def progress(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = bars.add_task(stage, total=total or None)
            bars.update(tasks[stage], completed=done, total=total or None)

        yield progress
