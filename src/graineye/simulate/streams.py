"""Random numbers that depend on the seed and on what they are for, never on the order in which threads ask for them."""

from typing import Final

import numpy as np

GRAINS: Final = 1
DESCAN: Final = 2
DETECTOR: Final = 3
FRAMES: Final = 4
ISLANDS: Final = 5
PHASES: Final = 6
RELATIONS: Final = 7
BEND: Final = 8


def stream(seed: int, purpose: int, index: int = 0) -> np.random.Generator:
    """The generator of piece `index` (a frame, say) of one of this module's purposes; independent of all others."""
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(purpose, index)))
