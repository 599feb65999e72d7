"""Crystallites of a result that may be no crystallites: which they are, and what tables and pages say of them."""

from collections.abc import Iterable
from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from graineye.crystallites import mean_strengths
from graineye.crystallites.artefacts import Artefact, find_artefacts

if TYPE_CHECKING:
    from graineye.results.crystallite_map import CrystalliteMap

_MOST_OF_A_KIND = 3
"""Sentences of one kind at the top of the page; the table marks all."""
_MARKS = {
    "descan": "follows descan",
    "scan row": "ends at a scan row",
    "scan column": "ends at a scan column",
}


def artefacts_of(result: "CrystalliteMap") -> list[Artefact]:
    """Crystallites of a result that follow the microscope, not the specimen; see `find_artefacts`.

    Strengths are compared where dark fields follow the beam: other disk positions lie on the beam's flanks, too, which are
    the same for all.
    """
    strengths: NDArray[np.floating] | None = None
    if result.overlapping is not None:
        strengths = result.overlapping.strengths
    elif result.descan is not None:
        strengths = mean_strengths(result.labels, result.dark_fields)
    return find_artefacts(
        result.labels,
        None if result.descan is None else result.descan.beam,
        result.statistics.total_counts,
        strengths,
        result.boundaries,
    )


def sentences_of(artefacts: Iterable[Artefact]) -> list[str]:
    """The artefacts in words, the first few of each kind."""
    said = []
    for what, group in groupby(artefacts, key=lambda artefact: artefact.what):
        of_a_kind = list(group)
        said += [artefact.sentence for artefact in of_a_kind[:_MOST_OF_A_KIND]]
        more = len(of_a_kind) - _MOST_OF_A_KIND
        if more > 0:
            one, many = ("pair of neighbours", "pairs of neighbours") if what == "thickness" else (what, f"{what}s")
            said.append(f"The same holds for {more} more {one if more == 1 else many}; the table marks them.")
    return said


def marks_of(artefacts: Iterable[Artefact]) -> dict[int, list[str]]:
    """What the table says of each label, a few words each."""
    marks: dict[int, list[str]] = {}
    alike: dict[int, list[str]] = {}
    for artefact in artefacts:
        for label in artefact.labels:
            of_label = marks.setdefault(label, [])
            mark = _MARKS.get(artefact.what)
            if mark is None:
                alike.setdefault(label, []).extend(str(other) for other in artefact.labels if other != label)
            elif mark not in of_label:
                of_label.append(mark)
    for label, others in alike.items():
        marks[label].append(f"same disks as {', '.join(others)}")
    return marks
