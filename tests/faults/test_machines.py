"""Full disks, missing rights, odd homes and odd names: what can be done is done, what cannot is said in one line."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import h5py
import numpy as np
import pytest
from numpy.typing import NDArray

import graineye as ge
from graineye.batch.claims import claimed
from graineye.cli import main
from graineye.whole_file import file_for_hdf5

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="limits, users and names are those of POSIX")

_GRAINEYE = [sys.executable, "-c", "from graineye.cli import main; main()"]


@pytest.fixture
def scan(tmp_path: Path) -> Path:
    """A small scan in a folder of its own."""
    (tmp_path / "data").mkdir()
    options = ge.SimulationOptions(scan="8x7", detector=96, grain_size=4, columnar=True)
    return ge.simulate_scan(tmp_path / "data" / "scan.h5", options).path


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """A folder to write into."""
    (tmp_path / "out").mkdir()
    return tmp_path / "out"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 1 MiB."""
    place = tmp_path / "disk"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(place)]
    mounted = subprocess.run(command, capture_output=True, check=False) if shutil.which("mount") else None
    if mounted is None or mounted.returncode:
        pytest.skip("a small file system cannot be mounted here")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def _ordinary_user() -> list[str]:
    """What makes a command subject to permissions, which the superuser is not."""
    if os.geteuid():
        return []
    words = ["setpriv", "--bounding-set=-dac_override,-dac_read_search,-fowner", "--inh-caps=-all"]
    if shutil.which("setpriv") is None or subprocess.run([*words, "true"], capture_output=True, check=False).returncode:
        pytest.skip("the superuser may do everything, and setpriv cannot take that away here")
    return words


def _run(*words: str | Path) -> int:
    try:
        main(["run", *map(str, words), "--quiet"])
    except SystemExit as end:
        return int(end.code or 0)
    return 0


def test_a_disk_that_gets_full_while_files_are_written(
    scan: Path, small_disk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _run(scan, "--out", small_disk) == 1  # the report alone is larger
    (line,) = (line for line in capsys.readouterr().err.splitlines() if not line.startswith("note: "))
    assert str(small_disk / "scan.crystallites") in line
    assert "No space left" in line
    assert list(small_disk.iterdir()) == []


def test_a_disk_that_is_full_from_the_beginning(
    scan: Path, small_disk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with (small_disk / "filler").open("wb") as file:
        file.write(bytes(1020 << 10))
    assert _run(scan, "--out", small_disk) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert "are free in" in line
    assert [path.name for path in small_disk.iterdir()] == ["filler"]


def _fill(place: Path, noise: NDArray[np.float64]) -> None:
    with file_for_hdf5(place) as raw, h5py.File(raw, "w") as file:
        for i in range(4):
            file.create_dataset(f"group {i}/noise", data=noise, chunks=(1, 64, 64), compression="gzip")


def test_hdf5_survives_a_disk_that_gets_full(small_disk: Path, tmp_path: Path) -> None:
    noise = np.random.default_rng(0).random((40, 64, 64))
    for name in ("one.h5", "two.h5"):
        place = small_disk / name
        place.touch()
        with pytest.raises(OSError, match="No space left"):
            _fill(place, noise)
        place.unlink()
        with h5py.File(tmp_path / name, "w") as file:
            file["noise"] = noise
        with h5py.File(tmp_path / name, "r") as file:
            np.testing.assert_array_equal(file["noise"][()], noise)


def test_a_limit_on_the_size_of_files(
    scan: Path, out: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import resource

    monkeypatch.setattr("graineye.caches.use_writable_caches", lambda: None)  # they would be elsewhere from now on
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        code = _run(scan, "--out", out)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert code == 1
    (line,) = (line for line in capsys.readouterr().err.splitlines() if not line.startswith("note: "))
    assert str(out / "scan.crystallites.emd") in line
    assert "File too large" in line
    assert list(out.iterdir()) == []


def test_a_folder_that_one_may_not_write_to(scan: Path, out: Path) -> None:
    out.chmod(0o555)
    command = [*_ordinary_user(), *_GRAINEYE, "run", str(scan), "--out", str(out)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    (line,) = done.stderr.splitlines()
    assert f"{out} is not writable" in line


_COMPILE = """
from graineye.caches import use_writable_caches
use_writable_caches()
import os
import numpy as np
import libertem.common.numba
import matplotlib.font_manager
from graineye.kernels.tree import subtree_heights
print(os.environ.get("NUMBA_CACHE_DIR"), os.environ.get("MPLCONFIGDIR"))
print(subtree_heights(np.array([[0, 1]], np.int32), np.array([2.0])) is not None)
"""


def test_an_installation_and_a_home_that_are_read_only(tmp_path: Path) -> None:
    home, temporary = tmp_path / "home", tmp_path / "temporary"
    installed = tmp_path / "installed" / "graineye"
    shutil.copytree(Path(ge.__file__).parent, installed, ignore=shutil.ignore_patterns("__pycache__"), symlinks=False)
    home.mkdir()
    temporary.mkdir()
    for folder in [installed, *(path for path in installed.rglob("*") if path.is_dir()), home]:
        folder.chmod(0o555)
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "TMPDIR": str(temporary),
        "PYTHONPATH": str(installed.parent),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    command = [*_ordinary_user(), sys.executable, "-c", _COMPILE]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    for folder in [installed, *(path for path in installed.rglob("*") if path.is_dir()), home]:
        folder.chmod(0o755)
    assert done.returncode == 0, done.stderr
    numba, matplotlib = done.stdout.splitlines()[0].split()
    assert numba.startswith(str(temporary))
    assert matplotlib.startswith(str(temporary))
    assert done.stderr == ""


def test_no_home_another_folder_for_temporary_files_and_a_name_of_any_bytes(scan: Path, tmp_path: Path) -> None:
    out, temporary = tmp_path / "Ergebnisse für  Jörg", tmp_path / "temporary"
    out.mkdir()
    temporary.mkdir()
    odd = scan.parent / os.fsdecode("日本 \n <b>&".encode() + b"\xe9.h5")
    try:
        odd.write_bytes(b"")
    except OSError:
        pytest.skip("this file system takes names in UTF-8 only")
    odd.unlink()
    scan.rename(odd)
    environment = {name: value for name, value in os.environ.items() if name not in ("HOME", "XDG_CACHE_HOME")}
    environment |= {"TMPDIR": str(temporary), "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [*_GRAINEYE, "run", str(odd), "--out", str(out), "--json", "--log", str(out / "log")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    summary = json.loads(done.stdout)
    assert summary["scan"] == str(odd)
    result = ge.load_result(summary["result"])
    assert result.provenance.scan_path == str(odd)
    assert result.frame(0, 0).shape == (96, 96)
    page = Path(summary["report"]).read_text(encoding="utf-8")
    assert "<b>&" not in page.split("</title>")[0]
    assert r"日本 \n &lt;b&gt;&amp;\udce9.h5" in page
    assert len((out / "log").read_text(encoding="utf-8").splitlines()) >= 5
    assert list(temporary.iterdir()) == [] or all(path.name.startswith("graineye-") for path in temporary.iterdir())


def test_names_of_any_bytes_among_many(scan: Path, out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    odd = scan.parent / os.fsdecode(b"-caf\xe9 [1].h5")
    try:
        os.link(scan, odd)
    except OSError:
        pytest.skip("this file system takes names in UTF-8 only")
    assert _run(scan, odd, "--out", out) == 0
    assert r"-caf\udce9 [1].h5" in capsys.readouterr().out
    assert r"-caf\udce9 [1].h5" in (out / "index.html").read_text(encoding="utf-8")
    assert "./-caf%E9%20%5B1%5D.crystallites.html" in (out / "index.html").read_text(encoding="utf-8")


def test_a_second_run_of_the_same_scan_is_refused_while_the_first_works(
    scan: Path, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with claimed(out / "scan.crystallites.emd"):
        assert _run(scan, "--out", out, "--force") == 1
        (line,) = capsys.readouterr().err.splitlines()
        assert "another run" in line
    assert list(out.iterdir()) == []


def test_two_runs_of_one_scan_at_once_do_not_mix(scan: Path, out: Path) -> None:
    both = [
        subprocess.Popen(
            [*_GRAINEYE, "run", str(scan), "--out", str(out), "--force", "--cut.count", count],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        for count in ("2", "3")
    ]
    said = [process.communicate(timeout=60)[1] for process in both]
    codes = [process.returncode for process in both]
    assert 0 in codes
    for code, text in zip(codes, said, strict=True):
        assert code == 0 or "another run" in text
    assert sorted(path.suffix for path in out.iterdir()) == [".emd", ".html", ".png"]
    count = ge.load_result(out / "scan.crystallites.emd").count
    assert f"{count} crystallites" in (out / "scan.crystallites.html").read_text(encoding="utf-8")
