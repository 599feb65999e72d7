"""The mean frame of every crystallite, by a pass over the scan, now or later.

Later, the scan that a result was made of is opened again; another one is refused.
"""

import dataclasses
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from graineye.crystallites import OverlappingCrystallites
from graineye.errors import ScanError
from graineye.passes import region_means
from graineye.progress import Progress, shown
from graineye.results import CrystalliteMap, fingerprint
from graineye.scan import Scan, open_scan


def patterns_of(
    scan: Scan, labels: NDArray[np.int32], overlapping: OverlappingCrystallites | None, progress: Progress
) -> NDArray[np.float32]:
    """Mean frame of each crystallite (n_crystallites, qy, qx): where it is the largest, else over its whole mask.

    Parameters
    ----------
    scan
        An open scan.
    labels
        (ny, nx) from 1; 0 is unassigned.
    overlapping
        Crystallites that may be the largest nowhere; None of a cut.
    progress
        Told how many frames are done.

    Raises
    ------
    ScanError
        If frames cannot be read.
    """
    patterns = region_means(scan, labels, progress)
    if overlapping is None or len(patterns) == len(overlapping):
        return patterns
    shown, hidden = len(patterns), np.zeros_like(labels)
    share = np.zeros(labels.shape, np.float32)
    for k in range(shown, len(overlapping)):
        fraction = overlapping.fractions[..., k]
        larger = overlapping.masks[k] & (fraction > share)
        hidden[larger], share[larger] = k - shown + 1, fraction[larger]
    of_hidden = region_means(scan, hidden, progress)
    nowhere = np.zeros((len(overlapping) - shown - len(of_hidden), *scan.frame_shape), np.float32)
    return np.concatenate([patterns, of_hidden, nowhere])


def mean_patterns(result: CrystalliteMap, progress: Progress | None = None) -> NDArray[np.float32]:
    """Mean frame of each crystallite of a result, by one pass over its scan.

    The scan is the one that the result was made of, or the file at the place and with the content that its provenance
    names.

    Returns
    -------
    (n_crystallites, qy, qx), counts a frame.

    Raises
    ------
    ScanError
        If the scan cannot be opened, or is another one.
    """
    if progress is None:
        with shown() as bars:
            return mean_patterns(result, bars)
    scan = scan_of(result)
    return patterns_of(scan, result.labels, result.overlapping, progress)


def scan_of(result: CrystalliteMap) -> Scan:
    """The scan that a result was made of, opened again if need be.

    Raises
    ------
    ScanError
        If the file is not where it was, or is another one.
    """
    if result.scan is not None:
        return result.scan
    known = result.provenance
    path = Path(known.scan_path)
    scan = open_scan(path, **({"ds_path": known.dataset_path or None} | dict(known.opened_with)))
    if fingerprint(path) != (known.scan_size, known.scan_checksum) or scan.shape != known.scan_shape:
        raise ScanError(f"{path}: not the scan that the result was made of: put that one there")
    return dataclasses.replace(
        scan,
        bad_values=result.settings.scan.bad_values,
        excluded_frames=result.excluded.frames_mask,
        excluded_pixels=result.excluded.pixels_mask,
    )
