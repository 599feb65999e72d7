"""The table has a row a crystallite; what only overlapping ones have stands there for these alone."""

import numpy as np

import graineye as ge
from graineye.report.table import columns, rows


def test_columns_of_a_cut(cut: ge.CrystalliteMap) -> None:
    assert columns(cut, {}) == [
        "label",
        "area (px)",
        "diameter (nm)",
        "y (nm)",
        "x (nm)",
        "at edge",
        "neighbours",
        "strongest disks, d (nm)",
    ]
    assert all(len(row.cells) == 8 and row.colour for row in rows(cut, {}))


def test_overlap_share_and_confidence_of_each(overlapping: ge.CrystalliteMap) -> None:
    names = columns(overlapping, {})
    table = overlapping.table
    listed = list(rows(overlapping, {}))
    assert len(listed) == overlapping.count
    for row, (_, numbers) in zip(listed, table.iterrows(), strict=True):
        cells = dict(zip(names, row.cells, strict=True))
        assert cells["overlapping (%)"] == f"{100 * numbers['overlapping']:.0f}"
        assert cells["share of column (%)"] == f"{100 * numbers['mean_fraction']:.0f}"
        assert cells["confidence (%)"] == f"{100 * numbers['confidence']:.0f}"


def test_those_nowhere_the_largest_are_marked_and_have_no_colour(overlapping: ge.CrystalliteMap) -> None:
    hidden = np.setdiff1d(np.arange(1, overlapping.count + 1), overlapping.labels)
    assert len(hidden)
    marked = {row.label for row in rows(overlapping, {}) if "nowhere the largest" in row.cells[-1]}
    assert marked == set(hidden.tolist())
    assert {row.label for row in rows(overlapping, {}) if row.colour is None} == marked
