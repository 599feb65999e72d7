"""What `graineye explore` is given: a results file, which is shown at once, or a scan, which is mapped first."""

from pathlib import Path

import h5py

from graineye.explorer.mapping_page import Mapping
from graineye.explorer.page import Shop, saved_as
from graineye.results import load_result
from graineye.results.layout import ROOT
from graineye.scan import open_scan
from graineye.settings import Opening, Settings


def shop_for(path: Path, settings: Settings, cpus: int | None, opening: Opening) -> Shop:
    """What the pages of a server show.

    Parameters
    ----------
    path
        Of a results file or a scan.
    settings, cpus, opening
        With which a scan is read and mapped.

    Raises
    ------
    ResultError, ScanError
        If it cannot be opened.
    """
    if is_result(path):
        return Shop(path, load_result(path))
    scan = open_scan(path, cpus=cpus, **vars(opening))
    return Shop(saved_as(path), mapping=Mapping(scan, settings))


def is_result(path: Path) -> bool:
    """Whether a file is a results file, whatever its name is."""
    if not path.is_file() or not h5py.is_hdf5(path):
        return False
    try:
        with h5py.File(path, "r") as file:
            return ROOT in file and "format_version" in file[ROOT].attrs
    except (OSError, RuntimeError, KeyError):
        return False
