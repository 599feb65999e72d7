"""Small scans that tests make themselves; all four axes differ, so that any swap or flip shows."""

import dataclasses
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np
import pytest
from numpy.typing import NDArray

import graineye as ge
from graineye.probe import shapes
from graineye.progress import silent
from graineye.scan import partitions
from graineye.settings import CutSettings, DisksSettings, ProbeSettings, ScanSettings, SegmentationSettings

SaveHDF5 = Callable[..., Path]
Refused = Callable[..., AbstractContextManager[None]]


@pytest.fixture(scope="session")
def frames() -> NDArray[np.uint16]:
    """A scan of 6 x 5 positions with frames of 32 x 40 px, each of which carries its own address."""
    values = np.random.default_rng(20).poisson(25, (6, 5, 32, 40)).astype(np.uint16)
    y, x = np.mgrid[:6, :5]
    values[..., 0, 0] = 100 + y
    values[..., 0, 1] = 200 + x
    values[..., :, -1] = 300 + np.arange(32)
    values[..., -1, :] = 400 + np.arange(40)
    values.setflags(write=False)
    return values


@pytest.fixture
def save_hdf5(tmp_path: Path) -> SaveHDF5:
    """Write an array as the only dataset of an HDF5 file: save_hdf5(data, name="scan.h5", path="scan/frames", **how)."""

    def save(data: object, name: str = "scan.h5", path: str = "scan/frames", **how: object) -> Path:
        with h5py.File(tmp_path / name, "w") as file:
            file.create_dataset(path, data=data, **how)
        return tmp_path / name

    return save


@pytest.fixture
def small_partitions(monkeypatch: pytest.MonkeyPatch) -> None:
    """Divide even a tiny scan into partitions of about three uint16 frames of 32 x 40 px."""
    size = 3 * 32 * 40 * 2
    monkeypatch.setattr(partitions, "PARTITION_BYTES", size)


@pytest.fixture(scope="session")
def refused() -> Refused:
    """Expect an exception of exactly one class, worded in one line that holds every one of some pieces of text."""

    @contextmanager
    def expect(kind: type[Exception], *pieces: object) -> Iterator[None]:
        with pytest.raises(kind) as caught:
            yield
        message = str(caught.value)
        assert type(caught.value) is kind
        assert "\n" not in message
        assert [str(piece) for piece in pieces if str(piece) not in message] == [], message

    return expect


@dataclass(frozen=True)
class Polycrystal:
    """A scan of 12 x 14 positions with frames of 72 x 80 px: the beam, and in each of three regions two disks.

    The regions are numbered in the order of their first scan positions, as crystallites are.
    """

    frames: NDArray[np.uint16]
    regions: NDArray[np.int32]

    beam = (36, 40)
    disks = {1: ((18, 20), (54, 60)), 2: ((18, 60), (54, 20)), 3: ((12, 40), (60, 41))}  # noqa: RUF012

    def settings(self, **sections: DisksSettings | CutSettings | ScanSettings | SegmentationSettings) -> ge.Settings:
        """Settings for its aperture, and for a cut of the dendrogram unless `segmentation` says otherwise."""
        by_cut = {"segmentation": SegmentationSettings(method="dendrogram")}
        return dataclasses.replace(self.settings_for_overlaps(), **(by_cut | sections))

    def settings_for_overlaps(self) -> ge.Settings:
        """Settings for its aperture, and for crystallites that may overlap."""
        probe = ProbeSettings(
            source="bullseye", spot_radius=1.4, ring_inner=4.0, ring_outer=6.0, excluded_radius=9.0, bar_width=1.5
        )
        return ge.Settings(probe=probe)


def aperture(centre: tuple[int, int], height: float, shape: tuple[int, int] = (72, 80)) -> NDArray[np.float64]:
    """A bullseye disk in an empty frame."""
    y, x = np.mgrid[: shape[0], : shape[1]].astype(float)
    return height * shapes.bullseye(y - centre[0], x - centre[1], 1.4, 4.0, 6.0, 1.5, 2, 0.0)


@pytest.fixture(scope="session")
def polycrystal() -> Polycrystal:
    """Three crystallites, recorded with the noise of counted electrons."""
    regions = np.ones((12, 14), np.int32)
    regions[:, 8:] = 2
    regions[7:, :8] = 3
    mean = np.empty((12, 14, 72, 80))
    for region, places in Polycrystal.disks.items():
        mean[regions == region] = 0.3 + aperture(Polycrystal.beam, 30) + sum(aperture(place, 6) for place in places)
    return Polycrystal(np.random.default_rng(21).poisson(mean).astype(np.uint16), regions)


@pytest.fixture(scope="session")
def save_legacy_emd() -> SaveHDF5:
    """Write a scan as py4DSTEM did, 2 nm and 2.5 nm a step, 0.2 and 0.25 1/nm a detector pixel: save(path, frames)."""

    def save(path: Path, frames: NDArray[np.generic]) -> Path:
        axes = zip((2.0, 2.5, 0.2, 0.25), ("[n_m]", "[n_m]", "[n_m^-1]", "[n_m^-1]"), strict=True)
        with h5py.File(path, "w") as file:
            cube = file.create_group("4DSTEM_experiment/data/datacubes/scan")
            cube["data"] = frames
            for i, (step, unit) in enumerate(axes):
                cube[f"dim{i + 1}"] = step * np.arange(frames.shape[i])
                cube[f"dim{i + 1}"].attrs["units"] = np.bytes_(unit)
        return path

    return save


@pytest.fixture(scope="session")
def mapped(
    polycrystal: Polycrystal, save_legacy_emd: SaveHDF5, tmp_path_factory: pytest.TempPathFactory
) -> ge.CrystalliteMap:
    """The polycrystal, mapped, with its calibration; its scan stays where it is."""
    scan = ge.open_scan(save_legacy_emd(tmp_path_factory.mktemp("mapped") / "polycrystal.h5", polycrystal.frames))
    return ge.map_crystallites(scan, polycrystal.settings(disks=DisksSettings(count=60)), silent)


@pytest.fixture(scope="session")
def mapped_as_overlaps(mapped: ge.CrystalliteMap, polycrystal: Polycrystal) -> ge.CrystalliteMap:
    """The same scan, mapped as crystallites that may overlap."""
    return ge.map_crystallites(mapped.scan, polycrystal.settings_for_overlaps(), silent)
