"""Which disks a crystallite shows: the strongest, each once, with the distance and direction of its planes."""

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from graineye.crystallites import mean_strengths, reflection_table
from graineye.scan.calibration import AxisScale, Calibration

PX = Calibration()
PER_NM = Calibration(qy=AxisScale(0.1, "1/nm"), qx=AxisScale(0.1, "1/nm"))
BEAM = (50.0, 50.0)
# Below, right of, above and left of the beam by 30 and 40 px; one diagonally.
POSITIONS = np.array([(80, 50), (50, 90), (20, 50), (50, 10), (80, 90)])


def table_of(
    strengths: list[float],
    positions: NDArray[np.int64] = POSITIONS,
    radius: float = 5.0,
    calibration: Calibration = PX,
) -> pd.DataFrame:
    """Of one crystallite whose positions all show the disks alike."""
    dark_fields = np.tile(np.array(strengths, np.float32), (2, 3, 1))
    return reflection_table(
        mean_strengths(np.ones((2, 3), np.int32), dark_fields), positions, BEAM, radius, calibration
    )


def test_the_strongest_disk_comes_first() -> None:
    table = table_of([1, 5, 3, 4, 2])
    assert table["disk"].tolist() == [1, 3, 2, 4, 0]
    assert table["strength"].tolist() == [5, 4, 3, 2, 1]
    assert table["label"].tolist() == [1] * 5


def test_a_strength_is_the_mean_over_the_crystallite_only() -> None:
    labels = np.array([[1, 1, 2], [0, 2, 2]], np.int32)
    dark_fields = np.zeros((2, 3, 2), np.float32)
    dark_fields[..., 0] = [[4, 8, 1], [500, 1, 1]]
    dark_fields[..., 1] = [[0, -3, 6], [500, 0, 3]]
    table = reflection_table(mean_strengths(labels, dark_fields), np.array([(80, 50), (50, 90)]), BEAM, 5.0, PX)
    assert list(zip(table["label"], table["disk"], table["strength"], strict=True)) == [(1, 0, 6), (2, 1, 3), (2, 0, 1)]


def test_the_planes_distance_is_the_reciprocal_of_that_from_the_beam() -> None:
    table = table_of([5, 4, 3, 2, 1], calibration=PER_NM)
    # 30 px of 0.1 / nm are 3 / nm; 40 px are 4 / nm; both are 5 / nm.
    np.testing.assert_allclose(table["d_nm"], [1 / 3, 1 / 4, 1 / 3, 1 / 4, 1 / 5], rtol=1e-6)


def test_the_detector_s_pixels_may_be_longer_along_one_axis() -> None:
    calibration = Calibration(qy=AxisScale(0.2, "1/nm"), qx=AxisScale(0.1, "1/nm"))
    np.testing.assert_allclose(
        table_of([5, 4, 3, 2, 1], calibration=calibration)["d_nm"],
        [1 / 6, 1 / 4, 1 / 6, 1 / 4, 1 / np.hypot(6, 4)],
        rtol=1e-6,
    )


@pytest.mark.parametrize("calibration", [PX, Calibration(qy=AxisScale(0.1, "mrad"), qx=AxisScale(0.1, "mrad"))])
def test_without_reciprocal_lengths_there_is_no_distance(calibration: Calibration) -> None:
    assert table_of([5, 4, 3, 2, 1], calibration=calibration)["d_nm"].isna().all()


def test_the_azimuth_turns_from_x_towards_y() -> None:
    table = table_of([5, 4, 3, 2, 1]).set_index("disk").sort_index()
    azimuth = table["azimuth_deg"].to_numpy()
    np.testing.assert_allclose(azimuth[[0, 1, 2, 4]], [90, 0, -90, np.degrees(np.arctan2(30, 40))], atol=1e-6)
    assert abs(azimuth[3]) == pytest.approx(180)


def test_positions_on_the_flanks_of_one_disk_count_once() -> None:
    positions = np.array([(80, 50), (82, 51), (78, 49), (80, 56)])
    # 6 px apart is another disk, within the bright radius of 5 px it is the same.
    assert table_of([3, 4, 2, 1], positions)["disk"].tolist() == [1, 3]
    assert table_of([4, 3, 2, 1], positions)["disk"].tolist() == [0, 3]


def test_disks_that_overlap_the_beam_are_left_out() -> None:
    positions = np.array([(50, 50), (50, 59), (50, 60), (50, 61)])
    assert table_of([9, 8, 7, 1], positions)["disk"].tolist() == [3]


def test_what_a_crystallite_does_not_show_is_not_listed() -> None:
    assert table_of([10, 0, -3, 0.4, 0.6])["disk"].tolist() == [0, 4]  # 0.4 is under a twentieth of the strongest
    assert len(table_of([0, 0, -1, 0, 0])) == 0


def test_no_more_than_twelve_are_listed() -> None:
    turns = np.arange(20) * 2 * np.pi / 20
    around = np.round(np.array(BEAM) + 45 * np.stack([np.sin(turns), np.cos(turns)], axis=1)).astype(np.int64)
    table = table_of(list(range(20, 0, -1)), around)
    assert table["disk"].tolist() == list(range(12))


def test_equal_strengths_come_in_the_order_of_the_disks() -> None:
    assert table_of([2, 2, 2, 2, 2])["disk"].tolist() == [0, 1, 2, 3, 4]


def test_no_crystallites_or_no_disks_give_an_empty_table() -> None:
    dark_fields = np.ones((2, 3, 5), np.float32)
    none = reflection_table(mean_strengths(np.zeros((2, 3), np.int32), dark_fields), POSITIONS, BEAM, 5.0, PX)
    bare = reflection_table(
        mean_strengths(np.ones((2, 3), np.int32), dark_fields[..., :0]), POSITIONS[:0], BEAM, 5.0, PX
    )
    for table in (none, bare):
        assert len(table) == 0
        assert table.columns.tolist() == ["label", "disk", "strength", "d_nm", "azimuth_deg"]
