"""Run the published workflow on one scan, for side-by-side measurements: `run_published.py SCAN.h5 DS_PATH OUT.npz [DISTANCE]`.

Prints the seconds of each stage as JSON and saves the label map, the positions and the tree.
"""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter

import libertem.api as lt
import numpy as np
import published


@contextmanager
def _timed(seconds: dict[str, float], stage: str) -> Iterator[None]:
    begun = perf_counter()
    yield
    seconds[stage] = round(perf_counter() - begun, 2)


def main(scan: str, ds_path: str, out: str, distance: float = published.DISTANCE) -> dict[str, float]:
    """Map the scan in dataset `ds_path` as published, save it to `out`, and return the seconds of each stage."""
    seconds: dict[str, float] = {}
    template = published.template()
    with lt.Context.make_with("threads") as ctx:
        with _timed(seconds, "open"):
            dataset = ctx.load("hdf5", path=scan, ds_path=ds_path)
        with _timed(seconds, "log-sum"):
            log_sum = published.log_sum(ctx, dataset)
        with _timed(seconds, "std"):
            std = published.std_map(ctx, dataset)
        with _timed(seconds, "positions"):
            beam = published.positions(log_sum, template, count=1)
            positions = published.positions(published.log_scaled(std), template)
        with _timed(seconds, "dark fields"):
            dark_fields = published.dark_fields(ctx, dataset, positions, template)
    shape = dark_fields.shape[:2]
    with _timed(seconds, "ward"):
        tree = published.ward(published.features(dark_fields), shape)
    with _timed(seconds, "cut"):
        labels = published.labels(tree, shape, distance)
    seconds["total"] = round(sum(seconds.values()), 2)
    np.savez_compressed(out, labels=labels, positions=positions, published_beam=beam[0], **tree._asdict())
    return seconds


if __name__ == "__main__":
    scan, ds_path, out, *distance = sys.argv[1:]
    print(json.dumps(main(scan, ds_path, out, *map(float, distance))))
