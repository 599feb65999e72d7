"""Errors are one family, each worded in one line and named in the module's list."""

import inspect

import pytest

from graineye import errors
from graineye.errors import BadValues, GraineyeError, NoScanFound, ScanError, SettingsError, SeveralScans

FAMILY = [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if kind.__module__ == errors.__name__]


@pytest.mark.parametrize("kind", FAMILY)
def test_whatever_is_refused_can_be_caught_as_one(kind: type[Exception]) -> None:
    with pytest.raises(GraineyeError, match="no such file"):
        raise kind("no such file")


@pytest.mark.parametrize("kind", FAMILY)
def test_a_message_is_one_line(kind: type[Exception]) -> None:
    assert str(kind("scan.h5: truncated\n  (at byte 5):\tfetch\r\nit  again ")) == (
        "scan.h5: truncated (at byte 5): fetch it again"
    )


@pytest.mark.parametrize("kind", FAMILY)
def test_the_module_lists_and_explains_every_error(kind: type[Exception]) -> None:
    assert f"`{kind.__name__}`" in (errors.__doc__ or "")
    assert kind.__doc__


def test_what_is_wrong_with_a_scan_is_told_apart() -> None:
    for kind in (NoScanFound, SeveralScans, BadValues):
        assert issubclass(kind, ScanError)
    assert not issubclass(SettingsError, ScanError)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("a\x1b[2Jb\x07.h5", r"a\x1b[2Jb\x07.h5"),
        ("caf\udce9.h5", r"caf\udce9.h5"),
        ("\u202egpj.h5", r"\u202egpj.h5"),
        ("Körner µ 試料.h5", "Körner µ 試料.h5"),
    ],
)
def test_characters_that_a_terminal_would_obey_are_shown_as_text(name: str, shown: str) -> None:
    assert str(GraineyeError(f"{name}: truncated")) == f"{shown}: truncated"
