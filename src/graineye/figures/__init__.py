"""Pictures of scans and results as Matplotlib axes, in the scale of the sample or the detector with a scale bar.

Every function draws into `ax`, or into a new figure, and returns the axes.
"""

from graineye.figures.colours import label_colours
from graineye.figures.detector import draw_disks, draw_pattern, draw_significance, draw_template
from graineye.figures.sample import draw_beam, draw_labels, draw_merges, draw_overlap, draw_scan_image, draw_sizes

__all__ = [
    "draw_beam",
    "draw_disks",
    "draw_labels",
    "draw_merges",
    "draw_overlap",
    "draw_pattern",
    "draw_scan_image",
    "draw_significance",
    "draw_sizes",
    "draw_template",
    "label_colours",
]
