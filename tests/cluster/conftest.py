"""A Dask scheduler and worker processes on loopback, started as a user starts them."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import h5py
import hdf5plugin
import numpy as np
import pytest
from numpy.typing import NDArray

from graineye.cli import main
from graineye.scan import cluster as clusters
from graineye.scan import partitions

_SECONDS_TO_START = 60
_LOOPBACK = ("--host", "127.0.0.1", "--no-dashboard", "--dashboard-address", "127.0.0.1:0")


class Cluster:
    """A scheduler, and the workers that are started with `add`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._note = folder / "scheduler.json"
        words = ("scheduler", *_LOOPBACK, "--port", "0", "--scheduler-file", str(self._note))
        self.scheduler = self._started(*words)
        self.workers: list[subprocess.Popen[bytes]] = []

    def _started(self, *words: str, **environment: str) -> "subprocess.Popen[bytes]":
        # In a folder of its own: a relative path means nothing to it.
        with (self._folder / f"{words[0]}.log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "dask", *words],
                cwd=self._folder,
                env=os.environ | environment,
                stdout=log,
                stderr=log,
            )

    def add(self, count: int = 1, **environment: str) -> "list[subprocess.Popen[bytes]]":
        """Start workers; `ready` waits for them."""
        words = ("worker", *_LOOPBACK, "--no-nanny", "--nthreads", "1", "--memory-limit", "0")
        words += ("--scheduler-file", str(self._note), "--local-directory", str(self._folder))
        words += ("--preload", str(Path(__file__).with_name("worker_preload.py")))
        started = [self._started(*words, **environment) for _ in range(count)]
        self.workers += started
        return started

    @property
    def address(self) -> str:
        """tcp://127.0.0.1:port."""
        deadline = time.monotonic() + _SECONDS_TO_START
        while time.monotonic() < deadline:
            with suppress(FileNotFoundError, json.JSONDecodeError):
                return str(json.loads(self._note.read_text())["address"])
            time.sleep(0.05)
        raise TimeoutError("the scheduler does not start")

    def ready(self) -> str:
        """The address, once every worker has come and every killed one is known to be gone."""
        from distributed import Client

        alive = sum(worker.poll() is None for worker in self.workers)
        deadline = time.monotonic() + _SECONDS_TO_START
        with Client(self.address, set_as_default=False, timeout=_SECONDS_TO_START) as client:
            while len(client.nthreads()) != alive:
                in_time = time.monotonic() < deadline and alive == sum(worker.poll() is None for worker in self.workers)
                assert in_time, (self._folder / "worker.log").read_text()
                time.sleep(0.05)
        return self.address

    def stop_workers(self) -> None:
        for worker in self.workers:
            worker.kill()
            worker.wait(10)
        self.workers.clear()

    def stop(self) -> None:
        self.stop_workers()
        self.scheduler.kill()
        self.scheduler.wait(10)


def _forget_contexts() -> None:
    while clusters._contexts:
        clusters._contexts.popitem()[1].close()


@pytest.fixture(scope="session")
def two_workers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a scheduler with two worker processes."""
    cluster = Cluster(tmp_path_factory.mktemp("cluster"))
    cluster.add(2)
    yield cluster.ready()
    _forget_contexts()
    cluster.stop()


@pytest.fixture(scope="session")
def scheduler(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    cluster = Cluster(tmp_path_factory.mktemp("faulty"))
    yield cluster
    _forget_contexts()
    cluster.stop()


@pytest.fixture
def faulty(scheduler: Cluster) -> Iterator[Cluster]:
    """A scheduler whose workers a test starts, and that are gone after it."""
    yield scheduler
    scheduler.stop_workers()
    if scheduler.scheduler.poll() is None:
        scheduler.ready()


@pytest.fixture
def new_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A scheduler that a test may kill."""
    cluster = Cluster(tmp_path_factory.mktemp("own"))
    yield cluster
    cluster.stop()


@pytest.fixture(autouse=True)
def partitions_of_20_frames(monkeypatch: pytest.MonkeyPatch) -> None:
    """Divide the polycrystal into nine partitions."""
    size = 20 * 72 * 80 * 2
    monkeypatch.setattr(partitions, "PARTITION_BYTES", size)


@pytest.fixture(scope="session")
def scans(polycrystal: object, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The polycrystal as each kind of file."""
    frames: NDArray[np.uint16] = polycrystal.frames  # type: ignore[attr-defined]
    folder = tmp_path_factory.mktemp("scans")
    with h5py.File(folder / "contiguous.h5", "w") as file:
        file["frames"] = frames
    with h5py.File(folder / "chunked.h5", "w") as file:
        # A filter that HDF5 itself does not have.
        file.create_dataset("frames", data=frames, chunks=(2, 5, 72, 80), **hdf5plugin.Bitshuffle())
    np.save(folder / "array.npy", frames)
    dacs = ",".join(["0.0E+0"] * 8 + ["3RX"] + ["000"] * 28)
    with (folder / "merlin.mib").open("wb") as mib:
        for number, frame in enumerate(frames.reshape(-1, 72, 80), start=1):
            header = (
                f"MQ1,{number:06d},00384,01,0080,0072,U16,   1x1,01,2026-01-01 00:00:00.000000,0.001000,0,0,0,{dacs},"
                "MQ1A,2026-01-01T00:00:00.000000000Z,1000000ns,12,"
            )
            mib.write(header.encode().ljust(384, b"\0") + frame.astype(">u2").tobytes())
    return {path.name: path for path in folder.iterdir()}


class Outcome(NamedTuple):
    code: int
    out: str
    err: str


APERTURE = (
    *("--probe.source", "bullseye", "--probe.spot-radius", "1.4", "--probe.ring-inner", "4", "--probe.ring-outer", "6"),
    *("--probe.excluded-radius", "9", "--probe.bar-width", "1.5"),
)


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str], tmp_path: Path) -> Callable[..., Outcome]:
    """`graineye run` in this process, with its results in `tmp_path`."""

    def call(*words: str | Path) -> Outcome:
        capfd.readouterr()
        try:
            main(["run", *map(str, words), "--out", str(tmp_path), *APERTURE])
            code = 0
        except SystemExit as end:
            code = int(end.code or 0)
        printed = capfd.readouterr()
        return Outcome(code, printed.out, printed.err)

    return call
