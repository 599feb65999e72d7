"""Dark fields are those of the sparse mask stack, also where a template is cut by the border; features are the published ones."""

import numpy as np
from side_by_side import SideBySide, assert_same

import graineye as ge


def test_the_dark_fields_are_those_of_the_sparse_mask_stack(both: SideBySide) -> None:
    half = len(both.template) // 2
    assert both.moved_positions.min() < half, "no template is cut by the border"
    assert_same(ge.dark_fields(both.scan, ge.bullseye(), both.moved_positions), both.dark_fields)


def test_each_dark_field_is_so_by_itself_not_only_beside_the_beam(both: SideBySide) -> None:
    found = ge.dark_fields(both.scan, ge.bullseye(), both.moved_positions)
    largest = np.abs(both.dark_fields).max(axis=(0, 1))
    assert (np.abs(found - both.dark_fields).max(axis=(0, 1)) <= 1e-5 * largest).all()


def test_the_features_are_dark_fields_over_their_mean_magnitude(both: SideBySide) -> None:
    assert_same(ge.features(both.dark_fields), both.features)
