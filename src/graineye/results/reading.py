"""Reads a results file back into a `CrystalliteMap`.

Tables and arrays that this version does not know are passed over; a file of a newer format is refused.
"""

import json
import tomllib
from dataclasses import fields
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from graineye.crystallites import Dendrogram, OverlappingCrystallites
from graineye.disks import Beam, Descan, DiskPositions
from graineye.errors import ResultError, SettingsError
from graineye.passes import Statistics
from graineye.probe import Aperture, Bars, Template
from graineye.results.crystallite_map import CrystalliteMap
from graineye.results.edits_in_file import get_edits, get_names, get_unedited
from graineye.results.excluded import Excluded
from graineye.results.layout import FORMAT_VERSION, ROOT, get_array, get_metadata, get_table
from graineye.results.provenance import Provenance
from graineye.results.soundness import check_fit, check_stored
from graineye.scan import AxisScale, Calibration
from graineye.settings import Settings

_DAMAGED = (OSError, RuntimeError, LookupError, AttributeError, ValueError, TypeError, MemoryError, ArithmeticError)
"""What h5py, json and our own classes raise of a damaged file."""
_SAID = 300
"""Characters of another library's words, which may quote the bytes of a damaged file."""


def load_result(path: str | Path) -> CrystalliteMap:
    """A result as it was saved.

    Raises
    ------
    ResultError
        If the file is missing, no results file, cut off, or of a newer format.
    """
    path = Path(path)
    if not path.is_file():
        raise ResultError(f"{path}: no such results file: check the name")
    try:
        with h5py.File(path, "r") as file:
            root = _root(file, path)
            check_stored(root)
            with np.errstate(invalid="raise"):  # no whole number is made of NaN
                result = _result(root)
            check_fit(result)
            return result
    except (*_DAMAGED, SettingsError) as error:
        said = str(error)[:_SAID]
        raise ResultError(f"{path}: no whole results file of graineye ({said}): run graineye again") from error


def _root(file: h5py.File, path: Path) -> h5py.Group:
    root = file.get(ROOT)
    if not isinstance(root, h5py.Group) or "format_version" not in root.attrs:
        raise ResultError(f"{path}: an HDF5 file, but not a results file of graineye: name NAME.crystallites.emd")
    version = int(root.attrs["format_version"])
    if version > FORMAT_VERSION:
        raise ResultError(
            f"{path}: written by a newer graineye (format {version}, this one reads {FORMAT_VERSION}): update graineye"
        )
    return root


def _result(root: h5py.Group) -> CrystalliteMap:
    facts: dict[str, Any] = get_metadata(root, "facts")
    labels = get_array(root, "labels").astype(np.int32, copy=False)
    ny, nx = labels.shape
    settings, edits = _settings(root), get_edits(root)
    overlaps = _may_overlap(root, settings)
    excluded = _excluded(root, labels.shape)
    return CrystalliteMap(
        labels=labels,
        settings=settings,
        calibration=_calibration(_json(root, "scales")),
        provenance=_provenance(_json(root, "provenance")),
        statistics=Statistics(
            mean=_image(root, "mean"),
            std=_image(root, "std"),
            log_sum=_image(root, "log_sum"),
            total_counts=get_array(root, "total_counts").astype(np.float64, copy=False),
            centre_of_mass=get_array(root, "centre_of_mass").astype(np.float64, copy=False)
            if "centre_of_mass" in root
            else None,
        ),
        template=Template(_image(root, "template"), facts["template_bright_radius"], facts["template_source"]),
        correlation_of_log_sum=_image(root, "correlation_of_log_sum"),
        correlation_of_log_std=_image(root, "correlation_of_log_std"),
        beam=Beam((facts["beam_y"], facts["beam_x"]), facts["beam_correlation"]),
        disks=_disks(root),
        dark_fields=np.ascontiguousarray(np.moveaxis(_image(root, "dark_fields"), 0, -1))
        if "dark_fields" in root
        else np.zeros((ny, nx, 0), np.float32),
        dendrogram=_dendrogram(root, (ny, nx), facts["neighbour_distance"], excluded.frames_mask),
        excluded=excluded,
        aperture=_aperture(root),
        overlapping=_overlapping(root) if overlaps else None,
        descan=_descan(root),
        significance=_image(root, "significance") if "significance" in root else None,
        known_mean_patterns=_image(root, "mean_patterns") if "mean_patterns" in root else None,
        edits=edits,
        names=get_names(root) if edits else {},
        unedited=get_unedited(root, overlaps) if edits else None,
    )


def _image(root: h5py.Group, name: str) -> NDArray[np.float32]:
    with np.errstate(over="ignore"):  # what is too large becomes infinite, which is refused
        return get_array(root, name).astype(np.float32, copy=False)


def _settings(root: h5py.Group) -> Settings:
    """The settings; files of before there was another method than a cut name none."""
    by_cut = {"segmentation": {"method": "dendrogram"}}
    return Settings.from_dict(by_cut | tomllib.loads(str(get_metadata(root, "settings")["toml"])))


def _excluded(root: h5py.Group, scan_shape: tuple[int, ...]) -> Excluded:
    """What took no part; nothing in files of before there was any such thing."""
    nothing = Excluded.nothing(scan_shape, get_array(root, "mean").shape)
    found = [
        get_array(root, name).astype(np.uint8, copy=False) if name in root else none
        for name, none in (("excluded_frames", nothing.frames), ("excluded_pixels", nothing.pixels))
    ]
    return Excluded(*found)


def _aperture(root: h5py.Group) -> Aperture | None:
    if "aperture" not in root.get("metadatabundle", {}):
        return None
    values = _known(Aperture, _json(root, "aperture"))
    bars = Bars(**_known(Bars, values.pop("bars", {})))
    return Aperture(**values, bars=bars)


def _may_overlap(root: h5py.Group, settings: Settings) -> bool:
    """Whether crystallites have fractions, as those of a cut have masks; where there are none, the settings tell."""
    if "fractions" in root or "unedited_fractions" in root:
        return True
    any_before = "unedited_labels" in root and get_array(root, "unedited_labels").any()
    return settings.overlapping and "masks" not in root and not any_before


def _overlapping(root: h5py.Group) -> OverlappingCrystallites:
    """Crystallites that may overlap."""
    if "fractions" not in root:
        return OverlappingCrystallites.none(get_array(root, "labels").shape, len(_disks(root)))
    fractions = np.ascontiguousarray(np.moveaxis(_image(root, "fractions"), 0, -1))
    quality = get_table(root, "crystallites")["quality"].to_numpy(np.float64)
    return OverlappingCrystallites(fractions, _image(root, "strengths"), quality)


def _descan(root: h5py.Group) -> Descan | None:
    if "beam" not in root:
        return None
    beam, measured = (get_array(root, name).astype(np.float64, copy=False) for name in ("beam", "beam_measured"))
    return Descan(beam, measured, get_array(root, "beam_left_out").astype(bool))


def _json(root: h5py.Group, name: str) -> dict[str, Any]:
    values: dict[str, Any] = json.loads(str(get_metadata(root, name)["json"]))
    return values


def _known(kind: type[Any], values: dict[str, Any]) -> dict[str, Any]:
    """Those of `values` that the dataclass `kind` of this version has a field for."""
    names = {f.name for f in fields(kind)}
    return {name: value for name, value in values.items() if name in names}


def _calibration(values: dict[str, Any]) -> Calibration:
    known = {name: value for name, value in _known(Calibration, values).items() if value is not None}
    for name, value in known.items():
        known[name] = AxisScale(**_known(AxisScale, value)) if isinstance(value, dict) else float(value)
    return Calibration(**known)


def _provenance(values: dict[str, Any]) -> Provenance:
    values = _known(Provenance, values)
    values["scan_shape"] = tuple(values["scan_shape"])
    values["roi"] = tuple(values["roi"]) if values["roi"] else None
    values["notes"] = tuple(values["notes"])
    return Provenance(**values)


def _disks(root: h5py.Group) -> DiskPositions:
    if "disks" not in root:
        return DiskPositions(np.zeros((0, 2), np.int64), np.zeros(0, np.float32))
    table = get_table(root, "disks")
    return DiskPositions(table[["y", "x"]].to_numpy(np.int64), table["correlation"].to_numpy(np.float32))


def _dendrogram(
    root: h5py.Group, shape: tuple[int, int], neighbour_distance: float, excluded: NDArray[np.bool_] | None
) -> Dendrogram:
    table = get_table(root, "dendrogram")
    return Dendrogram(
        shape,
        np.ascontiguousarray(table[["left", "right"]].to_numpy(np.int32)),
        table["height"].to_numpy(np.float64),
        table["size"].to_numpy(np.int32),
        float(neighbour_distance),
        excluded,
    )
