"""A template from a measured probe: the beam as the camera saw it without a specimen.

The image may stand in the scan's own file, in a file of its own, or in an array.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from graineye.errors import TemplateError
from graineye.probe.finding import mended, nothing_stands_out
from graineye.probe.template import Template, balance

_MARGIN = 1.4
"""The template reaches this many bright radii, as the notebook's does (16 / 11.5)."""
_RIM = 2.0
"""Dark px that it reaches beyond the faintest edge at least."""
_FAINT = 0.1
"""Less than this share of the plateau is taken for background."""
_EDGE = 0.05
"""From this share on a pixel of the template is bright; rounding leaves tiny values at one side of an edge."""


@dataclass(frozen=True)
class LevelledProbe:
    """A probe image brought to a common level.

    Attributes
    ----------
    image
        (qy, qx) with the plateau at 1 and what is not the probe at 0.
    centre
        (y, x) centre of mass, px.
    bright_radius
        Distance of the outermost bright edge from the centre, px.
    """

    image: NDArray[np.float64]
    centre: tuple[float, float]
    bright_radius: float

    def window(self, half: int, shift: tuple[float, float] = (0.0, 0.0)) -> NDArray[np.float64]:
        """(2 half + 1,) * 2 pixels, the centre moved by `shift` (y, x) from the middle one; linear in between, zero outside."""
        grid = np.mgrid[-half : half + 1, -half : half + 1].astype(np.float64)
        at = [axis + centre - moved for axis, centre, moved in zip(grid, self.centre, shift, strict=True)]
        return ndimage.map_coordinates(self.image, at, order=1, mode="constant", cval=0.0)


def level_probe(probe: NDArray[np.generic], source: str = "array") -> LevelledProbe:
    """Free a probe image of its background and hot pixels, and find its centre and size.

    Parameters
    ----------
    probe
        (qy, qx) counts; no specimen in the beam.
    source
        Where it comes from, for messages.

    Raises
    ------
    TemplateError
        If the image is not two-dimensional, holds NaN, or no probe stands out in it.
    """
    image, _, _ = mended(probe, source)
    highest = image.max()
    if not highest > 0:
        raise nothing_stands_out(source)
    plateau = float(np.median(image[image > 0.3 * highest]))
    level = image / plateau
    level[level < _FAINT] = 0.0
    y, x = (float(centre) for centre in ndimage.center_of_mass(level))
    return LevelledProbe(level, (y, x), _radius(level, (y, x), 0.5))


def template_from_probe(probe: NDArray[np.generic], source: str = "array") -> Template:
    """The template of a measured probe image.

    The image is levelled to its plateau, cut out about its centre of mass with the sub-pixel part shifted away, and
    balanced.

    Parameters
    ----------
    probe
        (qy, qx) counts; no specimen in the beam.
    source
        Where it comes from, for messages.

    Returns
    -------
    Template

    Raises
    ------
    TemplateError
        If the image is not two-dimensional, holds NaN, or no probe stands out in it.
    """
    levelled = level_probe(probe, source)
    radius = levelled.bright_radius
    # A blurred or a small probe needs a dark rim as well.
    reach = max(_MARGIN * radius + 0.5, _radius(levelled.image, levelled.centre, _FAINT) + _RIM)
    half = int(np.ceil(reach))
    window = levelled.window(half)
    offset = np.arange(-half, half + 1)
    support = np.hypot(offset[:, None], offset[None, :]) <= reach
    # A dark level of the notebook's size makes "bright" and "dark" known to balance.
    spread = np.where(window > _EDGE, window, -0.01)
    return Template(balance(np.where(support, spread, 0.0)).astype(np.float32), radius, source)


def _radius(level: NDArray[np.float64], centre: tuple[float, float], share: float) -> float:
    """Distance from the centre within which lies nearly all that is above this share of the plateau, px."""
    rows, columns = np.nonzero(level > share)
    distance = np.hypot(rows - centre[0], columns - centre[1])
    return float(np.quantile(distance, 0.995))


def read_probe(path: str | Path) -> NDArray[np.generic]:
    """A probe image from a file: npy, tif, png (or another image), or HDF5.

    Of an HDF5 file the only image, or the only one with "probe" in its path, is taken; one of several images (qy, qx, n)
    is the first.

    Raises
    ------
    TemplateError
        If the file cannot be read or holds no image.
    """
    path = Path(path)
    suffix = path.suffix.lower()
    try:
        if suffix == ".npy":
            image = np.load(path, allow_pickle=False)
        elif suffix in (".tif", ".tiff"):
            from tifffile import imread

            image = imread(path)
        elif suffix in (".h5", ".hdf5", ".emd", ".hspy", ".nxs"):
            image = _image_in_hdf5(path)
        else:
            from PIL import Image

            with Image.open(path) as picture:
                image = np.asarray(picture.convert("F"))
    except Exception as error:  # out of a damaged file, the libraries raise nearly anything
        raise TemplateError(
            f"{path}: no probe image can be read ({error}): name a npy, tif, png or HDF5 file"
        ) from error
    return np.asarray(image)


def _image_in_hdf5(path: Path) -> NDArray[np.generic]:
    import h5py

    images: dict[str, tuple[int, ...]] = {}

    def visit(name: str, item: object) -> None:
        if isinstance(item, h5py.Dataset) and item.ndim in (2, 3) and item.dtype.kind in "iuf":
            images[name] = item.shape

    with h5py.File(path, "r") as file:
        file.visititems(visit)
        probes = [name for name in images if "probe" in name.lower()] or list(images)
        if len(probes) != 1:
            raise ValueError(f"{len(probes)} images in it: {', '.join(probes) or 'none'}")
        image: NDArray[np.generic] = file[probes[0]][()]
    return image[..., 0] if image.ndim == 3 else image
