"""Which scans are mapped, and the names of the files that each becomes.

NAME is the scan's name without its suffix; where two would collide, the names of parent folders are put in front.
"""

import glob
import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from graineye.errors import OutputError, ScanError
from graineye.whole_file import check_place


@dataclass(frozen=True)
class Job:
    """One scan, and the three files that it becomes."""

    scan: Path
    name: str
    out: Path

    @property
    def result(self) -> Path:
        """The results file."""
        return self._place(".emd")

    @property
    def report(self) -> Path:
        """The page to look at."""
        return self._place(".html")

    @property
    def picture(self) -> Path:
        """The label map."""
        return self._place(".png")

    @property
    def places(self) -> tuple[Path, Path, Path]:
        """The results file, the report and the picture."""
        return self.result, self.report, self.picture

    def _place(self, suffix: str) -> Path:
        return self.out / f"{self.name}.crystallites{suffix}"


def named_scans(words: Sequence[Path]) -> tuple[list[Path], list[str]]:
    """The scans that were named, each once, patterns that no shell has expanded among them; and notes on repeats.

    Raises
    ------
    ScanError
        If a pattern matches nothing.
    """
    found: dict[str, Path] = {}
    notes = []
    for word in words:
        for path in _expanded(word):
            known = found.setdefault(os.path.abspath(path), path)  # noqa: PTH100  # follows no link
            if known is not path:
                notes.append(f"{path}: given twice; it is mapped once")
    return list(found.values()), notes


def _expanded(word: Path) -> list[Path]:
    text = str(word)
    if os.path.lexists(word) or not glob.has_magic(text):
        return [word]
    matches = sorted(glob.glob(text))  # noqa: PTH207  # of an absolute pattern too
    if not matches:
        raise ScanError(f"{word}: no file matches this pattern: check the folder and the suffix")
    return [Path(match) for match in matches]


def jobs_for(scans: Sequence[Path], out: Path) -> list[Job]:
    """A job for every scan, no two of which write the same file.

    Parameters
    ----------
    scans
        None of them twice.
    out
        Folder of the files to be written.

    Raises
    ------
    OutputError
        If two scans would have the same name in spite of their folders.
    """
    parents = [[*reversed(Path(os.path.abspath(scan)).parent.parts[1:])] for scan in scans]  # noqa: PTH100
    depths = [0] * len(scans)
    while True:
        names = [
            "_".join([*reversed(above[:depth]), scan.stem])
            for scan, above, depth in zip(scans, parents, depths, strict=True)
        ]
        # Some file systems take A and a for the same name.
        folded = [name.casefold() for name in names]
        counts = Counter(folded)
        clashing = [i for i, name in enumerate(folded) if counts[name] > 1]
        if not clashing:
            return [Job(scan, name, out) for scan, name in zip(scans, names, strict=True)]
        growing = [i for i in clashing if depths[i] < len(parents[i])]
        if not growing:
            one, other = [i for i in clashing if folded[i] == folded[clashing[0]]][:2]
            raise OutputError(
                f"{scans[other]}: its files would have the names of those of {scans[one]}: "
                "map one of the two into another folder"
            )
        for i in growing:
            depths[i] += 1


def check_places(jobs: Sequence[Job], force: bool) -> None:
    """Say before any pass that files cannot be written, or exist and may not be replaced.

    Raises
    ------
    OutputError
        Naming the first of them.
    """
    for job in jobs:
        for place in job.places:
            check_place(place, force=force)
