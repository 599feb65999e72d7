"""Small scans that tests make themselves; all four axes differ, so that any swap or flip shows."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import h5py
import numpy as np
import pytest
from numpy.typing import NDArray

from graineye.scan import hdf5_datasets, partitions

SaveHDF5 = Callable[..., Path]
Refused = Callable[..., AbstractContextManager[None]]


@pytest.fixture(scope="session")
def frames() -> NDArray[np.uint16]:
    """A scan of 6 x 5 positions with frames of 32 x 40 px, each of which carries its own address."""
    values = np.random.default_rng(20).poisson(25, (6, 5, 32, 40)).astype(np.uint16)
    y, x = np.mgrid[:6, :5]
    values[..., 0, 0] = 100 + y
    values[..., 0, 1] = 200 + x
    values[..., :, -1] = 300 + np.arange(32)
    values[..., -1, :] = 400 + np.arange(40)
    values.setflags(write=False)
    return values


@pytest.fixture
def save_hdf5(tmp_path: Path) -> SaveHDF5:
    """Write an array as the only dataset of an HDF5 file: save_hdf5(data, name="scan.h5", path="scan/frames", **how)."""

    def save(data: object, name: str = "scan.h5", path: str = "scan/frames", **how: object) -> Path:
        with h5py.File(tmp_path / name, "w") as file:
            file.create_dataset(path, data=data, **how)
        return tmp_path / name

    return save


@pytest.fixture
def small_partitions(monkeypatch: pytest.MonkeyPatch) -> None:
    """Divide even a tiny scan into partitions of about three uint16 frames of 32 x 40 px."""
    size = 3 * 32 * 40 * 2
    monkeypatch.setattr(partitions, "PARTITION_BYTES", size)
    monkeypatch.setattr(hdf5_datasets, "PARTITION_BYTES", size)


@pytest.fixture(scope="session")
def refused() -> Refused:
    """Expect an exception of exactly one class, worded in one line that holds every one of some pieces of text."""

    @contextmanager
    def expect(kind: type[Exception], *pieces: object) -> Iterator[None]:
        with pytest.raises(kind) as caught:
            yield
        message = str(caught.value)
        assert type(caught.value) is kind
        assert "\n" not in message
        assert [str(piece) for piece in pieces if str(piece) not in message] == [], message

    return expect
