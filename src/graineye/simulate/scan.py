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
from graineye.simulate.aperture import Aperture, add_disks, aperture
from graineye.simulate.crystal import reflections, wavelength
from graineye.simulate.detector import Camera, add_diffuse, beam_positions, camera, diffuse, record
from graineye.simulate.diffraction import GrainDisks, compete, disk_shares, grain_disks
from graineye.simulate.emd import legacy_emd
from graineye.simulate.grains import Columns, grow
from graineye.simulate.options import SimulationOptions
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


@dataclass(frozen=True)
class _Specimen:
    """Everything that the frames follow from."""

    options: SimulationOptions
    aperture: Aperture
    columns: Columns
    disks: list[GrainDisks]
    beam: Floats  # (ny * nx, 2) px
    diffuse: Floats
    camera: Camera


def simulate_scan(
    path: str | os.PathLike[str],
    options: SimulationOptions | None = None,
    progress: Progress | None = None,
    force: bool = False,
) -> SimulatedScan:
    """Simulate a 4D-STEM scan of a polycrystal, and write it with its truth.

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
    radius = shown_aperture.radius * options.detector_pixel
    columns = grow(
        options.scan_shape,
        options.scan_step,
        options.thickness,
        options.grain_size,
        options.columnar,
        _AIRY_WIDTH / radius,
        options.seed,
    )
    centre, descan = beam_positions(options)
    specimen = _Specimen(
        options=options,
        aperture=shown_aperture,
        columns=columns,
        disks=_disks_of_grains(options, columns, shown_aperture.radius, float(np.abs(descan).max())),
        beam=(centre + descan).reshape(-1, 2),
        diffuse=diffuse(shape[2:], shown_aperture.radius),
        camera=camera(options),
    )
    truth = truth_of(options, columns, specimen.disks, shown_aperture.radius, (centre, descan), specimen.camera)
    probe = np.zeros(shape[2:])
    add_disks(probe, shown_aperture.shifted, centre[None], np.array([options.dose or 1.0]))
    with whole_file(truth_path) as truth_file, whole_file(path) as scan_file:
        write_truth(truth_file, truth)
        with legacy_emd(
            scan_file, shape, dtype, options.scan_step, options.detector_pixel, probe.astype(np.float32)
        ) as frames:
            _fill(frames, specimen, progress)
    return SimulatedScan(path, truth_path)


def _disks_of_grains(
    options: SimulationOptions, columns: Columns, aperture_radius: float, furthest: float
) -> list[GrainDisks]:
    """The disks of every grain that reach the detector, for a descan of up to `furthest` px."""
    reach = options.detector / 2 + aperture_radius + options.offset + furthest
    electrons = wavelength(options.beam_energy)
    crystal = reflections(
        options.lattice_parameter, options.centring, np.sqrt(2) * reach * options.detector_pixel, options.beam_energy
    )
    return [
        grain_disks(crystal, orientation, electrons, options.thickness, options.detector_pixel, aperture_radius, reach)
        for orientation in columns.orientation
    ]


def expected_frame(specimen: _Specimen, position: int) -> Floats:
    """Shares of the dose on every pixel (qy, qx) at a scan position (row-major index), without noise."""
    options = specimen.options
    beam = specimen.beam[position]
    grains, parts = specimen.columns.at(position)
    found = [specimen.disks[grain] for grain in grains]
    shares = [
        disk_shares(disks, np.array([part * options.thickness]))[0] for disks, part in zip(found, parts, strict=True)
    ]
    diffracted, left = compete(np.concatenate(shares))
    centres = np.concatenate([np.zeros((1, 2)), *(disks.position for disks in found)]) + beam
    image = np.zeros(specimen.camera.shape)
    sharp = 1 - options.background
    add_disks(image, specimen.aperture.shifted, centres, sharp * np.concatenate([[left], diffracted]))
    add_diffuse(image, specimen.diffuse, beam, options.background)
    return image


def _fill(frames: "NDArray[np.generic]", specimen: _Specimen, progress: Progress) -> None:
    """Write all frames, a row of the scan at a time; the same whatever the number of threads."""
    options = specimen.options
    ny, nx = options.scan_shape

    def frame(position: int) -> NDArray[np.generic]:
        random = stream(options.seed, FRAMES, position)
        return record(expected_frame(specimen, position), options, specimen.camera, random)

    progress("simulate", 0, ny * nx)
    with ThreadPoolExecutor() as pool:
        try:
            for y in range(ny):
                frames[y] = np.stack(list(pool.map(frame, range(y * nx, (y + 1) * nx))))
                progress("simulate", (y + 1) * nx, ny * nx)
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
