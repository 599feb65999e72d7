"""The passes against LiberTEM's own user-defined functions over the same scan."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from libertem.udf.logsum import LogsumUDF
from libertem.udf.masks import ApplyMasksUDF
from libertem.udf.stddev import StdDevUDF
from libertem.udf.sum import SumUDF
from libertem.udf.sumsigudf import SumSigUDF
from numpy.typing import NDArray

import graineye as ge
from graineye.passes import template_values

Frames = NDArray[np.uint16]
SaveHDF5 = Callable[..., Path]


@pytest.fixture(params=[{}, {"chunks": (2, 3, 32, 40)}, {"dtype": ">u2"}], ids=["contiguous", "chunked", "big-endian"])
def scan(request: pytest.FixtureRequest, small_partitions: None, frames: Frames, save_hdf5: SaveHDF5) -> ge.Scan:
    return ge.open_scan(save_hdf5(frames, **request.param))


def test_statistics_agree(scan: ge.Scan) -> None:
    found = ge.statistics(scan)
    log_sum, deviation, total, counts = scan.context.run_udf(
        dataset=scan.dataset, udf=[LogsumUDF(), StdDevUDF(), SumUDF(), SumSigUDF()]
    )
    # LiberTEM sums logarithms in float32: its own error is 6e-6.
    np.testing.assert_allclose(found.log_sum, log_sum["logsum"].data, rtol=2e-5)
    np.testing.assert_allclose(found.std, deviation["std"].data, rtol=1e-5, atol=1e-9)
    np.testing.assert_allclose(found.mean * 30, total["intensity"].data, rtol=1e-5)
    np.testing.assert_allclose(found.total_counts, counts["intensity"].data, rtol=1e-5)


def test_template_values_are_those_of_a_stack_of_masks(scan: ge.Scan) -> None:
    template = np.random.default_rng(8).normal(size=(7, 9)).astype(np.float32)
    corners = np.array([[0, 0], [11, 17], [25, 31], [3, 20]])

    def masks() -> NDArray[np.float32]:
        stack = np.zeros((4, 32, 40), np.float32)
        for mask, (y, x) in zip(stack, corners, strict=True):
            mask[y : y + 7, x : x + 9] = template
        return stack

    classic = scan.context.run_udf(dataset=scan.dataset, udf=ApplyMasksUDF(mask_factories=masks, use_sparse=False))
    found = template_values(scan, template, corners)
    np.testing.assert_allclose(found, classic["intensity"].data, rtol=1e-5, atol=1e-2)


def test_a_region_mean_is_libertems_sum_over_that_region(scan: ge.Scan) -> None:
    region = np.zeros((6, 5), bool)
    region[1:4, 2:] = True
    total = scan.context.run_udf(dataset=scan.dataset, udf=SumUDF(), roi=region)
    found = ge.region_means(scan, region.astype(np.int32))
    np.testing.assert_allclose(found[0] * region.sum(), total["intensity"].data, rtol=1e-5)
