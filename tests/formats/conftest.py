"""The scan that files are written of, and the writers of `writers.py` as fixtures."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

# Test modules have no package here (import mode importlib), so that `writers` is found only this way.
sys.path.insert(0, str(Path(__file__).parent))

import writers

import graineye as ge

Frames = NDArray[Any]


@pytest.fixture(scope="session")
def small(frames: Frames) -> Frames:
    """The scan of 6 x 5 frames of 32 x 40 px with values that a byte holds."""
    return (frames % 251).astype(np.uint16)


@pytest.fixture(scope="session")
def holds() -> Callable[[ge.Scan, Frames], None]:
    """Every frame of a scan, and what one pass sums up, against an array."""

    def check(scan: ge.Scan, expected: Frames) -> None:
        assert scan.shape == expected.shape
        for y, x in np.ndindex(expected.shape[:2]):
            np.testing.assert_array_equal(scan.frame(y, x), expected[y, x], err_msg=f"frame {y}, {x}")
        found = ge.statistics(scan)
        np.testing.assert_allclose(found.total_counts, expected.sum(axis=(2, 3), dtype=np.float64), rtol=1e-12)
        np.testing.assert_allclose(found.std, expected.astype(float).std(axis=(0, 1)), rtol=1e-5, atol=1e-7)

    return check


@pytest.fixture(scope="session")
def write_mib() -> Callable[..., Path]:
    return writers.write_mib


@pytest.fixture(scope="session")
def write_hdr() -> Callable[..., Path]:
    return writers.write_hdr


@pytest.fixture(scope="session")
def write_empad() -> Callable[..., Frames]:
    return writers.write_empad


@pytest.fixture(scope="session")
def write_mrc() -> Callable[..., Path]:
    return writers.write_mrc


@pytest.fixture(scope="session")
def write_seq() -> Callable[..., Path]:
    return writers.write_seq


@pytest.fixture(scope="session")
def write_ser() -> Callable[..., Path]:
    return writers.write_ser


@pytest.fixture(scope="session")
def write_csr() -> Callable[..., Path]:
    return writers.write_csr
