"""Small pictures of mean patterns for the rows of a table."""

import base64
import io

import numpy as np
from matplotlib import colormaps
from numpy.typing import NDArray
from PIL import Image

from graineye.figures.scale import colour_scale

_SIZE = 84
"""px, of the longer side."""


def thumbnail(pattern: NDArray[np.float32]) -> str:
    """A pattern (qy, qx) as the address of a PNG image that holds its own bytes."""
    scaled = np.ma.filled(colour_scale(pattern)(pattern), 0.0)
    levels = (np.clip(scaled, 0, 1) * 255).astype(np.uint8)
    image = Image.fromarray(levels)
    image.thumbnail((_SIZE, _SIZE), Image.Resampling.BOX)
    palette = (colormaps["inferno"](np.linspace(0, 1, 256))[:, :3] * 255).astype(np.uint8)
    image = image.convert("P")
    image.putpalette(palette.tobytes())
    written = io.BytesIO()
    image.save(written, "PNG", optimize=True)
    return "data:image/png;base64," + base64.b64encode(written.getvalue()).decode()
