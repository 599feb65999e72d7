"""The result of mapping a scan: what every step gave, and the label map.

A new cut through the dendrogram makes a new result in milliseconds, without reading a frame.
"""

import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from graineye.crystallites import (
    Dendrogram,
    Edit,
    OverlappingCrystallites,
    dominating,
    features,
    mean_magnitude,
    outline_table,
    significant_features,
)
from graineye.crystallites.artefacts import Artefact
from graineye.disks import Beam, Descan, DiskPositions
from graineye.errors import GraineyeError
from graineye.passes import Statistics
from graineye.probe import Aperture, Template
from graineye.results.artefacts import artefacts_of
from graineye.results.changing import Unedited, cut_again, with_edits
from graineye.results.excluded import Excluded
from graineye.results.measuring import boundaries_of, reflections_of, table_of
from graineye.results.provenance import Provenance
from graineye.scan import Calibration, Scan
from graineye.settings import CutSettings, Settings

if TYPE_CHECKING:
    import xarray as xr

    from graineye.figures.plots import Plots


@dataclass(frozen=True, eq=False)
class CrystalliteMap:
    """The crystallites of a scan and how they were found.

    Attributes
    ----------
    labels
        (ny, nx) crystallite of every scan position, from 1; 0 is unassigned.
    settings
        With which it was made.
    calibration
        Scale of the scan's axes.
    provenance
        Of which scan, by which versions.
    statistics
        Mean, standard deviation, log-sum, total counts.
    template
        What was laid on the frames.
    aperture
        That fits the probe's image, or the beam, best; None where none was fitted.
    correlation_of_log_sum, correlation_of_log_std
        (qy, qx) of these images with the template.
    beam
        The zero-order beam.
    disks
        Detector positions of the dark fields.
    dark_fields
        (ny, nx, n_disks) the template at every disk position on every frame.
    dendrogram
        All merges; every cut is a label map.
    excluded
        Scan positions and detector pixels that took no part.
    overlapping
        Crystallites as objects that may share scan positions; None of a cut, which gives each position to one.
    descan
        The beam in every frame; None where dark fields do not follow it.
    significance
        (qy, qx) highest significance of a disk over the scan, standard errors; None where it was not looked for.
    edits
        Of a person, which this map shows; see `edited`.
    names
        Of crystallites that were given one, by label.
    unedited
        What it would hold without edits; None if there are none.
    scan
        The scan while it is open; None for a result from a file.
    """

    labels: NDArray[np.int32]
    settings: Settings
    calibration: Calibration
    provenance: Provenance
    statistics: Statistics
    template: Template
    correlation_of_log_sum: NDArray[np.float32]
    correlation_of_log_std: NDArray[np.float32]
    beam: Beam
    disks: DiskPositions
    dark_fields: NDArray[np.float32]
    dendrogram: Dendrogram
    excluded: Excluded
    aperture: Aperture | None = None
    overlapping: OverlappingCrystallites | None = None
    descan: Descan | None = None
    significance: NDArray[np.float32] | None = None
    known_mean_patterns: NDArray[np.float32] | None = field(default=None, repr=False)
    edits: tuple[Edit, ...] = ()
    names: dict[int, str] = field(default_factory=dict)
    unedited: Unedited | None = field(default=None, repr=False)
    scan: Scan | None = field(default=None, repr=False, compare=False)

    @property
    def count(self) -> int:
        """Number of crystallites."""
        return int(self.labels.max(initial=0)) if self.overlapping is None else len(self.overlapping)

    @cached_property
    def dominating(self) -> tuple[int, int, int] | None:
        """How many crystallites clearly take the largest share of the column somewhere, and a 90 % interval (low, high).

        None of a cut, which gives every scan position to one.
        """
        return None if self.overlapping is None else dominating(self.overlapping.fractions)

    @property
    def masks(self) -> Iterator[NDArray[np.bool_]]:
        """Where each crystallite is, (ny, nx), one after the other; masks overlap where crystallites do."""
        if self.overlapping is not None:
            return iter(self.overlapping.masks)
        return (self.labels == label for label in range(1, self.count + 1))

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row a crystallite; see `graineye.crystallites.crystallite_table` and `overlapping_table`.

        Where any crystallite has a name, the second column is `name`, empty for the others; where any follows the
        microscope, not the specimen (`artefacts`), the last is `remarks`.
        """
        return table_of(self)

    @cached_property
    def boundaries(self) -> pd.DataFrame:
        """Which crystallites touch, and along what length; see `graineye.crystallites.boundary_table`.

        Where crystallites have a confidence, so has each boundary: that of the less sure of its two sides.
        """
        return boundaries_of(self)

    @cached_property
    def artefacts(self) -> list[Artefact]:
        """What may follow descan, scan lines or thickness in place of the specimen."""
        return artefacts_of(self)

    @cached_property
    def outlines(self) -> pd.DataFrame:
        """Polygons round the crystallites; see `graineye.crystallites.outline_table`."""
        return outline_table(self.labels, self.calibration)

    @cached_property
    def reflections(self) -> pd.DataFrame:
        """The strongest disks of each crystallite; see `graineye.crystallites.reflection_table`."""
        return reflections_of(self)

    @cached_property
    def features(self) -> NDArray[np.float32]:
        """(ny, nx, n_disks) dark fields, each divided by its mean magnitude; their root where they follow the beam."""
        return features(self.dark_fields) if self.descan is None else significant_features(self.dark_fields)

    @cached_property
    def mean_magnitude(self) -> NDArray[np.float32]:
        """(n_disks) mean magnitude of each dark field."""
        return mean_magnitude(self.dark_fields)

    @cached_property
    def mean_patterns(self) -> NDArray[np.float32] | None:
        """(n_crystallites, qy, qx) mean frame of each crystallite, counts a frame.

        After a new cut they are computed by one pass when first asked for; None, with a warning, if the scan cannot be
        opened any more.
        """
        if self.known_mean_patterns is not None:
            return self.known_mean_patterns
        if not self.count:
            return np.zeros((0, *self.statistics.mean.shape), np.float32)
        from graineye.mean_patterns import mean_patterns

        try:
            return mean_patterns(self)
        except GraineyeError as error:
            warnings.warn(f"mean patterns are left out: {error}", stacklevel=2)
            return None

    def frame(self, y: int, x: int) -> NDArray[np.generic]:
        """The frame at scan position (y, x), (qy, qx), from the scan's file.

        Raises
        ------
        ScanError
            If the scan has no such position, or cannot be opened any more.
        """
        from graineye.mean_patterns import scan_of

        return scan_of(self).frame(y, x)

    @property
    def plot(self) -> "Plots":
        """Pictures as Matplotlib axes: `result.plot.labels()`, `.dark_field(i)`, `.pattern(label)`, ..."""
        from graineye.figures.plots import Plots

        return Plots(self)

    def report(self, path: str | Path) -> Path:
        """Write the report, one HTML page that needs nothing else; see `graineye.report.write_report`."""
        from graineye.report import write_report

        return write_report(self, Path(path))

    def explore(self) -> Any:
        """Linked views of it, in a notebook; `graineye explore` shows the same in a browser."""
        from graineye.explorer import explored

        return explored(self)

    def cut(
        self,
        *,
        relative: float | None = None,
        distance: float | None = None,
        count: int | None = None,
        min_size: int = 0,
    ) -> "CrystalliteMap":
        """The same result with another cut through its dendrogram, and its edits made again; no frame is read.

        Parameters
        ----------
        relative
            Cut at this many times the median feature distance of neighbouring scan positions; by default the
            settings'.
        distance
            Cut at this merge height instead.
        count
            Cut into this many crystallites instead.
        min_size
            Crystallites of fewer scan positions go to their best neighbour.

        Raises
        ------
        SettingsError
            If a value is out of range, or both `distance` and `count` are given.
        """
        kept = self.settings.cut.relative if relative is None else relative
        return cut_again(self, CutSettings(relative=kept, distance=distance, count=count, min_size=min_size))

    def edited(self, edits: Sequence[Edit]) -> "CrystalliteMap":
        """The same result with these edits, instead of those that it has; no frame is read.

        Parameters
        ----------
        edits
            In the order in which they were made; none gives back the unedited result. One that does not fit the map is
            left out, with a warning.

        Raises
        ------
        SettingsError
            If one names a position outside of the scan.
        """
        return with_edits(self, edits)

    def save(self, path: str | Path) -> Path:
        """Write the results file; an existing one is replaced once the new one is whole.

        Raises
        ------
        OutputError
            If it cannot be written.
        """
        from graineye.results.writing import write_result

        return write_result(self, Path(path))

    def to_xarray(self) -> "xr.Dataset":
        """Its arrays with named axes in nm, 1/nm, mrad or px; see `graineye.results.labelled.labelled`."""
        from graineye.results.labelled import labelled

        return labelled(self)

    def _repr_html_(self) -> str:
        from graineye.figures.plots import notebook_summary

        return notebook_summary(self)

    def __repr__(self) -> str:
        ny, nx = self.labels.shape
        size = self.table["diameter_nm"] if self.calibration.scan_unit == "nm" else self.table["diameter_px"]
        unit = self.calibration.scan_unit
        median = f", median diameter {size.median():.3g} {unit}" if len(size) else ""
        return f"CrystalliteMap of {self.provenance.scan_name}: {self.count} crystallites in {ny} x {nx} scan positions{median}"
