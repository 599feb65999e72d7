"""The grains that a simulated scan was made of: what maps are scored against.

The arrays are checked once, here; every score takes them as they are.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from graineye.errors import ScoreError
from graineye.score.npz_files import read_npz

Labels = NDArray[np.int64]
Masks = NDArray[np.bool_]


@dataclass(frozen=True)
class Truth:
    """The grains that a simulated scan was made of; grain k of the labels is index k - 1 of the other arrays."""

    labels: Labels
    """The grain that takes most of the column, (ny, nx); 0 is vacuum."""
    fractions: NDArray[np.float32]
    """Share of the column that each grain takes, 0 to 1, (n, ny, nx)."""
    ambiguous: Masks
    """Where the two largest shares are nearly equal, (ny, nx)."""
    visible: Masks
    """Which grains show a disk, (n,)."""

    def __post_init__(self) -> None:
        ny_nx = self.labels.shape
        shapes = (self.fractions.shape, self.ambiguous.shape, self.visible.shape)
        if len(ny_nx) != 2 or shapes != ((len(self.visible), *ny_nx), ny_nx, (len(self.visible),)):
            raise ScoreError(
                f"the truth's labels {ny_nx}, frac, ambiguous and visible {shapes} do not fit each other: "
                "name a truth file as graineye simulate writes it"
            )
        if self.labels.size and not 0 <= self.labels.min() <= self.labels.max() <= len(self.visible):
            raise ScoreError(f"the truth's labels go beyond its {len(self.visible)} grains: name another truth file")

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """The truth from NAME.truth.npz with the keys labels, frac, ambiguous and visible.

        Raises
        ------
        ScoreError
            If there is no such file, it is not npz, a key is missing or the arrays do not fit each other.
        """
        content = read_npz(path, ("labels", "frac", "ambiguous", "visible"))
        try:
            return cls(
                labels=content["labels"].astype(np.int64),
                fractions=content["frac"].astype(np.float32),
                ambiguous=content["ambiguous"].astype(bool),
                visible=content["visible"].astype(bool),
            )
        except (ScoreError, TypeError, ValueError) as error:
            raise ScoreError(f"{path}: {error}") from error
