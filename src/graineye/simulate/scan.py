"""A simulated scan, frame by frame: grains under the beam, their disks, the camera's counts.

Frames are made on threads and written row by row, so memory does not grow with the scan.
"""

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from graineye.progress import Progress, shown
from graineye.simulate.aperture import add_disks, aperture
from graineye.simulate.detector import Camera, beam_positions, camera, record
from graineye.simulate.emd import legacy_emd
from graineye.simulate.frames import Scene, expected_frame, patterns_of, scene_of
from graineye.simulate.options import SimulationOptions
from graineye.simulate.specimen import specimen_of
from graineye.simulate.streams import FRAMES, stream
from graineye.simulate.truth import truth_of, write_truth
from graineye.whole_file import check_place, whole_file

Floats = NDArray[np.float64]

_AIRY_WIDTH = 0.21
"""Standard deviation of the Gauss curve nearest to an Airy disk, in units of 1 / aperture radius."""


@dataclass(frozen=True)
class SimulatedScan:
    """The two files of a simulated scan: the scan itself, and what it was made of."""

    path: Path
    truth_path: Path


def simulate_scan(
    path: str | os.PathLike[str],
    options: SimulationOptions | None = None,
    progress: Progress | None = None,
    force: bool = False,
) -> SimulatedScan:
    """Simulate a 4D-STEM scan of a polycrystal, or what else the options ask for, and write it with its truth.

    Parameters
    ----------
    path
        HDF5 file to write; the truth goes to NAME.truth.npz beside it.
    options
        Of the sample, the microscope and the camera.
    progress
        Told how many frames are done; by default a bar on the terminal or in the notebook.
    force
        Whether existing files may be replaced.

    Returns
    -------
    SimulatedScan
        The paths of both files.

    Raises
    ------
    OutputError
        If a file cannot be written; nothing half is left behind.
    TemplateError
        If the probe's image cannot be read.
    """
    if progress is None:
        with shown() as bars:
            return simulate_scan(path, options, bars, force)
    options = options or SimulationOptions()
    path = Path(path)
    truth_path = path.with_name(f"{path.stem}.truth.npz")
    ny, nx = options.scan_shape
    dtype = np.uint16 if options.dose else np.float32
    shape = (ny, nx, options.detector, options.detector)
    check_place(path, int(np.prod(shape, dtype=np.int64)) * np.dtype(dtype).itemsize, force)
    check_place(truth_path, force=force)

    shown_aperture = aperture(options)
    specimen = specimen_of(options, _AIRY_WIDTH / (shown_aperture.radius * options.detector_pixel))
    centre, descan = beam_positions(options)
    patterns = patterns_of(specimen, options, shown_aperture, float(np.abs(descan).max()))
    scene = scene_of(options, patterns, shown_aperture, (centre + descan).reshape(-1, 2))
    detector = camera(options)
    truth = truth_of(options, patterns, shown_aperture.radius, (centre, descan), detector)
    probe = np.zeros(shape[2:])
    add_disks(probe, shown_aperture.shifted, centre[None], np.array([options.dose or 1.0]))
    with whole_file(truth_path) as truth_file, whole_file(path) as scan_file:
        write_truth(truth_file, truth)
        with legacy_emd(
            scan_file, shape, dtype, options.scan_step, options.detector_pixel, probe.astype(np.float32)
        ) as frames:
            _fill(frames, options, scene, detector, progress)
    return SimulatedScan(path, truth_path)


def _fill(
    frames: "NDArray[np.generic]", options: SimulationOptions, scene: Scene, detector: Camera, progress: Progress
) -> None:
    """Write all frames, a row of the scan at a time; the same whatever the number of threads."""
    ny, nx = options.scan_shape

    def frame(position: int) -> NDArray[np.generic]:
        random = stream(options.seed, FRAMES, position)
        return record(expected_frame(scene, position), options, detector, random)

    progress("simulate", 0, ny * nx)
    with ThreadPoolExecutor() as pool:
        try:
            for y in range(ny):
                frames[y] = np.stack(list(pool.map(frame, range(y * nx, (y + 1) * nx))))
                progress("simulate", (y + 1) * nx, ny * nx)
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
