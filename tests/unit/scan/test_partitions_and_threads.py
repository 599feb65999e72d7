"""How a scan is divided for passes, and what runs them."""

import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

import graineye as ge
from graineye.errors import SettingsError
from graineye.scan import engine
from graineye.scan.partitions import partition_count

Frames = NDArray[np.uint16]
SaveHDF5 = Callable[..., Path]
Refused = Callable[..., object]


def test_partitions_hold_about_64_mib_of_frames() -> None:
    published = partition_count((100, 84), (250, 250), np.dtype("u2"))
    assert published == -(-100 * 84 * 250 * 250 * 2 // (64 * 2**20)) == 16
    assert partition_count((1, 1), (4, 4), np.dtype("u1")) == 1
    assert partition_count((2, 3), (10000, 10000), np.dtype("f8")) == 6, "at most one a frame"


@pytest.mark.usefixtures("small_partitions")
@pytest.mark.parametrize("how", [{}, {"chunks": (1, 5, 32, 40)}, {"chunks": (2, 2, 32, 40)}])
def test_partitions_are_the_same_on_any_number_of_threads_and_cover_every_frame_in_order(
    how: dict[str, object], frames: Frames, save_hdf5: SaveHDF5
) -> None:
    path = save_hdf5(frames, **how)
    divided = [
        [(part.slice.origin[0], part.slice.shape[0]) for part in ge.open_scan(path, cpus=cpus).dataset.get_partitions()]
        for cpus in (1, 2, 5)
    ]
    assert divided[0] == divided[1] == divided[2]
    assert len(divided[0]) > 1
    starts = np.cumsum([0] + [n for _, n in divided[0]])
    assert [start for start, _ in divided[0]] == starts[:-1].tolist()
    assert starts[-1] == 30


@pytest.mark.parametrize("cpus", [0, -2])
def test_less_than_one_thread_is_refused(cpus: int, frames: Frames, save_hdf5: SaveHDF5, refused: Refused) -> None:
    path = save_hdf5(frames)
    with refused(SettingsError, f"--cpus is {cpus}", "at least 1"):
        ge.open_scan(path, cpus=cpus)


def test_an_interrupted_pass_drops_what_has_not_begun_and_the_threads_stay_fit_for_use() -> None:
    context = engine.thread_context(1)
    begun, go_on = threading.Event(), threading.Event()
    worked: list[int] = []

    def work(number: int) -> None:
        begun.set()
        go_on.wait(10)
        worked.append(number)

    waiting = [context.executor.client.submit(work, number) for number in range(5)]
    assert begun.wait(10)
    engine.drop_waiting_work(context)
    go_on.set()
    waiting[0].result(10)
    time.sleep(0.05)
    assert worked == [0]
    assert all(future.cancelled() for future in waiting[1:])
    assert context.executor.run_function(lambda: 7) == 7
