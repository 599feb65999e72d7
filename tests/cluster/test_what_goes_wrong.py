"""Clusters that fail: each is told in one line, leaves no file, and leaves a living cluster fit for use."""

import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import graineye as ge
from graineye.errors import SettingsError
from graineye.progress import silent
from graineye.scan import cluster as clusters
from graineye.scan import cluster_executor

Scans = dict[str, Path]
Run = Callable[..., Any]


@pytest.fixture
def slow(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """While it is there, workers that were told of it stay at their partition, and have written their numbers in it."""
    path = tmp_path_factory.mktemp("slow") / "slow"
    path.touch()
    return path


def wait_until_at_work(slow: Path, workers: int) -> None:
    deadline = time.monotonic() + 30
    while len(set(slow.read_text().split())) < workers:
        assert time.monotonic() < deadline
        time.sleep(0.02)


@contextmanager
def when_at_work(slow: Path, workers: int, *actions: Callable[[], object]) -> Iterator[None]:
    """Do something in mid-pass, as soon as so many workers are at work on partitions."""

    def act() -> None:
        wait_until_at_work(slow, workers)
        for action in actions:
            action()

    actor = threading.Thread(target=act)
    actor.start()
    yield
    actor.join()


def assert_refused_in_one_line(outcome: Any, folder: Path, *pieces: object) -> None:
    assert outcome.code in (1, 2)
    assert outcome.out == ""
    lines = [line for line in outcome.err.splitlines() if ": done in" not in line]
    assert len(lines) == 1, outcome.err
    assert lines[0].startswith("graineye: ")
    assert [str(piece) for piece in pieces if str(piece) not in lines[0]] == [], lines[0]
    assert list(folder.iterdir()) == []


def test_a_run_outlives_one_killed_worker_and_ends_in_one_line_with_the_last(
    scans: Scans,
    faulty: Any,
    slow: Path,
    run: Run,
    tmp_path: Path,
    polycrystal: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(cluster_executor, "PATIENCE", 2)
    settings = polycrystal.settings()
    expected = ge.map_crystallites(ge.open_scan(scans["chunked.h5"]), settings, silent)
    one, other = faulty.add(2, GRAINEYE_TEST_SLOW=str(slow))
    address = faulty.ready()

    scan = ge.open_scan(scans["chunked.h5"], cluster=address)
    with when_at_work(slow, 2, one.kill, slow.unlink):
        found = ge.map_crystallites(scan, settings, silent)
    assert one.wait(10) == -signal.SIGKILL
    np.testing.assert_array_equal(found.labels, expected.labels)
    np.testing.assert_array_equal(found.dark_fields, expected.dark_fields)
    np.testing.assert_array_equal(found.mean_patterns, expected.mean_patterns)

    slow.touch()
    with when_at_work(slow, 1, other.kill):
        outcome = run(scans["contiguous.h5"], "--cluster", address)
    assert_refused_in_one_line(outcome, tmp_path, address, "all workers are gone")


def test_a_worker_that_sees_no_such_file_or_another_one_is_named_before_any_pass(
    scans: Scans, faulty: Any, run: Run, tmp_path: Path
) -> None:
    hidden, path, other = scans["array.npy"], scans["contiguous.h5"], scans["merlin.mib"]
    faulty.add(GRAINEYE_TEST_SEES=f"{hidden}=/nowhere;{path}={other}")
    address = faulty.ready()
    outcome = run(hidden, "--cluster", address)
    assert_refused_in_one_line(
        outcome, tmp_path, hidden, "worker tcp://127.0.0.1:", "No such file", "all machines share"
    )
    assert "statistics" not in outcome.err
    outcome = run(path, "--cluster", address)
    sizes = f"sees {other.stat().st_size} bytes, here are {path.stat().st_size}"
    assert_refused_in_one_line(outcome, tmp_path, path, "worker tcp://127.0.0.1:", sizes)


@pytest.mark.parametrize(("has", "said"), [("graineye=0.0.1", "graineye 0.0.1"), ("graineye=", "no graineye")])
def test_a_worker_with_another_graineye_is_named(
    has: str, said: str, scans: Scans, faulty: Any, run: Run, tmp_path: Path
) -> None:
    faulty.add(GRAINEYE_TEST_HAS=has)
    outcome = run(scans["array.npy"], "--cluster", faulty.ready())
    assert_refused_in_one_line(outcome, tmp_path, "worker tcp://127.0.0.1:", said, "install the same version")


def test_another_version_of_a_library_is_a_note(scans: Scans, faulty: Any) -> None:
    faulty.add(GRAINEYE_TEST_HAS="numpy=9.9")
    (note,) = ge.open_scan(scans["array.npy"], cluster=faulty.ready()).notes
    assert "has numpy 9.9, here is " in note


def test_a_scheduler_that_is_not_there_is_said_within_seconds(
    scans: Scans, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert clusters._SECONDS_TO_CONNECT <= 5
    monkeypatch.setattr(clusters, "_SECONDS_TO_CONNECT", 1)
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{closed.getsockname()[1]}"
    begun = time.monotonic()
    outcome = run(scans["array.npy"], "--cluster", address)
    assert time.monotonic() - begun < 5
    assert_refused_in_one_line(outcome, tmp_path, address, "no Dask scheduler answers there")


def test_a_scheduler_without_workers_is_said(
    scans: Scans, faulty: Any, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clusters, "_SECONDS_FOR_WORKERS", 0.3)
    clusters._contexts.pop(faulty.address, None)
    outcome = run(scans["array.npy"], "--cluster", faulty.address)
    assert_refused_in_one_line(outcome, tmp_path, faulty.address, "has no workers", "dask worker")


@pytest.mark.parametrize(
    "cluster", ["local:0", "local:-1", "local:", "local:two", "host:8786", "tcp://host", "http://h:1"]
)
def test_a_cluster_that_is_written_wrongly_is_refused(cluster: str, scans: Scans, run: Run, tmp_path: Path) -> None:
    outcome = run(scans["array.npy"], "--cluster", cluster)
    assert outcome.code == 2
    assert_refused_in_one_line(outcome, tmp_path, "--cluster", cluster)


def test_threads_and_a_cluster_are_not_asked_for_together(scans: Scans, refused: Any) -> None:
    with refused(SettingsError, "--cpus", "--cluster local:N"):
        ge.open_scan(scans["array.npy"], cpus=2, cluster="local")


def test_an_interrupt_ends_within_two_seconds_and_leaves_the_cluster_fit_for_use(
    scans: Scans, faulty: Any, slow: Path, run: Run, tmp_path: Path
) -> None:
    faulty.add(GRAINEYE_TEST_SLOW=str(slow))
    address = faulty.ready()
    words = ["run", str(scans["contiguous.h5"]), "--cluster", address, "--out", str(tmp_path)]
    command = [sys.executable, "-c", "from graineye.cli import main; main()", *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        wait_until_at_work(slow, 1)
        begun = time.monotonic()
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=10)
        assert time.monotonic() - begun < 2
    assert process.returncode == 130
    assert (out, err) == ("", "graineye: interrupted; no file is left half-written\n")
    assert list(tmp_path.iterdir()) == []
    slow.unlink()
    assert ge.statistics(ge.open_scan(scans["contiguous.h5"], cluster=address)).total_counts.shape == (12, 14)


def test_a_scheduler_that_dies_in_mid_pass_ends_the_run_in_one_line(
    scans: Scans, slow: Path, run: Run, tmp_path: Path, new_cluster: Any
) -> None:
    new_cluster.add(GRAINEYE_TEST_SLOW=str(slow))
    address = new_cluster.ready()
    with when_at_work(slow, 1, new_cluster.scheduler.kill):
        outcome = run(scans["contiguous.h5"], "--cluster", address)
    assert_refused_in_one_line(outcome, tmp_path, address, "the scheduler is gone")
