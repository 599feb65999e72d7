"""Dark and gain images, binning and flyback: what is done to frames while they are read, in any format."""

from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest
import tifffile
from numpy.typing import NDArray

import graineye as ge
from graineye.errors import ScanError
from graineye.scan import describe

Frames = NDArray[np.uint16]
Write = Callable[..., Path]
Refused = Callable[..., object]
Holds = Callable[[ge.Scan, NDArray[np.generic]], None]
Saved = Callable[[Path, Frames], dict[str, object]]


def contiguous(path: Path, frames: Frames) -> dict[str, object]:
    with h5py.File(path, "w") as file:
        file["x"] = frames
    return {}


def chunked(path: Path, frames: Frames) -> dict[str, object]:
    with h5py.File(path, "w") as file:
        file.create_dataset("x", data=frames, chunks=(4, 3, 20, 13))
    return {}


def raw(path: Path, frames: Frames) -> dict[str, object]:
    frames.astype(">u2").tofile(path)
    return {"dtype": ">u2", "nav_shape": (6, 5), "sig_shape": (32, 40)}


STORED = [contiguous, chunked, raw]


def binned(frames: NDArray[np.generic], size: int) -> NDArray[np.int64]:
    """Sums by a plain loop."""
    height, width = frames.shape[2] // size, frames.shape[3] // size
    sums = np.zeros((*frames.shape[:2], height, width), np.int64)
    for y, x in np.ndindex(height, width):
        sums[:, :, y, x] = frames[:, :, y * size : (y + 1) * size, x * size : (x + 1) * size].sum(axis=(2, 3))
    return sums


@pytest.mark.usefixtures("small_partitions")
@pytest.mark.parametrize("store", STORED)
@pytest.mark.parametrize("size", [2, 3, 8])
def test_pixels_are_summed(size: int, store: Saved, frames: Frames, tmp_path: Path, holds: Holds) -> None:
    how = store(tmp_path / "a", frames)
    scan = ge.open_scan(tmp_path / "a", bin=size, **how)
    holds(scan, binned(frames, size))
    holds(ge.open_scan(tmp_path / "a", bin=size, roi="1:4,2:5", **how), binned(frames, size)[1:4, 2:5])
    rest = [note for note in scan.notes if "--bin" in note]
    assert bool(rest) == bool(32 % size or 40 % size)


@pytest.mark.parametrize("dtype", ["uint8", "int16", "uint16", "uint32", "int32", "float32", "float64", "bool"])
def test_no_sum_overflows(dtype: str, tmp_path: Path, holds: Holds) -> None:
    kind = np.dtype(dtype)
    largest = 1 if kind.kind == "b" else (1e30 if kind.kind == "f" else np.iinfo(kind).max)
    values = np.full((2, 3, 16, 20), largest, kind)
    values[0, 0] = 0
    np.save(tmp_path / "a.npy", values)
    expected = values.astype(float).reshape(2, 3, 4, 4, 5, 4).sum(axis=(3, 5))
    scan = ge.open_scan(tmp_path / "a.npy", bin=4)
    np.testing.assert_allclose(scan.frame(1, 1), expected[1, 1], rtol=1e-6)
    np.testing.assert_allclose(ge.statistics(scan).total_counts, expected.sum(axis=(2, 3)), rtol=1e-6)


def test_calibration_and_probe_follow_the_bins(
    frames: Frames, save_legacy_emd: Callable[[Path, Frames], Path], tmp_path: Path
) -> None:
    path = save_legacy_emd(tmp_path / "a.h5", frames)
    probe = np.random.default_rng(3).poisson(9, (32, 40))
    with h5py.File(path, "a") as file:
        file["4DSTEM_experiment/data/diffractionslices/probe/data"] = probe
    scan = ge.open_scan(path, bin=2)
    np.testing.assert_allclose(scan.calibration.scan_step, (2.0, 2.5))
    np.testing.assert_allclose(scan.calibration.detector_pixel, (0.4, 0.5))
    assert scan.probe is not None
    np.testing.assert_array_equal(scan.probe, probe.reshape(16, 2, 20, 2).sum(axis=(1, 3)))
    assert dict(describe(scan))["frames"].startswith("16 x 20 px")


def test_an_unknown_pixel_stays_unknown(frames: Frames, tmp_path: Path) -> None:
    contiguous(tmp_path / "a.h5", frames)
    assert ge.open_scan(tmp_path / "a.h5", bin=2).calibration.detector_unit == "px"


@pytest.mark.parametrize("size", [0, -2, 9, 40])
def test_bins_that_leave_no_frame_are_refused(size: int, frames: Frames, tmp_path: Path, refused: Refused) -> None:
    contiguous(tmp_path / "a.h5", frames)
    with refused(ScanError, tmp_path / "a.h5", f"--bin {size}", "take 1 to 8"):
        ge.open_scan(tmp_path / "a.h5", bin=size)


@pytest.fixture(scope="module")
def dark() -> NDArray[np.float32]:
    return np.random.default_rng(4).normal(5, 1, (32, 40)).astype(np.float32)


@pytest.fixture(scope="module")
def gain() -> NDArray[np.float32]:
    return np.random.default_rng(5).uniform(0.5, 2, (32, 40)).astype(np.float32)


def corrected(frames: Frames, dark: NDArray[np.float32], gain: NDArray[np.float32]) -> NDArray[np.float32]:
    return (frames.astype(np.float32) - dark) * gain


@pytest.mark.usefixtures("small_partitions")
@pytest.mark.parametrize("store", STORED)
def test_the_dark_image_is_subtracted_before_the_gain_is_multiplied(
    store: Saved, frames: Frames, dark: NDArray[np.float32], gain: NDArray[np.float32], tmp_path: Path
) -> None:
    how = store(tmp_path / "a", frames)
    np.save(tmp_path / "dark.npy", dark)
    np.save(tmp_path / "gain.npy", gain)
    images = {"dark": str(tmp_path / "dark.npy"), "gain": str(tmp_path / "gain.npy")}
    scan = ge.open_scan(tmp_path / "a", **images, **how)
    expected = corrected(frames, dark, gain)
    assert scan.dtype == np.float32
    np.testing.assert_allclose(scan.frame(4, 3), expected[4, 3], rtol=1e-6)
    found = ge.statistics(scan)
    np.testing.assert_allclose(found.total_counts, expected.sum(axis=(2, 3), dtype=np.float64), rtol=1e-6)
    np.testing.assert_allclose(found.std, expected.std(axis=(0, 1), dtype=np.float64), rtol=1e-5)
    both = ge.open_scan(tmp_path / "a", bin=2, roi="1:4,:", **images, **how)
    np.testing.assert_allclose(
        both.frame(2, 4), expected[3, 4].reshape(16, 2, 20, 2).sum(axis=(1, 3)), rtol=1e-4, atol=1e-3
    )


def test_either_image_may_stand_alone(
    frames: Frames, dark: NDArray[np.float32], gain: NDArray[np.float32], tmp_path: Path
) -> None:
    contiguous(tmp_path / "a.h5", frames)
    np.save(tmp_path / "dark.npy", dark)
    np.save(tmp_path / "gain.npy", gain)
    only_dark = ge.open_scan(tmp_path / "a.h5", dark=str(tmp_path / "dark.npy"))
    np.testing.assert_allclose(only_dark.frame(1, 2), frames[1, 2] - dark, rtol=1e-6)
    only_gain = ge.open_scan(tmp_path / "a.h5", gain=str(tmp_path / "gain.npy"))
    np.testing.assert_allclose(only_gain.frame(1, 2), frames[1, 2] * gain, rtol=1e-6)


@pytest.mark.parametrize("kind", ["dark.npy", "dark.tif", "dark.h5", "dark.mrc"])
def test_images_may_be_of_any_of_these_kinds(
    kind: str, frames: Frames, dark: NDArray[np.float32], write_mrc: Write, tmp_path: Path
) -> None:
    contiguous(tmp_path / "a.h5", frames)
    path = tmp_path / kind
    if kind == "dark.npy":
        np.save(path, dark)
    elif kind == "dark.tif":
        tifffile.imwrite(path, dark)
    elif kind == "dark.mrc":
        write_mrc(path, dark[None, None], mode=2)
    else:
        with h5py.File(path, "w") as file:
            file["calibration/dark"] = dark[None]
            file["axis"] = np.arange(3)
    scan = ge.open_scan(tmp_path / "a.h5", dark=str(path))
    np.testing.assert_allclose(scan.frame(0, 3), frames[0, 3] - dark, rtol=1e-6)


def test_images_that_do_not_fit_are_refused(frames: Frames, tmp_path: Path, refused: Refused) -> None:
    contiguous(tmp_path / "a.h5", frames)
    np.save(tmp_path / "turned.npy", np.zeros((40, 32)))
    np.save(tmp_path / "nan.npy", np.full((32, 40), np.nan))
    np.save(tmp_path / "text.npy", np.full((32, 40), "dark"))
    np.save(tmp_path / "objects.npy", np.full((32, 40), None), allow_pickle=True)
    (tmp_path / "notes.txt").write_text("no image")
    contiguous(tmp_path / "two.h5", frames)
    cases = {
        "turned.npy": "(40, 32)",
        "nan.npy": "NaN",
        "text.npy": "no image can be read",
        "objects.npy": "no image can be read",
        "notes.txt": "no image can be read",
        "two.h5": "0 datasets",
        "gone.npy": "no such file",
    }
    for name, fact in cases.items():
        with refused(ScanError, tmp_path / name, fact):
            ge.open_scan(tmp_path / "a.h5", dark=str(tmp_path / name))


@pytest.mark.parametrize(("columns", "kept"), [(1, slice(0, 4)), (3, slice(0, 2)), (-2, slice(2, 5))])
@pytest.mark.parametrize("store", STORED)
def test_flyback_columns_are_cut(
    columns: int, kept: slice, store: Saved, frames: Frames, tmp_path: Path, holds: Holds
) -> None:
    how = store(tmp_path / "a", frames)
    holds(ge.open_scan(tmp_path / "a", flyback=columns, **how), frames[:, kept])


def test_a_region_of_interest_is_counted_in_the_file_also_where_flyback_is_cut(
    frames: Frames, tmp_path: Path, refused: Refused, holds: Holds
) -> None:
    contiguous(tmp_path / "a.h5", frames)
    scan = ge.open_scan(tmp_path / "a.h5", flyback=-2, roi="1:3,1:4")
    assert scan.roi_bounds == (1, 3, 2, 4)
    holds(scan, frames[1:3, 2:4])
    with refused(ScanError, tmp_path / "a.h5", "--roi", "leaves no scan position"):
        ge.open_scan(tmp_path / "a.h5", flyback=-2, roi="1:3,0:2")


@pytest.mark.parametrize("columns", [5, -5, 100])
def test_flyback_of_all_columns_is_refused(columns: int, frames: Frames, tmp_path: Path, refused: Refused) -> None:
    contiguous(tmp_path / "a.h5", frames)
    with refused(ScanError, tmp_path / "a.h5", f"--flyback {columns}", "5 columns"):
        ge.open_scan(tmp_path / "a.h5", flyback=columns)
