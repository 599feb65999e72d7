"""HDF5 links that leave the file: followed where they stay in its folder, elsewhere only if the user says so.

HDF5 itself would open whatever path a file names; so each link is looked at before anything is opened.
"""

from contextlib import ExitStack
from pathlib import Path

import h5py

from graineye.errors import ScanError

_DEEPEST = 16
"""Links that lead on to links, at most so many."""


class Links:
    """Follows names of datasets through soft and external links, and keeps the files open that it meets.

    Parameters
    ----------
    path
        The file that the user named; links may lead to its folder and below.
    anywhere
        Whether they may lead to any other place as well.
    keep
        Closes the files.
    """

    def __init__(self, path: Path, anywhere: bool, keep: ExitStack) -> None:
        self._path = path
        self._folder = path.resolve().parent
        self._anywhere = anywhere
        self._keep = keep
        self._open: dict[Path, h5py.File] = {}
        self._names: dict[tuple[str, str], str] = {}

    def remember(self, dataset: h5py.Dataset, name: str) -> None:
        """Note under which name of the user's file a dataset of another file was found."""
        self._names[dataset.file.filename, dataset.name] = name

    def name_of(self, dataset: h5py.Dataset) -> str:
        """The name that leads to a dataset from the user's file."""
        return self._names.get((dataset.file.filename, dataset.name), str(dataset.name))

    def file_beside(self, origin: Path, name: str, what: str) -> Path:
        """The file that `origin` calls `name`.

        Raises
        ------
        ScanError
            If it is missing, or lies where links are not followed to; `what` says what names it.
        """
        place = (origin.parent / name).resolve()
        if not self._anywhere and not place.is_relative_to(self._folder):
            raise ScanError(
                f"{self._path}: {what}, outside of the file's folder: if you trust the file, give --follow-links"
            )
        if not place.is_file():
            raise ScanError(f"{self._path}: {what}, which is missing: put that file there")
        return place

    def find(self, file: h5py.File, name: str, depth: int = 0) -> h5py.Dataset | h5py.Group | None:
        """What stands under a name, in this file or another; None if nothing does, or links lead round in a circle.

        Raises
        ------
        ScanError
            If a link leads where links are not followed to, or to a missing file.
        """
        here: h5py.Group = file
        parts = [part for part in name.split("/") if part]
        for number, part in enumerate(parts):
            if not isinstance(here, h5py.Group):
                return None
            link = here.get(part, getlink=True)
            rest = "/".join(parts[number + 1 :])
            if isinstance(link, (h5py.SoftLink, h5py.ExternalLink)) and depth >= _DEEPEST:
                return None  # round in a circle
            if isinstance(link, h5py.SoftLink):
                start = link.path if link.path.startswith("/") else f"{here.name}/{link.path}"
                return self.find(here.file, f"{start}/{rest}", depth + 1)
            if isinstance(link, h5py.ExternalLink):
                other = self.opened(here.file, link, f"{here.name.rstrip('/')}/{part} is a link to")
                return self.find(other, f"{link.path}/{rest}", depth + 1)
            if link is None:
                return None
            here = here[part]
        return here

    def opened(self, file: h5py.File, link: h5py.ExternalLink, what: str) -> h5py.File:
        """The file that an external link leads to, kept open; `what` says what names it."""
        place = self.file_beside(Path(file.filename), link.filename, f"{what} {link.filename}:{link.path}")
        if place not in self._open:
            try:
                self._open[place] = self._keep.enter_context(h5py.File(place, "r"))
            except OSError as error:
                raise ScanError(f"{place}: HDF5 cannot open it ({error}): {self._path} has a link to it") from error
        return self._open[place]

    def outside(self, file: h5py.File) -> list[tuple[str, h5py.ExternalLink]]:
        """Every external link of a file, with its name."""
        groups: list[h5py.Group] = [file]
        file.visititems(lambda _, item: groups.append(item) if isinstance(item, h5py.Group) else None)
        links = (
            (f"{group.name.rstrip('/')}/{name}", group.get(name, getlink=True)) for group in groups for name in group
        )
        return [(name, link) for name, link in links if isinstance(link, h5py.ExternalLink)]

    def check_sources(self, dataset: h5py.Dataset, depth: int = 0) -> None:
        """Make sure that all parts of a virtual or externally stored dataset are there, and may be read.

        Raises
        ------
        ScanError
            If one is missing, which HDF5 would read as zeros, or lies where links are not followed to.
        """
        origin = Path(dataset.file.filename)
        for name, _, _ in dataset.external or ():
            self.file_beside(origin, name, f"{dataset.name} is stored in {name}")
        if not dataset.is_virtual:
            return
        if depth >= _DEEPEST:
            raise ScanError(f"{self._path}: {dataset.name} is made of itself: name another dataset")
        for source in dataset.virtual_sources():
            what = f"{dataset.name} is a virtual dataset with the source {source.file_name}:{source.dset_name}"
            if "%b" in source.file_name or "%b" in source.dset_name:
                self._check_pattern(origin, source.file_name, what)
                continue
            if source.file_name == ".":
                found = self.find(dataset.file, source.dset_name)
            else:
                link = h5py.ExternalLink(source.file_name, source.dset_name)
                other = self.opened(dataset.file, link, f"{dataset.name} is a virtual dataset with the source")
                found = self.find(other, source.dset_name)
            if not isinstance(found, h5py.Dataset):
                raise ScanError(f"{self._path}: {what} is missing in that file: is it the right one?")
            self.check_sources(found, depth + 1)

    def _check_pattern(self, origin: Path, pattern: str, what: str) -> None:
        """Of names made from block numbers only the folder is known."""
        place = (origin.parent / pattern.replace("%b", "0")).resolve()
        if not self._anywhere and not place.is_relative_to(self._folder):
            raise ScanError(
                f"{self._path}: {what} lies outside of the file's folder: if you trust the file, give --follow-links"
            )
