"""Small sound files of every format that graineye reads, each with the way it is opened and what it must give."""

import io
import json
import sys
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import h5py
import hdf5plugin
import numcodecs
import numpy as np
import tifffile
import zarr
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).parents[1] / "formats"))

import vendor_files
import writers
from damage import damaged

SCAN = (4, 3)
FRAME = (16, 20)


@dataclass(frozen=True)
class Sample:
    """A sound file, or several that belong together."""

    name: str
    opened: str
    """Name of the file or the folder that is opened."""
    files: dict[str, bytes]
    """Their content, by their paths beside it."""
    kind: Literal["scan", "result", "truth", "labels", "settings"]
    shape: tuple[int, ...]
    """Of what it gives."""
    options: dict[str, str] = field(default_factory=dict)
    """How a scan is opened."""
    stated: str = ""
    """The file that states the shape in plain text and nothing else does: another shape in it can be another scan's."""

    def damaged(self, seed: int) -> tuple[str, str, dict[str, bytes]]:
        """What was done to which of its files, each in its turn, and what came of it."""
        name = sorted(self.files)[seed % len(self.files)]
        kind, content = damaged(self.files[name], seed)
        return kind, name, self.files | {name: content}

    def write(self, folder: Path, files: dict[str, bytes] | None = None) -> Path:
        """Put it, or what has become of its files, into a folder; gives what is to be opened."""
        for name, content in (self.files if files is None else files).items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        return folder / self.opened


def frames() -> NDArray[np.uint16]:
    """A scan whose four axes differ."""
    values = np.random.default_rng(11).poisson(9, (*SCAN, *FRAME)).astype(np.uint16)
    values[..., 5:9, 8:12] += 40
    return values


def samples(folder: Path) -> Iterator[Sample]:
    """All of them; `folder` is for files on the way."""
    yield from _self_describing(folder)
    yield from _of_instruments(folder)
    yield from _of_graineye(folder)


def large_samples(folder: Path) -> Iterator[Sample]:
    """Those of which each copy takes most of a second, as nothing of the format can be small."""
    data = frames()
    recorded = np.zeros((data[..., 0, 0].size, *vendor_files.K2_FRAME), np.uint16)
    recorded[:, 900:916, 1000:1020] = data.reshape(-1, *FRAME)
    place = folder / "k2is"
    place.mkdir()
    vendor_files.write_k2is(place / "a_.gtg", recorded, SCAN, before=1)
    yield Sample("K2IS", "a_.gtg", _files_of(place), "scan", (*SCAN, *vendor_files.K2_FRAME))


def _single(
    name: str, suffix: str, content: bytes, kind: Any = "scan", shape: tuple[int, ...] = (*SCAN, *FRAME)
) -> Sample:
    return Sample(name, f"a{suffix}", {f"a{suffix}": content}, kind, shape)


def _self_describing(folder: Path) -> Iterator[Sample]:
    """HDF5, zarr and npy."""
    data = frames()
    for name, how in _HDF5.items():
        content = _hdf5(lambda file, how=how: file.create_dataset("scan", data=data, **how))
        yield _single(f"HDF5 {name}", ".h5", content)
    newest = _hdf5(lambda file: file.create_dataset("scan", data=data), libver="latest")
    yield _single("HDF5 newest layout", ".h5", newest)
    yield _single("legacy EMD", ".emd", _hdf5(lambda file: _legacy_emd(file, data)))
    buffer = io.BytesIO()
    np.save(buffer, data)
    yield _single("npy", ".npy", buffer.getvalue())
    yield _single("zarr in a zip file", ".zspy", _zipped_zarr(folder, data))
    for version, state, packed in ((2, ".zarray", numcodecs.Blosc()), (3, "zarr.json", "auto")):
        store = folder / f"zarr{version}"
        how: dict[str, Any] = {"zarr_format": version, "chunks": (4, 2, *FRAME), "compressors": packed}
        zarr.create_array(str(store / "a.zarr"), data=data, **how)
        yield Sample(f"zarr {version} folder", "a.zarr", _files_of(store), "scan", data.shape, stated=f"a.zarr/{state}")


def _of_instruments(folder: Path) -> Iterator[Sample]:
    """Formats of cameras and microscopes, of which some do not say the scan's shape."""
    data = frames()
    listed = {"nav_shape": "4,3"}

    def written(name: str, opened: str, write: Callable[[Path, Any], object], stored: Any = data, **how: Any) -> Sample:
        place = folder / name.replace(" ", "_")
        place.mkdir()
        write(place / opened, stored)
        return Sample(name, opened, _files_of(place), "scan", stored.shape, **how)

    raw = {"dtype": "uint16", "sig_shape": "16,20"}
    yield written("raw", "a.raw", lambda path, stored: stored.tofile(path), options=raw | listed)
    yield written("mib", "a.mib", writers.write_mib, options=listed)
    yield written("MRC", "a.mrc", writers.write_mrc, options=listed)
    yield written("TIFF", "a.tif", _write_tiff, options=listed)
    yield written("SEQ", "a.seq", writers.write_seq, options=listed)
    yield written("SER", "a.ser", writers.write_ser)
    yield written("raw CSR", "a.toml", writers.write_csr, stated="a.toml")
    yield replace(written("EMPAD", "a.xml", _write_empad), shape=(*SCAN, 128, 128))
    for version in (3, 4):
        yield written(
            f"DM{version}", f"a.dm{version}", lambda path, stored, version=version: _write_dm(path, stored, version)
        )
    yield replace(
        written("DM4 stack", "a.dm4", _write_dm_stack, data.reshape(-1, *FRAME), options=listed), shape=data.shape
    )
    yield written("FRMS6", "a.hdr", _write_frms6, options=listed)
    byte = data[..., :16].astype(np.uint8)
    yield written("blo", "a.blo", lambda path, stored: writers.write_by_rosettasciio("blockfile", path, stored), byte)
    yield written(
        "TVIPS",
        "a_000.tvips",
        lambda path, stored: writers.write_by_rosettasciio("tvips", path, stored),
        options=listed,
    )


def _of_graineye(folder: Path) -> Iterator[Sample]:
    """What graineye writes itself."""
    yield _single("results file", ".emd", _result(folder), "result", (7, 8))
    truth = {
        "labels": np.arange(12).reshape(SCAN) % 4,
        "frac": np.full((3, *SCAN), 0.25, np.float16),
        "ambiguous": np.zeros(SCAN, bool),
        "visible": np.ones(3, bool),
    }
    yield _single("truth npz", ".npz", _npz(truth, np.savez_compressed), "truth", SCAN)
    yield _single("truth npz, not packed", ".npz", _npz(truth, np.savez), "truth", SCAN)
    yield _single("labels npz", ".npz", _npz({"labels": truth["labels"]}, np.savez), "labels", SCAN)
    from graineye import Settings

    yield _single("settings", ".toml", Settings().to_toml().encode(), "settings", ())


def write_samples(folder: Path, known: list[Sample]) -> None:
    """Hand samples to another process."""
    for i, sample in enumerate(known):
        sample.write(folder / f"sample{i}")
    (folder / "samples.json").write_text(json.dumps([vars(sample) | {"files": list(sample.files)} for sample in known]))


def read_samples(folder: Path) -> list[Sample]:
    """What `write_samples` wrote."""
    known = json.loads((folder / "samples.json").read_text())
    for i, values in enumerate(known):
        values["files"] = {name: (folder / f"sample{i}" / name).read_bytes() for name in values["files"]}
        values["shape"] = tuple(values["shape"])
    return [Sample(**values) for values in known]


def _files_of(folder: Path) -> dict[str, bytes]:
    """The files below a folder, by their paths in it."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()
    }


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


def _write_tiff(path: Path, data: NDArray[np.uint16]) -> None:
    tifffile.imwrite(path, data.reshape(-1, *FRAME), photometric="minisblack")


def _write_empad(path: Path, data: NDArray[np.uint16]) -> None:
    writers.write_empad(path.with_suffix(".raw"), data)
    path.write_text(writers.empad_header("a.raw", writers.empad_scan_parameters("acquire", *SCAN)))


def _write_dm(path: Path, data: NDArray[np.uint16], version: int) -> None:
    image = vendor_files.dm_image(data, tags=vendor_files.dm_tags())
    vendor_files.write_dm(path, image, version=version)


def _write_dm_stack(path: Path, data: NDArray[np.uint16]) -> None:
    vendor_files.write_dm(path, vendor_files.dm_image(data))


def _write_frms6(path: Path, data: NDArray[np.uint16]) -> None:
    vendor_files.write_frms6(path, data, np.zeros((2, *FRAME), np.uint16), split=(5,))


def _zipped_zarr(folder: Path, data: NDArray[np.uint16]) -> bytes:
    store = folder / "store.zspy"
    zarr.save_array(str(store), data, zarr_format=2)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in _files_of(store).items():
            archive.writestr(name, content)
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
