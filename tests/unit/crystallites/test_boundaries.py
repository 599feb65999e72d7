"""Boundaries follow the edges between scan positions of two crystallites."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from graineye.crystallites import boundary_table, crystallite_table
from graineye.scan.calibration import AxisScale, Calibration

LABELS = np.array(
    [
        [1, 1, 1, 2, 2],
        [1, 3, 3, 2, 2],
        [1, 3, 0, 0, 2],
        [1, 1, 4, 4, 4],
    ],
    np.int32,
)


def test_lengths_by_hand() -> None:
    table = boundary_table(LABELS)
    rows = list(zip(table["label"], table["neighbour"], table["length_px"], strict=True))
    assert rows == [
        (1, 2, 1),
        (1, 3, 5),
        (1, 4, 1),
        (2, 1, 1),
        (2, 3, 1),
        (2, 4, 1),
        (3, 1, 5),
        (3, 2, 1),
        (4, 1, 1),
        (4, 2, 1),
    ]


def test_a_length_in_nm_is_that_along_the_boundary() -> None:
    # Steps of 2 nm along y, 0.5 nm along x: an upright edge is 2 nm long, a level one 0.5 nm.
    calibration = Calibration(y=AxisScale(2.0, "nm"), x=AxisScale(0.5, "nm"))
    upright = boundary_table(np.array([[1, 2], [1, 2], [1, 2]], np.int32), calibration)
    level = boundary_table(np.array([[1, 1, 1, 1], [2, 2, 2, 2]], np.int32), calibration)
    assert upright["length_nm"].tolist() == [6.0, 6.0]
    assert level["length_nm"].tolist() == [2.0, 2.0]
    assert boundary_table(LABELS)["length_nm"].isna().all()


def test_islands_and_corners_have_no_boundary() -> None:
    assert len(boundary_table(np.array([[1, 0], [0, 2]], np.int32))) == 0
    assert len(boundary_table(np.array([[1, 0, 2]], np.int32))) == 0
    assert len(boundary_table(np.zeros((3, 3), np.int32))) == 0
    assert boundary_table(np.zeros((3, 3), np.int32)).columns.tolist()[:3] == ["label", "neighbour", "length_px"]


@settings(deadline=None, max_examples=40)
@given(seed=st.integers(0, 10**6))
def test_lengths_are_those_counted_edge_by_edge(seed: int) -> None:
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 5, (rng.integers(1, 8), rng.integers(1, 8))).astype(np.int32)
    counted: dict[tuple[int, int], int] = {}
    for (y, x), label in np.ndenumerate(labels):
        for down, right in ((1, 0), (-1, 0), (0, 1), (0, -1)):
            if 0 <= y + down < labels.shape[0] and 0 <= x + right < labels.shape[1]:
                other = labels[y + down, x + right]
                if label and other and label != other:
                    counted[int(label), int(other)] = counted.get((int(label), int(other)), 0) + 1
    table = boundary_table(labels)
    found = {(int(a), int(b)): int(n) for a, b, n in table[["label", "neighbour", "length_px"]].itertuples(index=False)}
    assert found == counted
    of_each = table.groupby("label").size()
    per_row = crystallite_table(labels, Calibration()).set_index("label")["neighbours"]
    assert all(of_each.get(label, 0) == n for label, n in per_row.items())
