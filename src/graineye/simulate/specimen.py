"""The specimen of a simulation: which grains stand under each scan position, how thick they are, of what, and how they lie.

It is put together from grains, thickness, relations and bend; nothing here knows of electrons but the width of the probe.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from graineye.simulate.bending import Bend, bend_over
from graineye.simulate.grains import Columns, grow, one_crystal
from graineye.simulate.options import SimulationOptions
from graineye.simulate.relations import relate
from graineye.simulate.streams import PHASES, stream
from graineye.simulate.thickness import thickness_map

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]


@dataclass(frozen=True)
class Specimen:
    """What stands in the beam.

    Attributes
    ----------
    columns
        The grains that occur and their shares of every column; no grain in vacuum. Their orientation is that in the middle
        of the field.
    thickness
        (positions,) nm, 0 in vacuum.
    phase
        (grains,) index into the options' crystals.
    copied_from
        (grains,) the grain whose twin or near copy it is, or -1.
    bend
        The turn of the lattice.
    """

    columns: Columns
    thickness: Floats
    phase: Indices
    copied_from: Indices
    bend: Bend

    @property
    def grains(self) -> int:
        """How many there are."""
        return len(self.columns.orientation)

    @property
    def position(self) -> Indices:
        """The scan position (entries,) of each entry of the columns."""
        return np.repeat(np.arange(len(self.thickness)), np.diff(self.columns.first))

    def turns(self) -> Floats:
        """The least and the largest turn of the lattice where each grain stands: (grains, 2) degrees."""
        turns = np.tile([np.inf, -np.inf], (self.grains, 1))
        np.minimum.at(turns[:, 0], self.columns.grain, self.bend.angle[self.position])
        np.maximum.at(turns[:, 1], self.columns.grain, self.bend.angle[self.position])
        return turns


def specimen_of(options: SimulationOptions, footprint: float) -> Specimen:
    """Make the specimen that the options ask for.

    Parameters
    ----------
    options
        Of the simulation.
    footprint
        Width (standard deviation) of the probe on the sample, nm.
    """
    thickness = thickness_map(options, footprint).ravel()
    if options.single or options.empty:
        columns = one_crystal(options.scan_shape, options.seed)
    else:
        columns = grow(
            options.scan_shape,
            options.scan_step,
            options.thickness,
            options.grain_size,
            options.columnar,
            footprint,
            options.seed,
        )
    columns = columns.only(thickness > 0)
    n, kinds = len(columns.orientation), len(options.crystals)
    # In turns and then mixed, so that two phases are there in equal numbers of grains, whatever the seed.
    phase = stream(options.seed, PHASES).permutation(np.arange(n) % kinds)
    related = relate(
        columns.orientation,
        phase,
        columns.centre,
        options.twins,
        options.similar,
        options.similar_angle,
        options.seed,
    )
    return Specimen(
        columns=replace(columns, orientation=related.orientation),
        thickness=thickness,
        phase=related.phase,
        copied_from=related.copied_from,
        bend=bend_over(options.scan_shape, options.bend, options.seed),
    )
