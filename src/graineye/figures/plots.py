"""Pictures of a result by name, `result.plot.labels()` and the like, and how a result shows itself in a notebook.

Each method draws into `ax`, or into a new figure, and returns the axes.
"""

import base64
import html
import io
from typing import TYPE_CHECKING

import numpy as np

from graineye.crystallites import height_of_cut
from graineye.errors import SettingsError
from graineye.figures.detector import draw_disks, draw_pattern, draw_template
from graineye.figures.sample import draw_labels, draw_merges, draw_scan_image, draw_sizes
from graineye.results import CrystalliteMap

if TYPE_CHECKING:
    from matplotlib.axes import Axes


class Plots:
    """The pictures of one result."""

    def __init__(self, result: CrystalliteMap) -> None:
        self._result = result

    def labels(self, ax: "Axes | None" = None) -> "Axes":
        """The label map."""
        return draw_labels(self._result.labels, self._result.calibration, ax)

    def sizes(self, ax: "Axes | None" = None) -> "Axes":
        """Histogram of equivalent diameters."""
        unit = self._result.calibration.scan_unit
        return draw_sizes(self._result.table[f"diameter_{unit}"].to_numpy(), unit, ax)

    def merges(self, ax: "Axes | None" = None) -> "Axes":
        """How many crystallites a cut at each merge height gives, and the cut that was made."""
        tree = self._result.dendrogram
        return draw_merges(tree, height_of_cut(tree, self._result.settings.cut), ax)

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
        if not 1 <= label <= result.count:
            raise SettingsError(f"label is {label}: there are {result.count} crystallites, counted from 1")
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
