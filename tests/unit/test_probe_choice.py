"""Where the template of a mapping comes from, and that each source finds the crystallites."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import tifffile
from numpy.typing import NDArray
from PIL import Image

import graineye as ge
from graineye.errors import TemplateError
from graineye.probe import shapes
from graineye.probe_choice import template_for
from graineye.progress import silent
from graineye.settings import ProbeSettings

SaveHDF5 = Callable[..., Path]
Refused = Callable[..., Any]


def probe_image(shape: tuple[int, int] = (72, 80), centre: tuple[float, float] = (33, 38)) -> NDArray[np.float32]:
    """The aperture of the polycrystal as a camera sees it without a specimen, off the frame's centre."""
    y, x = np.mgrid[: shape[0], : shape[1]].astype(float)
    return np.asarray(2.0 + 200 * shapes.bullseye(y - centre[0], x - centre[1], 1.4, 4.0, 6.0, 1.5, 2, 0.0), np.float32)


@pytest.fixture
def with_probe(polycrystal: Any, tmp_path: Path) -> Path:
    with h5py.File(tmp_path / "with_probe.h5", "w") as file:
        file["scan/frames"] = polycrystal.frames
        file["images/probe"] = probe_image()
    return tmp_path / "with_probe.h5"


def save_as(suffix: str, folder: Path) -> Path:
    path, image = folder / f"vacuum{suffix}", probe_image((40, 44), (19, 22))
    if suffix == ".npy":
        np.save(path, image)
    elif suffix == ".tif":
        tifffile.imwrite(path, image.astype(np.uint16))
    elif suffix == ".png":
        Image.fromarray(image.astype(np.uint8)).save(path)
    else:
        with h5py.File(path, "w") as file:
            file["camera/image"] = image
    return path


@pytest.mark.parametrize("source", ["auto", "file"])
def test_the_probe_in_the_scans_file_finds_the_crystallites(source: str, with_probe: Path, polycrystal: Any) -> None:
    settings = ge.Settings(probe=ProbeSettings(source=source))
    result = ge.map_crystallites(ge.open_scan(with_probe), settings, silent)
    np.testing.assert_array_equal(result.labels, polycrystal.regions)
    assert "with_probe.h5" in result.template.source
    assert result.template.bright_radius == pytest.approx(6.0, abs=0.7)
    assert result.beam.position == pytest.approx(polycrystal.beam, abs=0.2)


@pytest.mark.parametrize("suffix", [".npy", ".tif", ".png", ".h5"])
def test_a_probe_in_a_file_of_its_own_finds_the_crystallites(
    suffix: str, polycrystal: Any, save_hdf5: SaveHDF5, tmp_path: Path
) -> None:
    probe = save_as(suffix, tmp_path)
    settings = ge.Settings(probe=ProbeSettings(source=str(probe)))
    result = ge.map_crystallites(ge.open_scan(save_hdf5(polycrystal.frames)), settings, silent)
    np.testing.assert_array_equal(result.labels, polycrystal.regions)
    assert result.template.source == str(probe)


def test_a_named_bullseye_goes_before_the_probe_in_the_file(with_probe: Path, polycrystal: Any) -> None:
    template = template_for(ge.open_scan(with_probe), polycrystal.settings().probe)
    assert template.source == "bullseye of radii 1.4, 4, 6 px"
    assert template.bright_radius == 6.0
    assert template.image.shape == (17, 17)
    assert template.image[8, 8] > 0, "the spot is bright"
    assert template.image[8, 8 + 3] < 0, "the gap between spot and ring is dark"
    assert template.image[8, 8 + 5] < 0, "the bars shade the ring"
    assert template.image[8 + 4, 8 + 4] > 0, "the ring is bright between the bars"


def test_without_any_probe_the_published_bullseye_is_taken(polycrystal: Any, save_hdf5: SaveHDF5) -> None:
    template = template_for(ge.open_scan(save_hdf5(polycrystal.frames)), ProbeSettings())
    np.testing.assert_array_equal(template.image, ge.bullseye().image)
    assert template.image.shape == (31, 31)


def test_a_disk_is_a_disk(with_probe: Path) -> None:
    probe = ProbeSettings(source="disk", ring_outer=10.0, excluded_radius=14.0)
    template = template_for(ge.open_scan(with_probe), probe)
    np.testing.assert_array_equal(template.image, ge.disk(10.0, 14.0).image)
    assert (template.image[13, 13] > 0, template.image[13, 13 + 8] > 0, template.image[13, 13 + 12] < 0) == (True,) * 3


def test_a_file_without_a_probe_is_refused(polycrystal: Any, save_hdf5: SaveHDF5, refused: Refused) -> None:
    path = save_hdf5(polycrystal.frames)
    with refused(TemplateError, path, "no probe image", "--probe.source"):
        ge.map_crystallites(ge.open_scan(path), ge.Settings(probe=ProbeSettings(source="file")), silent)


@pytest.mark.parametrize("name", ["gone.npy", "text.png", "text.npy", "text.h5"])
def test_a_probe_that_cannot_be_read_is_refused(
    name: str, polycrystal: Any, save_hdf5: SaveHDF5, tmp_path: Path, refused: Refused
) -> None:
    if name.startswith("text"):
        (tmp_path / name).write_text("no image")
    settings = ge.Settings(probe=ProbeSettings(source=str(tmp_path / name)))
    scan = ge.open_scan(save_hdf5(polycrystal.frames))
    with refused(TemplateError, tmp_path / name, "no probe image can be read", "npy, tif, png or HDF5"):
        ge.map_crystallites(scan, settings, silent)


@pytest.mark.parametrize("frame", [(72, 30), (30, 80), (16, 16)])
def test_a_template_larger_than_the_frame_is_refused(
    frame: tuple[int, int], polycrystal: Any, save_hdf5: SaveHDF5, refused: Refused
) -> None:
    path = save_hdf5(polycrystal.frames[..., : frame[0], : frame[1]])
    drawn = ge.Settings(probe=ProbeSettings(source="bullseye"))
    with refused(TemplateError, path, "31 x 31 px", f"{frame[0]} x {frame[1]} px", "smaller radii"):
        ge.map_crystallites(ge.open_scan(path), drawn, silent)


def test_without_a_probe_image_the_beam_of_the_scan_gives_the_template(polycrystal: Any, save_hdf5: SaveHDF5) -> None:
    result = ge.map_crystallites(ge.open_scan(save_hdf5(polycrystal.frames)), ge.Settings(), silent)
    assert result.template.source.endswith("beam in the mean frame")
    assert result.aperture.kind == "bullseye"
    assert abs(result.aperture.outer_radius - 6.0) < 0.3
    assert abs(result.aperture.ring_inner - 4.0) < 0.3
    assert abs(result.aperture.spot_radius - 1.4) < 0.3


def test_a_measured_probe_larger_than_the_frame_is_refused(
    polycrystal: Any, save_hdf5: SaveHDF5, tmp_path: Path, refused: Refused
) -> None:
    y, x = np.mgrid[:200, :200]
    np.save(tmp_path / "large.npy", 100.0 * (np.hypot(y - 100, x - 100) < 60))
    path = save_hdf5(polycrystal.frames)
    settings = ge.Settings(probe=ProbeSettings(source=str(tmp_path / "large.npy")))
    with refused(TemplateError, path, "large.npy", "72 x 80 px"):
        ge.map_crystallites(ge.open_scan(path), settings, silent)
