"""pyxem's way to grains: peaks of all frames, a dark field for each, cut by watershed, segments that correlate summed.

Runs in pyxem's own environment: pyxem_map.py SCAN.h5 OUT.
"""

import warnings
from collections.abc import Iterator
from itertools import product

import dask
import given
import hyperspy.api as hs
import numpy as np
from numpy.typing import NDArray
from pyxem.signals import DiffractionVectors2D, ElectronDiffraction2D, VirtualDarkFieldImage, segments
from scipy import ndimage

MATCHES = [0.35, 0.45]  # normalised correlation with the probe
SAMPLES = [10]  # peaks of one reflection over the scan
BLURS = [0.8]  # of the dark fields, scan positions
MASKS = [0.4]  # of a dark field, this share of its largest value
DISTANCES = [5, 8, 12]  # between watershed markers, scan positions
CORRELATIONS = [0.35, 0.45]
ROWS = 16  # scan rows at a time, to save memory
LEAST_VECTORS = [(3, 2), (4, 2)]  # segments of a grain; of a scan position of it


def centred(scan: given.Given, rows: slice) -> ElectronDiffraction2D:
    """Frames of some scan rows with the beam in the middle, the origin of the detector's axes."""
    signal = ElectronDiffraction2D(scan.frames[rows].astype(np.float32))
    middle = np.array(scan.probe.shape) // 2
    signal.center_direct_beam(shifts=hs.signals.Signal1D((middle - scan.beam[rows])[..., ::-1]), subpixel=True)
    for axis, origin in zip(signal.axes_manager.signal_axes, middle[::-1], strict=True):
        axis.scale, axis.offset = 1.0, -origin
    return signal


def peaks_of(signal: ElectronDiffraction2D, scan: given.Given) -> DiffractionVectors2D:
    """Peaks of the frames' normalised correlation with the probe above the lowest threshold: (..., y, x, correlation)."""
    half = int(np.ceil(1.3 * scan.radius))
    y, x = np.round(scan.probe_centre).astype(int)
    template = scan.probe[y - half : y + half + 1, x - half : x + half + 1]
    matched = signal.template_match(template, subtract_min=False)
    vectors = matched.get_diffraction_vectors(
        method="local_max",
        min_distance=max(round(scan.radius / 2), 2),
        threshold_abs=MATCHES[0],
        exclude_border=int(scan.radius),
        get_intensity=True,
    )
    return vectors.flatten_diffraction_vectors()


def dark_fields(frames: NDArray[np.float32], vectors: DiffractionVectors2D, radius: float) -> VirtualDarkFieldImage:
    """The dark field of every vector, what it has at least nearly everywhere taken off as background.

    The sums over circles that `get_virtual_image` takes, but far faster.
    """
    origin = np.array(frames.shape[2:]) // 2
    reach = int(np.ceil(radius))
    images = []
    for y, x in vectors.data + origin:
        top, left = round(y) - reach, round(x) - reach
        rows, columns = np.ogrid[top : top + 2 * reach + 1, left : left + 2 * reach + 1]
        circle = (np.hypot(rows - y, columns - x) <= radius).astype(np.float32)
        window = frames[:, :, top : top + 2 * reach + 1, left : left + 2 * reach + 1]
        images.append(np.tensordot(window, circle, axes=2))
    stack = np.array(images)
    stack -= np.quantile(stack, 0.02, axis=(1, 2), keepdims=True)
    dark = VirtualDarkFieldImage(np.maximum(stack, 0))
    dark.vectors = vectors
    return dark


def normalised_correlation(image: NDArray[np.floating], template: NDArray[np.floating]) -> float:
    """What pyxem's `norm_cross_corr` gives, but faster: it is called for every pair of segments."""
    image, template = image.ravel() - image.mean(), template.ravel() - template.mean()
    return float(image @ template / np.sqrt(max((image @ image) * (template @ template), 1e-30)))


def maps(scan: given.Given) -> Iterator[given.Found]:
    """Amounts of each grain for every setting: the summed segments, each relative to its largest value."""
    frames = np.empty(scan.frames.shape, dtype=np.float32)
    found = []
    for first in range(0, len(frames), ROWS):
        signal = centred(scan, np.s_[first : first + ROWS])
        frames[first : first + ROWS] = signal.data
        found.append(peaks_of(signal, scan).data[:, -3:])
    peaks = np.concatenate(found)
    for match, samples in product(MATCHES, SAMPLES):
        strong = DiffractionVectors2D(peaks[peaks[:, -1] >= match][:, :2])
        unique = strong.get_unique_vectors(1.0, method="DBSCAN", min_samples=samples).data
        far = np.hypot(*unique.T) > given.NEAR_BEAM * scan.radius
        inside = (np.abs(unique) + scan.radius + 2 < np.array(scan.probe.shape) / 2).all(axis=1)
        unique = unique[far & inside]
        fields = dark_fields(frames, DiffractionVectors2D(unique), scan.radius)
        print(f"correlation {match}, samples {samples}: {len(strong.data)} peaks, {len(unique)} vectors", flush=True)
        for blur, mask, distance in product(BLURS, MASKS, DISTANCES):
            smooth = ndimage.gaussian_filter(fields.data, (0, blur, blur))
            smooth = VirtualDarkFieldImage(smooth / np.maximum(smooth.max(axis=(1, 2), keepdims=True), 1e-9))
            smooth.vectors = fields.vectors
            cut = smooth.get_vdf_segments(
                min_distance=distance, min_size=given.LEAST_SIZE, marker_radius=2, threshold=mask
            )
            print(f"  blur {blur}, mask {mask}: {len(cut.segments.data)} segments", flush=True)
            for correlation, (vector, segment) in product(CORRELATIONS, LEAST_VECTORS):
                summed = cut.correlate_vdf_segments(correlation, vector_threshold=vector, segment_threshold=segment)
                yield (
                    {
                        "template correlation": match,
                        "min_samples": samples,
                        "blur": blur,
                        "threshold": mask,
                        "min_distance": distance,
                        "corr_threshold": correlation,
                        "vector_threshold": vector,
                        "segment_threshold": segment,
                    },
                    summed.segments.data,
                )


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    segments.norm_cross_corr = normalised_correlation
    hs.preferences.General.show_progressbar = False
    dask.config.set(scheduler="single-threaded")
    given.run(maps, leasts=[0.1, 0.2, 0.3], smoothings=[0.5])
