"""Which dataset of an HDF5 file is the scan.

A scan has four axes of numbers, its frames at least 4 px along both; probes, virtual images and tables do not.
"""

from math import prod
from pathlib import Path

import h5py

from graineye.errors import NoScanFound, ScanError, SeveralScans
from graineye.scan.axes import scan_axes
from graineye.scan.hdf5_links import Links

_SMALLEST_FRAME = 4
_LISTED = 8
_OTHER_AXES = (3, 5, 6)
"""Of a stack of frames or a series of scans, whose scan positions the user must give."""


def datasets_of(group: h5py.Group) -> list[h5py.Dataset]:
    """Every dataset below a group of a file, each once."""
    found: list[h5py.Dataset] = []
    group.visititems(lambda _, item: found.append(item) if isinstance(item, h5py.Dataset) else None)
    return found


def find_scan_dataset(
    file: h5py.File, path: Path, ds_path: str | None, frames_listed: bool, links: Links
) -> h5py.Dataset:
    """The dataset that holds the scan, in this file or in one that it has a link to.

    Parameters
    ----------
    file
        An open file.
    path
        Its path, for messages.
    ds_path
        The dataset that the user named, if any.
    frames_listed
        Whether a shape of scan positions is given, so that a stack (n, qy, qx) or a series of scans is wanted as well.
    links
        Follows links out of the file.

    Raises
    ------
    NoScanFound
        If there is none.
    SeveralScans
        If there are several and none was named.
    ScanError
        If the one that was named is no scan.
    """
    if ds_path is not None:
        return _named(file, path, ds_path, frames_listed, links)
    everything = datasets_of(file)
    if not any(_is_scan(dataset, (4, *_OTHER_AXES)) for dataset in everything):
        everything += _behind_links(file, path, links)
    scans = [dataset for dataset in everything if _is_scan(dataset, (4,))]
    if not scans and frames_listed:
        scans = [dataset for dataset in everything if _is_scan(dataset, _OTHER_AXES)]
    if len(scans) > 1:
        raise SeveralScans(f"{path}: holds several scans: {_listing(scans)}: name one with --ds-path")
    if not scans:
        raise NoScanFound(_why_none(path, everything))
    return scans[0]


def _is_scan(dataset: h5py.Dataset, axes: tuple[int, ...]) -> bool:
    shape = scan_axes(dataset.shape or ())
    return (
        len(shape) in axes and dataset.dtype.kind in "iufb" and prod(shape) > 0 and min(shape[-2:]) >= _SMALLEST_FRAME
    )


def _behind_links(file: h5py.File, path: Path, links: Links) -> list[h5py.Dataset]:
    """Datasets of other files that this one has links to.

    Raises
    ------
    NoScanFound
        If a link cannot be followed, and no other leads to a dataset.
    """
    found: dict[tuple[str, str], h5py.Dataset] = {}
    fault: ScanError | None = None
    for name, _ in links.outside(file):
        try:
            item = links.find(file, name)
        except ScanError as error:
            fault = fault or error
            continue
        if item is None:
            fault = fault or ScanError(
                f"{path}: {name} is a link to a dataset that is missing: find it and open its file"
            )
            continue
        for dataset in [item] if isinstance(item, h5py.Dataset) else datasets_of(item):
            found[dataset.file.filename, dataset.name] = dataset
            links.remember(dataset, name + dataset.name.removeprefix(item.name.rstrip("/")))
    if fault is not None and not found:
        raise NoScanFound(str(fault)) from fault
    return list(found.values())


def _named(file: h5py.File, path: Path, ds_path: str, frames_listed: bool, links: Links) -> h5py.Dataset:
    try:
        dataset = links.find(file, ds_path)
    except (OSError, RuntimeError, KeyError):
        dataset = None
    if not isinstance(dataset, h5py.Dataset):
        fact = f"{ds_path!r} is a group" if isinstance(dataset, h5py.Group) else f"no dataset {ds_path!r}"
        candidates = [d for d in datasets_of(file) if _is_scan(d, (4, *_OTHER_AXES))]
        remedy = (
            f"--ds-path may be {_listing(candidates)}" if candidates else "nor any other scan: is it the right file?"
        )
        raise ScanError(f"{path}: {fact}: {remedy}")
    if dataset.dtype.kind not in "iufb":
        raise ScanError(f"{path}: {ds_path} holds {_kind(dataset)}: a scan holds real numbers; name another --ds-path")
    shape = scan_axes(dataset.shape or ())
    if len(shape) in _OTHER_AXES and not frames_listed:
        raise ScanError(
            f"{path}: {ds_path} has shape {shape}, a scan four axes (y, x, qy, qx): "
            "give its scan positions with --nav-shape NY,NX"
        )
    if len(shape) not in (4, *_OTHER_AXES):
        raise ScanError(f"{path}: {ds_path} has shape {shape}, a scan four axes (y, x, qy, qx): name another --ds-path")
    if prod(shape) == 0:
        raise ScanError(f"{path}: {ds_path} has shape {shape} and holds nothing: was the recording stopped?")
    return dataset


def _why_none(path: Path, everything: list[h5py.Dataset]) -> str:
    stacks = [dataset for dataset in everything if _is_scan(dataset, _OTHER_AXES)]
    if stacks:
        return (
            f"{path}: no dataset with four axes (y, x, qy, qx), but frames in another shape: {_listing(stacks)}: "
            "give the scan positions with --nav-shape NY,NX"
        )
    odd = [d for d in everything if len(scan_axes(d.shape or ())) == 4]
    if odd:
        what = "; ".join(f"{d.name} {d.shape} holds {_fault(d)}" for d in odd[:_LISTED])
        return f"{path}: no scan in it: {what}; a scan holds frames of real numbers: is it the right file?"
    if not everything:
        return f"{path}: an HDF5 file without any dataset: is it the right file?"
    return f"{path}: no scan in it, only {_listing(everything)}: is it the right file?"


def _fault(dataset: h5py.Dataset) -> str:
    """Why a dataset of four axes is no scan."""
    if dataset.dtype.kind not in "iufb":
        return _kind(dataset)
    return "nothing" if prod(dataset.shape) == 0 else f"frames of less than {_SMALLEST_FRAME} px"


def _kind(dataset: h5py.Dataset) -> str:
    names = {"c": "complex numbers", "V": "compound records", "S": "text", "O": "text or objects", "U": "text"}
    return names.get(dataset.dtype.kind, str(dataset.dtype))


def _listing(datasets: list[h5py.Dataset]) -> str:
    names = [f"{dataset.name} {dataset.shape}" for dataset in datasets[:_LISTED]]
    return ", ".join(names) + (f" and {len(datasets) - _LISTED} more" if len(datasets) > _LISTED else "")
