"""Scores the default map and the classic one of every scan in a folder: a table in Markdown.

A scan is NAME.h5 with NAME.truth.npz beside it, from `graineye simulate` or another simulator with the same keys.
"""

import argparse
import dataclasses
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

import graineye as ge
from graineye.progress import silent
from graineye.score import Score, Truth, score_map


@dataclasses.dataclass(frozen=True)
class Line:
    """What the table says of one scan: scores of the default and of the classic map, the rest of the default."""

    name: str
    ours: Score
    classic: Score
    found: int
    grains: int
    interval: tuple[int, int] | None
    beam_error: float
    seconds: float


def score_scan(path: Path) -> Line:
    """Map a scan in both ways and score the maps."""
    truth_path = path.with_suffix("").with_suffix(".truth.npz")
    truth = Truth.load(truth_path)
    scan = ge.open_scan(path)
    begun = perf_counter()
    result = ge.map_crystallites(scan, progress=silent)
    seconds = perf_counter() - begun
    classic = ge.map_crystallites(scan, ge.Settings.classic(), progress=silent)
    masks = None if result.overlapping is None else result.overlapping.masks
    ours = score_map(truth, result.labels, masks)
    return Line(
        name=path.stem,
        ours=ours,
        classic=score_map(truth, classic.labels),
        found=int(result.labels.max()),
        grains=ours.labels.matching.tp + ours.labels.matching.fn,
        interval=None if result.dominating is None else result.dominating[1:],
        beam_error=_beam_error(result, truth_path),
        seconds=seconds,
    )


def _beam_error(result: ge.CrystalliteMap, truth_path: Path) -> float:
    """Root mean square distance of the beam in every frame from the truth's, px."""
    if result.descan is None:
        return np.nan
    with np.load(truth_path) as truth:
        beam: NDArray[np.float64] = np.moveaxis(truth["centre"] + truth["descan"], -1, 0)
    return float(np.sqrt(((result.descan.beam - beam) ** 2).sum(axis=0).mean()))


def markdown(lines: list[Line]) -> Iterator[str]:
    """The table, its means last."""
    yield "| scan | PQ | m_PQ | classic PQ | classic m_PQ | vacuum labelled | grains: found, true, interval | beam rms (px) | s |"
    yield "|---|---|---|---|---|---|---|---|---|"
    for line in lines:
        vacuum = "" if line.ours.labels.vacuum_assigned is None else f"{100 * line.ours.labels.vacuum_assigned:.1f} %"
        low, high = line.interval or (0, 0)
        cells = (
            line.name,
            f"{line.ours.labels.matching.pq:.3f}",
            f"{_masks(line.ours):.3f}",
            f"{line.classic.labels.matching.pq:.3f}",
            f"{_masks(line.classic):.3f}",
            vacuum,
            f"{line.found}, {line.grains}, {low} to {high}",
            f"{line.beam_error:.3f}",
            f"{line.seconds:.1f}",
        )
        yield f"| {' | '.join(cells)} |"
    means = [
        np.mean([of(line) for line in lines])
        for of in (
            lambda line: line.ours.labels.matching.pq,
            lambda line: _masks(line.ours),
            lambda line: line.classic.labels.matching.pq,
            lambda line: _masks(line.classic),
        )
    ]
    within = [line for line in lines if line.interval and line.interval[0] <= line.grains <= line.interval[1]]
    yield (
        f"| **mean** | {means[0]:.3f} | {means[1]:.3f} | {means[2]:.3f} | {means[3]:.3f} | | "
        f"in the interval: {len(within)} of {len(lines)} | | |"
    )


def _masks(score: Score) -> float:
    return score.masks.matching.pq


def main() -> None:
    """Score all scans of a folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scans", type=Path)
    parser.add_argument("--out", type=Path, help="Markdown file to write")
    asked = parser.parse_args()
    paths = [path for path in sorted(asked.scans.glob("*.h5")) if path.with_suffix(".truth.npz").is_file()]
    if not paths:
        raise SystemExit(f"{asked.scans}: no NAME.h5 with NAME.truth.npz beside it: make some with graineye simulate")
    lines = []
    for path in paths:
        lines.append(score_scan(path))
        print(*list(markdown(lines[-1:]))[2:3], sep="\n", flush=True)
    table = "\n".join(markdown(lines)) + "\n"
    print(table)
    if asked.out:
        asked.out.write_text(table, encoding="utf-8")


if __name__ == "__main__":
    main()
