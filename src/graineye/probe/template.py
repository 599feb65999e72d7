"""A zero-sum image of the aperture: what is laid on every frame to find disks.

Sum and first moments of a template vanish, so a constant and a linear background correlate to zero.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from graineye.errors import TemplateError
from graineye.probe import shapes
from graineye.probe.aperture import Aperture

_DARK = -0.01
"""What the notebook gives to every pixel that is not bright; its size is irrelevant after balancing."""

_MARGIN = 1.4
"""The template of an aperture reaches this many radii, as the notebook's does (16 / 11.5)."""
_RIM = 2.0
"""Dark px that it reaches beyond the faintest edge at least."""
_FAINT = 0.05
"""Less than this share of the brightness is taken for background."""
_INSIDE = 0.5
"""What the inside of a disk counts against its edge. Uneven disks of 5,000 electrons are located to 0.12 px instead of
0.20 px, even ones as well as before, and a disk's height over the noise falls by 3 %; crystallites come out the same."""
_EDGE = 0.25
"""Width of that edge, in radii."""
_SMALLEST_EDGED = 3.0
"""px; a smaller disk is nothing but edge."""


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

    @property
    def least_variance(self) -> float:
        """Variance of its value from half an electron in the disk: where none fell, nothing is certain."""
        bright = np.maximum(self.image, 0).astype(np.float64)
        return float(0.5 * ((bright * self.image).sum() / bright.sum()) ** 2)


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


def template_of(aperture: Aperture, source: str) -> Template:
    """The template of an aperture as the camera shows it, stretched and blurred.

    A disk's edge counts more than its inside: that is where it tells its place, while its inside is patterned by what the
    electrons went through. A spot is bright amid a dark surround.

    Parameters
    ----------
    aperture
        Of any kind but an image.
    source
        Where it comes from, in words.
    """
    radius = aperture.longest_radius
    half = int(np.ceil(max(_MARGIN * radius, radius + 2 * aperture.blur + _RIM)))
    bright = aperture.image(half)
    lit = bright > _FAINT
    y, x = shapes.offsets(half)
    distance = np.hypot(y, x)
    reach = max(_MARGIN * radius, float(distance[lit].max()) + _RIM)
    if aperture.kind == "disk" and aperture.outer_radius >= _SMALLEST_EDGED:
        inside = replace(aperture, outer_radius=(1 - _EDGE) * aperture.outer_radius).image(half)
        bright = bright - (1 - _INSIDE) * inside
    image = np.where(distance <= reach, np.where(lit, bright, _DARK), 0.0)
    return Template(balance(image).astype(np.float32), radius, source)
