"""A result that is saved and loaded is the same result."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

import graineye as ge
from graineye.results import Provenance

AssertSame = Callable[[ge.CrystalliteMap, ge.CrystalliteMap], None]


def test_a_result_of_any_kind_comes_back_as_it_was(
    any_result: ge.CrystalliteMap, assert_same: AssertSame, tmp_path: Path
) -> None:
    saved = any_result.save(tmp_path / "a.crystallites.emd")
    assert saved == tmp_path / "a.crystallites.emd"
    loaded = ge.load_result(str(saved))
    assert loaded.scan is None
    assert_same(any_result, loaded)


def test_a_result_may_be_saved_again_and_again(
    mapped: ge.CrystalliteMap, assert_same: AssertSame, tmp_path: Path
) -> None:
    first = ge.load_result(mapped.save(tmp_path / "a.emd"))
    first.cut(count=2)
    again = ge.load_result(first.save(tmp_path / "a.emd"))
    assert_same(mapped, again)


def test_a_new_cut_of_a_loaded_result_is_that_of_the_original(mapped: ge.CrystalliteMap, tmp_path: Path) -> None:
    loaded = ge.load_result(mapped.save(tmp_path / "a.emd"))
    for how in ({"count": 9}, {"distance": 3.0}, {"relative": 1.5}, {"count": 20, "min_size": 4}):
        np.testing.assert_array_equal(loaded.cut(**how).labels, mapped.cut(**how).labels)


def test_text_of_any_language_and_any_quotes_survives(
    mapped: ge.CrystalliteMap, assert_same: AssertSame, tmp_path: Path
) -> None:
    text = 'Körner µ "quoted" \\ 100 % <b>bold</b> \u65e5\u672c'
    odd = replace(
        mapped,
        settings=replace(mapped.settings, probe=replace(mapped.settings.probe, source=text)),
        provenance=replace(mapped.provenance, scan_name=text, notes=(text, "line\nbreak")),
        template=replace(mapped.template, source=text),
    )
    assert_same(odd, ge.load_result(odd.save(tmp_path / f"{text[:7]}.emd")))


def test_provenance_without_details_survives(mapped: ge.CrystalliteMap, tmp_path: Path) -> None:
    bare = Provenance("a.h5", "/gone/a.h5", "", 0, "", (12, 14, 72, 80))
    loaded = ge.load_result(replace(mapped, provenance=bare).save(tmp_path / "a.emd"))
    assert loaded.provenance == bare
