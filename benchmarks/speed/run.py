"""Times graineye beside the classic workflow and beside numpy, on this machine: `run.py FOLDER [--quick] [--only PART ...]`.

Prints a table in Markdown. Every pair is measured in the same process on the same file, and its results are compared first; with
--quick everything is small, and only that the results agree is of interest.
"""

import argparse
import os
import platform
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "tests" / "classic"))

import growth
import limits
import memory
import passes
import scans
import starting
import whole_job
from timing import HEAD, Row

DTYPES = ("uint16", "uint8", "float32", "uint32")
"""The first is that of the simulated scan."""

SLOW = ("first-run",)
"""All kernels are compiled for it, whatever the size of the scan."""


def parts(folder: Path, quick: bool) -> dict[str, Callable[[], Iterator[Row]]]:
    """What can be measured, by name."""
    shape, detector, repeats, side = ("12x10", 96, 0, 24) if quick else ("100x84", 250, 5, 512)
    contiguous = scans.simulated(folder, shape, detector)

    def each_dtype() -> Iterator[Row]:
        for dtype in DTYPES:
            path = contiguous if dtype == DTYPES[0] else scans.converted(contiguous, dtype)
            yield from passes.passes(path, repeats, dtype)

    return {
        "whole": lambda: whole_job.whole_jobs(contiguous, repeats),
        "passes": each_dtype,
        "ward": lambda: passes.ward(side, 200),
        "limits": lambda: limits.limits(contiguous, repeats),
        "frames": lambda: growth.with_frames(folder, quick),
        "cores": lambda: growth.with_cores(contiguous, repeats),
        "memory": lambda: memory.peaks(folder, contiguous, quick),
        "starting": lambda: starting.answering(folder, repeats),
        "first-run": lambda: starting.first_run(folder, repeats),
    }


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="where the scans are made and kept")
    parser.add_argument("--quick", action="store_true", help="small scans: do the results agree?")
    parser.add_argument("--only", nargs="+", metavar="PART", help="some parts of the table, by name")
    chosen = parser.parse_args()
    chosen.folder.mkdir(parents=True, exist_ok=True)
    known = parts(chosen.folder, chosen.quick)
    wanted = chosen.only or [name for name in known if not (chosen.quick and name in SLOW)]
    if unknown := set(wanted) - set(known):
        parser.error(f"no part {', '.join(sorted(unknown))}: there are {', '.join(known)}")
    cores, python = len(os.sched_getaffinity(0)), platform.python_version()
    print(f"{platform.processor() or platform.machine()}, {cores} cores, Python {python}\n")
    print(HEAD)
    warnings.filterwarnings("ignore", message="Loading compressed HDF5", category=RuntimeWarning)
    for name in wanted:
        for row in known[name]():
            print(row, flush=True)


if __name__ == "__main__":
    main()
