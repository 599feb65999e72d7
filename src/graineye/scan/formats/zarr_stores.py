"""zarr folders and zip files, .zarr and .zspy: the array of four axes in them, with HyperSpy's axes if it has some.

Nothing in a store is unpickled, and no chunk may decode to more than its shape.
"""

import zipfile
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import replace
from math import prod
from textwrap import shorten
from typing import Any

import numpy as np

from graineye.errors import NoScanFound, ScanError, SeveralScans
from graineye.scan.axes import dropped, scan_axes
from graineye.scan.calibration import AxisScale, Calibration
from graineye.scan.formats.interface import Format, Pair, Source, fitting, is_number, source_scan
from graineye.scan.scan import Scan

_MARKS = ("zarr.json", ".zgroup", ".zarray")
_SMALLEST_FRAME = 4
_LISTED = 8


def _recognises(source: Source) -> bool:
    if source.path.is_dir():
        return any((source.path / mark).is_file() for mark in _MARKS)
    if not source.start.startswith(b"PK\3\4"):
        return False
    try:
        with zipfile.ZipFile(source.path) as archive:
            return any(name.rpartition("/")[2] in _MARKS for name in archive.namelist())
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return False


def _open(source: Source) -> Scan:
    from graineye.scan.zarr_frames import array_names, opened_array, read_metadata

    try:
        metadata = read_metadata(source.path)
        with ExitStack() as keep:
            names = [name for name in array_names(metadata) if "\0" not in name]
            arrays = {f"/{name}": keep.enter_context(opened_array(str(source.path), name)) for name in names}
            return _scan_of(source, metadata, _chosen(source, arrays))
    except ScanError:
        raise
    except Exception as error:  # zarr and its codecs raise whatever a damaged store makes them meet
        said = shorten(str(error) or type(error).__name__, 160, placeholder=" ...")
        raise ScanError(f"{source.path}: zarr cannot open it ({said}): is it whole?") from error


def _is_scan(array: Any, axes: tuple[int, ...]) -> bool:
    shape = scan_axes(tuple(array.shape))
    return len(shape) in axes and is_number(array.dtype) and prod(shape) > 0 and min(shape[-2:]) >= _SMALLEST_FRAME


def _chosen(source: Source, arrays: Mapping[str, Any]) -> Any:
    if source.ds_path is not None:
        name = "/" + source.ds_path.strip("/")
        if name not in arrays:
            raise ScanError(f"{source.path}: no array {source.ds_path!r}: --ds-path may be {_listing(arrays)}")
        arrays = {name: arrays[name]}
    found = {name: array for name, array in arrays.items() if _is_scan(array, (4,))}
    if not found and source.positions is not None:
        found = {name: array for name, array in arrays.items() if _is_scan(array, (3,))}
    if len(found) > 1:
        raise SeveralScans(f"{source.path}: holds several scans: {_listing(found)}: name one with --ds-path")
    if found:
        return next(iter(found.values()))
    stacks = {name: array for name, array in arrays.items() if _is_scan(array, (3,))}
    if stacks:
        raise NoScanFound(
            f"{source.path}: no array with four axes (y, x, qy, qx), but frames in another shape: {_listing(stacks)}: "
            "give the scan positions with --nav-shape NY,NX"
        )
    held = f"only {_listing(arrays)}" if arrays else "no array at all"
    raise NoScanFound(f"{source.path}: no scan of real numbers in it, {held}: is it the right file?")


def _listing(arrays: Mapping[str, Any]) -> str:
    names = [f"{name or '/'} {tuple(array.shape)} {array.dtype}" for name, array in list(arrays.items())[:_LISTED]]
    return ", ".join(names) + (f" and {len(arrays) - _LISTED} more" if len(arrays) > _LISTED else "")


def _scan_of(source: Source, metadata: Mapping[str, bytes], array: Any) -> Scan:
    from graineye.scan.hdf5_chunks import LARGE
    from graineye.scan.zarr_frames import ZarrFrames, check_codecs, count_chunks

    name = array.path
    check_codecs(source.path, array)
    shape = tuple(int(n) for n in array.shape)
    axes = scan_axes(shape)
    scan_shape = fitting(source.path, prod(axes[:-2]), axes[:-2], source.positions)
    frame_shape: Pair = (axes[-2], axes[-1])
    missing, total, beyond = count_chunks(source.path, array)
    if missing == total:
        raise ScanError(f"{source.path}: {name or 'the array'} was never written: was the recording stopped?")
    notes = dropped(shape, axes)
    if missing > 0.99 * total and array.nbytes > LARGE:
        raise ScanError(
            f"{source.path}: {name or 'the array'} has shape {shape}, and {missing} of its {total} chunks are not stored: "
            "is it whole?"
        )
    if missing:
        notes += (
            f"{missing} of {total} chunks are not stored and count as {array.fill_value}: "
            "they hold nothing else, or the recording was stopped",
        )
    if beyond:  # zarr removes what an array that is made smaller no longer holds
        notes += (f"stored chunks beyond the shape {shape}: {beyond}; was it larger, and is its header damaged?",)
    calibration = _hyperspy(metadata, name, len(shape))
    if scan_shape != axes[:-2]:
        calibration = replace(calibration, y=AxisScale(), x=AxisScale())
    chunks = tuple(int(n) for n in array.chunks)[-4:-2]
    together = (chunks[0], chunks[1]) if axes[:-2] == scan_shape else (1, 1)
    frames = ZarrFrames(str(source.path), name, scan_shape, frame_shape, np.dtype(array.dtype), shape, together)
    kind = "HyperSpy zarr" if calibration != Calibration() or source.suffix == ".zspy" else "zarr"
    return source_scan(source, kind, frames, calibration, notes, dataset_path=f"/{name}" if name else "")


def _hyperspy(metadata: Mapping[str, bytes], name: str, axes: int) -> Calibration:
    """The scale of each axis in HyperSpy's groups axis-0, axis-1, ... beside the array."""
    from graineye.scan.units import axis_scale
    from graineye.scan.zarr_frames import attributes

    group, scales = name.rpartition("/")[0], []
    for number in range(axes - 4, axes):
        fields = attributes(metadata, f"{group}/axis-{number}".lstrip("/"))
        try:
            scales.append(axis_scale(float(fields["scale"]), str(fields["units"])))
        except (KeyError, ValueError, TypeError):
            scales.append(AxisScale())
    y, x = (scale if scale.unit == "nm" else AxisScale() for scale in scales[:2])
    qy, qx = (scale if scale.unit in ("1/nm", "mrad") else AxisScale() for scale in scales[2:])
    return Calibration(y, x, qy, qx)


FORMAT = Format("zarr", _recognises, _open)
