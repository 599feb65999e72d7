"""Writes a result in the formats of other programs: TIFF for ImageJ, CSV for spreadsheets, GeoJSON for shapes.

Nothing is written before every file's place has been checked, and each file appears when it is whole.
"""

import json
import warnings
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from graineye.crystallites.outlines import Corners, outline_table, polygons
from graineye.crystallites.table import crystallite_table
from graineye.results.crystallite_map import CrystalliteMap
from graineye.scan import Calibration
from graineye.whole_file import check_place, whole_file

Kind = Literal["labels", "masks", "tables", "outlines"]
_SUFFIX = ".crystallites.emd"
_SMALL = 1 << 20
"""Room for a small file."""
_VALUE = 24
"""Bytes of a number as text, with what parts it from the next."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""With what a text begins that spreadsheets compute instead of showing it."""


@dataclass(frozen=True)
class Export:
    """A file to be written.

    Attributes
    ----------
    path
        Of the file.
    write
        Writes it to that path.
    needed
        Bytes that it takes at most.
    """

    path: Path
    write: Callable[[Path], None]
    needed: int = _SMALL


def result_name(path: Path) -> str:
    """The result's name: its file's without `.crystallites.emd`, or without its suffix if it ends otherwise."""
    return path.name.removesuffix(_SUFFIX) if path.name.endswith(_SUFFIX) else path.stem


def planned_exports(
    result: CrystalliteMap, folder: Path, name: str, kinds: Collection[Kind]
) -> tuple[list[Export], list[str]]:
    """The files that hold what is asked for.

    Parameters
    ----------
    result
        To be written.
    folder, name
        Each file is `folder`/`name`.WHAT.SUFFIX.
    kinds
        "labels", "masks", "tables" (crystallites, boundaries, reflections, disks), "outlines".

    Returns
    -------
    The files, and a sentence for each that is left out.
    """
    files, notes = [], []
    positions = result.labels.size
    if "labels" in kinds:
        size = _SMALL + 4 * positions
        files.append(Export(folder / f"{name}.labels.tif", lambda path: save_labels(result, path), size))
    if "masks" in kinds and result.count:
        size = _SMALL + result.count * (positions + 512)
        files.append(Export(folder / f"{name}.masks.tif", lambda path: save_masks(result, path), size))
    elif "masks" in kinds:
        notes.append(f"{name}.masks.tif is left out: there are no crystallites")
    if "tables" in kinds:
        files += [_table_export(folder / f"{name}.{what}.csv", table) for what, table in export_tables(result).items()]
    if "outlines" in kinds:
        size = _SMALL + 10 * _VALUE * positions + 512 * result.count  # at most five corners of each position
        files.append(Export(folder / f"{name}.outlines.geojson", lambda path: save_outlines(result, path), size))
    return files, notes


def _table_export(path: Path, table: pd.DataFrame) -> Export:
    names = sum(4 * len(name) for name in table["name"]) if "name" in table else 0
    return Export(path, lambda path: save_table(table, path), _SMALL + _VALUE * table.size + names)


def write_exports(files: Iterable[Export], force: bool = False) -> list[Path]:
    """Write files; none of them if it shows beforehand that one cannot be written.

    Parameters
    ----------
    files
        From `planned_exports`, or others.
    force
        Whether existing files may be replaced.

    Returns
    -------
    Their paths.

    Raises
    ------
    OutputError
        If a folder is missing, not writable or too full, or a file exists and may not be replaced.
    """
    files = list(files)
    for file in files:
        check_place(file.path, file.needed, force)
    for file in files:
        file.write(file.path)
    return [file.path for file in files]


def save_labels(result: CrystalliteMap, path: Path) -> None:
    """Write the label map as a TIFF that ImageJ opens with its scale.

    ImageJ knows no int32: the values are uint16, or float32 (exact up to 2^24) where there are more than 65535 labels.
    """
    kind = np.uint16 if result.count <= np.iinfo(np.uint16).max else np.float32
    _save_tiff(path, [result.labels.astype(kind)], 1, result.calibration, result.count)


def save_masks(result: CrystalliteMap, path: Path) -> None:
    """Write the crystallites as a TIFF stack (crystallite, y, x) that ImageJ opens with its scale.

    The values are uint8: 1 in the crystallite that the slice is named after, 0 elsewhere; ImageJ shows 1 as white.
    """
    names = [f"crystallite {label}" for label in range(1, result.count + 1)]
    masks = (mask.astype(np.uint8) for mask in result.masks)
    _save_tiff(path, masks, result.count, result.calibration, 1, Labels=names)


def _save_tiff(
    path: Path,
    images: Iterable[NDArray[Any]],
    count: int,
    calibration: Calibration,
    brightest: int,
    **described: Any,
) -> None:
    """Write images (ny, nx) as ImageJ's kind of TIFF: resolution in pixels a unit; unit and display range as text.

    They come one after the other: all masks at once are larger than the rest of a result.
    """
    import tifffile

    images = iter(images)
    first = next(images)
    step_y, step_x = calibration.scan_step
    # All six axes are named: a scan of one column, or of three, would else be taken for one of coloured pixels.
    described |= {"axes": "TZCYXS", "min": 0, "max": brightest}
    if calibration.scan_unit != "px":
        described["unit"] = calibration.scan_unit
    with whole_file(path) as temporary, warnings.catch_warnings():
        # Beyond 4 GB only the first image gets a directory, from which ImageJ finds the others, as in its own files.
        warnings.filterwarnings("ignore", ".*truncating ImageJ file", UserWarning)
        tifffile.imwrite(
            temporary,
            chain([first], images),
            shape=(1, count, 1, *first.shape, 1),
            dtype=first.dtype,
            imagej=True,
            photometric="minisblack",
            resolution=(1 / step_x, 1 / step_y),
            metadata=described,
        )


def export_tables(result: CrystalliteMap) -> dict[str, pd.DataFrame]:
    """The tables by name: crystallites, boundaries, reflections, and the disks that reflections refer to."""
    disks = pd.DataFrame(
        {
            "disk": np.arange(len(result.disks)),
            "y_px": result.disks.positions[:, 0],
            "x_px": result.disks.positions[:, 1],
            "correlation": result.disks.correlation,
            "mean_magnitude": result.mean_magnitude,
        }
    )
    return {
        "crystallites": result.table,
        "boundaries": result.boundaries,
        "reflections": result.reflections,
        "disks": disks,
    }


def save_table(table: pd.DataFrame, path: Path) -> None:
    """Write a table as CSV; see `csv_of`."""
    with whole_file(path) as temporary:
        temporary.write_bytes(csv_of(table))


def csv_of(table: pd.DataFrame) -> bytes:
    """A table as CSV in UTF-8: a line of column names, a line a row; a value that is not known is left empty.

    A name that a spreadsheet would take for a formula stands behind an apostrophe.
    """
    if "name" in table:
        table = table.assign(name=[f"'{name}" if name.startswith(_FORMULA) else name for name in table["name"]])
    return table.to_csv(index=False, lineterminator="\n").encode()


def save_outlines(result: CrystalliteMap, path: Path) -> None:
    """Write the outlines as GeoJSON; see `outline_features`."""
    with whole_file(path) as temporary:
        temporary.write_text(json.dumps(outline_features(result), separators=(",", ":")) + "\n", encoding="utf-8")


def outline_features(result: CrystalliteMap) -> dict[str, Any]:
    """The outlines as a GeoJSON FeatureCollection: a Polygon for each crystallite, or a MultiPolygon if it has parts.

    Coordinates are [x, y] from the centre of the first scan position, in `unit`: nm, or px where the scan step is
    unknown. The shapes are as RFC 7946 asks: closed rings, exteriors anticlockwise where y points up, holes clockwise.
    Properties are `label`, `area` in `unit` squared, and `unit`.
    """
    unit, step = result.calibration.scan_unit, result.calibration.scan_step
    table = crystallite_table(result.labels, result.calibration)
    areas = table.set_index("label")["area_nm2" if unit == "nm" else "area_px"].to_dict().items()
    collection: dict[str, Any] = {"type": "FeatureCollection", "unit": unit, "features": []}
    for (label, area), (_, rows) in zip(areas, outline_table(result.labels).groupby("label"), strict=True):
        rings = [ring[["y", "x"]].to_numpy(np.float64) for _, ring in rows.groupby("ring")]
        parts = [[_geojson_ring(ring, step) for ring in part] for part in polygons(rings)]
        shape = {"type": "Polygon", "coordinates": parts[0]}
        if len(parts) > 1:
            shape = {"type": "MultiPolygon", "coordinates": parts}
        properties = {"label": label, "area": area, "unit": unit}
        collection["features"].append({"type": "Feature", "properties": properties, "geometry": shape})
    return collection


def _geojson_ring(ring: Corners, step: tuple[float, float]) -> list[list[float]]:
    """Corners (y, x) as closed [x, y], turning the other way, since the axes change places."""
    closed = np.concatenate([ring, ring[:1]]) * step
    corners: list[list[float]] = closed[::-1, ::-1].tolist()
    return corners
