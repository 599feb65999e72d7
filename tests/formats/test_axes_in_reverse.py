"""Files whose axes stand in reverse: Fortran-ordered npy, and EMD 0.2 as RosettaSciIO writes it."""

from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest
from numpy.typing import NDArray

import graineye as ge
from graineye.errors import ScanError
from graineye.scan.formats import hdf5

Frames = NDArray[np.uint16]
Refused = Callable[..., object]
Holds = Callable[[ge.Scan, NDArray[np.generic]], None]
UNITS = ("[1_/_n_m]", "[1_/_n_m]", "[n_m]", "[n_m]")


@pytest.mark.usefixtures("small_partitions")
@pytest.mark.parametrize("dtype", ["uint16", ">u2", "float32"])
def test_fortran_order_is_read_as_it_is_meant(dtype: str, small: Frames, tmp_path: Path, holds: Holds) -> None:
    np.save(tmp_path / "a.npy", np.asfortranarray(small.astype(dtype)))
    scan = ge.open_scan(tmp_path / "a.npy")
    assert any("numpy.ascontiguousarray" in note for note in scan.notes), "it is slow, and the user is told why"
    holds(scan, small)
    holds(ge.open_scan(tmp_path / "a.npy", roi="1:4,2:5"), small[1:4, 2:5])


def emd(
    path: Path, data: NDArray[np.generic], units: tuple[str, ...], place: str = "signals/scan", **how: object
) -> Path:
    with h5py.File(path, "w") as file:
        file.attrs.update(version_major="0", version_minor="2")
        group = file.create_group(place)
        group.attrs["emd_group_type"] = 1
        group.create_dataset("data", data=data, **how)
        for number, (unit, step) in enumerate(zip(units, (0.25, 0.2, 2.5, 2.0), strict=True), start=1):
            group[f"dim{number}"] = [0.0, step]
            group[f"dim{number}"].attrs["units"] = unit
    return path


@pytest.mark.usefixtures("small_partitions")
@pytest.mark.parametrize("how", [{}, {"chunks": (8, 8, 5, 6)}])
@pytest.mark.parametrize("units", [UNITS, ("", "", "", "")])
def test_emd_0_2_of_rosettasciio_is_turned(
    how: dict[str, object], units: tuple[str, ...], small: Frames, tmp_path: Path, holds: Holds
) -> None:
    scan = ge.open_scan(emd(tmp_path / "a.emd", small.T, units, **how))
    assert any("(40, 32, 5, 6) is read as (6, 5, 32, 40)" in note for note in scan.notes)
    holds(scan, small)
    if units == UNITS:
        np.testing.assert_allclose(scan.calibration.scan_step, (2.0, 2.5))
        np.testing.assert_allclose(scan.calibration.detector_pixel, (0.2, 0.25))


def test_emd_0_2_with_its_axes_in_order_is_left_as_it_is(small: Frames, tmp_path: Path, holds: Holds) -> None:
    holds(ge.open_scan(emd(tmp_path / "a.emd", small, UNITS[::-1])), small)
    holds(ge.open_scan(emd(tmp_path / "b.emd", small, ("", "", "", ""), place="data/scan")), small)


def test_a_large_file_in_reverse_is_refused_with_a_way(
    small: Frames, tmp_path: Path, refused: Refused, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = emd(tmp_path / "a.emd", small.T, UNITS)
    monkeypatch.setattr(hdf5, "LARGEST_REVERSED", small.nbytes - 1)
    with refused(ScanError, path, "in reverse", ".hspy"):
        ge.open_scan(path)


def test_a_file_that_rosettasciio_wrote(small: Frames, tmp_path: Path, holds: Holds) -> None:
    writer = pytest.importorskip("rsciio.emd")
    names, units, scales = ("y", "x", "qy", "qx"), ("nm", "nm", "1/nm", "1/nm"), (2.0, 2.5, 0.2, 0.25)
    axes = [
        {"name": names[i], "units": units[i], "scale": scales[i], "offset": 0.0, "size": n, "index_in_array": i}
        | {"navigate": i < 2, "_type": "UniformDataAxis", "is_binned": False}
        for i, n in enumerate(small.shape)
    ]
    meta = {"General": {"title": "scan"}, "Signal": {"signal_type": ""}}
    signal = {"data": small, "axes": axes, "metadata": meta, "original_metadata": {}, "attributes": {"_lazy": False}}
    signal |= {"learning_results": {}, "package": "", "package_version": "", "models": {}}
    writer.file_writer(str(tmp_path / "a.emd"), signal)
    scan = ge.open_scan(tmp_path / "a.emd")
    holds(scan, small)
    np.testing.assert_allclose(scan.calibration.scan_step, (2.0, 2.5))
    np.testing.assert_allclose(scan.calibration.detector_pixel, (0.2, 0.25))
