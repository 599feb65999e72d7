"""Which crystallites stay: the one with the least evidence goes, and the rest is fitted again, until all are good."""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_array

from graineye.crystallites.overlapping.evidence import gather_evidence
from graineye.crystallites.overlapping.fitting import fit
from graineye.crystallites.overlapping.mixture import Mixture
from graineye.crystallites.overlapping.signals import DiskSignals
from graineye.crystallites.overlapping.support import dilated, of_entries

LEAST_QUALITY = 0.2
_AT_ONCE = 0.34
"""Share of the poor ones that goes in a round."""
_ROUNDS = 12
_REACH = 3
"""Scan positions."""


def select(mixture: Mixture, signals: DiskSignals, blurred_values: NDArray[np.float32]) -> Mixture:
    """Backward elimination by the quality of evidence.

    Only what lies near those that went is judged again.
    """
    quality = gather_evidence(mixture, signals).quality
    for _ in range(_ROUNDS):
        poor = np.flatnonzero(quality < LEAST_QUALITY)
        if not len(poor):
            break
        worst = poor[np.argsort(quality[poor], kind="stable")][: int(np.ceil(_AT_ONCE * len(poor)))]
        stays = np.ones(len(mixture), bool)
        stays[worst] = False
        touched = _near(mixture, worst)[stays]
        mixture = fit(mixture.select(stays), signals, blurred_values)
        quality = np.where(touched, gather_evidence(mixture, signals, touched).quality, quality[stays])
    return mixture


def _near(mixture: Mixture, chosen: NDArray[np.int64]) -> NDArray[np.bool_]:
    """(n) which crystallites are within reach of the chosen ones."""
    gone = csc_array(mixture.amounts[:, chosen])
    around = dilated(of_entries(gone, gone.data > 0), mixture.shape, _REACH)
    near: NDArray[np.bool_] = np.zeros(len(mixture), bool)
    near[mixture.at(np.unique(around.indices), 0)] = True
    return near
