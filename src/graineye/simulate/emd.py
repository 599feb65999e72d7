"""The legacy EMD tree (py4DSTEM up to 0.13) in which the published scan lies: frames, axes and the image of the probe.

Frames are contiguous in the file, so that readers can map them.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import h5py
import numpy as np
from numpy.typing import DTypeLike, NDArray

from graineye.whole_file import file_for_hdf5

_NAME = "simulated"
_SCAN_AXES = (("R_x", "[n_m]"), ("R_y", "[n_m]"))  # py4DSTEM's x is the first axis
_DETECTOR_AXES = (("Q_x", "[n_m^-1]"), ("Q_y", "[n_m^-1]"))


@contextmanager
def legacy_emd(
    path: Path,
    shape: tuple[int, int, int, int],
    dtype: DTypeLike,
    scan_step: float,
    detector_pixel: float,
    probe: NDArray[np.float32],
) -> Iterator[h5py.Dataset]:
    """Write a scan: a dataset to be filled with frames, and everything around it.

    Parameters
    ----------
    path
        The file, which exists and is written anew.
    shape
        (ny, nx, qy, qx).
    dtype
        Of the frames.
    scan_step
        nm.
    detector_pixel
        1/nm.
    probe
        (qy, qx) image of the probe without a specimen.
    """
    with file_for_hdf5(path) as raw, h5py.File(raw, "w") as file:
        top = file.create_group("4DSTEM_experiment")
        top.attrs.update(emd_group_type=2, version_major=0, version_minor=7)
        scan = top.create_group(f"data/datacubes/{_NAME}")
        scan.attrs.update(emd_group_type=1, metadata=-1)
        frames = scan.create_dataset("data", shape=shape, dtype=dtype)
        steps = (scan_step, scan_step, detector_pixel, detector_pixel)
        for i, ((name, unit), step) in enumerate(zip(_SCAN_AXES + _DETECTOR_AXES, steps, strict=True)):
            _put_axis(scan, i + 1, name, unit, shape[i], step)
        image = top.create_group("data/diffractionslices/probe")
        image.attrs.update(emd_group_type=1, metadata=-1)
        image.create_dataset("data", data=probe)
        for i, (name, unit) in enumerate(_DETECTOR_AXES):
            _put_axis(image, i + 1, name, unit, probe.shape[i], detector_pixel)
        for name in ("counted_datacubes", "realslices", "pointlists", "pointlistarrays"):
            top.require_group(f"data/{name}")
        top.require_group("metadata")
        yield frames


def _put_axis(group: h5py.Group, number: int, name: str, unit: str, length: int, step: float) -> None:
    axis = group.create_dataset(f"dim{number}", data=np.arange(length) * step)
    axis.attrs.update(name=np.bytes_(name), units=np.bytes_(unit))
