"""quantem's way to grains: peaks of all frames clustered in joint (q, r), clusters grouped where their dark fields agree.

Runs in quantem's own environment: quantem_map.py SCAN.h5 OUT.
"""

from collections.abc import Iterator
from itertools import product

import given
import numpy as np
import torch
from quantem.core.datastructures.dataset4dstem import Dataset4dstem
from quantem.core.utils.clustering import cluster_vector, filter_rows
from quantem.diffraction.bragg_vectors import BraggVectors
from quantem.diffraction.digital_dark_field import ddf_images, group_ddf_images

THRESHOLDS = [0.002, 0.003]  # of the beam's correlation
SPREADS = [0.15, 0.22]  # how far apart peaks of one reflection may lie in neighbouring frames, disk radii
NEIGHBOURHOODS = [(1.5, 5)]  # eps in scan positions, min_samples
CORRELATIONS = [0.75, 0.8]
LEAST_CLUSTERS = [2, 3]


def peaks_of(scan: given.Given) -> tuple[BraggVectors, float]:
    """Peaks of every frame above the lowest threshold, the beam moved to one place, and the beam's correlation."""
    vectors = BraggVectors.from_dataset(Dataset4dstem.from_array(scan.frames))
    vectors.make_template_from_probe(scan.probe, center=tuple(scan.probe_centre))
    some = [(y, x) for y in range(0, scan.frames.shape[0], 8) for x in range(0, scan.frames.shape[1], 8)]
    few = vectors.detect_disks(positions=some, subpixel="none", max_num_peaks=1).numpy()
    beam = float(np.median(few[:, 2]))
    vectors.detect_disks(
        min_abs_intensity=THRESHOLDS[0] * beam,
        min_spacing=scan.radius,
        edge_boundary=int(scan.radius),
        subpixel="parabolic",
        max_num_peaks=100,
        progressbar=False,
    )
    return vectors.correct_peak_origins(scan.beam, origin_ref=(0.0, 0.0)), beam


def maps(scan: given.Given) -> Iterator[given.Found]:
    """Amounts of each grain for every setting: the summed dark fields of its clusters, each relative to its largest."""
    vectors, beam = peaks_of(scan)
    peaks = vectors.peaks.numpy().astype(np.float64)
    away = np.hypot(peaks[:, 0], peaks[:, 1]) > given.NEAR_BEAM * scan.radius
    for threshold in THRESHOLDS:
        kept = filter_rows(vectors.peaks, away & (peaks[:, 2] > threshold * beam))
        for spread, (eps, least) in product(SPREADS, NEIGHBOURHOODS):
            scale = eps / (spread * scan.radius)
            labelled, labels = cluster_vector(
                kept,
                ("q_row", "q_col"),
                eps=eps,
                min_samples=least,
                field_scales=(scale, scale),
                scan_scales=(1.0, 1.0),
            )
            number = int(labels.max()) + 1
            print(
                f"threshold {threshold}, spread {spread}, eps {eps}: {len(labels)} peaks, {number} clusters", flush=True
            )
            images = ddf_images(labelled, np.arange(number)).astype(np.float32)
            sizes = (images > 0).sum(axis=(1, 2))
            images = images[sizes >= given.LEAST_SIZE]
            shares = images / images.max(axis=(1, 2), keepdims=True)
            for correlation, clusters in product(CORRELATIONS, LEAST_CLUSTERS):
                group = group_ddf_images(images, min_correlation=correlation, min_samples=clusters)
                amounts = [shares[group == k].sum(axis=0) for k in range(int(group.max()) + 1)]
                yield (
                    {
                        "threshold": threshold,
                        "spread": spread,
                        "eps": eps,
                        "min_samples": least,
                        "min_correlation": correlation,
                        "least clusters": clusters,
                    },
                    np.stack(amounts) if amounts else np.zeros((0, *scan.frames.shape[:2])),
                )


if __name__ == "__main__":
    torch.set_num_threads(1)
    given.run(maps, leasts=[0.08, 0.16], smoothings=[0.5])
