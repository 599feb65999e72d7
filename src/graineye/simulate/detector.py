"""What the camera makes of expected intensities: descan, diffuse background, counts, dead and hot pixels.

Counts are Poisson; of a real camera's faults only bad pixels are followed here (its point spread blurs the aperture).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from graineye.simulate.distortion import undistorted
from graineye.simulate.options import SimulationOptions
from graineye.simulate.streams import DESCAN, DETECTOR, stream

Floats = NDArray[np.float64]

_HOT = (1e-3, 1e-2)  # share of the dose in a hot pixel
_HOT_AT_LEAST = 50.0  # counts
_DIFFUSE_RADII = 3.0  # half width of the diffuse background, in radii of the aperture
_HIGHEST = np.iinfo(np.uint16).max


@dataclass(frozen=True)
class Camera:
    """The detector of one simulation.

    Attributes
    ----------
    shape
        (qy, qx) px.
    dead, hot
        (k, 2) pixels as (y, x).
    hot_counts
        (k) mean counts of the hot pixels, for a dose of one electron a frame if the dose is 0.
    """

    shape: tuple[int, int]
    dead: NDArray[np.int64]
    hot: NDArray[np.int64]
    hot_counts: Floats


def camera(options: SimulationOptions) -> Camera:
    """A detector with its dead and hot pixels at random places."""
    random = stream(options.seed, DETECTOR)
    size = options.detector
    chosen = random.choice(size * size, options.dead + options.hot, replace=False)
    pixels = np.stack(np.unravel_index(chosen, (size, size)), axis=1).astype(np.int64)
    low, high = (float(np.log(share)) for share in _HOT)
    shares = np.exp(random.uniform(low, high, options.hot))
    counts = np.maximum(shares * options.dose, _HOT_AT_LEAST) if options.dose else shares
    return Camera((size, size), pixels[: options.dead], pixels[options.dead :], counts)


def beam_positions(options: SimulationOptions) -> tuple[Floats, Floats]:
    """Where the beam stands in every frame.

    Returns
    -------
    centre
        (2,) as (y, x), px: the detector's middle and a random offset.
    descan
        (ny, nx, 2) px away from `centre`, of mean zero: a slope and a slow wave along the rows and columns of the scan.
    """
    random = stream(options.seed, DESCAN)
    ny, nx = options.scan_shape
    centre = options.detector // 2 + random.uniform(-options.offset, options.offset, 2)
    along_y = np.linspace(-0.5, 0.5, ny)[:, None]
    along_x = np.linspace(-0.5, 0.5, nx)[None, :]
    direction = random.uniform(0, 2 * np.pi, 2)
    waves, phase = random.uniform(0.5, 1.5, (2, 2)), random.uniform(0, 2 * np.pi, (2, 2))
    descan = np.empty((ny, nx, 2))
    for axis in range(2):
        slope = np.cos(direction[axis]) * along_y + np.sin(direction[axis]) * along_x
        rows = np.sin(2 * np.pi * waves[axis, 0] * along_y + phase[axis, 0])
        columns = np.sin(2 * np.pi * waves[axis, 1] * along_x + phase[axis, 1])
        descan[..., axis] = options.descan * slope + options.descan_wave * (rows + columns) / 2
    return centre, descan - descan.mean(axis=(0, 1))


def diffuse(shape: tuple[int, int], radius: float, stretch: Floats | None = None) -> Floats:
    """A smooth background of sum 1 over (2 qy, 2 qx) px about their middle, from which each frame takes its window.

    A squared Lorentzian, wide against the aperture of `radius` px, as thermal diffuse scattering falls off; distorted by
    the matrix `stretch`.
    """
    y, x = (np.arange(2 * n, dtype=np.float64) - n for n in shape)
    y, x = undistorted(y[:, None], x[None, :], stretch)
    squared = (y**2 + x**2) / (_DIFFUSE_RADII * radius) ** 2
    falling = (1 + squared) ** -2.0
    return np.asarray(falling / falling.sum())


def add_diffuse(image: Floats, falling: Floats, beam: Floats, share: float) -> None:
    """Add the window of `diffuse` about the beam (y, x), to the nearest pixel, which its smoothness allows."""
    top, left = (n - round(float(at)) for n, at in zip(image.shape, beam, strict=True))
    image += share * falling[top : top + image.shape[0], left : left + image.shape[1]]


def record(
    expected: Floats, options: SimulationOptions, detector: Camera, random: np.random.Generator
) -> NDArray[np.generic]:
    """One frame as the camera writes it.

    Parameters
    ----------
    expected
        (qy, qx) shares of the dose.
    options
        Of the simulation.
    detector
        From `camera`.
    random
        Of this frame.

    Returns
    -------
    (qy, qx) uint16 counts, at most 65535; float32 shares without noise if the dose is 0.
    """
    hot_y, hot_x = detector.hot.T
    dead_y, dead_x = detector.dead.T
    if options.dose:
        counts = random.poisson(expected * options.dose + options.dark)
        counts[hot_y, hot_x] += random.poisson(detector.hot_counts)
        frame: NDArray[np.generic] = np.minimum(counts, _HIGHEST).astype(np.uint16)
    else:
        frame = expected.astype(np.float32)
        frame[hot_y, hot_x] += detector.hot_counts
    frame[dead_y, dead_x] = 0
    return frame
