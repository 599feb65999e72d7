"""What was asked for, kept in the results file so that a later run knows whether it would make the same map again.

A later run reads these facts without opening any array.
"""

import json
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from graineye.batch.jobs import Job
from graineye.batch.replay import Replay, digest_of
from graineye.errors import OutputError, SettingsError
from graineye.results import CrystalliteMap, fingerprint
from graineye.results.artefacts import sentences_of
from graineye.results.edits_in_file import get_edits
from graineye.results.layout import FORMAT_VERSION, ROOT, get_metadata, put_metadata
from graineye.settings import Opening, Settings
from graineye.whole_file import file_for_hdf5

_NAME = "asked"


@dataclass(frozen=True)
class Asked:
    """How to read a scan, how to map it, and which edits to make on the map.

    Raises
    ------
    SettingsError
        If a setting is no text that the results file can keep.
    """

    opening: Opening = field(default_factory=Opening)
    settings: Settings = field(default_factory=Settings)
    replay: Replay | None = None

    def __post_init__(self) -> None:
        try:
            self.settings.to_toml().encode("utf-8")
        except UnicodeEncodeError:
            raise SettingsError("probe.source is a name that is not UTF-8: rename the image") from None

    @property
    def edits(self) -> str:
        """The digest of the edits; empty of none."""
        return "" if self.replay is None else self.replay.digest

    @property
    def reading(self) -> dict[str, Any]:
        """What is asked for of `Opening` beyond its defaults, so that flags of later versions change nothing."""
        defaults = {known.name: known.default for known in fields(self.opening)}
        chosen = {name: value for name, value in asdict(self.opening).items() if value != defaults[name]}
        plain: dict[str, Any] = json.loads(json.dumps(chosen, default=str))
        return plain


@dataclass(frozen=True)
class Found:
    """What a results file tells of itself.

    Attributes
    ----------
    crystallites
        How many.
    median_diameter, unit
        Of the crystallites, in nm or px; None if there are none.
    seconds
        That each stage took.
    notes
        Warnings, and how the file was read.
    """

    crystallites: int
    median_diameter: float | None
    unit: str
    seconds: Mapping[str, float]
    notes: tuple[str, ...]


def keep_asked(result: Path, asked: Asked) -> None:
    """Add to a results file how its scan was read, and which edits were made again."""
    with file_for_hdf5(result) as raw, h5py.File(raw, "r+") as file:
        replayed = {"edits": asked.edits} if asked.edits else {}
        put_metadata(file[ROOT], _NAME, {"opening": json.dumps(asked.reading)} | replayed)


def found_of(result: CrystalliteMap) -> Found:
    """The same of a result in memory."""
    unit = result.calibration.scan_unit
    return Found(
        crystallites=result.count,
        median_diameter=float(result.table[f"diameter_{unit}"].median()) if result.count else None,
        unit=unit,
        seconds=result.provenance.seconds,
        notes=(*result.provenance.notes, *sentences_of(result.artefacts)),
    )


def what_is_done(job: Job, asked: Asked) -> tuple[Found | None, str]:
    """What the result of a scan tells, if it is whole and what would be made again; else why it is not.

    Parameters
    ----------
    job
        A scan and the files that it becomes.
    asked
        What is asked for now.

    Returns
    -------
    found, reason
        None and why the scan must be mapped, in words; an empty reason where nothing is there yet.

    Raises
    ------
    OutputError
        If the result is that of another scan, or has edits that would be lost.
    """
    if not any(place.exists() for place in job.places):
        return None, ""
    for place in job.places:
        if not place.is_file() or not place.stat().st_size:
            return None, f"{place.name} is missing"
    try:
        with h5py.File(job.result, "r") as file:
            found, reason = _compared(file[ROOT], job, asked)
            if found is None:
                _keep_work(file[ROOT], job, asked)
            return found, reason
    except (OSError, RuntimeError, LookupError, AttributeError, ValueError, TypeError, SettingsError):
        return None, f"{job.result.name} is no whole results file"


def _compared(root: h5py.Group, job: Job, asked: Asked) -> tuple[Found | None, str]:
    if int(root.attrs["format_version"]) > FORMAT_VERSION:
        raise OutputError(f"{job.result}: written by a newer graineye: update graineye, or choose another folder")
    source = json.loads(str(get_metadata(root, "provenance")["json"]))
    if (source["scan_size"], source["scan_checksum"]) != fingerprint(job.scan):
        if source["scan_path"] != str(job.scan.absolute()):
            raise OutputError(
                f"{job.result}: the result of another scan, {source['scan_path']}: "
                "choose another folder, or give --force instead of --resume"
            )
        return None, "the scan has changed since"
    if Settings.from_dict(tomllib.loads(str(get_metadata(root, "settings")["toml"]))) != asked.settings:
        return None, "the settings are others"
    if _NAME not in root["metadatabundle"]:
        return None, "it does not tell how its scan was read"
    if json.loads(str(get_metadata(root, _NAME)["opening"])) != asked.reading:
        return None, "the scan was read in another way"
    if digest_of(get_edits(root)) != asked.edits:
        return None, "the edits are others"
    return _found(root, source), ""


def _keep_work(root: h5py.Group, job: Job, asked: Asked) -> None:
    """Refuse to replace edits that a person made in this very file, unless they are made again."""
    there = digest_of(get_edits(root))
    facts = get_metadata(root, _NAME) if _NAME in root["metadatabundle"] else {}
    if there not in ("", asked.edits, facts.get("edits")):
        raise OutputError(
            f"{job.result}: has edits that a new map would lose: give --edits {job.result} to make them again, "
            "or --force instead of --resume"
        )


def _found(root: h5py.Group, source: Mapping[str, Any]) -> Found:
    scales = json.loads(str(get_metadata(root, "scales")["json"]))
    unit = "nm" if scales["y"]["unit"] == scales["x"]["unit"] == "nm" else "px"
    table = root.get("crystallites")
    diameters = np.zeros(0) if table is None else np.asarray(table[f"diameter_{unit}"][()])
    return Found(
        crystallites=len(diameters),
        median_diameter=float(np.median(diameters)) if len(diameters) else None,
        unit=unit,
        seconds=source["seconds"],
        notes=tuple(source["notes"]),
    )
