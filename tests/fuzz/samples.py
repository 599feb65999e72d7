"""Small sound files of every format that graineye reads, each with the way it is opened and what it must give."""

import io
import json
import struct
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import h5py
import hdf5plugin
import numpy as np
import tifffile
import zarr
from numpy.typing import NDArray

SCAN = (4, 3)
FRAME = (16, 20)


@dataclass(frozen=True)
class Sample:
    """A sound file."""

    name: str
    suffix: str
    content: bytes
    kind: Literal["scan", "result", "truth", "labels", "settings"]
    shape: tuple[int, ...]
    """Of what it gives."""
    options: dict[str, str] = field(default_factory=dict)
    """How a scan is opened."""


def frames() -> NDArray[np.uint16]:
    """A scan whose four axes differ."""
    values = np.random.default_rng(11).poisson(9, (*SCAN, *FRAME)).astype(np.uint16)
    values[..., 5:9, 8:12] += 40
    return values


def samples(folder: Path) -> Iterator[Sample]:
    """All of them; `folder` is for files on the way."""
    data = frames()
    shape = data.shape
    for name, how in _HDF5.items():
        yield Sample(
            f"HDF5 {name}",
            ".h5",
            _hdf5(lambda file, how=how: file.create_dataset("scan", data=data, **how)),
            "scan",
            shape,
        )
    yield Sample(
        "HDF5 newest layout",
        ".h5",
        _hdf5(lambda file: file.create_dataset("scan", data=data), libver="latest"),
        "scan",
        shape,
    )
    yield Sample("legacy EMD", ".emd", _hdf5(lambda file: _legacy_emd(file, data)), "scan", shape)
    buffer = io.BytesIO()
    np.save(buffer, data)
    yield Sample("npy", ".npy", buffer.getvalue(), "scan", shape)
    raw = {"dtype": "uint16", "nav_shape": "4,3", "sig_shape": "16,20"}
    yield Sample("raw", ".raw", data.tobytes(), "scan", shape, raw)
    yield Sample("mib", ".mib", b"".join(_merlin(data)), "scan", shape, {"nav_shape": "4,3"})
    listed = {"nav_shape": "4,3"}
    yield Sample("MRC", ".mrc", _mrc(data), "scan", shape, listed)
    yield Sample("TIFF", ".tif", _tiff(data), "scan", shape, listed)
    yield Sample("zarr in a zip file", ".zspy", _zipped_zarr(folder, data), "scan", shape)
    yield Sample("results file", ".emd", _result(folder), "result", (7, 8))
    truth = {
        "labels": np.arange(12).reshape(SCAN) % 4,
        "frac": np.full((3, *SCAN), 0.25, np.float16),
        "ambiguous": np.zeros(SCAN, bool),
        "visible": np.ones(3, bool),
    }
    yield Sample("truth npz", ".npz", _npz(truth, np.savez_compressed), "truth", SCAN)
    yield Sample("truth npz, not packed", ".npz", _npz(truth, np.savez), "truth", SCAN)
    yield Sample("labels npz", ".npz", _npz({"labels": truth["labels"]}, np.savez), "labels", SCAN)
    from graineye import Settings

    yield Sample("settings", ".toml", Settings().to_toml().encode(), "settings", ())


def write_samples(folder: Path, known: list[Sample]) -> None:
    """Hand samples to another process."""
    for i, sample in enumerate(known):
        (folder / f"sample{i}").write_bytes(sample.content)
    (folder / "samples.json").write_text(json.dumps([vars(sample) | {"content": ""} for sample in known]))


def read_samples(folder: Path) -> list[Sample]:
    """What `write_samples` wrote."""
    known = json.loads((folder / "samples.json").read_text())
    return [
        Sample(**values | {"content": (folder / f"sample{i}").read_bytes(), "shape": tuple(values["shape"])})
        for i, values in enumerate(known)
    ]


_HDF5: dict[str, dict[str, Any]] = {
    "contiguous": {},
    "chunked": {"chunks": (1, 1, *FRAME)},
    "chunked across": {"chunks": (2, 2, 8, 10)},
    "gzip": {"chunks": (1, 3, *FRAME), "compression": "gzip"},
    "gzip, shuffle, checksum": {"chunks": (1, 1, *FRAME), "compression": "gzip", "shuffle": True, "fletcher32": True},
    "bitshuffle-LZ4": {"chunks": (1, 1, *FRAME), **hdf5plugin.Bitshuffle()},
}


def _hdf5(fill: Callable[[h5py.File], object], **how: Any) -> bytes:
    buffer = io.BytesIO()
    with h5py.File(buffer, "w", **how) as file:
        fill(file)
    return buffer.getvalue()


def _legacy_emd(file: h5py.File, data: NDArray[np.uint16]) -> None:
    cube = file.create_group("4DSTEM_experiment/data/datacubes/scan")
    cube.attrs["emd_group_type"] = 1
    cube["data"] = data
    for i, (step, unit) in enumerate(((2.0, "[n_m]"), (2.0, "[n_m]"), (0.2, "[n_m^-1]"), (0.2, "[n_m^-1]"))):
        cube[f"dim{i + 1}"] = step * np.arange(data.shape[i])
        cube[f"dim{i + 1}"].attrs["units"] = np.bytes_(unit)
    probe = file.create_group("4DSTEM_experiment/data/diffractionslices/probe")
    probe["data"] = data[0, 0].astype(np.float32)


def _merlin(data: NDArray[np.uint16]) -> Iterator[bytes]:
    qy, qx = FRAME
    dacs = ",".join(["0.0E+0"] * 8 + ["3RX"] + ["000"] * 28)
    for number, frame in enumerate(data.reshape(-1, qy, qx), start=1):
        header = (
            f"MQ1,{number:06d},00384,01,{qx:04d},{qy:04d},U16,   1x1,01,2026-01-01 00:00:00.000000,0.001000,0,0,0,{dacs},"
            "MQ1A,2026-01-01T00:00:00.000000000Z,1000000ns,12,"
        )
        yield header.encode().ljust(384, b"\0") + frame.astype(">u2").tobytes()


def _mrc(data: NDArray[np.uint16]) -> bytes:
    head = bytearray(1024)
    struct.pack_into("<10i", head, 0, FRAME[1], FRAME[0], SCAN[0] * SCAN[1], 6, 0, 0, 0, FRAME[1], FRAME[0], 1)
    head[208:216] = b"MAP DD\0\0"
    return bytes(head) + data.astype("<u2").tobytes()


def _tiff(data: NDArray[np.uint16]) -> bytes:
    buffer = io.BytesIO()
    tifffile.imwrite(buffer, data.reshape(-1, *FRAME), photometric="minisblack")
    return buffer.getvalue()


def _zipped_zarr(folder: Path, data: NDArray[np.uint16]) -> bytes:
    store = folder / "store.zspy"
    zarr.save_array(str(store), data, zarr_format=2)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for path in sorted(store.rglob("*")):
            if path.is_file():
                archive.write(path, path.relative_to(store))
    return buffer.getvalue()


def _npz(arrays: dict[str, NDArray[Any]], save: Callable[..., None]) -> bytes:
    buffer = io.BytesIO()
    save(buffer, **arrays)
    return buffer.getvalue()


def _result(folder: Path) -> bytes:
    """Two crystallites side by side, mapped."""
    import graineye as ge
    from graineye.probe import shapes
    from graineye.progress import silent
    from graineye.settings import DisksSettings, ProbeSettings

    y, x = np.mgrid[:40, :44].astype(float)

    def aperture(place: tuple[int, int]) -> NDArray[np.float64]:
        return np.asarray(shapes.bullseye(y - place[0], x - place[1], 1.4, 4.0, 6.0, 1.5, 2, 0.0))

    mean = np.full((7, 8, 40, 44), 0.3) + 20 * aperture((20, 22))
    mean[:, :4] += 6 * aperture((9, 11))
    mean[:, 4:] += 6 * aperture((30, 33))
    path = folder / "for_a_result.h5"
    with h5py.File(path, "w") as file:
        file["scan"] = np.random.default_rng(3).poisson(mean).astype(np.uint16)
    probe = ProbeSettings(
        source="bullseye", spot_radius=1.4, ring_inner=4.0, ring_outer=6.0, excluded_radius=9.0, bar_width=1.5
    )
    settings = ge.Settings(probe=probe, disks=DisksSettings(count=12))
    saved = ge.map_crystallites(ge.open_scan(path), settings, silent).save(folder / "a.crystallites.emd")
    return Path(saved).read_bytes()
