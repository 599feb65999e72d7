"""Passes over a scan with excluded frames and pixels: the numbers of what is left, by independent expressions."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

import graineye as ge
from graineye.passes import region_means, statistics, template_values
from graineye.passes.filling import filled

SaveHDF5 = Callable[..., Path]
FRAMES = np.zeros((6, 5), bool)
FRAMES[0, 0] = FRAMES[2, 1:4] = FRAMES[4] = FRAMES[5, 4] = True
PIXELS = np.zeros((32, 40), bool)
PIXELS[10:14, 8:20] = PIXELS[25, 30] = PIXELS[0, 0] = True


@pytest.fixture(params=["npy", "contiguous", "chunked"])
def broken(
    request: pytest.FixtureRequest,
    frames: NDArray[np.uint16],
    save_hdf5: SaveHDF5,
    small_partitions: None,
    tmp_path: Path,
) -> ge.Scan:
    """A scan with NaN in all that is to be left out."""
    data = frames.astype(np.float32)
    data[FRAMES] = np.nan
    data[:, :, PIXELS] = np.nan
    if request.param == "npy":
        np.save(tmp_path / "scan.npy", data)
        path = tmp_path / "scan.npy"
    else:
        path = save_hdf5(data, chunks=(2, 2, 32, 40) if request.param == "chunked" else None)
    return ge.open_scan(path, exclude_frames=FRAMES, exclude_pixels=PIXELS)


def test_statistics_are_those_of_the_frames_and_pixels_that_are_left(
    broken: ge.Scan, frames: NDArray[np.uint16]
) -> None:
    left = frames[~FRAMES][:, ~PIXELS].astype(np.float64)
    found = statistics(broken)
    np.testing.assert_allclose(found.mean[~PIXELS], left.mean(axis=0), rtol=1e-6)
    np.testing.assert_allclose(found.std[~PIXELS], left.std(axis=0), rtol=1e-4, atol=1e-4)
    log_sum = np.log(left - left.min(axis=1, keepdims=True) + 1).sum(axis=0)
    np.testing.assert_allclose(found.log_sum[~PIXELS], log_sum, rtol=1e-6)
    np.testing.assert_allclose(found.total_counts[~FRAMES], left.sum(axis=1))
    assert np.isnan(found.total_counts[FRAMES]).all()
    moments = np.stack([(index[~PIXELS] * left).sum(axis=1) for index in np.indices(PIXELS.shape)])
    np.testing.assert_allclose(found.centre_of_mass[:, ~FRAMES], moments / left.sum(axis=1))
    assert np.isnan(found.centre_of_mass[:, FRAMES]).all()


def test_images_are_filled_where_pixels_are_left_out(broken: ge.Scan) -> None:
    found = statistics(broken)
    near = found.mean[7:17, 5:23][~PIXELS[7:17, 5:23]]
    inside = found.mean[10:14, 8:20]
    assert near.min() <= inside.min()
    assert inside.max() <= near.max()


def test_mean_patterns_are_of_the_frames_that_are_left(broken: ge.Scan, frames: NDArray[np.uint16]) -> None:
    labels = np.ones((6, 5), np.int32)
    labels[3:] = 2
    means = region_means(broken, labels)
    for label in (1, 2):
        expected = frames[(labels == label) & ~FRAMES].mean(axis=0)
        np.testing.assert_allclose(means[label - 1][~PIXELS], expected[~PIXELS], rtol=1e-6)
    assert np.isfinite(means).all()


def test_a_template_on_excluded_pixels_is_fitted_to_those_that_are_left(
    broken: ge.Scan, frames: NDArray[np.uint16]
) -> None:
    template = ge.disk(4.0, 7.0).image
    corners = np.array([[6, 10], [12, 15], [18, 2], [8, 2]])  # the third meets no excluded pixel
    values = template_values(broken, template, corners)
    assert np.isnan(values[FRAMES]).all()
    y, x = np.nonzero(template)
    for k, (top, left) in enumerate(corners):
        kept = ~PIXELS[top + y, left + x]
        assert kept.all() == (k == 2)
        data = frames[:, :, top + y[kept], left + x[kept]][~FRAMES].astype(np.float64)
        model = np.stack([template[y, x][kept], np.ones(kept.sum()), y[kept], x[kept]], axis=1)
        amplitude = np.linalg.lstsq(model, data.T, rcond=None)[0][0]
        np.testing.assert_allclose(
            values[..., k][~FRAMES], amplitude * (template.astype(np.float64) ** 2).sum(), rtol=2e-4, atol=2e-2
        )


def test_a_flat_and_a_sloping_background_count_nothing_beside_excluded_pixels(tmp_path: Path) -> None:
    y, x = np.mgrid[:32, :40]
    np.save(tmp_path / "ramp.npy", np.broadcast_to(50.0 + 2 * y - x, (2, 2, 32, 40)))
    scan = ge.open_scan(tmp_path / "ramp.npy", exclude_pixels=PIXELS)
    template = ge.bullseye(1.4, 4, 6, 9, 1.5).image
    values = template_values(scan, template, np.array([[3, 4], [8, 12], [1, 16]]))
    assert np.abs(values).max() < 1e-3 * 50 * np.abs(template).sum()


def test_a_disk_counts_as_much_beside_excluded_pixels_as_elsewhere(tmp_path: Path) -> None:
    template = ge.disk(4.0, 7.0)
    frame = np.full((32, 40), 3.0)
    height, width = template.image.shape
    frame[4 : 4 + height, 10 : 10 + width] += 10 * template.image
    np.save(tmp_path / "disk.npy", np.broadcast_to(frame, (2, 2, 32, 40)))
    corner = np.array([[4, 10]])
    whole = template_values(ge.open_scan(tmp_path / "disk.npy"), template.image, corner)
    part = template_values(ge.open_scan(tmp_path / "disk.npy", exclude_pixels=PIXELS), template.image, corner)
    np.testing.assert_allclose(part, whole, rtol=1e-4)


def test_where_nothing_of_the_template_is_left_its_value_is_zero(frames: NDArray[np.uint16], tmp_path: Path) -> None:
    np.save(tmp_path / "scan.npy", frames)
    scan = ge.open_scan(tmp_path / "scan.npy", exclude_pixels="0:31,0:39")
    assert (template_values(scan, ge.disk(2.0, 4.0).image, np.array([[10, 10]])) == 0).all()


def test_within_a_region_of_interest_the_same_positions_are_left_out(broken: ge.Scan) -> None:
    part = ge.open_scan(broken.path, roi="1:4,0:5", exclude_frames=FRAMES, exclude_pixels=PIXELS)
    np.testing.assert_array_equal(statistics(part).total_counts, statistics(broken).total_counts[1:4])


def test_a_wide_gap_is_filled_from_its_rim_inwards() -> None:
    image = np.tile(np.arange(30, dtype=np.float32), (30, 1))
    missing = np.zeros((30, 30), bool)
    missing[8:22, 8:22] = True
    holed = np.where(missing, np.float32(np.nan), image)
    mended = filled(holed, missing)
    np.testing.assert_array_equal(mended[~missing], image[~missing])
    assert np.abs(mended - image).max() < 8
    np.testing.assert_array_equal(filled(np.stack([holed, 2 * holed]), missing), np.stack([mended, 2 * mended]))


def test_with_no_good_pixel_nothing_is_filled() -> None:
    image = np.arange(6, dtype=np.float32).reshape(2, 3)
    np.testing.assert_array_equal(filled(image, np.ones((2, 3), bool)), image)


def test_without_exclusions_nothing_changes(broken: ge.Scan, frames: NDArray[np.uint16], tmp_path: Path) -> None:
    np.save(tmp_path / "whole.npy", frames)
    scan = ge.open_scan(tmp_path / "whole.npy")
    assert scan.frames_read is None
    same = replace(scan, excluded_frames=np.zeros((6, 5), bool), excluded_pixels=np.zeros((32, 40), bool))
    for name in ("mean", "std", "log_sum", "total_counts"):
        np.testing.assert_array_equal(getattr(statistics(scan), name), getattr(statistics(same), name))
