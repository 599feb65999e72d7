"""Progress is told on standard error: bars on a terminal, one line a stage elsewhere, nothing when quiet."""

import re
import sys

import pytest

from graineye.progress import Progress, shown, silent

Capture = pytest.CaptureFixture[str]


def on_terminal(monkeypatch: pytest.MonkeyPatch, answer: bool) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: answer)
    monkeypatch.delitem(sys.modules, "ipykernel", raising=False)


def run_two_stages(progress: Progress) -> None:
    for stage, total in (("statistics", 40), ("dark fields", 7)):
        for done in range(0, total + 1):
            progress(stage, done, total)


def test_silence_says_nothing(capsys: Capture) -> None:
    run_two_stages(silent)
    with shown(quiet=True) as progress:
        run_two_stages(progress)
    assert capsys.readouterr() == ("", "")


def test_away_from_a_terminal_each_stage_is_one_line(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    on_terminal(monkeypatch, False)
    with shown() as progress:
        run_two_stages(progress)
    out, err = capsys.readouterr()
    assert out == ""
    assert len(err.splitlines()) == 2
    for line, stage in zip(err.splitlines(), ("statistics", "dark fields"), strict=True):
        assert re.fullmatch(rf"{stage}: done in \d+\.\d s", line)


def test_a_stage_whose_end_is_told_twice_is_still_one_line(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    on_terminal(monkeypatch, False)
    with shown() as progress:
        for done in (0, 5, 10, 10, 10):
            progress("statistics", done, 10)
    assert capsys.readouterr().err.count("statistics") == 1


def test_a_stage_that_is_run_again_is_told_again(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    on_terminal(monkeypatch, False)
    with shown() as progress:
        for done in (0, 10, 0, 10):
            progress("dark fields", done, 10)
    assert capsys.readouterr().err.count("dark fields: done") == 2


def test_an_unfinished_stage_is_not_said_to_be_done(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    on_terminal(monkeypatch, False)
    with shown() as progress:
        progress("statistics", 0, 10)
        progress("statistics", 9, 10)
    assert capsys.readouterr().err == ""


def test_on_a_terminal_bars_show_every_stage(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    on_terminal(monkeypatch, True)
    with shown() as progress:
        run_two_stages(progress)
    out, err = capsys.readouterr()
    assert out == ""
    assert "statistics" in err
    assert "40/40" in err
    assert "7/7" in err


def test_work_of_unknown_extent_is_told_when_it_begins(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    on_terminal(monkeypatch, False)
    with shown() as progress:
        progress("compiling", 0, 0)
        assert capsys.readouterr().err == "compiling\n"
        progress("compiling", 1, 1)
    assert capsys.readouterr().err == ""
    on_terminal(monkeypatch, True)
    with shown() as progress:
        progress("compiling", 0, 0)
        progress("compiling", 1, 1)
    assert "compiling" in capsys.readouterr().err


def test_an_interruption_gets_through(monkeypatch: pytest.MonkeyPatch) -> None:
    for terminal in (True, False):
        on_terminal(monkeypatch, terminal)
        with pytest.raises(KeyboardInterrupt), shown():
            raise KeyboardInterrupt
