"""A file becomes a `Scan`: what kind of file it is, which way it is read, and whether all of it fits together.

What a file is goes by its content, not by its name.
"""

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from graineye.errors import ScanError
from graineye.scan.engine import check_workers, context_of
from graineye.scan.excluding import Mask, excluding
from graineye.scan.formats import FORMATS, Source
from graineye.scan.formats.interface import Pair
from graineye.scan.given_calibration import with_given
from graineye.scan.scan import Scan
from graineye.settings import parse_pair, parse_roi

_SUFFIXES = {
    "an HDF5": {".h5", ".hdf5", ".hdf", ".emd", ".hspy", ".nxs", ".nx5"},
    "a NumPy": {".npy"},
    "a Merlin": {".mib"},
    "an MRC": {".mrc"},
    "a TIFF": {".tif", ".tiff"},
    "a blo": {".blo"},
    "a zarr": {".zarr", ".zspy"},
}
"""What a name promises, of formats that are known by their first bytes."""


def open_scan(
    path: str | os.PathLike[str],
    *,
    ds_path: str | None = None,
    nav_shape: str | Pair | None = None,
    sig_shape: str | Pair | None = None,
    dtype: str | None = None,
    sync_offset: int = 0,
    follow_links: bool = False,
    roi: str | tuple[slice, slice] | None = None,
    flyback: int = 0,
    bin: int = 1,
    dark: str | None = None,
    gain: str | None = None,
    scan_step: str | None = None,
    detector_pixel: str | None = None,
    beam_energy: str | None = None,
    camera_length: str | None = None,
    exclude_frames: Mask | None = None,
    exclude_pixels: Mask | None = None,
    cpus: int | None = None,
    cluster: str | None = None,
) -> Scan:
    """Open a 4D-STEM scan.

    Parameters
    ----------
    path
        HDF5 in any of the field's metadata trees, zarr, npy, raw, MRC, TIFF, Merlin, EMPAD, or another format that LiberTEM
        reads.
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
    follow_links
        Follow HDF5 links that leave the file's folder as well.
    roi
        Rectangle of scan positions to read, counted in the file.
    flyback
        Columns to cut off at the end of each scan row; negative: at its start.
    bin
        Sum `bin` x `bin` detector pixels on reading; the calibration follows.
    dark, gain
        Files of reference images of the file's frame shape: a frame becomes (frame - dark) * gain.
    scan_step, detector_pixel, beam_energy, camera_length
        Instead of what the file says, with their units; see `graineye.scan.given_calibration.with_given`.
    exclude_frames, exclude_pixels
        Scan positions and detector pixels to leave out; see `graineye.scan.excluding.excluding`.
    cpus
        Threads that passes use; by default one a core.
    cluster
        Run passes on a Dask cluster instead: tcp://host:port of its scheduler, or local or local:N for N processes of
        this machine.

    Returns
    -------
    Scan

    Raises
    ------
    ScanError
        If the file is missing, unreadable, not what its name says, or does not fit the shapes that are given; if the
        cluster cannot be reached, or a worker does not see the file.
    NoScanFound, SeveralScans
        If an HDF5 file holds no scan, or several.
    """
    path = Path(path) if cluster is None else Path(path).absolute()  # workers stand in other folders
    positions = _pair(nav_shape, "--nav-shape")
    frame = _pair(sig_shape, "--sig-shape")
    start = _first_bytes(path)
    context = context_of(cpus, cluster)
    notes = check_workers(context, path)
    source = Source(
        path=path,
        start=start,
        context=context,
        ds_path=ds_path,
        positions=positions,
        frame=frame,
        dtype=dtype,
        sync_offset=sync_offset,
        follow_links=follow_links,
    )
    _refuse_impostors(path, start)
    known = next(known for known in FORMATS if known.recognises(source))
    if known is FORMATS[-1]:  # what is left to LiberTEM's guess
        _refuse_misnamed(path)
    scan = known.open(source)
    # What is given counts in the camera's pixels, so it comes before binning.
    calibration, said = with_given(
        scan.calibration,
        scan_step=scan_step,
        detector_pixel=detector_pixel,
        beam_energy=beam_energy,
        camera_length=camera_length,
    )
    scan = replace(scan, calibration=calibration, notes=scan.notes + notes + said)
    stored = scan.frame_shape
    if (dark, gain, bin) != (None, None, 1):
        from graineye.scan.preparation import prepared

        scan = prepared(scan, dark, gain, bin)
    if flyback:
        scan = _cropped(scan, _without_flyback(scan, flyback), "--flyback")
    if roi is not None:
        scan = _cropped(scan, parse_roi(roi) if isinstance(roi, str) else roi, "--roi")
    how = {
        "ds_path": ds_path,
        "nav_shape": positions and f"{positions[0]},{positions[1]}",
        "sig_shape": frame and f"{frame[0]},{frame[1]}",
        "dtype": dtype,
        "sync_offset": sync_offset or None,
        "follow_links": follow_links or None,
        "roi": None if scan.roi is None else "{}:{},{}:{}".format(*(scan.roi_bounds or ())),
        "bin": None if bin == 1 else bin,
        "dark": dark and str(Path(dark).absolute()),
        "gain": gain and str(Path(gain).absolute()),
    }
    scan = replace(scan, opened_with={name: value for name, value in how.items() if value is not None})
    return excluding(scan, exclude_frames, exclude_pixels, stored)


def _pair(value: str | Pair | None, name: str) -> Pair | None:
    pair = parse_pair(value, name) if isinstance(value, str) else value
    if pair is not None and min(pair) < 1:
        raise ScanError(f"{name} is {pair[0]},{pair[1]}: both must be at least 1")
    return pair


def _first_bytes(path: Path) -> bytes:
    """The first bytes of a file that can be read and is not empty; none of a folder."""
    if not path.exists():
        raise ScanError(f"{path}: no such file: check the name")
    if path.is_dir():
        return b""
    try:
        with path.open("rb") as file:
            start = file.read(512)
    except OSError as error:
        raise ScanError(f"{path}: cannot be read ({error.strerror}): check its permissions") from error
    if not start:
        raise ScanError(f"{path}: the file is empty: was the copy or the recording broken off?")
    return start


def _refuse_impostors(path: Path, start: bytes) -> None:
    text = start.lstrip().lower()
    if text.startswith((b"<!doctype html", b"<html")):
        raise ScanError(f"{path}: a web page, not a scan: the download gave a page; fetch the file itself")
    if text.startswith(b"version https://git-lfs"):
        raise ScanError(f"{path}: a Git LFS pointer, not the scan: run git lfs pull")


def _refuse_misnamed(path: Path) -> None:
    """Of a file that no format knows, say what its name promises."""
    if path.is_dir():
        raise ScanError(f"{path}: a folder: name the scan's file in it")
    for kind, suffixes in _SUFFIXES.items():
        if path.suffix.lower() in suffixes:
            raise ScanError(f"{path}: not {kind} file, whatever its name says: is it whole, and the right file?")


def _without_flyback(scan: Scan, columns: int) -> tuple[slice, slice]:
    """The rectangle that is left when columns at the end of each row, or at its start if negative, are cut off."""
    nx = scan.scan_shape[1]
    if abs(columns) >= nx:
        raise ScanError(
            f"{scan.path}: --flyback {columns} leaves none of {nx} columns of the scan: give a smaller number"
        )
    return slice(None), slice(max(0, -columns), nx - max(0, columns))


def _cropped(scan: Scan, roi: tuple[slice, slice], flag: str) -> Scan:
    """The same scan with only what lies in the rectangle `roi` of the file's scan positions."""
    whole: NDArray[np.bool_] = np.ones(scan.scan_shape, bool) if scan.roi is None else scan.roi
    for part, length, axis in zip(roi, whole.shape, "yx", strict=True):
        start, stop = part.start or 0, length if part.stop is None else part.stop
        if not (0 <= start < stop <= length) or part.step not in (None, 1):
            raise ScanError(f"{scan.path}: {flag} {start}:{stop} along {axis} does not lie in the scan's 0:{length}")
    mask: NDArray[np.bool_] = np.zeros(whole.shape, bool)
    mask[roi] = whole[roi]
    ny, nx = (int(mask.any(axis=axis).sum()) for axis in (1, 0))
    if not mask.any():
        raise ScanError(f"{scan.path}: {flag} leaves no scan position beside what is cut off before")
    return replace(scan, roi=mask, shape=(ny, nx, *scan.frame_shape))
