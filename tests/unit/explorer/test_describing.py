"""What is said of a scan position."""

import dataclasses

import numpy as np

import graineye as ge
from graineye.explorer.describing import html_of_position, words_of_position
from graineye.explorer.quantities import quantities, scan_image
from graineye.explorer.state import State


def test_a_position_names_its_crystallite_and_its_numbers(mapped: ge.CrystalliteMap) -> None:
    state = State.of(mapped).pointing((2, 11))
    first, second = words_of_position(state)
    diameter = mapped.table["diameter_nm"].iloc[1]
    assert first.startswith("crystallite 2 ")
    assert f"{diameter:.3g} nm" in first
    assert "y=2, x=11 (4, 27.5 nm)" in second


def test_the_number_of_the_quantity_is_said(mapped: ge.CrystalliteMap) -> None:
    state = State.of(mapped).at_disk(3).pointing((2, 11))
    assert f"{mapped.dark_fields[2, 11, 3]:.4g} counts" in words_of_position(state)[1]


def test_names_are_text(mapped: ge.CrystalliteMap) -> None:
    state = State.of(mapped).clicking((2, 11)).renaming("<script>alert(1)</script>")
    assert "<script>" not in html_of_position(state)
    assert "&lt;script&gt;" in html_of_position(state)


def test_where_nothing_is_assigned_that_is_said(mapped: ge.CrystalliteMap) -> None:
    none = dataclasses.replace(mapped, labels=np.where(mapped.labels == 2, 0, mapped.labels))
    state = dataclasses.replace(State.of(mapped), shown=none).pointing((2, 11))
    assert words_of_position(state)[0] == "no crystallite"


def test_every_quantity_has_a_number_for_every_position(mapped_as_overlaps: ge.CrystalliteMap) -> None:
    state = State.of(mapped_as_overlaps)
    for name in quantities(state.shown)[1:-1]:  # without the label map, and a detector that is not drawn yet
        image = scan_image(state.colouring(name))
        assert image.values.shape == state.shown.labels.shape, name
        assert np.isfinite(image.values[state.shown.labels > 0]).all(), name


def test_overlap_and_confidence_are_those_of_the_result(mapped_as_overlaps: ge.CrystalliteMap) -> None:
    state, found = State.of(mapped_as_overlaps), mapped_as_overlaps.overlapping
    np.testing.assert_array_equal(scan_image(state.colouring("overlap")).values, found.masks.sum(axis=0))
    confidence = scan_image(state.colouring("confidence")).values
    labels = state.shown.labels
    np.testing.assert_array_equal(confidence[labels > 0], found.confidence[labels[labels > 0] - 1])
