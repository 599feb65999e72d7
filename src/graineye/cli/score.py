"""`graineye score`: how right a map is, against the truth of a simulation."""

import json as json_format
from pathlib import Path

_MEANING = {
    "pq": "panoptic quality of the label map (1 is perfect)",
    "f1": "found without inventing, at an overlap of one half",
    "ari": "adjusted Rand index of the label map",
    "tp": "crystallites that match a grain",
    "fp": "crystallites that match none",
    "fn": "grains that were missed",
    "m_pq": "panoptic quality of the overlapping masks",
    "vacuum_assigned": "share of the vacuum that has a label",
}


def score(result: Path, truth: Path, *, json: bool = False) -> None:
    """Show how right a map is, against the truth of a simulation.

    Parameters
    ----------
    result
        NAME.crystallites.emd, or an npz file with `labels` (and `masks`).
    truth
        NAME.truth.npz.
    json
        Print every figure as one JSON object instead.
    """
    from graineye.score import Truth, read_labels, score_map

    known = Truth.load(truth)
    if result.suffix == ".npz":
        labels, masks = read_labels(result)
    else:
        from graineye.results import load_result

        loaded = load_result(result)
        labels = loaded.labels
        masks = None if loaded.overlapping is None else loaded.overlapping.masks
    figures = score_map(known, labels, masks).to_dict()
    if json:
        print(json_format.dumps(figures))
        return
    for name, meaning in _MEANING.items():
        if name in figures:
            value = figures[name]
            print(
                f"{name:<16} {value:>8d}  {meaning}"
                if isinstance(value, int)
                else f"{name:<16} {value:8.3f}  {meaning}"
            )
