"""Dark and gain images of a camera: files that hold one image of a frame's shape.

Only the file's name goes along with the work; whoever needs the image reads it once.
"""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graineye.errors import ScanError


@dataclass(frozen=True)
class Reference:
    """A file with a reference image, in the state in which it was found."""

    path: str
    changed: int

    @property
    def image(self) -> NDArray[np.float32]:
        """(qy, qx)."""
        return _image(self.path, self.changed)


def find_reference(path: str | None, flag: str, frame_shape: tuple[int, int]) -> Reference | None:
    """The reference image in a file, checked to fit; None if there is none.

    Parameters
    ----------
    path
        npy, TIFF, MRC, or HDF5 with one image.
    flag
        What the user gave it with.
    frame_shape
        (qy, qx) that it must have.

    Raises
    ------
    ScanError
        If the file holds no such image.
    """
    if path is None:
        return None
    file = Path(path)
    if not file.is_file():
        raise ScanError(f"{path}: no such file: {flag} names a file with an image")
    found = Reference(str(file.resolve()), file.stat().st_mtime_ns)
    image = found.image
    if image.shape != frame_shape:
        raise ScanError(f"{path}: an image of shape {image.shape}: {flag} needs one of the frames' shape {frame_shape}")
    if not np.isfinite(image).all():
        raise ScanError(f"{path}: holds NaN or Inf: {flag} needs an image of finite numbers; mend it with numpy")
    return found


@lru_cache(maxsize=4)
def _image(path: str, _: int) -> NDArray[np.float32]:
    with Path(path).open("rb") as file:
        start = file.read(512)
    try:
        image = np.asarray(_read(path, start))
        if image.dtype.kind not in "iufb":
            raise ValueError(f"it holds {image.dtype}")
    except ScanError:
        raise
    except Exception as error:  # each library raises its own
        raise ScanError(
            f"{path}: no image can be read from it ({error}): save it as npy, TIFF, MRC, or alone in an HDF5 file"
        ) from error
    image = image.astype(np.float32)
    while image.ndim > 2 and image.shape[0] == 1:
        image = image[0]
    image.setflags(write=False)
    return image


def _read(path: str, start: bytes) -> Any:
    if start.startswith(b"\x93NUMPY"):
        return np.load(path, allow_pickle=False)
    if start.startswith((b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")):
        import tifffile

        return tifffile.imread(path)
    if start[208:211] == b"MAP":
        from graineye.scan.formats.mrc import read_image

        return read_image(Path(path))
    import h5py

    from graineye.scan.hdf5_discovery import datasets_of

    with h5py.File(path, "r") as file:
        images = [d for d in datasets_of(file) if d.dtype.kind in "iufb" and len([n for n in d.shape if n > 1]) == 2]
        if len(images) != 1:
            raise ValueError(f"{len(images)} datasets with two axes")
        return images[0][()]
