"""The result in words."""

import numpy as np

from graineye.crystallites import OverlappingCrystallites
from graineye.results import CrystalliteMap


def sentence(result: CrystalliteMap) -> str:
    """The result in one sentence: how many crystallites, their sizes, where they are, and how they overlap."""
    if not result.count:
        return f"{_number(result)} found."
    return ", ".join([_number(result), _sizes(result), _assigned(result), *_overlap(result)]) + "."


def _number(result: CrystalliteMap) -> str:
    return f"{result.count} crystallite{'' if result.count == 1 else 's'}"


def _sizes(result: CrystalliteMap) -> str:
    unit = result.calibration.scan_unit
    diameters = result.table[f"diameter_{unit}"]
    if result.count == 1:
        return f"diameter {diameters.iloc[0]:.3g} {unit}"
    return f"median diameter {diameters.median():.3g} {unit} ({diameters.min():.3g} to {diameters.max():.3g} {unit})"


def _assigned(result: CrystalliteMap) -> str:
    return f"{100 * (result.labels > 0).mean():.0f} % of the scan assigned"


def _overlap(result: CrystalliteMap) -> list[str]:
    """How much overlaps, how many dominate, and how many are the largest nowhere; nothing of a cut."""
    if result.overlapping is None or result.dominating is None or result.count < 2:
        return []
    likely, low, high = result.dominating
    hidden = int((result.table["largest_px"] == 0).sum())
    share = 100 * overlapping_share(result.overlapping)
    return [
        f"{share:.0f} % of their area overlapping",
        f"{likely} clearly dominating somewhere ({low} to {high})",
        *([f"{hidden} nowhere the largest"] if hidden else []),
    ]


def overlapping_share(found: OverlappingCrystallites) -> float:
    """Share of the crystallites' area in which more than one is."""
    together = found.masks.sum(axis=0)
    return float(np.mean(together[together > 0] > 1)) if together.any() else 0.0
