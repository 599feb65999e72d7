"""What is measured of the crystallites of a result, whichever method found them: their table and their reflections.

Crystallites that may overlap are measured on their masks and strengths, those of a cut on the label map.
"""

from typing import TYPE_CHECKING

import pandas as pd

from graineye.crystallites import boundary_table, crystallite_table, mean_strengths, overlapping_table, reflection_table
from graineye.results.artefacts import marks_of

if TYPE_CHECKING:
    from graineye.results.crystallite_map import CrystalliteMap


def table_of(result: "CrystalliteMap") -> pd.DataFrame:
    """One row a crystallite; `name` where any has one, `remarks` where any may be an artefact, empty for the others."""
    labels, found, scale = result.labels, result.overlapping, result.calibration
    if found is None:
        table = crystallite_table(labels, scale)
    else:
        table = overlapping_table(labels, found.fractions, found.masks, found.quality, found.confidence, scale)
    marks = marks_of(result.artefacts)
    if marks:
        table["remarks"] = ["; ".join(marks.get(label, ())) for label in table["label"].tolist()]
    if result.names:
        table.insert(1, "name", [result.names.get(label, "") for label in table["label"].tolist()])
    return table


def boundaries_of(result: "CrystalliteMap") -> pd.DataFrame:
    """Which crystallites touch, and how sure it is that both are some."""
    table, found = boundary_table(result.labels, result.calibration), result.overlapping
    if found is not None:
        sides = table[["label", "neighbour"]].to_numpy() - 1
        table["confidence"] = found.confidence[sides].min(axis=1)
    return table


def reflections_of(result: "CrystalliteMap") -> pd.DataFrame:
    """The strongest disks of each crystallite."""
    found = result.overlapping
    return reflection_table(
        mean_strengths(result.labels, result.dark_fields) if found is None else found.strengths,
        result.disks.positions,
        result.beam.position if result.descan is None else result.descan.mean,
        result.template.bright_radius,
        result.calibration,
    )
