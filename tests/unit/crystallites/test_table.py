"""Sizes, places and neighbours of crystallites, by hand and by scikit-image."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from skimage.measure import regionprops_table

from graineye.crystallites import crystallite_table
from graineye.scan.calibration import AxisScale, Calibration

NM = Calibration(y=AxisScale(2.0, "nm"), x=AxisScale(0.5, "nm"))
PX = Calibration()
LABELS = np.array(
    [
        [1, 1, 1, 2, 2],
        [1, 3, 3, 2, 2],
        [1, 3, 0, 0, 2],
        [1, 1, 4, 4, 4],
    ],
    np.int32,
)


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return crystallite_table(LABELS, NM).set_index("label")


def test_one_row_a_crystallite_in_the_order_of_labels(table: pd.DataFrame) -> None:
    assert table.index.tolist() == [1, 2, 3, 4]


def test_areas_by_hand(table: pd.DataFrame) -> None:
    assert table["area_px"].tolist() == [7, 5, 3, 3]
    assert table["area_nm2"].tolist() == [7.0, 5.0, 3.0, 3.0]  # a position is 2 nm x 0.5 nm


def test_diameters_are_those_of_the_circle_of_the_same_area(table: pd.DataFrame) -> None:
    expected = [2 * (area / np.pi) ** 0.5 for area in (7, 5, 3, 3)]
    np.testing.assert_allclose(table["diameter_px"], expected)
    np.testing.assert_allclose(table["diameter_nm"], expected)


def test_centroids_by_hand(table: pd.DataFrame) -> None:
    y, x = [9 / 7, 4 / 5, 4 / 3, 3.0], [4 / 7, 18 / 5, 4 / 3, 3.0]
    np.testing.assert_allclose(table["y_px"], y)
    np.testing.assert_allclose(table["x_px"], x)
    np.testing.assert_allclose(table["y_nm"], np.multiply(y, 2))
    np.testing.assert_allclose(table["x_nm"], np.divide(x, 2))


def test_boxes_end_just_outside(table: pd.DataFrame) -> None:
    boxes = table[["top", "left", "bottom", "right"]].to_numpy().tolist()
    assert boxes == [[0, 0, 4, 3], [0, 3, 3, 5], [1, 1, 3, 3], [3, 2, 4, 5]]


def test_what_touches_the_edge_of_the_scan_says_so(table: pd.DataFrame) -> None:
    assert table["touches_edge"].tolist() == [True, True, False, True]


def test_neighbours_share_an_edge(table: pd.DataFrame) -> None:
    # 1 touches 2, 3 and 4; 2 touches 1, 3 and 4; 3 meets 4 in a corner only.
    assert table["neighbours"].tolist() == [3, 3, 2, 2]


def test_each_side_of_the_scan_is_an_edge() -> None:
    labels = np.zeros((5, 5), np.int32)
    labels[0, 2], labels[2, 0], labels[4, 2], labels[2, 4], labels[2, 2] = 1, 2, 3, 4, 5
    assert crystallite_table(labels, PX)["touches_edge"].tolist() == [True, True, True, True, False]


def test_without_a_scan_step_there_are_no_lengths_in_nm() -> None:
    for calibration, unknown in ((PX, ["y_nm", "x_nm"]), (Calibration(y=AxisScale(2.0, "nm")), ["x_nm"])):
        table = crystallite_table(LABELS, calibration)
        assert table[["area_nm2", "diameter_nm", *unknown]].isna().all(axis=None)
        assert table["area_px"].tolist() == [7, 5, 3, 3]


def test_labels_need_not_follow_each_other() -> None:
    table = crystallite_table(np.array([[9, 9, 0], [4, 9, 0]], np.int32), PX)
    assert table["label"].tolist() == [4, 9]
    assert table["area_px"].tolist() == [1, 3]
    assert table["left"].tolist() == [0, 0]
    assert table["right"].tolist() == [1, 2]
    assert table["neighbours"].tolist() == [1, 1]


def test_no_crystallites_give_an_empty_table_with_the_same_columns(table: pd.DataFrame) -> None:
    empty = crystallite_table(np.zeros((3, 4), np.int32), NM)
    assert len(empty) == 0
    assert empty.columns.tolist() == ["label", *table.columns]


def some_labels(seed: int) -> NDArray[np.int32]:
    rng = np.random.default_rng(seed)
    return rng.integers(0, rng.integers(2, 9), (rng.integers(1, 9), rng.integers(1, 9))).astype(np.int32)


@settings(deadline=None, max_examples=40)
@given(seed=st.integers(0, 10**6))
def test_the_table_is_scikit_image_s(seed: int) -> None:
    labels = some_labels(seed)
    found = crystallite_table(labels, PX)
    theirs = regionprops_table(labels, properties=("label", "area", "centroid", "bbox", "equivalent_diameter_area"))
    ours = ["label", "area_px", "y_px", "x_px", "top", "left", "bottom", "right", "diameter_px"]
    for name, expected in zip(ours, theirs.values(), strict=True):
        np.testing.assert_allclose(found[name], expected, err_msg=name)
