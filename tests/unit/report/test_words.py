"""The sentence at the top says how many crystallites, how large, where, and how they overlap."""

import dataclasses
import re

import numpy as np

import graineye as ge
from graineye.crystallites import OverlappingCrystallites
from graineye.report.words import overlapping_share, sentence


def test_of_overlapping_crystallites(overlapping: ge.CrystalliteMap) -> None:
    said = sentence(overlapping)
    assert overlapping.overlapping is not None
    masks = np.array(list(overlapping.masks))
    shared = (masks.sum(axis=0) > 1).sum() / masks.any(axis=0).sum()
    assert said.startswith(f"{len(masks)} crystallites, median diameter ")
    assert f"{100 * shared:.0f} % of their area overlapping" in said
    assert overlapping.dominating is not None
    likely, low, high = overlapping.dominating
    assert f"{likely} clearly dominating somewhere ({low} to {high})" in said
    hidden = len(masks) - overlapping.labels.max()
    assert bool(re.search(rf"\b{hidden} nowhere the largest\.$", said)) == (hidden > 0)


def test_of_a_cut_there_is_no_overlap(cut: ge.CrystalliteMap) -> None:
    assert re.fullmatch(
        r"7 crystallites, median diameter [\d.]+ nm \([\d.]+ to [\d.]+ nm\), 100 % of the scan assigned\.",
        sentence(cut),
    )


def test_of_one_crystallite(overlapping: ge.CrystalliteMap) -> None:
    one = overlapping.cut(count=1)
    assert sentence(one) == f"1 crystallite, diameter {one.table['diameter_nm'][0]:.3g} nm, 100 % of the scan assigned."


def test_of_none(overlapping: ge.CrystalliteMap) -> None:
    found = overlapping.overlapping
    assert found is not None
    none = dataclasses.replace(
        overlapping,
        labels=np.zeros_like(overlapping.labels),
        overlapping=OverlappingCrystallites(found.fractions[..., :0], found.strengths[:0], found.quality[:0]),
    )
    assert sentence(none) == "0 crystallites found."
    assert none.overlapping is not None
    assert overlapping_share(none.overlapping) == 0.0
