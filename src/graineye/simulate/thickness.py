"""How thick the specimen is under each scan position: flat, a wedge, or islands with vacuum in between.

Islands are where a smooth random field is high; their edges fall to nothing over the width of the probe.
"""

import numpy as np
from numpy.typing import NDArray

from graineye.simulate.options import SimulationOptions
from graineye.simulate.streams import ISLANDS, stream

Floats = NDArray[np.float64]

_THIN_END = 0.2  # of a wedge, of the full thickness
_WAVES = 64  # of the random field; the sum of so many is nearly Gaussian
_EDGE = 4.0  # width of an island's edge, in standard deviations of the probe


def thickness_map(options: SimulationOptions, footprint: float) -> Floats:
    """Thickness of the specimen under each scan position.

    Parameters
    ----------
    options
        Of the simulation.
    footprint
        Width (standard deviation) of the probe on the sample, nm.

    Returns
    -------
    (ny, nx) nm; exactly 0 in vacuum.
    """
    thickness = np.full(options.scan_shape, 0.0 if options.empty else options.thickness)
    if options.wedge:
        thickness *= np.linspace(_THIN_END, 1, options.scan_shape[1])
    if options.vacuum:
        thickness *= islands(
            options.scan_shape, options.scan_step, options.vacuum, options.island_size, footprint, options.seed
        )
    return thickness


def islands(
    scan_shape: tuple[int, int], scan_step: float, vacuum: float, island_size: float, footprint: float, seed: int
) -> Floats:
    """Share of the full thickness under each scan position, 0 in vacuum.

    Parameters
    ----------
    scan_shape
        Rows and columns.
    scan_step, island_size, footprint
        nm.
    vacuum
        Share of the scan positions without specimen, exact to one position.
    seed
        Of the simulation.

    Returns
    -------
    (ny, nx) 0 to 1.
    """
    y, x = (scan_step * np.arange(n, dtype=np.float64) for n in scan_shape)
    field, slope = random_field(y[:, None], x[None, :], island_size, seed)
    empty = round(vacuum * field.size)
    shore = np.sort(field, axis=None)[empty - 1] if empty else -np.inf
    # To first order the shore is (field - shore) / slope away, and straight: the share of a flat probe on land is a ramp.
    return np.clip((field - shore) / np.maximum(_EDGE * footprint * slope, 1e-12), 0, 1)


def random_field(y: Floats, x: Floats, length: float, seed: int) -> tuple[Floats, Floats]:
    """A smooth random field, whose hills and valleys are about `length` wide, and how steep it is.

    A sum of plane waves of random direction and phase: statistically the same everywhere, and known between scan positions.

    Parameters
    ----------
    y, x
        Places, in shapes that broadcast.
    length
        Half a wave, in their unit.
    seed
        Of the simulation.

    Returns
    -------
    Height, of mean 0 and variance 1 over many seeds, and the length of its gradient, both in the broadcast shape.
    """
    random = stream(seed, ISLANDS)
    # Waves of one length alone make stripes and rings, of very different ones ragged shores.
    number = np.pi / length * random.uniform(0.6, 1.2, _WAVES)
    direction, phase = random.uniform(0, 2 * np.pi, (2, _WAVES))
    height, along_y, along_x = (np.zeros(np.broadcast_shapes(np.shape(y), np.shape(x))) for _ in range(3))
    for k, turn, start in zip(number, direction, phase, strict=True):
        ky, kx = k * np.sin(turn), k * np.cos(turn)
        argument = ky * y + kx * x + start
        height += np.cos(argument)
        slope = np.sin(argument)
        along_y += ky * slope
        along_x += kx * slope
    scale = np.sqrt(2 / _WAVES)
    return scale * height, scale * np.hypot(along_y, along_x)
