"""Scores of the default map of one specimen, recorded with fewer and fewer electrons: `doses.py [--seeds N]`.

Prints a table in Markdown; overlap, not dose, should limit what is found.
"""

import argparse
import tempfile
from pathlib import Path

import numpy as np

import graineye as ge
from graineye.progress import silent
from graineye.score import Truth, score_map

DOSES = (2e3, 1e4, 1e5, 1e6)
"""Electrons a frame."""


def scores(seed: int, dose: float, folder: Path) -> tuple[float, float]:
    """PQ and m_PQ of a film."""
    options = ge.SimulationOptions(scan="64x56", detector=160, detector_pixel=0.26, seed=seed, dose=dose)
    simulated = ge.simulate_scan(folder / "scan.h5", options, silent, force=True)
    result = ge.map_crystallites(ge.open_scan(simulated.path), progress=silent)
    assert result.overlapping is not None
    scored = score_map(Truth.load(simulated.truth_path), result.labels, result.overlapping.masks)
    assert scored.masks is not None
    return scored.labels.matching.pq, scored.masks.matching.pq


def main() -> None:
    """Simulate and score every specimen at every dose."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=3, help="how many specimens")
    parser.add_argument("--first", type=int, default=901, help="seed of the first")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = np.array(
            [
                [scores(seed, dose, Path(folder)) for dose in DOSES]
                for seed in range(asked.first, asked.first + asked.seeds)
            ]
        )
    print("| specimen | " + " | ".join(f"{dose:,.0f} e" for dose in DOSES) + " | from best to worst |")
    print("|---" * (len(DOSES) + 2) + "|")
    for seed, row in enumerate(found, asked.first):
        spread = np.ptp(row, axis=0)
        cells = " | ".join(f"{pq:.3f} / {m_pq:.3f}" for pq, m_pq in row)
        print(f"| {seed} | {cells} | {spread[0]:.3f} / {spread[1]:.3f} |")
    mean = found.mean(axis=0)
    cells = " | ".join(f"{pq:.3f} / {m_pq:.3f}" for pq, m_pq in mean)
    print(f"| **mean** | {cells} | {np.ptp(mean[:, 0]):.3f} / {np.ptp(mean[:, 1]):.3f} |")


if __name__ == "__main__":
    main()
