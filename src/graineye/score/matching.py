"""How many grains were found, invented and missed: panoptic quality (Kirillov et al. 2019, 10.1109/CVPR.2019.00963).

Label maps and masks are matched each in their own way, but by the limits that stand here, and counted alike.
"""

from dataclasses import dataclass

MIN_POSITIONS = 10
"""Grains of fewer scan positions are left out."""
MATCH_IOU = 0.5
"""A crystallite finds a grain from this intersection over union on."""


@dataclass(frozen=True)
class Matching:
    """How many grains were found (tp), invented (fp) and missed (fn), and how well the found ones overlap."""

    tp: int
    fp: int
    fn: int
    iou: float
    """Sum of the intersection over union of the found ones."""

    @property
    def _weight(self) -> float:
        return self.tp + (self.fp + self.fn) / 2

    @property
    def f1(self) -> float:
        """Tp / (tp + fp/2 + fn/2); 1 where there is nothing to find and nothing was found."""
        return self.tp / self._weight if self._weight else 1.0

    @property
    def sq(self) -> float:
        """Segmentation quality: mean intersection over union of the found ones."""
        return self.iou / self.tp if self.tp else 0.0

    @property
    def pq(self) -> float:
        """Panoptic quality of Kirillov et al. 2019: f1 times sq."""
        return self.iou / self._weight if self._weight else 1.0

    def to_dict(self) -> dict[str, float]:
        """The counts and figures by name."""
        return {"tp": self.tp, "fp": self.fp, "fn": self.fn, "f1": self.f1, "sq": self.sq, "pq": self.pq}
