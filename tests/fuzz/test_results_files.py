"""Whatever a results file holds instead of what belongs there: a result that fits together, or one line."""

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

import graineye as ge
from graineye.crystallites import merge, rename
from graineye.errors import ResultError

ANYTHING = st.one_of(
    arrays.arrays(
        st.sampled_from([np.dtype(name) for name in ("i4", "u1", "f4", "f8", "c8", "?", "S5")]),
        arrays.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=14),
    ),
    st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20),
    st.integers(-(2**40), 2**40),
    st.floats(),
    st.booleans(),
)


@pytest.fixture(scope="module")
def saved(mapped: ge.CrystalliteMap, tmp_path_factory: pytest.TempPathFactory) -> Path:
    edited = mapped.edited([rename(mapped.labels, 1, "a twin"), merge(mapped.labels, [2, 3])])
    return edited.save(tmp_path_factory.mktemp("saved") / "a.crystallites.emd")


@pytest.fixture(scope="module")
def datasets(saved: Path) -> list[str]:
    """The paths of all datasets of the root group."""
    found: list[str] = []
    with h5py.File(saved) as file:
        file["graineye"].visititems(lambda name, item: found.append(name) if isinstance(item, h5py.Dataset) else None)
    return found


def _opened(saved: Path, change: Callable[[h5py.Group], None]) -> ge.CrystalliteMap | None:
    """A changed copy; None if it is refused in one line that names it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "changed.emd"
        shutil.copy(saved, path)
        with h5py.File(path, "a") as file:
            change(file["graineye"])
        try:
            return ge.load_result(path)
        except ResultError as error:
            said = str(error)
        assert said.startswith(str(path))
        assert "\n" not in said
        return None


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_anything_in_the_place_of_a_dataset(saved: Path, datasets: list[str], data: st.DataObject) -> None:
    name, value = data.draw(st.sampled_from(datasets)), data.draw(ANYTHING)

    def put(root: h5py.Group) -> None:
        del root[name]
        root[name] = np.bytes_(value) if isinstance(value, np.ndarray) and value.dtype.kind == "U" else value

    _fits_together(_opened(saved, put))


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_anything_missing(saved: Path, data: st.DataObject) -> None:
    names: list[str] = []
    with h5py.File(saved) as file:
        file["graineye"].visit(names.append)
    name = data.draw(st.sampled_from(names))
    _fits_together(_opened(saved, lambda root: root.__delitem__(name)))


@pytest.mark.parametrize("value", ["new", b"\xff", -1, 2.5, [1, 2], np.nan])
def test_a_version_that_is_none(saved: Path, value: Any) -> None:
    _fits_together(_opened(saved, lambda root: root.attrs.__setitem__("format_version", value)))


def _fits_together(read: ge.CrystalliteMap | None) -> None:
    if read is None:
        return
    ny, nx = read.labels.shape
    frame = read.statistics.mean.shape
    n = len(read.disks.positions)
    assert read.statistics.total_counts.shape == (ny, nx)
    assert read.dark_fields.shape == (ny, nx, n)
    for image in (
        read.statistics.std,
        read.statistics.log_sum,
        read.correlation_of_log_sum,
        read.correlation_of_log_std,
    ):
        assert image.shape == frame
    assert read.dendrogram.children.shape[1:] == (2,)
    assert len(read.dendrogram.children) == len(read.dendrogram.heights) == len(read.dendrogram.sizes)
    str(read)
    len(read.table)
    len(read.edited([]).table)
