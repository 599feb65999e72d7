"""Pictures for a page, drawn by Bokeh: zoom, hover, a scale bar in physical units.

Coordinates are those of the sample (nm) or the detector (1/nm, mrad) where they are known, else px; the y axis points down.
"""

from graineye.figures.interactive.canvas import Plane, Shown, averaged_down, image_picture
from graineye.figures.interactive.curves import confidence_picture, merges_picture, sizes_picture
from graineye.figures.interactive.detector import mark_beam, mark_disks
from graineye.figures.interactive.sample import (
    Wander,
    beam_picture,
    labels_picture,
    overlap_picture,
)

__all__ = [
    "Plane",
    "Shown",
    "Wander",
    "averaged_down",
    "beam_picture",
    "confidence_picture",
    "image_picture",
    "labels_picture",
    "mark_beam",
    "mark_disks",
    "merges_picture",
    "overlap_picture",
    "sizes_picture",
]
