"""Crystallites as objects that may overlap along the beam, found without a threshold of one's own.

A fine partition gives first crystallites, a fit of their amounts shows what is missing, and evidence decides which stay.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_array, csr_array
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from graineye.crystallites.cut import cut_relative
from graineye.crystallites.dendrogram import Dendrogram
from graineye.crystallites.overlapping.confidence import confidence_of, dominating
from graineye.crystallites.overlapping.elimination import eliminate
from graineye.crystallites.overlapping.evidence import gather_evidence
from graineye.crystallites.overlapping.fitting import blurred, fit
from graineye.crystallites.overlapping.fractions import crystal_fractions, largest_fraction, masks_of
from graineye.crystallites.overlapping.joining import pieces_of_crystals
from graineye.crystallites.overlapping.leftover import candidates
from graineye.crystallites.overlapping.mixture import Mixture
from graineye.crystallites.overlapping.regions import mean_signals, neighbours_of
from graineye.crystallites.overlapping.selection import select
from graineye.crystallites.overlapping.signals import DiskSignals, disk_signals
from graineye.crystallites.overlapping.support import LEAST_SIZE

__all__ = [
    "DiskSignals",
    "OverlappingCrystallites",
    "disk_signals",
    "dominating",
    "find_overlapping",
    "masks_of",
]

_FINE = 2.0
"""Cut of the first, fine partition: times the median feature distance of neighbouring scan positions."""
_ROUNDS = 2
"""Of looking for crystallites in what the fit leaves."""
_FAINT = 0.12
"""Of the median strength; what is fainter over the whole field is carbon or vacuum."""


@dataclass(frozen=True)
class OverlappingCrystallites:
    """Crystallites that may share scan positions.

    Attributes
    ----------
    fractions
        (ny, nx, n) share of the column that each takes.
    strengths
        (n, n_disks) counts in each disk where there is most of the crystallite.
    quality
        (n) of the evidence for each, 0 to 1.
    """

    fractions: NDArray[np.float32]
    strengths: NDArray[np.float32]
    quality: NDArray[np.float64]

    @classmethod
    def none(cls, scan_shape: tuple[int, ...], n_disks: int) -> Self:
        """No crystallite in a scan of this shape (ny, nx)."""
        return cls(np.zeros((*scan_shape, 0), np.float32), np.zeros((0, n_disks), np.float32), np.zeros(0))

    def __len__(self) -> int:
        return len(self.quality)

    @cached_property
    def masks(self) -> NDArray[np.bool_]:
        """(n, ny, nx) where each takes a quarter of the column or more: in one piece, but for excluded positions."""
        return masks_of(self.fractions)

    @cached_property
    def confidence(self) -> NDArray[np.float64]:
        """(n) probability that each is a crystallite; see `graineye.crystallites.overlapping.confidence`."""
        return confidence_of(self.quality, self.masks.sum(axis=(1, 2)))

    def without(self, excluded: NDArray[np.bool_]) -> "OverlappingCrystallites":
        """The same, but at excluded scan positions (ny, nx) there is nothing of any."""
        fractions = np.where(excluded[..., None], np.float32(0), self.fractions)
        return OverlappingCrystallites(fractions, self.strengths, self.quality)

    def in_order(
        self, excluded: NDArray[np.bool_] | None = None
    ) -> tuple["OverlappingCrystallites", NDArray[np.int32]]:
        """The same in the order of their first scan positions, and the label map (ny, nx) of the largest fractions.

        Those that are nowhere the largest come last: their labels, which go on from the others', are not on the map.
        Excluded scan positions (ny, nx) get label 0 and no fractions.
        """
        labels = largest_fraction(self.fractions)
        if excluded is not None:
            labels[excluded] = 0
            return self.without(excluded)._numbered(labels)
        return self._numbered(labels)

    def _numbered(self, labels: NDArray[np.int32]) -> tuple["OverlappingCrystallites", NDArray[np.int32]]:
        first_of_mask = self.masks.reshape(len(self), labels.size).argmax(axis=1)
        shown, first = np.unique(labels, return_index=True)
        first_of_label = np.full(len(self), labels.size)
        first_of_label[shown[shown > 0] - 1] = first[shown > 0]
        order = np.lexsort((first_of_mask, first_of_label))
        number = np.zeros(len(self) + 1, np.int32)
        number[1 + order] = np.arange(1, len(self) + 1)
        return self._select(order), number[labels]

    def _select(self, chosen: NDArray[np.generic]) -> "OverlappingCrystallites":
        fractions = np.take(self.fractions, np.arange(len(self))[chosen], axis=-1)
        return OverlappingCrystallites(fractions, self.strengths[chosen], self.quality[chosen])


def find_overlapping(tree: Dendrogram, signals: DiskSignals) -> OverlappingCrystallites:
    """Crystallites that explain the signals of a scan together; none where there are no disks.

    Parameters
    ----------
    tree
        Dendrogram of the scan positions; its finest regions are where the search begins.
    signals
        Of the disks.
    """
    if not len(signals.weight):
        return OverlappingCrystallites.none(signals.values.shape[:2], 0)
    with threadpool_limits(
        1
    ):  # the matrices are small: threads of a busy machine wait for each other longer than they work
        return _search(tree, signals)


def _fitted(tree: Dendrogram, signals: DiskSignals) -> Mixture:
    """The crystallites whose evidence is good, fitted to the signals."""
    smooth = blurred(signals.values)
    mixture = fit(_first_guess(tree, signals), signals, smooth, turns=2)
    for _ in range(_ROUNDS):
        more = candidates(mixture, signals)
        if len(more):
            mixture = fit(mixture.joined(more), signals, smooth)
        mixture = select(mixture, signals, smooth)
    return fit(mixture, signals, smooth)


def _search(tree: Dendrogram, signals: DiskSignals) -> OverlappingCrystallites:
    mixture = _fitted(tree, signals)
    if not len(mixture):
        return OverlappingCrystallites.none(signals.values.shape[:2], len(signals.weight))
    strength = np.linalg.norm(mixture.spectra, axis=1)
    mixture = mixture.select(strength >= _FAINT * np.median(strength))
    evidence = gather_evidence(mixture, signals)
    quality = evidence.quality
    crystal = pieces_of_crystals(mixture)
    fractions = crystal_fractions(mixture, evidence.contrast, crystal)
    pieces = [crystal == k for k in range(fractions.shape[-1])]
    strengths = np.array([mixture.spectra[k].max(axis=0) / signals.weight for k in pieces], np.float32)
    found = OverlappingCrystallites(
        fractions,
        strengths.reshape(len(pieces), len(signals.weight)),
        np.array([quality[k].max() for k in pieces]),
    )
    counted = found if tree.excluded is None else found.without(tree.excluded)
    return found._select(counted.masks.sum(axis=(1, 2)) >= LEAST_SIZE)


def _first_guess(tree: Dendrogram, signals: DiskSignals) -> Mixture:
    """The regions of a fine partition that their neighbours cannot explain."""
    labels = cut_relative(tree, _FINE)
    regions = mean_signals(labels, signals.values, signals.variance)
    elimination = eliminate(regions, neighbours_of(labels))
    amounts = csr_array(elimination.shares.astype(np.float32))[labels.ravel()]
    return Mixture(tree.shape, csc_array(amounts), np.maximum(regions.mean[elimination.kept], 0))
