"""Holds confidences against the truth of random simulated scans: a reliability table, and the constants that fit best.

Scans of seeds that were never used for a constant tell whether a confidence means what it says.
"""

import argparse
import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment, minimize
from scipy.stats import beta

import graineye as ge
from graineye.progress import silent
from graineye.score import MASK_SHARE, Truth, score_map

_KINDS: tuple[dict[str, object], ...] = (
    {"columnar": True},
    {"vacuum": 0.35, "carbon": 3.0},
    {"twins": 0.4},
    {"probe": "disk"},
    {"similar": 0.4},
    {},
    {},
    {},
)
_PHASES = ("Au", "Ag", "Cu", "Al", "Pt", "Fe", "W", "Ni", "Cu,Ag", "Fe,Al")
_BINS = 5


def random_specimen(seed: int) -> ge.SimulationOptions:
    """A film, islands, twins or columns of a random material, grain size, thickness and dose."""
    random = np.random.default_rng(seed)
    return ge.SimulationOptions(
        scan="64x56",
        detector=160,
        detector_pixel=0.26,
        seed=seed,
        dose=10 ** random.uniform(3.4, 5.7),
        grain_size=random.uniform(4.5, 11),
        thickness=random.uniform(5, 13),
        ring_outer=random.uniform(5.5, 9),
        ring_inner=4.8,
        spot_radius=2.0,
        bar_width=2.0,
        phases=str(random.choice(_PHASES)),
        **_KINDS[int(random.integers(len(_KINDS)))],
    )


def found_and_true(seed: int, folder: Path) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Quality, size and confidence (n, 3) of a scan's crystallites, and which are true (1), false (0) or neither (-1).

    True is what the scorer matches at an IoU of 0.5 or more; what it does not count, for example a grain without a visible
    disk, is neither.
    """
    simulated = ge.simulate_scan(folder / "scan.h5", random_specimen(seed), silent, force=True)
    result = ge.map_crystallites(ge.open_scan(simulated.path), progress=silent)
    found = result.overlapping
    truth = Truth.load(simulated.truth_path)
    grains = truth.fractions >= MASK_SHARE
    counted = truth.visible & (grains.sum(axis=(1, 2)) >= 10)
    masks = found.masks.reshape(len(found), -1).astype(np.float64)
    flat = grains.reshape(len(grains), -1).astype(np.float64)
    common = flat @ masks.T
    iou = common / np.maximum(flat.sum(axis=1)[:, None] + masks.sum(axis=1) - common, 1)
    state = np.where((iou[~counted] >= 0.5).any(axis=0), -1, 0)
    matched = np.where(iou[counted] >= 0.5, iou[counted], 0)
    for grain, crystallite in zip(*linear_sum_assignment(-matched), strict=True):
        if matched[grain, crystallite]:
            state[crystallite] = 1
    scored = score_map(truth, result.labels, found.masks)
    print(
        f"{seed}: {len(found)} crystallites, PQ {scored.labels.matching.pq:.3f}, m_PQ {scored.masks.matching.pq:.3f}",
        flush=True,
    )
    measures = np.stack([found.quality, result.table["area_px"].to_numpy(), found.confidence], axis=1)
    return measures, state


def reliability(confidence: NDArray[np.float64], true: NDArray[np.int64]) -> str:
    """Five bins of equal population: what was said, what is true, and its 90 % binomial interval (Clopper-Pearson)."""
    lines = ["| confidence, mean | true | 90 % interval | crystallites |", "|---|---|---|---|"]
    for members in np.array_split(np.argsort(confidence, kind="stable"), _BINS):
        hits, n = int(true[members].sum()), len(members)
        low = beta.ppf(0.05, hits, n - hits + 1) if hits else 0.0
        high = beta.ppf(0.95, hits + 1, n - hits) if hits < n else 1.0
        lines.append(f"| {confidence[members].mean():.3f} | {hits / n:.3f} | {low:.3f} to {high:.3f} | {n} |")
    return "\n".join(lines)


def best_constants(measures: NDArray[np.float64], true: NDArray[np.int64]) -> NDArray[np.float64]:
    """Constant and coefficients of log quality and log size of the logistic regression."""
    terms = np.stack([np.ones(len(true)), np.log(measures[:, 0] + 0.01), np.log(measures[:, 1])], axis=1)

    def loss(weights: NDArray[np.float64]) -> float:
        return float(np.log1p(np.exp(-(2 * true - 1) * (terms @ weights))).sum() + (weights[1:] ** 2).sum())

    return np.asarray(minimize(loss, np.zeros(3)).x)


def main() -> None:
    """Simulate, map and compare scans of the seeds that are asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("first", type=int, help="first seed")
    parser.add_argument("last", type=int, help="last seed")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        pairs = [found_and_true(seed, Path(folder)) for seed in range(asked.first, asked.last + 1)]
    measures, state = (np.concatenate(part) for part in zip(*pairs, strict=True))
    judged = state >= 0
    print(reliability(measures[judged, 2], state[judged]))
    print("constants that fit these scans best:", best_constants(measures[judged], state[judged]).round(2))


if __name__ == "__main__":
    main()
