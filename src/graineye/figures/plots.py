"""Pictures of a result by name, `result.plot.labels()` and the like, and how a result shows itself in a notebook.

Each method draws into `ax`, or into a new figure, and returns the axes.
"""

import base64
import html
import io
from typing import TYPE_CHECKING

import numpy as np

from graineye.crystallites import OverlappingCrystallites, height_of_cut
from graineye.errors import SettingsError
from graineye.figures.detector import draw_disks, draw_pattern, draw_significance, draw_template
from graineye.figures.sample import draw_beam, draw_labels, draw_merges, draw_overlap, draw_scan_image, draw_sizes
from graineye.results import CrystalliteMap

if TYPE_CHECKING:
    from matplotlib.axes import Axes


class Plots:
    """The pictures of one result."""

    def __init__(self, result: CrystalliteMap) -> None:
        self._result = result

    def labels(self, ax: "Axes | None" = None) -> "Axes":
        """The label map."""
        return draw_labels(self._result.labels, self._result.calibration, ax, self._result.count)

    def sizes(self, ax: "Axes | None" = None) -> "Axes":
        """Histogram of equivalent diameters."""
        unit = self._result.calibration.scan_unit
        return draw_sizes(self._result.table[f"diameter_{unit}"].to_numpy(), unit, ax)

    def merges(self, ax: "Axes | None" = None) -> "Axes":
        """How many crystallites a cut at each merge height gives, and the cut, if one was made."""
        result = self._result
        cut = height_of_cut(result.dendrogram, result.settings.cut) if result.overlapping is None else np.inf
        return draw_merges(result.dendrogram, cut, ax)

    def overlap(self, ax: "Axes | None" = None) -> "Axes":
        """How many crystallites share each scan position.

        Raises
        ------
        SettingsError
            If each scan position is given to one.
        """
        return draw_overlap(self._overlapping().masks.sum(axis=0), self._result.calibration, ax)

    def fraction(self, label: int, ax: "Axes | None" = None) -> "Axes":
        """Share of the column that one crystallite takes.

        Raises
        ------
        SettingsError
            If there is no such crystallite, or each scan position is given to one.
        """
        found = self._overlapping()
        self._check_label(label)
        share = 100 * found.fractions[..., label - 1].astype(np.float64)
        title = f"share of crystallite {label}"
        return draw_scan_image(
            share, self._result.calibration, title, "% of the column", ax, (0.0, max(100.0, float(share.max())))
        )

    def descan(self, ax: "Axes | None" = None) -> "Axes":
        """Where the beam was in every frame.

        Raises
        ------
        SettingsError
            If it was not followed.
        """
        found = self._result.descan
        if found is None:
            raise SettingsError("there is no descan: dark fields of this result do not follow the beam")
        off = found.beam - np.reshape(found.mean, (2, 1, 1))
        return draw_beam(off, found.left_out, self._result.calibration, ax)

    def significance(self, ax: "Axes | None" = None) -> "Axes":
        """How far a disk stands out of the noise at every detector pixel, and the disk positions.

        Raises
        ------
        SettingsError
            If disk positions were not found by it.
        """
        result = self._result
        if result.significance is None:
            raise SettingsError("there is no significance: disk positions of this result are peaks of the deviation")
        return draw_significance(result.significance, result.disks.positions, result.calibration, ax)

    def counts(self, ax: "Axes | None" = None) -> "Axes":
        """Total counts of every frame."""
        result = self._result
        return draw_scan_image(result.statistics.total_counts, result.calibration, "counts a frame", "counts", ax)

    def dark_field(self, disk: int, ax: "Axes | None" = None) -> "Axes":
        """The template at one disk position on every frame.

        Raises
        ------
        SettingsError
            If there is no such disk position.
        """
        result = self._result
        if not 0 <= disk < len(result.disks):
            raise SettingsError(f"disk is {disk}: there are {len(result.disks)} disk positions, counted from 0")
        return draw_scan_image(result.dark_fields[..., disk], result.calibration, f"dark field {disk}", "counts", ax)

    def pattern(self, label: int, ax: "Axes | None" = None) -> "Axes":
        """Mean pattern of one crystallite.

        Raises
        ------
        SettingsError
            If there is no such crystallite, or mean patterns cannot be had.
        """
        result = self._result
        self._check_label(label)
        patterns = result.mean_patterns
        if patterns is None:
            raise SettingsError("there are no mean patterns: put the scan back where it was mapped")
        return draw_pattern(
            patterns[label - 1], result.calibration, f"mean pattern of crystallite {label}", "counts", ax
        )

    def frame(self, y: int, x: int, ax: "Axes | None" = None) -> "Axes":
        """One frame, from the scan's file."""
        result = self._result
        return draw_pattern(result.frame(y, x), result.calibration, f"frame at y={y}, x={x}", "counts", ax)

    def log_sum(self, ax: "Axes | None" = None) -> "Axes":
        """Sum of log-scaled frames."""
        result = self._result
        return draw_pattern(result.statistics.log_sum, result.calibration, "sum of log-scaled frames", "log counts", ax)

    def mean(self, ax: "Axes | None" = None) -> "Axes":
        """Mean of all frames."""
        return draw_pattern(self._result.statistics.mean, self._result.calibration, "mean of all frames", "counts", ax)

    def std(self, ax: "Axes | None" = None) -> "Axes":
        """Standard deviation over the scan."""
        result = self._result
        return draw_pattern(result.statistics.std, result.calibration, "standard deviation over the scan", "counts", ax)

    def template(self, ax: "Axes | None" = None) -> "Axes":
        """What was laid on the frames."""
        return draw_template(self._result.template.image, ax)

    def correlation(self, ax: "Axes | None" = None) -> "Axes":
        """Correlation of the log-sum with the template."""
        result = self._result
        title = "correlation of the log-sum with the template"
        return draw_pattern(result.correlation_of_log_sum, result.calibration, title, "log counts", ax)

    def correlation_of_std(self, ax: "Axes | None" = None) -> "Axes":
        """Correlation of the log-scaled standard deviation with the template."""
        result = self._result
        title = "correlation of log(std) with the template"
        return draw_pattern(result.correlation_of_log_std, result.calibration, title, "log counts", ax)

    def disks(self, ax: "Axes | None" = None) -> "Axes":
        """Disk positions and beam on the standard deviation."""
        result = self._result
        return draw_disks(
            result.statistics.std,
            result.disks.positions,
            result.beam.position,
            result.template.bright_radius,
            result.calibration,
            ax,
        )

    def _overlapping(self) -> OverlappingCrystallites:
        if self._result.overlapping is None:
            raise SettingsError("there is no overlap: this result gives each scan position to one crystallite")
        return self._result.overlapping

    def _check_label(self, label: int) -> None:
        count = self._result.count
        if not 1 <= label <= count:
            raise SettingsError(f"label is {label}: there are {count} crystallites, counted from 1")


def notebook_summary(result: CrystalliteMap) -> str:
    """HTML that a notebook shows for a result: the sentence of its `repr`, label map and size histogram."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 4.4), layout="constrained")
    left, right = np.ravel(figure.subplots(1, 2))
    plots = Plots(result)
    plots.labels(left)
    plots.sizes(right)
    written = io.BytesIO()
    figure.savefig(written, format="png", dpi=90)
    picture = base64.b64encode(written.getvalue()).decode()
    return f'<p>{html.escape(repr(result))}</p><img alt="label map and sizes" src="data:image/png;base64,{picture}">'
