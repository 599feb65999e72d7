"""What a file holds and how graineye reads it, in words."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import graineye as ge
from graineye.scan import AxisScale, Calibration, describe

Frames = NDArray[np.uint16]
SaveHDF5 = Callable[..., Path]


def test_a_scan_is_described_with_its_sizes_and_notes(frames: Frames, save_hdf5: SaveHDF5) -> None:
    path = save_hdf5(frames[None])
    rows = dict(describe(ge.open_scan(path)))
    assert rows["file"] == str(path)
    assert rows["format"] == "HDF5"
    assert rows["dataset"] == "/scan/frames"
    assert rows["scan positions"].startswith("6 x 5")
    assert "32 x 40 px" in rows["frames"]
    assert "uint16" in rows["frames"]
    assert rows["region of interest"] == "all"
    assert (rows["scan step"], rows["detector pixel"]) == ("unknown", "unknown")
    assert "none" in rows["probe image"]
    assert "(1, 6, 5, 32, 40)" in rows["note"]


def test_sizes_are_given_once_where_both_axes_agree(frames: Frames, save_hdf5: SaveHDF5) -> None:
    nm, per_nm = AxisScale(2.0, "nm"), AxisScale(0.25, "1/nm")
    scan = replace(
        ge.open_scan(save_hdf5(frames), roi="1:4,2:5"),
        calibration=Calibration(nm, nm, AxisScale(0.2, "1/nm"), per_nm),
    )
    rows = dict(describe(scan))
    assert rows["scan step"] == "2 nm"
    assert rows["detector pixel"] == "0.2 x 0.25 1/nm"
    assert rows["region of interest"] == "1:4,2:5"
    assert rows["scan positions"].startswith("3 x 3")


def test_a_format_without_datasets_names_none(frames: Frames, tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", frames)
    assert "dataset" not in dict(describe(ge.open_scan(tmp_path / "a.npy")))
