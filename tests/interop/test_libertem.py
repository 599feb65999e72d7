"""LiberTEM loads the stacks of a results file as frames to work on; images alone it cannot load."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

lt = pytest.importorskip("libertem.api")
DataSetException = pytest.importorskip("libertem.io.dataset.base").DataSetException
# It says that reading compressed HDF5 may be slow.
pytestmark = pytest.mark.filterwarnings("ignore:Loading compressed HDF5:RuntimeWarning")


@pytest.fixture(scope="module")
def by_libertem() -> Iterator[Any]:
    with lt.Context.make_with("inline") as made:
        yield made


def stacks(saved: Any) -> dict[str, Any]:
    return {name: array for name, array in saved.arrays.items() if array.values.ndim == 3}


def test_every_stack_is_a_row_of_images(by_libertem: Any, saved: Any) -> None:
    for name, expected in stacks(saved).items():
        dataset = by_libertem.load("hdf5", path=str(saved.path), ds_path=f"graineye/{name}/data")
        assert tuple(dataset.shape) == expected.values.shape
        total = by_libertem.create_sum_analysis(dataset=dataset)
        found = by_libertem.run(total)["intensity"].raw_data
        np.testing.assert_allclose(found, expected.values.sum(axis=0, dtype=np.float64), rtol=1e-4, atol=1e-3)


def test_one_image_of_a_stack_can_be_picked(by_libertem: Any, saved: Any) -> None:
    for name, expected in stacks(saved).items():
        dataset = by_libertem.load("hdf5", path=str(saved.path), ds_path=f"graineye/{name}/data")
        second = np.arange(len(expected.values)) == 1
        picked = by_libertem.run(by_libertem.create_sum_analysis(dataset=dataset), roi=second)["intensity"].raw_data
        np.testing.assert_array_equal(picked, expected.values[1])


@pytest.mark.parametrize("suffix", [".emd", ".hspy", ".nxs"])
def test_by_itself_it_takes_the_largest_stack(suffix: str, by_libertem: Any, saved: Any) -> None:
    path = str(saved.path if suffix == ".emd" else saved.copied_as(suffix))
    if not stacks(saved):  # where no disks were found there are images only
        with pytest.raises(DataSetException, match="Unable to infer dataset"):
            by_libertem.load("hdf5", path=path)
        return
    largest = max(stacks(saved).values(), key=lambda array: array.values.size)
    assert tuple(by_libertem.load("auto", path=path).shape) == largest.values.shape
