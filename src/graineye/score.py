"""Compares a label map, or masks that may overlap, with the grains of a truth.

Objects are scored, not pixels: panoptic quality (Kirillov et al. 2019, 10.1109/CVPR.2019.00963) and the adjusted Rand index
(Hubert & Arabie 1985, 10.1007/BF01908075).
"""

import tokenize
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import linear_sum_assignment
from scipy.sparse import csr_array

from graineye.errors import ScoreError

MIN_POSITIONS = 10
"""Grains of fewer scan positions are left out."""
MATCH_IOU = 0.5
"""A crystallite finds a grain from this intersection over union on."""
MASK_SHARE = 0.25
"""A grain or crystallite is there in an overlap mask where it takes this share of the column."""

_DAMAGED = (
    OSError,
    ValueError,
    EOFError,
    MemoryError,
    RuntimeError,  # what zipfile takes for encrypted, or for a method it does not have
    zipfile.BadZipFile,
    zlib.error,
    tokenize.TokenError,
)
"""What NumPy raises of damaged files."""
_SAID = 200
"""Characters of another library's words, which may quote the bytes of a damaged file."""

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
        content = _read_npz(path, ("labels", "frac", "ambiguous", "visible"))
        try:
            return cls(
                labels=content["labels"].astype(np.int64),
                fractions=content["frac"].astype(np.float32),
                ambiguous=content["ambiguous"].astype(bool),
                visible=content["visible"].astype(bool),
            )
        except (ScoreError, TypeError, ValueError) as error:
            raise ScoreError(f"{path}: {error}") from error


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


@dataclass(frozen=True)
class LabelScore:
    """How right a label map is, on the scan positions that one grain of sufficient size dominates clearly."""

    matching: Matching
    """With the grains that show no disk left out."""
    ari: float
    """Adjusted Rand index there, every unassigned position a region of its own."""
    matching_all: Matching
    """With the grains that show no disk counted too."""
    ari_all: float
    n_pred: int
    """Crystallites of the map."""
    vacuum_assigned: float | None
    """Share of the vacuum that has a label; None where the truth has no vacuum."""

    def to_dict(self) -> dict[str, float]:
        """Every figure by name; those with all grains end in _all."""
        figures = self.matching.to_dict() | {"ari": self.ari}
        figures |= {f"{name}_all": value for name, value in self.matching_all.to_dict().items()}
        figures |= {"ari_all": self.ari_all, "n_pred": self.n_pred}
        return figures if self.vacuum_assigned is None else figures | {"vacuum_assigned": self.vacuum_assigned}


@dataclass(frozen=True)
class MaskScore:
    """How right masks are that may overlap."""

    matching: Matching

    def to_dict(self) -> dict[str, float]:
        """Every figure by name, beginning with m_."""
        return {f"m_{name}": value for name, value in self.matching.to_dict().items()}


@dataclass(frozen=True)
class Score:
    """How right a map is: its labels, and its masks."""

    labels: LabelScore
    masks: MaskScore

    def to_dict(self) -> dict[str, float]:
        """Every figure by name."""
        return self.labels.to_dict() | self.masks.to_dict()


def score_map(truth: Truth, labels: ArrayLike, masks: ArrayLike | None = None) -> Score:
    """Score a label map and its masks; without `masks`, the regions of the label map are taken for them.

    Parameters
    ----------
    truth
        What the scan was made of.
    labels
        Whole numbers (ny, nx), 0 = unassigned.
    masks
        Bool, or each crystallite's share of the column, (n_crystallites, ny, nx); they may overlap.

    Raises
    ------
    ScoreError
        If shapes do not match the truth's, or labels are not whole numbers from 0 on.
    """
    numbers = _checked_labels(truth, labels)
    if masks is None:
        masks = numbers == np.unique(numbers[numbers > 0])[:, None, None]
    return Score(score_labels(truth, numbers), score_masks(truth, masks))


def score_labels(truth: Truth, labels: ArrayLike) -> LabelScore:
    """Score a label map (ny, nx) of whole numbers, 0 = unassigned, against the dominant grains.

    Not counted are vacuum, ambiguous positions and grains under `MIN_POSITIONS` clear positions; a crystallite that
    lies mostly there is neither found nor invented.

    Raises
    ------
    ScoreError
        If the shape is not the truth's, or labels are not whole numbers from 0 on.
    """
    found = _checked_labels(truth, labels)
    clear = (truth.labels > 0) & ~truth.ambiguous
    sizes = np.bincount(truth.labels[clear], minlength=len(truth.visible) + 1)
    large = sizes >= MIN_POSITIONS
    shown = large & np.concatenate([[False], truth.visible])
    counted, counted_all = clear & shown[truth.labels], clear & large[truth.labels]
    vacuum = truth.labels == 0
    return LabelScore(
        matching=_match_labels(truth.labels, found, counted),
        ari=_ari_of_assigned(truth.labels[counted], found[counted]),
        matching_all=_match_labels(truth.labels, found, counted_all),
        ari_all=_ari_of_assigned(truth.labels[counted_all], found[counted_all]),
        n_pred=len(np.unique(found[found > 0])),
        vacuum_assigned=float(np.mean(found[vacuum] > 0)) if vacuum.any() else None,
    )


def score_masks(truth: Truth, masks: ArrayLike) -> MaskScore:
    """Score masks that may overlap against the columns of which each grain takes `MASK_SHARE`.

    Grains and masks are paired one to one for the largest sum of intersection over union. A mask that shows a grain
    which is not counted (invisible, or under `MIN_POSITIONS` columns) is not invented.

    Parameters
    ----------
    truth
        What the scan was made of.
    masks
        (n_crystallites, ny, nx): bool or 0 and 1, or shares of the column, which count from `MASK_SHARE` on.

    Raises
    ------
    ScoreError
        If the shape is not the truth's.
    """
    found = _checked_masks(truth, masks)
    grains = truth.fractions >= MASK_SHARE
    sizes = grains.sum(axis=(1, 2))
    counted = (sizes >= MIN_POSITIONS) & truth.visible
    iou = _iou_of_masks(grains, found)
    matching = np.where(iou[counted] >= MATCH_IOU, iou[counted], 0.0)
    rows, columns = linear_sum_assignment(matching, maximize=True)
    matched = matching[rows, columns] > 0
    shows_other = np.any(iou[~counted] >= MATCH_IOU, axis=0)
    explained = shows_other.copy()
    explained[columns[matched]] = True
    tp = int(matched.sum())
    return MaskScore(
        Matching(
            tp=tp,
            fp=int((~explained).sum()),
            fn=int(counted.sum()) - tp,
            iou=float(matching[rows, columns].sum()),
        )
    )


def adjusted_rand_index(first: ArrayLike, second: ArrayLike) -> float:
    """Agreement of two partitions of the same positions: 0 by chance, 1 for equal ones (Hubert & Arabie 1985).

    Parameters
    ----------
    first, second
        Region numbers, of equal shape; 0 is a region like any other.

    Returns
    -------
    float
        NaN for fewer than two positions; 1 where both partitions are trivial in the same way.

    Raises
    ------
    ScoreError
        If the shapes differ.
    """
    a, b = np.asarray(first), np.asarray(second)
    if a.shape != b.shape:
        raise ScoreError(f"partitions of shapes {a.shape} and {b.shape} cannot be compared: both must be of one scan")
    if a.size < 2:
        return float("nan")
    _, rows, row_sizes = np.unique(a, return_inverse=True, return_counts=True)
    _, columns, column_sizes = np.unique(b, return_inverse=True, return_counts=True)
    _, shared = np.unique(rows.ravel() * len(column_sizes) + columns.ravel(), return_counts=True)
    together, in_first, in_second = _pairs(shared), _pairs(row_sizes), _pairs(column_sizes)
    by_chance = in_first * in_second / _pairs(np.array([a.size]))
    at_most = (in_first + in_second) / 2
    return 1.0 if at_most == by_chance else (together - by_chance) / (at_most - by_chance)


def _pairs(sizes: NDArray[np.int64]) -> float:
    """Number of pairs of positions that lie in one region, as a float because it outgrows 64 bits' precision only slowly."""
    counts = sizes.astype(np.float64)
    return float((counts * (counts - 1) / 2).sum())


def _ari_of_assigned(grains: Labels, found: Labels) -> float:
    """The adjusted Rand index with every unassigned position a region of its own."""
    alone = found == 0
    numbers = found.copy()
    numbers[alone] = found.max(initial=0) + 1 + np.arange(alone.sum())
    return adjusted_rand_index(grains, numbers)


def _match_labels(grains: Labels, found: Labels, counted: Masks) -> Matching:
    """Match crystallites to grains on the counted positions; each takes part once, the lower number first."""
    names, sizes = np.unique(grains[counted], return_counts=True)
    labels, whole = np.unique(found[found > 0], return_counts=True)
    inside = counted & (found > 0)
    rows, columns = np.searchsorted(names, grains[inside]), np.searchsorted(labels, found[inside])
    shared = csr_array((np.ones(len(rows), np.int64), (rows, columns)), shape=(len(names), len(labels))).tocoo()
    within = np.bincount(columns, minlength=len(labels))
    iou = shared.data / (sizes[shared.row] + within[shared.col] - shared.data)
    matched: dict[int, float] = {}
    done: set[int] = set()
    for k in np.lexsort((shared.col, shared.row)):
        row, column = int(shared.row[k]), int(shared.col[k])
        # at exactly one half two may claim the same partner
        if iou[k] >= MATCH_IOU and row not in done and column not in matched:
            done.add(row)
            matched[column] = float(iou[k])
    counts_as_invented = within > whole / 2
    counts_as_invented[list(matched)] = False
    return Matching(
        tp=len(matched), fp=int(counts_as_invented.sum()), fn=len(names) - len(matched), iou=sum(matched.values())
    )


def _iou_of_masks(grains: Masks, found: Masks) -> NDArray[np.float64]:
    """Intersection over union of each of n grains (n, ny, nx) with each of m masks (m, ny, nx), of shape (n, m)."""
    positions = grains.shape[1] * grains.shape[2]
    rows = csr_array(grains.reshape(len(grains), positions)).astype(np.int64)
    columns = csr_array(found.reshape(len(found), positions)).astype(np.int64)
    shared = (rows @ columns.T).toarray()
    union = grains.sum(axis=(1, 2))[:, None] + found.sum(axis=(1, 2))[None, :] - shared
    return np.asarray(shared / np.maximum(union, 1))


def _checked_labels(truth: Truth, labels: ArrayLike) -> Labels:
    numbers = np.asarray(labels)
    if numbers.shape != truth.labels.shape:
        raise ScoreError(
            f"the label map has shape {numbers.shape}, the truth {truth.labels.shape}: name the truth of the same scan"
        )
    if numbers.dtype.kind not in "iub" or (numbers.size and numbers.min() < 0):
        raise ScoreError("labels must be whole numbers from 0 on: 0 is unassigned")
    return numbers.astype(np.int64)


def _checked_masks(truth: Truth, masks: ArrayLike) -> Masks:
    """Masks as bool; those without any position are no objects and left out."""
    found = np.asarray(masks)
    if found.ndim != 3 or found.shape[1:] != truth.labels.shape:
        raise ScoreError(
            f"masks have shape {found.shape}, the truth's maps {truth.labels.shape}: "
            "give (n_crystallites, ny, nx) of the same scan"
        )
    there = found >= MASK_SHARE if found.dtype.kind == "f" else found.astype(bool)
    return np.asarray(there[there.any(axis=(1, 2))])


def read_labels(path: str | Path) -> tuple[NDArray[Any], NDArray[Any] | None]:
    """A label map and, where there are some, masks from an npz file with the keys `labels` and `masks`.

    Raises
    ------
    ScoreError
        If there is no such file, it is not npz, or it has no labels.
    """
    content = _read_npz(path, ("labels",), ("masks",))
    return content["labels"], content.get("masks")


def _read_npz(path: str | Path, keys: tuple[str, ...], optional: tuple[str, ...] = ()) -> dict[str, NDArray[Any]]:
    """The arrays `keys`, and those of `optional` that are there, of an npz file; no pickled object is read."""
    try:
        # Opened here: of a damaged file, NumPy leaves its own open.
        with Path(path).open("rb") as file:
            content = np.load(file, allow_pickle=False)
            if not isinstance(content, np.lib.npyio.NpzFile):
                raise ScoreError(f"{path}: a single array, not an npz file: name one")
            missing = [key for key in keys if key not in content]
            if missing:
                raise ScoreError(f"{path}: has no {', '.join(missing)}: name another file")
            arrays = {key: content[key] for key in keys + optional if key in content}
    except FileNotFoundError:
        raise ScoreError(f"{path}: no such file: check the name") from None
    except _DAMAGED as error:
        raise ScoreError(f"{path}: cannot be read ({str(error)[:_SAID]}): is it an npz file, and whole?") from error
    for key, array in arrays.items():
        if not isinstance(array, np.ndarray):  # NumPy gives the bytes of what it does not take for an array
            raise ScoreError(f"{path}: {key} is no array: is it an npz file, and whole?")
    return arrays
