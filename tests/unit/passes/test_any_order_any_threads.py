"""The same scan gives the same numbers, to the last bit, on any number of threads and in any order of finishing."""

import itertools
from collections.abc import Callable, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import graineye as ge
from graineye.passes import following_template_values, local_significance, template_values
from graineye.passes.frames import OrderedUDF

SaveHDF5 = Callable[..., Path]
Results = dict[str, NDArray[np.generic]]


@pytest.fixture
def values() -> NDArray[np.float32]:
    """Frames over many decades, whose float sums depend on their order."""
    return (10 ** np.random.default_rng(6).uniform(-4, 4, (6, 5, 32, 40))).astype(np.float32)


def every_pass(scan: ge.Scan) -> Results:
    """What each pass gives."""
    labels = (np.arange(30).reshape(6, 5) % 4).astype(np.int32)
    found = ge.statistics(scan)
    template = np.random.default_rng(7).normal(size=(7, 7)).astype(np.float32)
    corners, shifts = np.array([[2, 3], [-3, 30]]), np.random.default_rng(8).uniform(-2, 2, (6, 5, 2))
    following, variances = following_template_values(scan, template, corners, shifts)
    return {
        "mean": found.mean,
        "std": found.std,
        "log_sum": found.log_sum,
        "total_counts": found.total_counts,
        "dark_fields": template_values(scan, template, corners),
        "following": following,
        "variances": variances,
        "significance": local_significance(scan, template, shifts),
        "region_means": ge.region_means(scan, labels),
    }


def assert_equal(first: Results, second: Results) -> None:
    for name, array in first.items():
        np.testing.assert_array_equal(array, second[name], err_msg=name)


@pytest.mark.usefixtures("small_partitions")
@pytest.mark.parametrize("how", [{}, {"chunks": (2, 2, 32, 40)}], ids=["contiguous", "chunked"])
def test_one_and_two_threads_give_the_same_numbers(
    how: dict[str, object], values: NDArray[np.float32], save_hdf5: SaveHDF5
) -> None:
    path = save_hdf5(values, **how)
    alone = every_pass(ge.open_scan(path, cpus=1))
    for _ in range(3):
        assert_equal(alone, every_pass(ge.open_scan(path, cpus=2)))


@pytest.mark.usefixtures("small_partitions")
@pytest.mark.parametrize("chunks", [(1, 1, 32, 40), (2, 3, 32, 40), (4, 3, 20, 13)])
def test_contiguous_and_chunked_files_of_counts_give_the_same_numbers(
    chunks: tuple[int, ...], values: NDArray[np.float32], save_hdf5: SaveHDF5
) -> None:
    counts = np.minimum(values, 60000).astype(np.uint16)
    contiguous = ge.open_scan(save_hdf5(counts, name="a.h5"))
    chunked = ge.open_scan(save_hdf5(counts, name="b.h5", chunks=chunks))
    assert_equal(every_pass(contiguous), every_pass(chunked))


class Collected(OrderedUDF):
    """Strings the partial results together; the sum of floats would hide an order that does not matter."""

    def get_result_buffers(self) -> dict[str, Any]:
        return self.span_buffers() | {"sums": self.buffer("single", dtype=np.float64)}

    def add(self, dest: Any, partial: Mapping[str, NDArray[Any]]) -> None:
        dest.seen.append(float(partial["sums"][0]))


def partial_results() -> list[SimpleNamespace]:
    """Of partitions of unequal length: their first frames are 0, 4, 5, 8 and 10 of 12."""
    spans = [(0, 4), (4, 1), (5, 3), (8, 2), (10, 2)]
    return [
        SimpleNamespace(first_frame=np.array([first]), n_frames=np.array([n]), sums=np.array([float(first)]))
        for first, n in spans
    ]


def test_partial_results_are_added_in_the_order_of_frames_whichever_comes_first() -> None:
    for order in itertools.permutations(range(5)):
        udf, dest = Collected(bad_values="refuse"), SimpleNamespace(seen=[])
        partials = partial_results()
        for i in order:
            udf.merge(dest, partials[i])
        assert dest.seen == [0.0, 4.0, 5.0, 8.0, 10.0], order
        assert udf.frames_added == 12


def test_a_partial_result_waits_for_those_before_it() -> None:
    udf, dest = Collected(bad_values="refuse"), SimpleNamespace(seen=[])
    partials = partial_results()
    udf.merge(dest, partials[2])
    udf.merge(dest, partials[1])
    assert (dest.seen, udf.frames_added) == ([], 0)
    udf.merge(dest, partials[0])
    assert (dest.seen, udf.frames_added) == ([0.0, 4.0, 5.0], 8)


def test_a_partial_result_that_waits_is_a_copy() -> None:
    # LiberTEM may use a worker's buffers again.
    udf, dest = Collected(bad_values="refuse"), SimpleNamespace(seen=[])
    first, second, *_ = partial_results()
    udf.merge(dest, second)
    second.sums[:] = -1
    udf.merge(dest, first)
    assert dest.seen == [0.0, 4.0]
