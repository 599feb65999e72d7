"""What may be no crystallite is said at the top, a few sentences of a kind, and marked in the table."""

import dataclasses

import numpy as np

import graineye as ge
from graineye.crystallites.artefacts import Artefact
from graineye.report.table import columns, rows
from graineye.results.artefacts import artefacts_of, marks_of, sentences_of


def test_a_map_of_a_specimen_has_none(overlapping: ge.CrystalliteMap) -> None:
    assert artefacts_of(overlapping) == []


def test_the_same_disks_in_bands_are_found_in_a_result(cut: ge.CrystalliteMap) -> None:
    bands = dataclasses.replace(
        cut,
        labels=(np.indices(cut.labels.shape)[0] // 4 + 1).astype(np.int32),
        dark_fields=np.ones_like(cut.dark_fields),
        known_mean_patterns=None if cut.mean_patterns is None else cut.mean_patterns[:4],
    )
    found = artefacts_of(bands)
    assert [artefact.labels for artefact in found] == [(1, 2), (2, 3), (3, 4)]
    assert "a cut along a scan row" in found[0].sentence
    marks = marks_of(found)
    assert marks[2] == ["same disks as 1, 3"]
    names = columns(bands, marks)
    assert names[-1] == "notes"
    assert next(row.cells[-1] for row in rows(bands, marks)) == "same disks as 2"
    assert bands.table["remarks"].tolist()[:2] == ["same disks as 2", "same disks as 1, 3"]


def test_a_boundary_is_as_sure_as_the_less_sure_of_its_sides(
    overlapping: ge.CrystalliteMap, cut: ge.CrystalliteMap
) -> None:
    assert "confidence" not in cut.boundaries
    sure = overlapping.table.set_index("label")["confidence"]
    assert len(overlapping.boundaries)
    for row in overlapping.boundaries.itertuples():
        assert row.confidence == min(sure[row.label], sure[row.neighbour])


def test_strengths_beside_the_beam_are_not_compared(cut: ge.CrystalliteMap) -> None:
    """Of dark fields that do not follow the beam: positions on its flanks are the same for all crystallites."""
    same = dataclasses.replace(cut, dark_fields=np.ones_like(cut.dark_fields))
    assert {artefact.what for artefact in artefacts_of(same)} == {"thickness"}
    assert artefacts_of(dataclasses.replace(same, descan=None)) == []


def test_few_sentences_of_a_kind() -> None:
    pairs = [Artefact("thickness", (k, k + 1), 0.97, f"{k} and {k + 1}") for k in range(1, 7)]
    line = Artefact("scan row", (1, 2), 1.0, "a row")
    assert sentences_of([line, *pairs[:3]]) == ["a row", "1 and 2", "2 and 3", "3 and 4"]
    assert sentences_of(pairs[:4])[-1] == "The same holds for 1 more pair of neighbours; the table marks them."
    assert sentences_of(pairs)[3:] == ["The same holds for 3 more pairs of neighbours; the table marks them."]
    assert sentences_of([line] * 5)[-1] == "The same holds for 2 more scan rows; the table marks them."


def test_the_table_says_which_label_shows_the_same_disks() -> None:
    artefacts = [Artefact("thickness", (3, 5), 0.99, ""), Artefact("descan", (3, 4), 0.9, "")]
    assert marks_of(artefacts) == {
        3: ["follows descan", "same disks as 5"],
        5: ["same disks as 3"],
        4: ["follows descan"],
    }
