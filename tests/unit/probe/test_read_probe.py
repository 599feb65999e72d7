"""Probe images from files: each kind comes back as it was written, and what is no image is refused in one line."""

from pathlib import Path

import h5py
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from tifffile import imwrite

from graineye.errors import TemplateError
from graineye.probe import read_probe


@pytest.fixture
def image() -> NDArray[np.uint16]:
    return np.random.default_rng(0).integers(0, 60000, (23, 31)).astype(np.uint16)


def test_npy(tmp_path: Path, image: NDArray[np.uint16]) -> None:
    np.save(tmp_path / "probe.npy", image)
    np.testing.assert_array_equal(read_probe(tmp_path / "probe.npy"), image)


@pytest.mark.parametrize("name", ["probe.tif", "probe.tiff", "PROBE.TIF"])
def test_tiff(tmp_path: Path, image: NDArray[np.uint16], name: str) -> None:
    imwrite(tmp_path / name, image.astype(np.float32) / 7)
    np.testing.assert_array_equal(read_probe(str(tmp_path / name)), image.astype(np.float32) / 7)


def test_png_of_16_and_of_8_bits(tmp_path: Path, image: NDArray[np.uint16]) -> None:
    for bits in (image, (image // 256).astype(np.uint8)):
        Image.fromarray(bits).save(tmp_path / "probe.png")
        np.testing.assert_array_equal(read_probe(tmp_path / "probe.png"), bits)


@pytest.mark.parametrize("name", ["probe.h5", "probe.hdf5", "probe.emd", "probe.hspy", "probe.nxs"])
def test_hdf5_with_a_single_image(tmp_path: Path, image: NDArray[np.uint16], name: str) -> None:
    with h5py.File(tmp_path / name, "w") as file:
        file["deep/inside/picture"] = image
        file["axis"] = np.arange(31)
    np.testing.assert_array_equal(read_probe(tmp_path / name), image)


def test_hdf5_with_one_probe_among_other_images(tmp_path: Path, image: NDArray[np.uint16]) -> None:
    with h5py.File(tmp_path / "scan.h5", "w") as file:
        file["images/other"] = image + 1
        file["images/Probe_image/data"] = image
        file["scan"] = np.zeros((2, 2, 3, 3))
    np.testing.assert_array_equal(read_probe(tmp_path / "scan.h5"), image)


def test_hdf5_with_a_stack_of_probes_gives_the_first(tmp_path: Path, image: NDArray[np.uint16]) -> None:
    with h5py.File(tmp_path / "scan.h5", "w") as file:
        file["probe"] = np.stack([image, image * 0], axis=-1)
    np.testing.assert_array_equal(read_probe(tmp_path / "scan.h5"), image)


def test_hdf5_with_several_candidates_names_them(tmp_path: Path, image: NDArray[np.uint16]) -> None:
    with h5py.File(tmp_path / "scan.h5", "w") as file:
        file["probe_before"] = file["probe_after"] = image
    with pytest.raises(TemplateError, match=r"probe_after.*probe_before"):
        read_probe(tmp_path / "scan.h5")


@pytest.mark.parametrize("suffix", ["npy", "tif", "png", "h5"])
@pytest.mark.parametrize("content", [None, b"", b"<html>not found</html>" * 50])
def test_what_is_no_such_file_is_refused(tmp_path: Path, suffix: str, content: bytes | None) -> None:
    path = tmp_path / f"probe.{suffix}"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(TemplateError) as refusal:
        read_probe(path)
    assert str(refusal.value).startswith(f"{path}: no probe image")
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("suffix", ["npy", "tif", "png", "h5"])
def test_a_file_cut_off_is_refused(tmp_path: Path, image: NDArray[np.uint16], suffix: str) -> None:
    path = tmp_path / f"probe.{suffix}"
    if suffix == "npy":
        np.save(path, image)
    elif suffix == "tif":
        imwrite(path, image, compression="zlib")
    elif suffix == "png":
        Image.fromarray(image).save(path)
    else:
        with h5py.File(path, "w") as file:
            file["probe"] = image
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3])
    with pytest.raises(TemplateError, match="no probe image"):
        read_probe(path)


def test_an_empty_hdf5_file_and_an_empty_stack_hold_no_image(tmp_path: Path) -> None:
    for name in ("nothing", "probe"):
        with h5py.File(tmp_path / "probe.h5", "w") as file:
            file[name] = np.zeros((5, 5, 0)) if name == "probe" else np.arange(3)
        with pytest.raises(TemplateError, match="no probe image"):
            read_probe(tmp_path / "probe.h5")


def test_pickled_objects_are_not_read(tmp_path: Path) -> None:
    np.save(tmp_path / "probe.npy", np.array([[{"a": 1}] * 9] * 9), allow_pickle=True)
    with pytest.raises(TemplateError, match="no probe image"):
        read_probe(tmp_path / "probe.npy")


def test_a_folder_is_no_probe(tmp_path: Path) -> None:
    with pytest.raises(TemplateError, match="no probe image"):
        read_probe(tmp_path)
