"""HDF5 in any of the field's metadata trees, or in none.

What HDF5 would read as zeros, or from somewhere else, is looked at before any frame is.
"""

from contextlib import ExitStack
from dataclasses import replace
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING

from graineye.errors import ScanError
from graineye.scan.axes import dropped, scan_axes
from graineye.scan.calibration import AxisScale
from graineye.scan.formats.interface import Format, Pair, Source, fitting, initialised
from graineye.scan.formats.npy import LARGEST_REVERSED
from graineye.scan.scan import Scan

if TYPE_CHECKING:
    import h5py

    from graineye.scan.stored_chunks import StoredChunks

_SIGNATURE = b"\x89HDF\r\n\x1a\n"


def _recognises(source: Source) -> bool:
    """Whether the signature stands at the start, or behind a user block of a power of two from 512 bytes on."""
    if source.path.is_dir():
        return False
    size = source.path.stat().st_size
    with source.path.open("rb") as file:
        offset = 0
        while offset + len(_SIGNATURE) <= size:
            file.seek(offset)
            if file.read(len(_SIGNATURE)) == _SIGNATURE:
                return True
            offset = max(512, 2 * offset)
    return False


def _open(source: Source) -> Scan:
    import h5py
    import hdf5plugin  # noqa: F401  # registers its filters with HDF5

    from graineye.scan.hdf5_discovery import find_scan_dataset
    from graineye.scan.hdf5_links import Links

    try:
        with ExitStack() as keep:
            file = keep.enter_context(h5py.File(source.path, "r"))
            links = Links(source.path, source.follow_links, keep)
            found = find_scan_dataset(file, source.path, source.ds_path, source.positions is not None, links)
            links.check_sources(found)
            return _scan_of(source, file, found, source.ds_path or links.name_of(found))
    except (OSError, KeyError, RuntimeError, ValueError, TypeError, IndexError) as error:  # h5py, of a damaged file
        said = str(error.args[0]) if error.args else str(error)
        broken = "truncated" in said
        fact, remedy = ("the file is truncated", "copy it again") if broken else (said, "is the file whole?")
        raise ScanError(f"{source.path}: HDF5 cannot open it ({fact}): {remedy}") from error


def _scan_of(source: Source, file: "h5py.File", found: "h5py.Dataset", name: str) -> Scan:
    """The scan in a dataset of the user's file, or of one that it has a link to; `name` leads there."""
    from graineye.scan.hdf5_datasets import hdf5_dataset, mapped_offset
    from graineye.scan.metadata import axes_in_reverse, read_calibration, read_probe_image

    path, place = source.path, Path(found.file.filename)
    axes, reverse = scan_axes(found.shape), axes_in_reverse(found)
    notes, chunks = _check_readable(path, found, (0, 1) if reverse else (found.ndim - 2, found.ndim - 1))
    if reverse:
        axes = axes[::-1]
        if found.nbytes > LARGEST_REVERSED or source.positions not in (None, axes[:2]):
            raise ScanError(
                f"{path}: {found.name} has its axes in reverse (EMD 0.2 as RosettaSciIO writes it): "
                "save it as .hspy or .nxs with the program that wrote it"
            )
        notes += (f"the axes stand in reverse, as RosettaSciIO writes EMD 0.2: {found.shape} is read as {axes}",)
    scan_shape = fitting(path, prod(axes[:-2]), axes[:-2], source.positions)
    frame_shape: Pair = (axes[-2], axes[-1])
    tree, calibration, said = read_calibration(found)
    if scan_shape != axes[:-2]:  # the stored axes say nothing of scan positions in another shape
        calibration = replace(calibration, y=AxisScale(), x=AxisScale())
    if not place.samefile(path):
        notes += (f"the frames are in {place}, to which the file has a link",)
    offset = mapped_offset(found)
    if offset is not None and place.stat().st_size < offset + found.nbytes:
        raise ScanError(f"{path}: ends within {found.name}: the file is truncated; copy it again")
    return Scan(
        path=path,
        format=tree,
        dataset_path=found.name if place.samefile(path) else name,
        shape=(*scan_shape, *frame_shape),
        dtype=found.dtype,
        calibration=calibration,
        probe=read_probe_image(file, frame_shape),
        notes=said + notes + (() if reverse else dropped(found.shape, axes)),
        dataset=initialised(source, hdf5_dataset(place, found, chunks, scan_shape, reverse)),
        context=source.context,
    )


def _check_readable(
    path: Path, dataset: "h5py.Dataset", detector_axes: tuple[int, int]
) -> tuple[tuple[str, ...], "StoredChunks | None"]:
    """Refuse what HDF5 would fill with zeros or cannot decode; a note where a part was never written, and the chunks."""
    from graineye.scan.hdf5_chunks import check_sizes, look_at_chunks, missing_chunks_note
    from graineye.scan.hdf5_filters import what_cannot_be
    from graineye.scan.stored_chunks import stored_chunks

    stored: StoredChunks | None = None
    notes = _below_largest(dataset)
    if dataset.external is not None:
        raise ScanError(
            f"{path}: {dataset.name} is stored in {dataset.external[0][0]}, outside of HDF5: "
            "bring it into the file with h5repack, or read that file as raw numbers with --dtype"
        )
    if not dataset.is_virtual:
        if dataset.id.get_storage_size() == 0:
            raise ScanError(f"{path}: {dataset.name} was never written: was the recording stopped?")
        stored = None if dataset.chunks is None else stored_chunks(dataset)
        said = what_cannot_be(dataset, Path(dataset.file.filename).stat().st_size, stored)
        if said:
            raise ScanError(f"{path}: {dataset.name} has {said}, which cannot be: is the file whole?")
        if stored is not None:
            chunks = look_at_chunks(path, dataset, stored, detector_axes)
            check_sizes(path, dataset, chunks)
            notes += missing_chunks_note(path, dataset, chunks)
    _check_decoding(path, dataset)
    return notes, stored


def _below_largest(dataset: "h5py.Dataset") -> tuple[str, ...]:
    """A sentence if a dataset is smaller than it was made to become; one that may grow without end says nothing of it."""
    if all(most in (None, length) for length, most in zip(dataset.shape, dataset.maxshape, strict=True)):
        return ()
    most = tuple(length if most is None else most for length, most in zip(dataset.shape, dataset.maxshape, strict=True))
    return (f"the shape is {dataset.shape}, of at most {most}: was the recording stopped, or is the file damaged?",)


def _check_decoding(path: Path, dataset: "h5py.Dataset") -> None:
    import h5py

    from graineye.scan.hdf5_chunks import check_chunks

    first = (slice(0, 1),) * dataset.ndim
    try:
        check_chunks(dataset, first)
        dataset[first]
    except OSError as error:
        stored = dataset.id.get_create_plist()
        filters = [stored.get_filter(i) for i in range(stored.get_nfilters())]
        absent = [f"{code} {name.decode()}".strip() for code, _, _, name in filters if not h5py.h5z.filter_avail(code)]
        if absent:
            raise ScanError(
                f"{path}: {dataset.name} is compressed with the HDF5 filter {absent[0]}, which is not installed: install it"
            ) from error
        raise ScanError(f"{path}: {dataset.name} cannot be decoded ({error}): is the file whole?") from error


FORMAT = Format("HDF5", _recognises, _open)
