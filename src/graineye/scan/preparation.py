"""What is done to every frame while it is read: dark and gain references, and binning.

A prepared scan is a scan like any other; passes and single frames know nothing of it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from libertem.common import Shape
from libertem.io.dataset.base import DataSet, DataSetMeta, DataTile, Partition, TilingScheme
from numpy.typing import NDArray

from graineye.errors import ScanError
from graineye.scan.calibration import AxisScale
from graineye.scan.references import Reference, find_reference
from graineye.scan.scan import Scan
from graineye.scan.whole_partitions import WholeDataSet, WholePartition, plain


@dataclass(frozen=True)
class Preparation:
    """Dark image subtracted, gain image multiplied, then `bin` x `bin` px summed; a rest at the far border is cut off."""

    dark: Reference | None = None
    gain: Reference | None = None
    bin: int = 1

    def dtype(self, stored: np.dtype[Any]) -> np.dtype[Any]:
        """Number type of prepared frames: one that holds every sum."""
        if self.dark is not None or self.gain is not None:
            stored = np.dtype(np.float64 if stored.itemsize > 4 else np.float32)
        if self.bin == 1 or stored.kind == "f":
            return np.dtype(np.float32) if stored == np.float16 else stored
        if stored.itemsize > 2:
            return np.dtype(np.float64)
        return np.dtype(np.int32 if stored.kind == "i" else np.uint32)

    def frame_shape(self, stored: tuple[int, int]) -> tuple[int, int]:
        """(qy, qx) of prepared frames."""
        return stored[0] // self.bin, stored[1] // self.bin

    def __call__(self, frames: NDArray[Any]) -> NDArray[Any]:
        """Prepare frames (n, qy, qx)."""
        kind = self.dtype(frames.dtype)
        if self.dark is not None or self.gain is not None:
            frames = frames.astype(kind)
            if self.dark is not None:
                frames -= self.dark.image
            if self.gain is not None:
                frames *= self.gain.image
        return frames if self.bin == 1 else _binned(frames, self.bin, kind)


def _binned(frames: NDArray[Any], size: int, kind: np.dtype[Any]) -> NDArray[Any]:
    """Sums over size x size px of each frame."""
    n, height, width = frames.shape[0], frames.shape[1] // size, frames.shape[2] // size
    rows = frames[:, : height * size].reshape(n, height, size, -1).sum(axis=2, dtype=kind)
    sums: NDArray[Any] = rows[..., 0 : width * size : size].copy()
    for offset in range(1, size):
        sums += rows[..., offset : width * size : size]
    return sums


def prepared(scan: Scan, dark: str | None, gain: str | None, size: int) -> Scan:
    """The same scan with its frames corrected and binned.

    Parameters
    ----------
    scan
        An open scan, uncut.
    dark, gain
        Files of reference images, (qy, qx): a frame becomes (frame - dark) * gain.
    size
        `size` x `size` px become one, their counts summed.

    Raises
    ------
    ScanError
        If an image does not fit, or fewer than four pixels are left along an axis.
    """
    most = min(scan.frame_shape) // 4
    if not 1 <= size <= most:
        raise ScanError(f"{scan.path}: --bin {size} leaves no frame of {scan.frame_shape}: take 1 to {most}")
    preparation = Preparation(
        find_reference(dark, "--dark", scan.frame_shape), find_reference(gain, "--gain", scan.frame_shape), size
    )
    if preparation == Preparation():
        return scan
    dataset = PreparedDataSet(scan.dataset, preparation)
    qy, qx = scan.frame_shape
    notes = scan.notes
    if qy % size or qx % size:
        notes += (
            f"--bin {size}: the last {qy % size} rows and {qx % size} columns of frames fill no bin and are left out",
        )
    known = scan.calibration
    probe = scan.probe
    if probe is not None and size > 1:
        probe = _binned(probe[None], size, np.dtype(np.float32))[0]
    return replace(
        scan,
        dataset=dataset,
        shape=(*scan.scan_shape, *preparation.frame_shape((qy, qx))),
        dtype=dataset.dtype,
        calibration=replace(known, qy=_coarser(known.qy, size), qx=_coarser(known.qx, size)),
        probe=probe,
        notes=notes,
    )


def _coarser(scale: AxisScale, size: int) -> AxisScale:
    return scale if scale.unit == "px" else replace(scale, step=scale.step * size)


class PreparedDataSet(WholeDataSet):
    """A data set whose frames are those of another one, prepared; also of LiberTEM's own formats, made whole."""

    def __init__(self, inner: DataSet, preparation: Preparation | None = None) -> None:
        nav, sig = tuple(inner.shape.nav), tuple(inner.shape.sig)
        self.inner = inner
        self.preparation = preparation or Preparation()
        # Formats that bring their own dark and gain images (SEQ, FRMS6) are corrected by LiberTEM as it reads.
        self._corrected = inner.get_correction_data().have_corrections()
        self.stored = np.result_type(np.float32, inner.dtype) if self._corrected else np.dtype(inner.dtype)
        super().__init__(nav, self.preparation.frame_shape(sig), self.preparation.dtype(self.stored))

    def get_partitions(self) -> Iterator["_PreparedPartition"]:
        """One for each of the other data set."""
        for part in self.inner.get_partitions():
            if self._corrected:
                part.set_corrections(self.inner.get_correction_data())
            yield _PreparedPartition(self.meta, part, self.stored, self.preparation)


class _PreparedPartition(WholePartition):
    """The frames of another partition in one piece, those that are missing zero, prepared."""

    def __init__(self, meta: DataSetMeta, inner: Partition, stored: np.dtype[Any], preparation: Preparation) -> None:
        super().__init__(meta, inner.slice.origin[0], inner.slice.shape[0])
        self._inner = inner
        self._stored = stored.newbyteorder("=")
        self._preparation = preparation

    def load(self, roi: NDArray[np.bool_] | None) -> NDArray[Any]:
        inner = self._inner
        whole = inner.slice.adjust_for_roi(roi)
        scheme = TilingScheme.make_for_shape(
            tileshape=Shape((inner.slice.shape[0], *inner.meta.shape.sig), sig_dims=2),
            dataset_shape=inner.meta.shape,
            intent="partition",
        )
        frames = np.zeros(tuple(whole.shape), self._stored)
        if not len(frames):
            return self._preparation(frames)
        for tile in _readable(inner.get_tiles(scheme, dest_dtype=self._stored, roi=roi)):
            origin, shape = tile.tile_slice.origin, tuple(tile.tile_slice.shape)
            first, y, x = origin[0] - whole.origin[0], origin[1], origin[2]
            n, height, width = shape
            frames[first : first + n, y : y + height, x : x + width] = tile.data
        return self._preparation(frames)


def _readable(tiles: Iterator[Any]) -> Iterator[Any]:
    """The same tiles as plain arrays; whatever a reader raises of damaged frames counts as an error of reading."""
    try:
        for tile in tiles:
            data = plain(tile.data).reshape(tuple(tile.tile_slice.shape))
            yield DataTile(data, tile_slice=tile.tile_slice, scheme_idx=tile.scheme_idx)
    except OSError:
        raise
    except Exception as error:
        raise OSError(f"{type(error).__name__}: {error}") from error
