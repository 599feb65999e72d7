"""A zero-sum image of the aperture: what is laid on every frame to find disks.

Sum and first moments of a template vanish, so a constant and a linear background correlate to zero.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from graineye.errors import TemplateError
from graineye.probe import shapes

_DARK = -0.01
"""What the notebook gives to every pixel that is not bright; its size is irrelevant after balancing."""


@dataclass(frozen=True)
class Template:
    """An image of the aperture whose sum and first moments vanish.

    Attributes
    ----------
    image
        (height, width), odd; stands on the pixel (height // 2, width // 2).
    bright_radius
        Distance of the outermost bright edge from the centre, px.
    source
        Where it comes from, in words.
    """

    image: NDArray[np.float32]
    bright_radius: float
    source: str

    @property
    def centre(self) -> tuple[int, int]:
        """The pixel (y, x) of `image` on which the template stands."""
        return self.image.shape[0] // 2, self.image.shape[1] // 2


def balance(image: NDArray[np.float64]) -> NDArray[np.float64]:
    """Free an image with bright and dark pixels of its sum and first moments; pixels at zero stay zero.

    The dark part is scaled until the sum vanishes, as LiberTEM-blobfinder does; then what is left of sum and first
    moments is taken off as a plane over the template's support. For an aperture with inversion symmetry the plane is
    zero.

    Parameters
    ----------
    image
        (height, width) positive where bright, negative where dark, zero where excluded.

    Returns
    -------
    (height, width).

    Raises
    ------
    TemplateError
        If nothing is bright or nothing is dark.
    """
    bright = image[image > 0].sum()
    dark = image[image < 0].sum()
    if not (bright > 0 and dark < 0):
        raise TemplateError("a template needs bright and dark pixels: check the radii or the probe image")
    balanced = np.where(image < 0, image * (-bright / dark), image)
    return _without_plane(balanced, image != 0)


def _without_plane(image: NDArray[np.float64], support: NDArray[np.bool_]) -> NDArray[np.float64]:
    """`image` less its projection on constant and linear functions over `support`."""
    y, x = np.nonzero(support)
    plane = np.stack([np.ones(len(y)), y - y.mean(), x - x.mean()], axis=1)
    values = image[support]
    coefficients = np.linalg.lstsq(plane, values, rcond=None)[0]
    result = np.zeros_like(image)
    result[support] = values - plane @ coefficients
    return result


def bullseye(
    spot_radius: float = 2.8,
    ring_inner: float = 8.0,
    ring_outer: float = 11.5,
    excluded_radius: float = 16.0,
    bar_width: float = 3.0,
    bar_count: int = 2,
    bar_angle: float = 0.0,
) -> Template:
    """The template of a bullseye aperture; the defaults are the published notebook's.

    All lengths in px, the angle in degrees; see `graineye.probe.shapes.bullseye`. The template is zero beyond
    `excluded_radius`.
    """
    y, x = shapes.offsets(int(np.ceil(excluded_radius)) - 1)
    bright = shapes.bullseye(y, x, spot_radius, ring_inner, ring_outer, bar_width, bar_count, bar_angle)
    source = f"bullseye of radii {spot_radius:g}, {ring_inner:g}, {ring_outer:g} px"
    return _from_coverage(bright, np.hypot(y, x) <= excluded_radius, ring_outer, source)


def disk(radius: float = 11.5, excluded_radius: float = 16.0) -> Template:
    """The template of a plain round aperture of `radius` px, zero beyond `excluded_radius` px."""
    y, x = shapes.offsets(int(np.ceil(excluded_radius)) - 1)
    return _from_coverage(
        shapes.disk(y, x, radius), np.hypot(y, x) <= excluded_radius, radius, f"disk of radius {radius:g} px"
    )


def _from_coverage(bright: NDArray[np.float64], support: NDArray[np.bool_], radius: float, source: str) -> Template:
    image = np.where(support, np.where(bright > 0, bright, _DARK), 0.0)
    return Template(balance(image).astype(np.float32), radius, source)
