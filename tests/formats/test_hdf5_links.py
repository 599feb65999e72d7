"""HDF5 links, virtual datasets and outside storage: followed within the file's folder, further only if the user says so."""

from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest
from numpy.typing import NDArray

import graineye as ge
from graineye.errors import NoScanFound, ScanError

Frames = NDArray[np.uint16]
Refused = Callable[..., object]
Holds = Callable[[ge.Scan, NDArray[np.generic]], None]


def save(path: Path, frames: NDArray[np.generic], name: str = "scan/frames", **how: object) -> Path:
    path.parent.mkdir(exist_ok=True)
    with h5py.File(path, "w") as file:
        file.create_dataset(name, data=frames, **how)
    return path


def link(path: Path, target: str, name: str = "scan/frames", at: str = "here") -> Path:
    path.parent.mkdir(exist_ok=True)
    with h5py.File(path, "w") as file:
        file[at] = h5py.ExternalLink(target, name)
    return path


def virtual(path: Path, *sources: str, shape: tuple[int, ...]) -> Path:
    """A dataset of the rows of several files, one below the other."""
    path.parent.mkdir(exist_ok=True)
    layout = h5py.VirtualLayout((len(sources) * shape[0], *shape[1:]), "u2")
    for number, source in enumerate(sources):
        rows = slice(number * shape[0], (number + 1) * shape[0])
        layout[rows] = h5py.VirtualSource(source, "scan/frames", shape=shape)
    with h5py.File(path, "w") as file:
        file.create_virtual_dataset("frames", layout)
    return path


@pytest.mark.parametrize("how", [{}, {"chunks": (2, 5, 32, 40), "compression": "gzip"}])
@pytest.mark.parametrize("place", ["there.h5", "below/there.h5"])
def test_a_link_within_the_folder_is_followed(
    how: dict[str, object], place: str, frames: Frames, tmp_path: Path, holds: Holds
) -> None:
    save(tmp_path / place, frames, **how)
    for name in ("scan/frames", "scan", "/"):  # to the dataset, or to a group that holds it
        scan = ge.open_scan(link(tmp_path / "a.h5", place, name))
        holds(scan, frames)
        assert any(str(tmp_path / place) in note for note in scan.notes), "the user is told where the frames are"
        holds(ge.open_scan(tmp_path / "a.h5", ds_path=scan.dataset_path), frames)


@pytest.mark.parametrize("absolute", [False, True])
def test_a_link_that_leaves_the_folder_is_followed_only_on_demand(
    absolute: bool, frames: Frames, tmp_path: Path, refused: Refused, holds: Holds
) -> None:
    there = save(tmp_path / "there.h5", frames)
    path = link(tmp_path / "in" / "a.h5", str(there) if absolute else "../there.h5")
    with refused(NoScanFound, path, "/here is a link to", "outside of the file's folder", "--follow-links"):
        ge.open_scan(path)
    with refused(ScanError, path, "--follow-links"):
        ge.open_scan(path, ds_path="here")
    holds(ge.open_scan(path, follow_links=True), frames)
    holds(ge.open_scan(path, ds_path="here", follow_links=True), frames)


def test_a_link_through_a_symbolic_link_leaves_the_folder(frames: Frames, tmp_path: Path, refused: Refused) -> None:
    save(tmp_path / "there.h5", frames)
    path = link(tmp_path / "in" / "a.h5", "beside.h5")
    (tmp_path / "in" / "beside.h5").symlink_to(tmp_path / "there.h5")
    with refused(NoScanFound, path, "--follow-links"):
        ge.open_scan(path)


def test_a_link_that_leads_on_out_of_the_folder_is_not_followed(
    frames: Frames, tmp_path: Path, refused: Refused, holds: Holds
) -> None:
    save(tmp_path / "there.h5", frames)
    link(tmp_path / "in" / "b.h5", "../there.h5", at="on")
    path = link(tmp_path / "in" / "a.h5", "b.h5", "on")
    with refused(NoScanFound, path, "outside of the file's folder", "--follow-links"):
        ge.open_scan(path)
    holds(ge.open_scan(path, follow_links=True), frames)


def test_links_round_in_a_circle_end(tmp_path: Path, refused: Refused) -> None:
    link(tmp_path / "b.h5", "a.h5", "here")
    path = link(tmp_path / "a.h5", "b.h5", "here")
    with refused(NoScanFound, path, "/here", "missing"):
        ge.open_scan(path)


def test_a_scan_in_the_file_is_taken_before_a_link_that_cannot_be_followed(
    frames: Frames, tmp_path: Path, holds: Holds
) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["frames"] = frames
        file["raw"] = h5py.ExternalLink("gone.h5", "/scan/frames")
    holds(ge.open_scan(tmp_path / "a.h5"), frames)


def test_a_virtual_dataset_reads_its_sources_beside_it(frames: Frames, tmp_path: Path, holds: Holds) -> None:
    save(tmp_path / "upper.h5", frames[:3])
    save(tmp_path / "lower.h5", frames[3:], chunks=(1, 5, 32, 40))
    holds(ge.open_scan(virtual(tmp_path / "a.h5", "upper.h5", "lower.h5", shape=(3, 5, 32, 40))), frames)


def test_a_virtual_dataset_with_a_source_outside_is_read_only_on_demand(
    frames: Frames, tmp_path: Path, refused: Refused, holds: Holds
) -> None:
    there = save(tmp_path / "there.h5", frames)
    path = virtual(tmp_path / "in" / "a.h5", str(there), shape=(6, 5, 32, 40))
    with refused(ScanError, path, "/frames is a virtual dataset", "--follow-links"):
        ge.open_scan(path)
    holds(ge.open_scan(path, follow_links=True), frames)


def test_a_source_that_is_itself_virtual_is_looked_through(frames: Frames, tmp_path: Path, refused: Refused) -> None:
    virtual(tmp_path / "b.h5", "gone.h5", shape=(6, 5, 32, 40))
    layout = h5py.VirtualLayout(frames.shape, "u2")
    layout[:] = h5py.VirtualSource("b.h5", "frames", shape=frames.shape)
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.create_virtual_dataset("frames", layout)
    with refused(ScanError, tmp_path / "a.h5", "gone.h5", "missing"):
        ge.open_scan(tmp_path / "a.h5")


def test_frames_that_are_stored_outside_of_hdf5_are_refused_with_a_way(
    frames: Frames, tmp_path: Path, refused: Refused
) -> None:
    frames.tofile(tmp_path / "frames.raw")
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.create_dataset("x", frames.shape, "u2", external=[(str(tmp_path / "frames.raw"), 0, frames.nbytes)])
    with refused(ScanError, tmp_path / "a.h5", "frames.raw", "h5repack", "--dtype"):
        ge.open_scan(tmp_path / "a.h5")
