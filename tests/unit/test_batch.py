"""Many scans, seen from within: names, claims, logs, summaries, and what counts as done."""

import csv
import os
import stat
import sys
import tempfile
import warnings
from pathlib import Path
from typing import Any

import pytest

from graineye import caches
from graineye.batch.asked import Asked, Found, what_is_done
from graineye.batch.claims import claimed
from graineye.batch.jobs import Job, jobs_for, named_scans
from graineye.batch.log import logged
from graineye.batch.summary import Ended, check_summary, sentence, table, write_summary
from graineye.batch.text import printable
from graineye.errors import OutputError, ScanError
from graineye.settings import CutSettings, Opening, Settings
from graineye.whole_file import check_place, whole_files

FOUND = Found(12, 7.25, "nm", {"statistics": 1.0}, ("a note",))


def _names(*scans: str) -> list[str]:
    return [job.name for job in jobs_for([Path(scan) for scan in scans], Path("out"))]


def test_a_name_is_the_scan_s_without_its_suffix() -> None:
    assert _names("a/one.h5", "b/two.tar.npy") == ["one", "two.tar"]
    (job,) = jobs_for([Path("a/one.h5")], Path("out"))
    assert [str(place) for place in job.places] == [
        f"out/one.crystallites{suffix}" for suffix in (".emd", ".html", ".png")
    ]


@pytest.mark.parametrize(
    ("scans", "names"),
    [
        (("a/scan.h5", "b/scan.h5", "b/other.h5"), ["a_scan", "b_scan", "other"]),
        (("1/a/scan.h5", "2/a/scan.h5", "2/b/scan.h5"), ["1_a_scan", "2_a_scan", "b_scan"]),
        (("a/scan.h5", "b/scan.h5", "c/a_scan.h5"), ["a_scan", "b_scan", "c_a_scan"]),
        (("a/Scan.h5", "b/scan.h5"), ["a_Scan", "b_scan"]),
        (("/scan.h5", "/b/scan.h5"), ["scan", "b_scan"]),
    ],
)
def test_where_names_collide_folders_are_put_in_front(scans: tuple[str, ...], names: list[str]) -> None:
    found = _names(*scans)
    assert len({name.casefold() for name in found}) == len(scans)
    if scans[2:] != ("c/a_scan.h5",):
        assert found == names


def test_names_that_collide_all_the_same_are_refused(refused: Any) -> None:
    with refused(OutputError, "a/scan.npy", "a/scan.h5", "another folder"):
        _names("a/scan.h5", "a/scan.npy")


def test_patterns_are_matched_where_no_shell_did_it(tmp_path: Path, refused: Any) -> None:
    for name in ("b.h5", "a.h5", "c[1].h5"):
        (tmp_path / name).touch()
    assert named_scans([tmp_path / "*.h5"]) == ([tmp_path / name for name in ("a.h5", "b.h5", "c[1].h5")], [])
    assert named_scans([tmp_path / "c[1].h5"]) == ([tmp_path / "c[1].h5"], [])
    assert named_scans([tmp_path / "missing.h5"]) == ([tmp_path / "missing.h5"], [])
    with refused(ScanError, tmp_path / "*.npy", "no file matches"):
        named_scans([tmp_path / "*.npy"])


def test_a_scan_that_is_given_twice_is_taken_once(tmp_path: Path) -> None:
    (tmp_path / "a.h5").touch()
    scans, notes = named_scans([tmp_path / "a.h5", tmp_path / "x" / ".." / "a.h5"])
    assert scans == [tmp_path / "a.h5"]
    assert len(notes) == 1
    assert "twice" in notes[0]


def test_only_one_run_writes_the_files_of_a_scan(tmp_path: Path, refused: Any) -> None:
    place = tmp_path / "a.crystallites.emd"
    with claimed(place), claimed(tmp_path / "b.crystallites.emd"):
        with refused(OutputError, place, "another run", f"process {os.getpid()}"), claimed(place):
            pass
        assert len(list(tmp_path.iterdir())) == 2
    assert list(tmp_path.iterdir()) == []
    with claimed(place):
        pass


def test_what_a_killed_run_has_left_of_this_scan_is_cleared_away(tmp_path: Path) -> None:
    for name in (".a.crystallites.x1.part", ".b.crystallites.x1.part", ".a.crystallites.b.crystallites.x1.part"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "half").touch()
    (tmp_path / ".a.crystallites.lock").touch()
    with claimed(tmp_path / "a.crystallites.emd"):
        pass
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        ".a.crystallites.b.crystallites.x1.part",
        ".b.crystallites.x1.part",
    ]


def test_without_locks_the_work_is_done_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fcntl = pytest.importorskip("fcntl")

    def no_locks(*_: object) -> None:
        raise OSError(37, "No locks available")

    monkeypatch.setattr(fcntl, "flock", no_locks)
    with claimed(tmp_path / "a.emd"), claimed(tmp_path / "a.emd"):
        (tmp_path / "a.emd").touch()
    assert [path.name for path in tmp_path.iterdir()] == ["a.emd"]


def test_files_appear_together_or_not_at_all(tmp_path: Path) -> None:
    places = (tmp_path / "a.emd", tmp_path / "a.html")

    def write_half() -> None:
        with whole_files(*places) as (first, _):
            first.write_text("half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_half()
    assert list(tmp_path.iterdir()) == []
    with whole_files(*places) as parts:
        assert [part.name for part in parts] == ["a.emd", "a.html"]
        for part in parts:
            part.write_text("whole")
        assert not any(place.exists() for place in places)
    assert sorted(tmp_path.iterdir()) == sorted(places)


def test_what_is_said_of_a_temporary_file_names_its_place(tmp_path: Path, refused: Any) -> None:
    place = tmp_path / "a.emd"
    with refused(OutputError, f"{place}: full"), whole_files(place) as (part,):
        raise OutputError(f"{part}: full")
    assert list(tmp_path.iterdir()) == []


def test_a_name_that_no_file_system_takes_is_refused_before(tmp_path: Path, refused: Any) -> None:
    with refused(OutputError, "bytes", "rename"):
        check_place(tmp_path / ("é" * 120))


@pytest.mark.parametrize(
    ("text", "shown"), [("é ü", "é ü"), ("a\nb\x1b[0m", r"a\nb\x1b[0m"), ("caf\udce9", r"caf\udce9")]
)
def test_names_become_one_line_of_text(text: str, shown: str) -> None:
    assert printable(text) == shown


def test_the_log_has_a_line_for_everything_and_is_added_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(warnings, "showwarning", lambda *_, **__: None)
    path = tmp_path / "run.log"
    path.write_text("before\n")

    def run() -> None:
        with logged(path) as log:
            log.write("two\nlines \udce9")
            log.stages(lambda *_: None)("statistics", 0, 90)
            with warnings.catch_warnings():
                warnings.simplefilter("always")
                warnings.warn("odd axis", stacklevel=1)
            assert "two" in path.read_text()  # at once, not at the end
            raise ScanError("a.h5: broken")

    with pytest.raises(ScanError):
        run()
    lines = path.read_text().splitlines()
    assert lines[0] == "before"
    assert "numba" in lines[1]
    assert any(line.endswith(r"two\nlines \udce9") for line in lines)
    assert any("UserWarning: odd axis" in line for line in lines)
    assert "ScanError: a.h5: broken" in lines[-1]
    assert all(f"[{os.getpid()}]" in line for line in lines[1:])


def test_a_log_that_cannot_be_written_stops_the_run_before_it_begins(tmp_path: Path, refused: Any) -> None:
    with refused(OutputError, tmp_path / "no" / "run.log", "log"), logged(tmp_path / "no" / "run.log"):
        pass


def test_a_log_on_a_full_disk_does_not_stop_the_run(capsys: pytest.CaptureFixture[str]) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    with logged(Path("/dev/full")) as log:
        log.write("goes on")
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 1
    assert "No space left" in said[0]


def test_the_summary_tells_what_became_of_each_scan(tmp_path: Path) -> None:
    hostile = "<script>alert(1)<b>\"'&\udce9"
    jobs = jobs_for([Path("a/one.h5"), Path(f"a/{hostile}.h5"), Path("a/,\n.h5")], tmp_path)
    ended = [
        Ended(jobs[0], FOUND, seconds=2.5),
        Ended(jobs[1], FOUND, kept=True),
        Ended(jobs[2], None, "broken <b>"),
    ]
    assert sentence(ended, 4) == "1 of 4 scans mapped, 1 done before, 1 failed, 1 not begun or interrupted."
    assert table(ended)[1] == ["a/one.h5", "12", "7.25 nm", "2.5", "1"]
    check_summary(tmp_path, force=False)
    path, index = write_summary(tmp_path, ended, 4)
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["state"] for row in rows] == ["mapped", "kept", "failed"]
    assert (rows[0]["crystallites"], rows[0]["median_diameter"], rows[0]["unit"]) == ("12", "7.25", "nm")
    assert rows[2]["scan"] == "a/,\n.h5"
    assert rows[2]["error"] == "broken <b>"
    page = index.read_text(encoding="utf-8")
    assert "<script>alert" not in page
    assert "broken &lt;b&gt;" in page
    assert 'src="./%3Cscript%3Ealert%281%29%3Cb%3E%22%27%26%E9.crystallites.png"' in page
    assert 'href="./one.crystallites.html"' in page
    check_summary(tmp_path, force=False)  # one's own may be replaced


def test_somebody_else_s_index_page_is_not_replaced(tmp_path: Path, refused: Any) -> None:
    (tmp_path / "index.html").write_text("<html>my home page")
    with refused(OutputError, tmp_path / "index.html", "--force"):
        check_summary(tmp_path, force=False)
    check_summary(tmp_path, force=True)


def test_only_flags_that_were_typed_count_for_how_a_scan_is_read() -> None:
    assert Asked().reading == {}
    assert Asked(Opening(roi="0:5,0:5")).reading == {"roi": "0:5,0:5"}


def test_what_is_done_is_known_by_scan_and_settings(mapped: Any, tmp_path: Path, refused: Any) -> None:
    from graineye.batch.asked import keep_asked

    scan = Path(mapped.provenance.scan_path)
    job = Job(scan, scan.stem, tmp_path)
    asked = Asked(settings=mapped.settings)
    assert what_is_done(job, asked) == (None, "")
    mapped.save(job.result)
    assert what_is_done(job, asked)[1] == "polycrystal.crystallites.html is missing"
    job.report.write_text("page")
    job.picture.write_text("picture")
    assert "how its scan was read" in what_is_done(job, asked)[1]
    keep_asked(job.result, asked)
    found, reason = what_is_done(job, asked)
    assert reason == ""
    assert found is not None
    assert (found.crystallites, found.unit) == (mapped.count, "nm")
    assert found.median_diameter == pytest.approx(mapped.table["diameter_nm"].median())
    assert "settings" in what_is_done(job, Asked(settings=Settings(cut=CutSettings(count=2))))[1]
    assert "another way" in what_is_done(job, Asked(Opening(roi="0:5,0:5"), mapped.settings))[1]
    other = tmp_path / "polycrystal.h5"
    other.write_bytes(b"another scan")
    with refused(OutputError, job.result, "another scan", scan):
        what_is_done(Job(other, scan.stem, tmp_path), asked)
    job.picture.write_bytes(b"")
    assert "png is missing" in what_is_done(job, asked)[1]
    job.picture.write_text("picture")
    whole = job.result.read_bytes()
    job.result.write_bytes(whole[: len(whole) // 2])
    assert "no whole results file" in what_is_done(job, asked)[1]


@pytest.mark.skipif(sys.platform == "win32", reason="users are those of POSIX")
def test_a_cache_that_another_user_prepared_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    own = caches._own_folder()
    assert own == tmp_path / f"graineye-{os.getuid()}"
    assert stat.S_IMODE(own.stat().st_mode) == 0o700
    own.chmod(0o777)
    assert caches._own_folder() != own
    own.rmdir()
    own.symlink_to(tmp_path)
    assert caches._own_folder() != own


def test_caches_that_can_be_written_are_left_as_they_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NUMBA_CACHE_DIR", "MPLCONFIGDIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    caches.use_writable_caches()
    assert "NUMBA_CACHE_DIR" not in os.environ
    assert "MPLCONFIGDIR" not in os.environ
