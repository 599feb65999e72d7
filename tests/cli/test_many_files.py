"""`graineye run` of many scans: what is written, what is said, and what is done again."""

import csv
import json
import os
import threading
from pathlib import Path
from typing import Any

import pytest

import graineye as ge


@pytest.fixture
def scans(simulated: Path, tmp_path: Path) -> Path:
    """A folder with three scans, the second of which is no scan."""
    folder = tmp_path / "scans"
    folder.mkdir()
    for name in ("a.h5", "c.h5"):
        os.link(simulated, folder / name)
    (folder / "b.h5").write_text("my measurement of Tuesday")
    return folder


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """A folder to write into."""
    (tmp_path / "out").mkdir()
    return tmp_path / "out"


def _rows(out: Path) -> list[dict[str, str]]:
    with (out / "summary.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_one_that_fails_does_not_stop_the_others(graineye: Any, scans: Path, out: Path) -> None:
    outcome = graineye("run", *sorted(scans.iterdir()), "--out", out, "--log", out / "run.log")
    assert outcome.code == 1
    errors = [line for line in outcome.err.splitlines() if line.startswith("graineye: ")]
    assert len(errors) == 1
    assert f"{scans / 'b.h5'}: not an HDF5 file" in errors[0]
    assert sorted(path.name for path in out.iterdir()) == sorted(
        [f"{name}.crystallites{suffix}" for name in "ac" for suffix in (".emd", ".html", ".png")]
        + ["summary.csv", "index.html", "run.log"]
    )
    result = ge.load_result(out / "a.crystallites.emd")
    rows = _rows(out)
    assert [row["state"] for row in rows] == ["mapped", "failed", "mapped"]
    assert rows[0]["crystallites"] == rows[2]["crystallites"] == str(result.count)
    assert float(rows[0]["median_diameter"]) == pytest.approx(result.table["diameter_nm"].median())
    assert rows[1]["error"] in errors[0]
    table = outcome.out.splitlines()
    assert table[0].split() == ["file", "crystallites", "median", "size", "seconds", "warnings"]
    assert [line.split()[1] for line in table[1:4]] == [str(result.count), "failed", str(result.count)]
    assert table[-2:] == [f"summary: {out / 'summary.csv'}", f"index:   {out / 'index.html'}"]
    log = (out / "run.log").read_text(encoding="utf-8")
    for said in (
        "numba",
        f"began {scans / 'a.h5'}",
        "statistics: 168 frames in",
        "warning: ",
        f"ended {scans / 'c.h5'}",
    ):
        assert said in log
    assert f"error: {errors[0].removeprefix('graineye: ')}" in log
    assert log.splitlines()[-1].endswith("run ended, exit code 1")


@pytest.mark.usefixtures("short_reports")
def test_resume_does_only_what_is_left_or_would_be_another_map(graineye: Any, scans: Path, out: Path) -> None:
    (scans / "b.h5").unlink()
    words = ("run", scans / "*.h5", "--out", out)
    assert graineye(*words, "--quiet").code == 0
    before = (out / "a.crystallites.emd").stat().st_mtime_ns
    (out / "c.crystallites.png").unlink()
    outcome = graineye(*words, "--resume")
    assert outcome.code == 0, outcome.err
    assert [row["state"] for row in _rows(out)] == ["kept", "mapped"]
    assert "c.crystallites.png is missing" in outcome.err
    assert (out / "a.crystallites.emd").stat().st_mtime_ns == before
    outcome = graineye(*words, "--resume", "--cut.count", "3", "--json")
    assert outcome.err.count("the settings are others") == 2
    assert [json.loads(line)["crystallites"] for line in outcome.out.splitlines()] == [3, 3]
    outcome = graineye(*words, "--resume", "--cut.count", "3", "--json")
    assert [json.loads(line)["kept"] for line in outcome.out.splitlines()] == [True, True]
    outcome = graineye("run", scans / "a.h5", "--out", out, "--resume", "--cut.count", "3")
    assert outcome.code == 0
    assert "done before" in outcome.out


def test_an_existing_result_of_any_scan_stops_the_run_before_any_pass(graineye: Any, scans: Path, out: Path) -> None:
    (out / "c.crystallites.png").write_text("kept")
    outcome = graineye("run", *sorted(scans.iterdir()), "--out", out)
    assert outcome.code == 1
    assert outcome.out == ""
    assert len(outcome.err.splitlines()) == 1
    assert str(out / "c.crystallites.png") in outcome.err
    assert [path.name for path in out.iterdir()] == ["c.crystallites.png"]


@pytest.mark.usefixtures("short_reports")
def test_json_is_one_object_a_line(graineye: Any, scans: Path, out: Path) -> None:
    outcome = graineye("run", *sorted(scans.iterdir()), scans / "a.h5", "--out", out, "--json", "--quiet")
    objects = [json.loads(line) for line in outcome.out.splitlines()]
    assert [Path(one["scan"]).name for one in objects] == ["a.h5", "b.h5", "c.h5"]
    assert set(objects[1]) == {"scan", "error"}
    assert objects[0]["crystallites"] == objects[2]["crystallites"] > 0
    assert "given twice" in outcome.err


@pytest.mark.usefixtures("short_reports")
def test_scans_of_the_same_name_are_told_apart_by_their_folders(graineye: Any, simulated: Path, tmp_path: Path) -> None:
    for name in ("monday", "tuesday"):
        (tmp_path / name).mkdir()
        os.link(simulated, tmp_path / name / "scan.h5")
    outcome = graineye("run", tmp_path / "*" / "scan.h5", "--out", tmp_path, "--quiet")
    assert outcome.code == 0, outcome.err
    assert (tmp_path / "monday_scan.crystallites.emd").exists()
    assert (tmp_path / "tuesday_scan.crystallites.emd").exists()


@pytest.mark.parametrize(
    ("words", "said"), [(("*.npy",), "no file matches"), ((".",), "a folder"), (("x.h5", "x.npy"), "another folder")]
)
def test_what_cannot_be_begun_is_said_in_one_line(
    graineye: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    outcome = graineye("run", *words)
    assert outcome.code == 1
    assert outcome.out == ""
    (line,) = outcome.err.splitlines()
    assert said in line
    assert list(tmp_path.iterdir()) == []


def test_no_scan_at_all_is_wrong_usage(graineye: Any) -> None:
    outcome = graineye("run")
    assert outcome.code == 2
    assert len(outcome.err.splitlines()) == 1


def test_a_setting_that_is_wrong_for_all_is_told_once(graineye: Any, scans: Path, out: Path) -> None:
    outcome = graineye("run", scans / "a.h5", scans / "c.h5", "--out", out, "--roi", "everything", "--quiet")
    assert outcome.code == 2
    assert outcome.err.count("--roi") == 1


@pytest.mark.usefixtures("short_reports")
def test_a_defect_at_one_scan_does_not_stop_the_others(
    graineye: Any, scans: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from graineye import mapping

    right, broken = mapping.map_crystallites, iter([True, False])

    def sometimes(*words: Any) -> Any:
        if next(broken):
            raise ZeroDivisionError("by zero")
        return right(*words)

    monkeypatch.setattr(mapping, "map_crystallites", sometimes)
    outcome = graineye("run", scans / "a.h5", scans / "c.h5", "--out", out, "--log", out / "log", "--quiet")
    assert outcome.code == 1
    assert [row["state"] for row in _rows(out)] == ["failed", "mapped"]
    assert "ZeroDivisionError" in outcome.err
    assert "Traceback" not in outcome.err
    assert "in sometimes" in (out / "log").read_text()


@pytest.mark.usefixtures("short_reports")
def test_threads_and_open_files_do_not_pile_up(graineye: Any, simulated: Path, tmp_path: Path, out: Path) -> None:
    if not Path("/proc/self/fd").exists():
        pytest.skip("open files are counted in /proc, which is Linux's")
    for i in range(4):
        os.link(simulated, tmp_path / f"{i}.h5")
    from matplotlib import pyplot as plt

    graineye("run", tmp_path / "0.h5", "--out", out, "--quiet")
    pictures = plt.get_fignums()
    before = threading.active_count(), len(os.listdir("/proc/self/fd"))  # noqa: PTH208
    outcome = graineye("run", tmp_path / "[123].h5", "--out", out, "--quiet")
    assert outcome.code == 0, outcome.err
    assert (threading.active_count(), len(os.listdir("/proc/self/fd"))) <= (before[0] + 1, before[1] + 1)  # noqa: PTH208
    assert plt.get_fignums() == pictures
