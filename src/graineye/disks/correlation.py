"""How well a template fits at every pixel of an image.

The peak stands where the template stands, for even and odd sizes alike, and nothing wraps round.
"""

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from graineye.errors import TemplateError


def correlate(image: NDArray[np.floating], template: NDArray[np.floating]) -> NDArray[np.float32]:
    """Correlation of an image with a template.

    Beyond its border the image is continued by its nearest pixel, so a constant gives zero everywhere and a linear ramp
    zero wherever a template's sum and first moments vanish and it lies inside.

    Parameters
    ----------
    image
        (qy, qx).
    template
        (height, width), no larger than the image; stands on its pixel (height // 2, width // 2).

    Returns
    -------
    (qy, qx) sum of template times image with the template standing at each pixel.

    Raises
    ------
    TemplateError
        If the template is larger than the image.
    """
    (rows, columns), (height, width) = image.shape, template.shape
    if height > rows or width > columns:
        raise TemplateError(
            f"the template of {height} x {width} px is larger than the frame of {rows} x {columns} px: "
            "give smaller radii (--probe.excluded-radius) or a smaller probe image"
        )
    before = (height // 2, width // 2)
    after = (height - 1 - before[0], width - 1 - before[1])
    # Any constant may be taken off beforehand; the mean keeps rounding errors of the transforms small.
    mean = image.mean(dtype=np.float64)
    padded = np.pad(image - mean, ((before[0], after[0]), (before[1], after[1])), mode="edge")
    size = [fft.next_fast_len(n, real=True) for n in padded.shape]
    spectrum = fft.rfft2(padded, size) * np.conj(fft.rfft2(template.astype(np.float64), size))
    result = fft.irfft2(spectrum, size)[:rows, :columns] + mean * template.sum(dtype=np.float64)
    return np.asarray(result, np.float32)
