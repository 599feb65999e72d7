"""py4DSTEM's way to grains: disks of all frames, classes of disks that occur together, NMF, classes split and merged.

Runs in py4DSTEM's own environment: py4dstem_map.py SCAN.h5 OUT.
"""

import warnings
from collections.abc import Iterator
from itertools import product

import given
import numpy as np
import py4DSTEM
from emdfile import PointListArray
from numpy.typing import NDArray
from py4DSTEM.preprocess.utils import get_maxima_2D
from py4DSTEM.process.classification import BraggVectorClassification

THRESHOLDS = [0.0015, 0.003, 0.006]  # of the frame's highest correlation, the beam's
COOCCURRENCES = [0.15, 0.3]
ITERATIONS = [1, 3]  # of the NMF
SPLITS = [0.3, 0.4]
MERGES = [(0.1, 0.2)]  # correlation of the classes' disks; of their images
LEAST_SEEN = 5  # frames in which a position of the Bragg vector map must have a disk

Vectors = NDArray[np.void]


def vectors_of(scan: given.Given) -> dict[tuple[int, int], Vectors]:
    """Disks of every frame above the lowest threshold, relative to the beam, their intensity relative to its."""
    cube = py4DSTEM.DataCube(scan.frames)
    probe = py4DSTEM.Probe(scan.probe)
    structured = (
        scan.probe[tuple(np.round(scan.probe_centre).astype(int) + [int(0.5 * scan.radius), 0])]
        < 0.5 * scan.probe.max()
    )
    radii = {} if structured else {"radii": (scan.radius, 4 * scan.radius)}
    # As its documentation says: flat for a bullseye, an edge for a disk.
    kernel = probe.get_kernel(mode="flat" if structured else "sigmoid", origin=tuple(scan.probe_centre), **radii)
    bragg = cube.find_Bragg_disks(
        kernel,
        minRelativeIntensity=THRESHOLDS[0],
        minPeakSpacing=scan.radius,
        edgeBoundary=int(scan.radius),
        sigma_cc=1,
        subpixel="poly",
        maxNumPeaks=100,
    )
    bragg.calibration.set_origin((scan.beam[..., 0], scan.beam[..., 1]))
    bragg.calibrate()
    found = {}
    for place in np.ndindex(*scan.frames.shape[:2]):
        disks = bragg.cal[place].data.copy()
        beam = disks["intensity"].max()
        disks["intensity"] /= beam
        found[place] = disks[np.hypot(disks["qx"], disks["qy"]) > given.NEAR_BEAM * scan.radius]
    return found


def array_of(vectors: dict[tuple[int, int], Vectors], threshold: float, shape: tuple[int, int]) -> PointListArray:
    """The disks above a threshold as py4DSTEM's classes want them."""
    points = PointListArray(shape=shape, dtype=[("qx", float), ("qy", float), ("intensity", float)])
    for place, disks in vectors.items():
        kept = disks[disks["intensity"] > threshold]
        points[place].add_data_by_field((kept["qx"], kept["qy"], kept["intensity"]), ("qx", "qy", "intensity"))
    return points


def map_positions(points: PointListArray, scan: given.Given) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Maxima of the Bragg vector map in which every disk counts once."""
    disks = np.concatenate([points[place].data for place in np.ndindex(*points.shape)])
    reach = max(scan.probe.shape)
    edges = np.arange(-reach, reach + 1) - 0.5
    bragg_vector_map, _, _ = np.histogram2d(disks["qx"], disks["qy"], bins=(edges, edges))
    sigma = 0.15 * scan.radius
    peak = 1 / (2 * np.pi * sigma**2)
    maxima = get_maxima_2D(
        bragg_vector_map,
        sigma=sigma,
        minAbsoluteIntensity=0.5 * LEAST_SEEN * peak,
        minSpacing=0.3 * scan.radius,
        maxNumPeaks=600,
    )
    return maxima["x"] - reach, maxima["y"] - reach


def maps(scan: given.Given) -> Iterator[given.Found]:
    """Images of each class for every setting."""
    vectors = vectors_of(scan)
    shape = scan.frames.shape[:2]
    for threshold in THRESHOLDS:
        points = array_of(vectors, threshold, shape)
        qx, qy = map_positions(points, scan)
        classes = BraggVectorClassification(points, qx, qy, max_dist=0.4 * scan.radius)
        for cooccurrence in COOCCURRENCES:
            classes.get_initial_classes_by_cooccurrence(
                thresh=cooccurrence, BP_fraction_thresh=0.02, max_iterations=300
            )
            print(
                f"threshold {threshold}, {len(qx)} positions, co-occurrence {cooccurrence}: {classes.N_c} classes",
                flush=True,
            )
            initial = classes.W.copy(), classes.H.copy(), classes.N_c
            for iterations, split, merge in product(ITERATIONS, SPLITS, MERGES):
                classes.W, classes.H, classes.N_c = initial[0].copy(), initial[1].copy(), initial[2]
                classes.nmf(max_iterations=iterations)
                classes.accept()
                classes.split(sigma=1, threshold_split=split, expand_mask=1, minimum_pixels=given.LEAST_SIZE)
                classes.accept()
                if classes.N_c > 1:
                    classes.merge_iterative(*merge)
                    classes.accept()
                yield (
                    {
                        "threshold": threshold,
                        "co-occurrence": cooccurrence,
                        "NMF iterations": iterations,
                        "threshold_split": split,
                        "threshBPs": merge[0],
                        "threshScanPosition": merge[1],
                    },
                    classes.H.reshape(-1, *shape),
                )


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    given.run(maps, leasts=[0.05, 0.1], smoothings=[0.5])
