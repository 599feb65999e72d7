"""A file becomes a `Scan`: what kind of file it is, which way it is read, and whether all of it fits together.

What a file is goes by its content, not by its name.
"""

import contextlib
import io
import os
from collections.abc import Sequence
from dataclasses import replace
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from graineye.errors import ScanError
from graineye.scan.calibration import AxisScale, Calibration
from graineye.scan.engine import thread_context
from graineye.scan.partitions import partition_count
from graineye.scan.scan import Scan
from graineye.settings import parse_pair, parse_roi

if TYPE_CHECKING:
    import h5py
    from libertem.api import Context

_HDF5_SIGNATURE = b"\x89HDF\r\n\x1a\n"
_HDF5_SUFFIXES = {".h5", ".hdf5", ".hdf", ".emd", ".hspy", ".nxs", ".nx5"}
Pair = tuple[int, int]


def open_scan(
    path: str | os.PathLike[str],
    *,
    ds_path: str | None = None,
    nav_shape: str | Pair | None = None,
    sig_shape: str | Pair | None = None,
    dtype: str | None = None,
    sync_offset: int = 0,
    roi: str | tuple[slice, slice] | None = None,
    cpus: int | None = None,
) -> Scan:
    """Open a 4D-STEM scan.

    Parameters
    ----------
    path
        HDF5 in any of the field's metadata trees, npy, raw, or another format that LiberTEM reads.
    ds_path
        HDF5 path of the scan's dataset, where the file holds several.
    nav_shape
        (ny, nx) scan positions, where the file does not say.
    sig_shape
        (qy, qx) px of a frame, for raw files.
    dtype
        Number type of a raw file.
    sync_offset
        Frames to skip at the start of the file (negative: frames missing there); not for HDF5 and npy.
    roi
        Rectangle of scan positions to read.
    cpus
        Threads that passes use; by default one a core.

    Returns
    -------
    Scan

    Raises
    ------
    ScanError
        If the file is missing, unreadable, not what its name says, or does not fit the shapes that are given.
    NoScanFound, SeveralScans
        If an HDF5 file holds no scan, or several.
    """
    path = Path(path)
    positions = _pair(nav_shape, "--nav-shape")
    frame = _pair(sig_shape, "--sig-shape")
    start = _first_bytes(path)
    context = thread_context(cpus)
    if dtype is not None:
        scan = _open_raw(path, context, dtype, positions, frame, sync_offset)
    elif _is_hdf5(path):
        scan = _open_hdf5(path, context, ds_path, positions)
    elif start.startswith(b"\x93NUMPY"):
        scan = _open_npy(path, context, positions)
    else:
        _refuse_impostors(path, start)
        scan = _open_by_libertem(path, context, positions, frame, sync_offset)
    return scan if roi is None else _cropped(scan, parse_roi(roi) if isinstance(roi, str) else roi)


def _pair(value: str | Pair | None, name: str) -> Pair | None:
    pair = parse_pair(value, name) if isinstance(value, str) else value
    if pair is not None and min(pair) < 1:
        raise ScanError(f"{name} is {pair[0]},{pair[1]}: both must be at least 1")
    return pair


def _first_bytes(path: Path) -> bytes:
    """The first bytes of a file that can be read and is not empty."""
    if not path.exists():
        raise ScanError(f"{path}: no such file: check the name")
    if path.is_dir():
        raise ScanError(f"{path}: a folder: name the scan's file in it")
    try:
        with path.open("rb") as file:
            start = file.read(512)
    except OSError as error:
        raise ScanError(f"{path}: cannot be read ({error.strerror}): check its permissions") from error
    if not start:
        raise ScanError(f"{path}: the file is empty: was the copy or the recording broken off?")
    return start


def _is_hdf5(path: Path) -> bool:
    """Whether the signature stands at the start, or behind a user block of a power of two from 512 bytes on."""
    size = path.stat().st_size
    with path.open("rb") as file:
        offset = 0
        while offset + len(_HDF5_SIGNATURE) <= size:
            file.seek(offset)
            if file.read(len(_HDF5_SIGNATURE)) == _HDF5_SIGNATURE:
                return True
            offset = max(512, 2 * offset)
    return False


def _refuse_impostors(path: Path, start: bytes) -> None:
    text = start.lstrip().lower()
    if text.startswith((b"<!doctype", b"<html")):
        raise ScanError(f"{path}: a web page, not a scan: the download gave a page; fetch the file itself")
    if text.startswith(b"version https://git-lfs"):
        raise ScanError(f"{path}: a Git LFS pointer, not the scan: run git lfs pull")
    if path.suffix.lower() in _HDF5_SUFFIXES:
        raise ScanError(f"{path}: not an HDF5 file, whatever its name says: is it whole, and the right file?")
    if path.suffix.lower() == ".npy":
        raise ScanError(f"{path}: not a NumPy file, whatever its name says: is it whole, and the right file?")


def _open_hdf5(path: Path, context: "Context", ds_path: str | None, positions: Pair | None) -> Scan:
    import h5py
    import hdf5plugin  # noqa: F401  # registers its filters with HDF5

    from graineye.scan.hdf5_datasets import hdf5_dataset, mapped_offset
    from graineye.scan.hdf5_discovery import find_scan_dataset, scan_axes
    from graineye.scan.metadata import read_calibration, read_probe_image

    try:
        with h5py.File(path, "r") as file:
            found = find_scan_dataset(file, path, ds_path, positions is not None)
            _check_readable(path, found)
            axes = scan_axes(found.shape)
            scan_shape = _fitting(path, prod(axes[:-2]), axes[:-2], positions)
            frame_shape: Pair = (axes[-2], axes[-1])
            tree, calibration, notes = read_calibration(found)
            if scan_shape != axes[:-2]:  # the stored axes say nothing of scan positions in another shape
                calibration = replace(calibration, y=AxisScale(), x=AxisScale())
            notes += _dropped(found.shape, axes)
            dataset = hdf5_dataset(path, found, scan_shape)
            if mapped_offset(found) is not None and path.stat().st_size < mapped_offset(found) + found.nbytes:
                raise ScanError(f"{path}: ends within {found.name}: the file is truncated; copy it again")
            scan = Scan(
                path=path,
                format=tree,
                dataset_path=found.name,
                shape=(*scan_shape, *frame_shape),
                dtype=found.dtype,
                calibration=calibration,
                probe=read_probe_image(file, frame_shape),
                notes=notes,
                dataset=_initialised(path, dataset, context),
                context=context,
            )
    except (OSError, KeyError, RuntimeError, UnicodeDecodeError) as error:  # what h5py raises of a damaged file
        said = str(error.args[0]) if error.args else str(error)
        broken = "truncated" in said
        fact, remedy = ("the file is truncated", "copy it again") if broken else (said, "is the file whole?")
        raise ScanError(f"{path}: HDF5 cannot open it ({fact}): {remedy}") from error
    return scan


def _check_readable(path: Path, dataset: "h5py.Dataset") -> None:
    """Refuse what HDF5 would fill with zeros or cannot decode."""
    import h5py

    if dataset.is_virtual:
        for source in dataset.virtual_sources():
            if not _has_source(path, dataset, source.file_name, source.dset_name):
                raise ScanError(
                    f"{path}: {dataset.name} is a virtual dataset whose source {source.file_name}:{source.dset_name} "
                    "is missing: put that file beside it"
                )
    elif dataset.external is None and dataset.id.get_storage_size() == 0:
        raise ScanError(f"{path}: {dataset.name} was never written: was the recording stopped?")
    try:
        dataset[(0,) * dataset.ndim]
    except OSError as error:
        stored = dataset.id.get_create_plist()
        filters = [stored.get_filter(i) for i in range(stored.get_nfilters())]
        absent = [f"{code} {name.decode()}".strip() for code, _, _, name in filters if not h5py.h5z.filter_avail(code)]
        if absent:
            raise ScanError(
                f"{path}: {dataset.name} is compressed with the HDF5 filter {absent[0]}, which is not installed: install it"
            ) from error
        raise ScanError(f"{path}: {dataset.name} cannot be decoded ({error}): is the file whole?") from error


def _has_source(path: Path, dataset: "h5py.Dataset", file_name: str, name: str) -> bool:
    """Whether a source of a virtual dataset is there; not known, and taken as such, of a pattern of names."""
    import h5py

    if "%b" in file_name or "%b" in name:
        return True
    if file_name == ".":
        return name in dataset.file
    try:
        with h5py.File(path.parent / file_name, "r") as file:
            return name in file
    except OSError:
        return False


def _fitting(path: Path, frames: int, found: tuple[int, ...], positions: Pair | None) -> Pair:
    """(ny, nx) as given, else as found; they hold all frames."""
    if positions is None:
        return found[0], found[1]
    if prod(positions) != frames:
        raise ScanError(
            f"{path}: holds {frames} frames, --nav-shape {positions[0]},{positions[1]} wants {prod(positions)}: "
            "give a shape that fits"
        )
    return positions


_NUMBERS = "whole numbers, or floating-point numbers of 32 or 64 bits"


def _is_number(dtype: np.dtype[Any]) -> bool:
    return dtype.kind in "iub" or (dtype.kind == "f" and dtype.itemsize in (4, 8))


def _open_npy(path: Path, context: "Context", positions: Pair | None) -> Scan:
    from graineye.scan.hdf5_discovery import scan_axes
    from graineye.scan.plain_datasets import PlainNPY

    try:
        array = np.load(path, mmap_mode="r", allow_pickle=False)
    except (ValueError, OSError) as error:
        if "Python objects" in str(error):
            raise ScanError(f"{path}: holds Python objects: a scan holds {_NUMBERS}; convert it with numpy") from error
        raise ScanError(f"{path}: NumPy cannot open it ({error}): is the file whole?") from error
    axes = scan_axes(array.shape)
    if len(axes) < 3 or (len(axes) != 4 and positions is None):
        raise ScanError(
            f"{path}: has shape {array.shape}: a scan has four axes (y, x, qy, qx); "
            "of a stack of frames give the scan positions with --nav-shape NY,NX"
        )
    if array.size == 0:
        raise ScanError(f"{path}: has shape {array.shape} and holds nothing: was the recording stopped?")
    if not _is_number(array.dtype):
        raise ScanError(f"{path}: holds {array.dtype}: a scan holds {_NUMBERS}; convert it with numpy")
    if array.flags.f_contiguous and not array.flags.c_contiguous:
        raise ScanError(f"{path}: stored in Fortran order: save it again with numpy.ascontiguousarray")
    scan_shape = _fitting(path, prod(axes[:-2]), axes[:-2], positions)
    frame_shape = axes[-2:]
    dataset = PlainNPY(
        str(path),
        nav_shape=scan_shape,
        sig_shape=frame_shape,
        num_partitions=partition_count(scan_shape, frame_shape, array.dtype),
    )
    notes = _dropped(array.shape, axes)
    return _plain_scan(path, "NumPy", (*scan_shape, *frame_shape), array.dtype, dataset, context, notes=notes)


def _dropped(shape: tuple[int, ...], axes: tuple[int, ...]) -> tuple[str, ...]:
    if len(axes) == len(shape):
        return ()
    return (f"leading axes of length one are dropped: {shape} is read as {axes}",)


def _open_raw(
    path: Path, context: "Context", dtype: str, positions: Pair | None, frame: Pair | None, sync_offset: int
) -> Scan:
    from graineye.scan.plain_datasets import PlainRaw

    if positions is None or frame is None:
        raise ScanError(f"{path}: to read it as raw numbers give --dtype, --nav-shape NY,NX and --sig-shape QY,QX")
    try:
        kind = np.dtype(dtype)
    except (TypeError, ValueError, SyntaxError):
        raise ScanError(f"{path}: --dtype {dtype} is no number type: write for example uint16 or >f4") from None
    if not _is_number(kind):
        raise ScanError(f"{path}: --dtype {dtype}: a scan holds {_NUMBERS}: write for example uint16 or >f4")
    wanted = (prod(positions) + sync_offset) * prod(frame) * kind.itemsize
    size = path.stat().st_size
    if size != wanted:
        raise ScanError(
            f"{path}: has {size} bytes, {positions[0]} x {positions[1]} frames of {frame[0]} x {frame[1]} px in {kind} "
            f"take {wanted}: check --nav-shape, --sig-shape, --dtype and --sync-offset"
        )
    dataset = PlainRaw(
        str(path),
        kind,
        nav_shape=positions,
        sig_shape=frame,
        sync_offset=sync_offset,
        num_partitions=partition_count(positions, frame, kind),
    )
    return _plain_scan(path, "raw", (*positions, *frame), kind, dataset, context)


def _open_by_libertem(
    path: Path, context: "Context", positions: Pair | None, frame: Pair | None, sync_offset: int
) -> Scan:
    given = {"nav_shape": positions, "sig_shape": frame, "sync_offset": sync_offset or None}
    try:
        # LiberTEM prints while it guesses; its words would end up in the middle of ours.
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            dataset = context.load("auto", path=str(path), **{k: v for k, v in given.items() if v is not None})
    except Exception as error:  # LiberTEM's readers raise whatever they meet
        raise ScanError(
            f"{path}: no format that LiberTEM reads ({error}): "
            "of raw numbers give --dtype, --nav-shape NY,NX and --sig-shape QY,QX"
        ) from error
    shape = tuple(dataset.shape)
    if len(shape) != 4:
        raise ScanError(f"{path}: has shape {shape}: a scan has four axes; give --nav-shape NY,NX")
    if positions is not None and tuple(shape[:2]) != positions:
        raise ScanError(f"{path}: has {shape[0]} x {shape[1]} scan positions, not {positions}: check --nav-shape")
    absent = getattr(dataset, "_sync_offset_info", None) or {}
    missing = absent.get("frames_inserted_start", 0) + absent.get("frames_inserted_end", 0)
    if missing:
        raise ScanError(
            f"{path}: {missing} of {prod(shape[:2])} frames are not in the file: "
            "is it whole? check --nav-shape and --sync-offset"
        )
    kind = type(dataset).__name__.removesuffix("DataSet")
    return _plain_scan(path, f"{kind} by LiberTEM", shape, np.dtype(dataset.dtype), dataset, context, initialise=False)


def _plain_scan(
    path: Path,
    kind: str,
    shape: Sequence[int],
    dtype: np.dtype[Any],
    dataset: Any,
    context: "Context",
    initialise: bool = True,
    notes: tuple[str, ...] = (),
) -> Scan:
    """A scan of a format that knows neither calibration nor probe."""
    ny, nx, qy, qx = shape
    return Scan(
        path=path,
        format=kind,
        dataset_path="",
        shape=(ny, nx, qy, qx),
        dtype=dtype,
        calibration=Calibration(),
        probe=None,
        notes=notes,
        dataset=_initialised(path, dataset, context) if initialise else dataset,
        context=context,
    )


def _initialised(path: Path, dataset: Any, context: "Context") -> Any:
    from libertem.io.dataset.base import DataSetException

    try:
        ready = dataset.initialize(context.executor)
        ready.set_num_cores(1)
        ready.check_valid()
    except (DataSetException, ValueError, OSError) as error:
        raise ScanError(f"{path}: cannot be read ({error}): is the file whole?") from error
    return ready


def _cropped(scan: Scan, roi: tuple[slice, slice]) -> Scan:
    """The same scan with only the rectangle `roi` of its scan positions."""
    mask: NDArray[np.bool_] = np.zeros(scan.scan_shape, bool)
    for part, length, axis in zip(roi, scan.scan_shape, "yx", strict=True):
        start, stop = part.start or 0, length if part.stop is None else part.stop
        if not (0 <= start < stop <= length) or part.step not in (None, 1):
            raise ScanError(f"{scan.path}: --roi {start}:{stop} along {axis} does not lie in the scan's 0:{length}")
    mask[roi] = True
    ny, nx = (int(mask.any(axis=axis).sum()) for axis in (1, 0))
    return replace(scan, roi=mask, shape=(ny, nx, *scan.frame_shape))
