"""A result in the formats of other programs: read back by those, and worked out by hand."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import tifffile
from matplotlib.path import Path as Shape
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

import graineye as ge
from graineye.crystallites import (
    OverlappingCrystallites,
    boundary_table,
    crystallite_table,
    mean_strengths,
    outline_table,
    reflection_table,
)
from graineye.errors import OutputError
from graineye.results import exporting
from graineye.scan import AxisScale, Calibration

ResultOf = Callable[..., ge.CrystalliteMap]
KINDS = ("labels", "masks", "tables", "outlines")
STEPS = (2.0, 0.5)

# 1 is a frame of pixels, open at a corner, with a part of its own (the middle) in its hole; 2 touches itself in a corner.
BY_HAND = np.array(
    [
        [1, 1, 1, 1, 1, 2],
        [1, 0, 0, 0, 1, 2],
        [1, 0, 1, 0, 1, 2],
        [1, 0, 0, 0, 1, 3],
        [1, 1, 1, 1, 3, 2],
    ],
    np.int32,
)


@pytest.fixture
def result_of(mapped: ge.CrystalliteMap) -> ResultOf:
    """A result with a label map of one's own: result_of(labels, steps), steps as (y, x) in nm or None."""

    def make(labels: Any, steps: tuple[float, float] | None = STEPS) -> ge.CrystalliteMap:
        labels = np.asarray(labels, np.int32)
        scan = {} if steps is None else {axis: AxisScale(step, "nm") for axis, step in zip("yx", steps, strict=True)}
        calibration = replace(mapped.calibration, **({"y": AxisScale(), "x": AxisScale()} | scan))
        dark_fields = np.random.default_rng(3).random((*labels.shape, len(mapped.disks)), np.float32)
        return replace(mapped, labels=labels, calibration=calibration, dark_fields=dark_fields)

    return make


def _random_labels(seed: int, shape: tuple[int, int] = (14, 17)) -> NDArray[np.int32]:
    """Few labels in no order: full of holes, parts, and pixels that touch in a corner."""
    return np.random.default_rng(seed).integers(0, 4, shape).astype(np.int32)


# --- TIFF ---


def _resolution(page: tifffile.TiffPage) -> tuple[float, float]:
    """(x, y) pixels a unit."""
    return tuple(np.divide(*page.tags[tag].value) for tag in ("XResolution", "YResolution"))


def test_labels_are_a_tiff_with_the_scale_of_the_sample(result_of: ResultOf, tmp_path: Path) -> None:
    exporting.save_labels(result_of(BY_HAND), tmp_path / "labels.tif")
    with tifffile.TiffFile(tmp_path / "labels.tif") as file:
        assert file.is_imagej
        values = file.asarray()
        assert values.dtype == np.uint16
        np.testing.assert_array_equal(values, BY_HAND)
        assert _resolution(file.pages[0]) == (2.0, 0.5)
        assert file.pages[0].tags["ResolutionUnit"].value == 1  # none: ImageJ takes the unit from its text
        assert file.imagej_metadata["unit"] == "nm"
        assert (file.imagej_metadata["min"], file.imagej_metadata["max"]) == (0, 3)


def test_another_reader_sees_the_same_labels(result_of: ResultOf, tmp_path: Path) -> None:
    exporting.save_labels(result_of(BY_HAND), tmp_path / "labels.tif")
    with Image.open(tmp_path / "labels.tif") as image:
        np.testing.assert_array_equal(np.asarray(image), BY_HAND)
        assert (image.tag_v2[282], image.tag_v2[283]) == (2.0, 0.5)
        assert "unit=nm\n" in image.tag_v2[270]


@pytest.mark.parametrize("step", [0.1, 0.3, 1 / 3, 2.5e-3, 1234.5])
def test_a_step_that_no_fraction_equals_is_kept_to_a_millionth(
    result_of: ResultOf, tmp_path: Path, step: float
) -> None:
    exporting.save_labels(result_of(BY_HAND, (step, 2 * step)), tmp_path / "labels.tif")
    with tifffile.TiffFile(tmp_path / "labels.tif") as file:
        assert _resolution(file.pages[0]) == pytest.approx((0.5 / step, 1 / step), rel=1e-6)


def test_more_labels_than_16_bits_hold_are_floats_without_loss(result_of: ResultOf, tmp_path: Path) -> None:
    labels = np.arange(1, 70001).reshape(250, 280)
    for count, kind in ((65535, np.uint16), (65536, np.float32), (70000, np.float32)):
        exporting.save_labels(result_of(np.minimum(labels, count)), tmp_path / "labels.tif")
        values = tifffile.imread(tmp_path / "labels.tif")
        assert values.dtype == kind
        np.testing.assert_array_equal(values.astype(int), np.minimum(labels, count))


def test_an_unknown_step_gives_no_unit(result_of: ResultOf, tmp_path: Path) -> None:
    exporting.save_labels(result_of(BY_HAND, None), tmp_path / "labels.tif")
    exporting.save_masks(result_of(BY_HAND, None), tmp_path / "masks.tif")
    for name in ("labels.tif", "masks.tif"):
        with tifffile.TiffFile(tmp_path / name) as file:
            assert "unit" not in file.imagej_metadata
            assert {_resolution(page) for page in file.pages} == {(1.0, 1.0)}


@pytest.mark.parametrize(
    "labels",
    [BY_HAND, BY_HAND[:, :3], BY_HAND[:, :4], BY_HAND[:1], BY_HAND[:, 5:], np.ones((5, 4)), np.ones((1, 3)), [[1]]],
    ids=["by hand", "three columns", "four columns", "one row", "one column", "one mask", "one row, one mask", "one"],
)
def test_masks_are_a_stack_named_after_the_crystallites(result_of: ResultOf, tmp_path: Path, labels: Any) -> None:
    result = result_of(labels)
    exporting.save_masks(result, tmp_path / "masks.tif")
    with tifffile.TiffFile(tmp_path / "masks.tif") as file:
        pages = [page.asarray() for page in file.pages]
        assert {page.dtype for page in pages} == {np.dtype(np.uint8)}
        assert {page.photometric for page in file.pages} == {tifffile.PHOTOMETRIC.MINISBLACK}
        assert {_resolution(page) for page in file.pages} == {(2.0, 0.5)}
        assert file.imagej_metadata["unit"] == "nm"
        assert file.imagej_metadata["images"] == result.count
        assert file.imagej_metadata["max"] == 1
        names = np.atleast_1d(file.imagej_metadata["Labels"]).tolist()
        assert names == [f"crystallite {label}" for label in range(1, result.count + 1)]
    assert len(pages) == result.count
    for label, page in enumerate(pages, 1):
        np.testing.assert_array_equal(page, result.labels == label)


def test_another_reader_sees_the_same_stack(result_of: ResultOf, tmp_path: Path) -> None:
    exporting.save_masks(result_of(BY_HAND), tmp_path / "masks.tif")
    with Image.open(tmp_path / "masks.tif") as image:
        assert image.n_frames == 3
        for label in (1, 2, 3):
            image.seek(label - 1)
            np.testing.assert_array_equal(np.asarray(image), label == BY_HAND)


# --- outlines ---


def _parts(geometry: dict[str, Any]) -> list[list[NDArray[np.float64]]]:
    parts = [geometry["coordinates"]] if geometry["type"] == "Polygon" else geometry["coordinates"]
    return [[np.array(ring) for ring in part] for part in parts]


def _signed_area(ring: NDArray[np.float64]) -> float:
    """The shoelace formula for a closed ring of (x, y): positive if anticlockwise where y points up."""
    x, y = ring.T
    return float(sum(x[i] * y[i + 1] - x[i + 1] * y[i] for i in range(len(x) - 1)) / 2)


def _same_ring(ring: Any, expected: list[list[float]]) -> bool:
    """Whether two closed rings are the same walk, begun anywhere."""
    assert ring[0] == ring[-1]
    return ring[:-1] in [expected[i:] + expected[:i] for i in range(len(expected))]


def test_outlines_worked_out_by_hand(result_of: ResultOf, tmp_path: Path) -> None:
    exporting.save_outlines(result_of(BY_HAND), tmp_path / "outlines.geojson")
    read = json.loads((tmp_path / "outlines.geojson").read_text(encoding="utf-8"))
    assert (read["type"], read["unit"]) == ("FeatureCollection", "nm")
    one, two, three = read["features"]
    assert {feature["type"] for feature in read["features"]} == {"Feature"}
    assert [feature["properties"] for feature in (one, two, three)] == [
        {"label": 1, "area": 16.0, "unit": "nm"},
        {"label": 2, "area": 4.0, "unit": "nm"},
        {"label": 3, "area": 2.0, "unit": "nm"},
    ]
    # x runs from -0.25 in steps of 0.5, y from -1 in steps of 2
    assert one["geometry"]["type"] == "MultiPolygon"
    (around, hole), (middle,) = one["geometry"]["coordinates"]
    assert _same_ring(around, [[-0.25, -1], [2.25, -1], [2.25, 7], [1.75, 7], [1.75, 9], [-0.25, 9]])
    assert _same_ring(hole, [[0.25, 1], [0.25, 7], [1.75, 7], [1.75, 1]])
    assert _same_ring(middle, [[0.75, 3], [1.25, 3], [1.25, 5], [0.75, 5]])
    assert two["geometry"]["type"] == "MultiPolygon"
    (upper,), (lower,) = two["geometry"]["coordinates"]
    assert _same_ring(upper, [[2.25, -1], [2.75, -1], [2.75, 5], [2.25, 5]])
    assert _same_ring(lower, [[2.25, 7], [2.75, 7], [2.75, 9], [2.25, 9]])
    # two pixels that touch in a corner are two parts
    (right,), (left,) = three["geometry"]["coordinates"]
    assert _same_ring(right, [[2.25, 5], [2.75, 5], [2.75, 7], [2.25, 7]])
    assert _same_ring(left, [[1.75, 7], [2.25, 7], [2.25, 9], [1.75, 9]])


def test_a_crystallite_in_one_part_is_a_polygon_whose_holes_may_touch(result_of: ResultOf) -> None:
    labels = np.ones((4, 4), np.int32)
    labels[1, 1] = labels[2, 2] = 2
    feature = exporting.outline_features(result_of(labels, (1.0, 1.0)))["features"][0]
    assert feature["geometry"]["type"] == "Polygon"
    exterior, *holes = feature["geometry"]["coordinates"]
    assert _same_ring(exterior, [[-0.5, -0.5], [3.5, -0.5], [3.5, 3.5], [-0.5, 3.5]])
    expected = [[[a, a], [a, a + 1], [a + 1, a + 1], [a + 1, a]] for a in (0.5, 1.5)]
    assert len(holes) == 2
    assert all(any(_same_ring(hole, ring) for hole in holes) for ring in expected)


def test_parts_in_holes_in_parts_keep_their_own_holes(result_of: ResultOf) -> None:
    rings = np.maximum(*np.abs(np.mgrid[-5:6, -5:6]))  # squares in squares
    feature = exporting.outline_features(result_of(rings % 2, (1.0, 1.0)))["features"][0]
    areas = [[_signed_area(ring) for ring in part] for part in _parts(feature["geometry"])]
    assert sorted(areas, reverse=True) == [[121, -81], [49, -25], [9, -1]]


@pytest.mark.parametrize("seed", range(12))
def test_shapes_of_any_label_map_follow_the_rules_and_cover_their_pixels(result_of: ResultOf, seed: int) -> None:
    labels = _random_labels(seed)
    result = result_of(labels)
    centres = np.stack([np.indices(labels.shape)[1] * STEPS[1], np.indices(labels.shape)[0] * STEPS[0]], axis=-1)
    features = exporting.outline_features(result)["features"]
    assert [feature["properties"]["label"] for feature in features] == [1, 2, 3]
    for label, feature in enumerate(features, 1):
        components, count = ndimage.label(labels == label)
        found = set()
        parts = _parts(feature["geometry"])
        for part in parts:
            for ring, sign in zip(part, [1, *[-1] * (len(part) - 1)], strict=True):
                np.testing.assert_array_equal(ring[0], ring[-1])
                assert len(ring) >= 5
                assert len(np.unique(ring, axis=0)) == len(ring) - 1  # a ring that meets itself is no valid shape
                assert np.sign(_signed_area(ring)) == sign
            inside = [Shape(ring).contains_points(centres.reshape(-1, 2)).reshape(labels.shape) for ring in part]
            covered = inside[0] & ~np.any([np.zeros_like(inside[0]), *inside[1:]], axis=0)
            assert sum(hole.sum() for hole in inside[1:]) == (inside[0] & ~covered).sum()  # holes lie apart, inside
            component = set(components[covered].tolist())
            assert len(component) == 1
            np.testing.assert_array_equal(covered, components == min(component))
            found |= component
        assert found == set(range(1, count + 1))
        assert len(parts) == count
        area = sum(_signed_area(ring) for part in parts for ring in part)
        assert area == pytest.approx((labels == label).sum() * STEPS[0] * STEPS[1])
        assert feature["properties"]["area"] == pytest.approx(area)


def test_outlines_of_a_scan_of_unknown_step_are_in_px(result_of: ResultOf) -> None:
    read = exporting.outline_features(result_of([[1, 1], [0, 1]], None))
    assert read["unit"] == "px"
    (feature,) = read["features"]
    assert feature["properties"] == {"label": 1, "area": 3, "unit": "px"}
    assert _same_ring(
        feature["geometry"]["coordinates"][0],
        [[-0.5, -0.5], [1.5, -0.5], [1.5, 1.5], [0.5, 1.5], [0.5, 0.5], [-0.5, 0.5]],
    )


def test_the_table_of_outlines_has_nm_where_the_step_is_known(result_of: ResultOf) -> None:
    plain = outline_table(BY_HAND)
    table = outline_table(BY_HAND, result_of(BY_HAND).calibration)
    pd.testing.assert_frame_equal(table[["label", "ring", "y", "x"]], plain)
    np.testing.assert_array_equal(table["y_nm"], 2.0 * plain["y"])
    np.testing.assert_array_equal(table["x_nm"], 0.5 * plain["x"])
    pd.testing.assert_frame_equal(outline_table(BY_HAND, Calibration()), plain)


# --- tables ---


def test_boundaries_worked_out_by_hand_where_steps_differ() -> None:
    labels = np.array([[1, 1, 2], [1, 3, 2], [3, 3, 0]], np.int32)
    scale = Calibration(y=AxisScale(2.0, "nm"), x=AxisScale(0.5, "nm"))
    table = boundary_table(labels, scale)
    # 1|2: beside in row 0 (as long as the step along y, 2); 1|3: beside in row 1, above twice (0.5 each);
    # 2|3: beside in row 1
    assert table.to_numpy().tolist() == [
        [1, 2, 1, 2.0],
        [1, 3, 3, 3.0],
        [2, 1, 1, 2.0],
        [2, 3, 1, 2.0],
        [3, 1, 3, 3.0],
        [3, 2, 1, 2.0],
    ]
    assert list(table.columns) == ["label", "neighbour", "length_px", "length_nm"]
    unknown = boundary_table(labels)
    pd.testing.assert_frame_equal(unknown[["label", "neighbour", "length_px"]], table.drop(columns="length_nm"))
    assert unknown["length_nm"].isna().all()


@pytest.mark.parametrize("seed", range(3))
def test_the_lengths_of_boundaries_and_of_outlines_agree(seed: int) -> None:
    labels = _random_labels(seed) + 1  # nothing unassigned
    scale = Calibration(y=AxisScale(2.0, "nm"), x=AxisScale(0.5, "nm"))
    padded = np.pad(labels, 1, constant_values=5)  # and a crystallite all round, so that every outline is a boundary
    boundaries = boundary_table(padded, scale).groupby("label")["length_nm"].sum()
    outlines = outline_table(padded, scale)
    for label in range(1, 5):
        length = 0.0
        for _, ring in outlines[outlines["label"] == label].groupby("ring"):
            corners = ring[["y_nm", "x_nm"]].to_numpy()
            length += np.abs(corners - np.roll(corners, 1, axis=0)).sum()
        assert boundaries[label] == pytest.approx(length)


@pytest.mark.parametrize(
    ("unit", "spacing"), [("1/nm", [1 / 3.0, 1 / 4.0, 1 / 5.0]), ("mrad", [np.nan] * 3), ("px", [np.nan] * 3)]
)
def test_reflections_are_measured_in_reciprocal_space_where_pixels_differ(unit: str, spacing: list[float]) -> None:
    # from the beam at (20, 30): 15 px along x, 10 px along -y, and 10 px along y with -15 px along x; pixels 0.4 by 0.2
    positions = np.array([[20, 45], [10, 30], [30, 15]])
    dark_fields = np.tile(np.array([9.0, 8.0, 7.0], np.float32), (2, 2, 1))
    scale = Calibration(qy=AxisScale(0.4, unit), qx=AxisScale(0.2, unit))
    table = reflection_table(
        mean_strengths(np.ones((2, 2), np.int32), dark_fields), positions, (20.0, 30.0), 3.0, scale
    )
    assert table["disk"].tolist() == [0, 1, 2]
    np.testing.assert_allclose(table["d_nm"], spacing)
    pixels = (1.0, 1.0) if unit == "px" else (0.4, 0.2)
    last = 180 - np.degrees(np.arctan(10 * pixels[0] / (15 * pixels[1])))  # a 3-4-5 triangle: 180 - 53.13
    np.testing.assert_allclose(table["azimuth_deg"], [0, -90, last])


@pytest.mark.parametrize("steps", [STEPS, None], ids=["nm", "px"])
def test_csv_reads_back_as_the_tables(result_of: ResultOf, tmp_path: Path, steps: tuple[float, float] | None) -> None:
    result = result_of(BY_HAND, steps)
    tables = exporting.export_tables(result)
    assert list(tables) == ["crystallites", "boundaries", "reflections", "disks"]
    pd.testing.assert_frame_equal(tables["crystallites"], crystallite_table(result.labels, result.calibration))
    for table in tables.values():
        assert len(table)
        exporting.save_table(table, tmp_path / "table.csv")
        text = (tmp_path / "table.csv").read_bytes().decode("utf-8")
        assert text.split("\n")[0] == ",".join(table.columns)
        assert "\r" not in text
        read = pd.read_csv(tmp_path / "table.csv")
        pd.testing.assert_frame_equal(read.astype(table.dtypes), table, rtol=1e-14, atol=0)
    assert tables["crystallites"]["area_nm2"].isna().all() == (steps is None)


def test_the_table_of_disks_is_what_reflections_refer_to(mapped: ge.CrystalliteMap) -> None:
    tables = exporting.export_tables(mapped)
    joined = tables["reflections"].merge(tables["disks"], on="disk", validate="many_to_one")
    assert len(joined) == len(tables["reflections"]) > 0
    offset = joined[["y_px", "x_px"]].to_numpy() - mapped.beam.position
    qy, qx = mapped.calibration.detector_pixel
    np.testing.assert_allclose(1 / joined["d_nm"], np.sqrt((offset[:, 0] * qy) ** 2 + (offset[:, 1] * qx) ** 2))


# --- what is written where ---


def test_files_are_named_after_the_result() -> None:
    assert exporting.result_name(Path("a/polyAu.v2.crystallites.emd")) == "polyAu.v2"
    assert exporting.result_name(Path("renamed.h5")) == "renamed"


def _written(result: ge.CrystalliteMap, folder: Path, force: bool = False) -> list[str]:
    files, _ = exporting.planned_exports(result, folder, "au", KINDS)
    return [path.name for path in exporting.write_exports(files, force)]


def test_every_file_is_written_under_its_name(result_of: ResultOf, tmp_path: Path) -> None:
    written = _written(result_of(BY_HAND), tmp_path)
    tables = ("crystallites", "boundaries", "reflections", "disks")
    assert written == [
        "au.labels.tif", "au.masks.tif", *(f"au.{table}.csv" for table in tables), "au.outlines.geojson"
    ]  # fmt: skip
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(written)


@pytest.mark.parametrize("existing", ["au.labels.tif", "au.disks.csv", "au.outlines.geojson"])
def test_one_existing_file_stops_all(result_of: ResultOf, tmp_path: Path, refused: Any, existing: str) -> None:
    (tmp_path / existing).write_text("kept")
    with refused(OutputError, existing, "--force"):
        _written(result_of(BY_HAND), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [existing]
    assert (tmp_path / existing).read_text() == "kept"
    _written(result_of(BY_HAND), tmp_path, force=True)
    assert (tmp_path / existing).read_bytes() != b"kept"


def test_masks_that_do_not_fit_the_disk_are_said_before(
    result_of: ResultOf, tmp_path: Path, refused: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    labels = np.arange(1, 2501).reshape(50, 50)
    free = type("Usage", (), {"free": 5_000_000})
    monkeypatch.setattr("graineye.whole_file.shutil.disk_usage", lambda _: free)
    with refused(OutputError, "au.masks.tif", "9 MB"):
        _written(result_of(labels), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_the_room_asked_for_is_enough(result_of: ResultOf, tmp_path: Path) -> None:
    result = result_of(np.arange(1, 1601).reshape(40, 40))
    files, _ = exporting.planned_exports(result, tmp_path, "au", KINDS)
    exporting.write_exports(files)
    assert [file.path.name for file in files if file.path.stat().st_size > file.needed] == []


def test_a_file_that_fails_leaves_nothing_half(
    result_of: ResultOf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tifffile, "imwrite", full)
    with pytest.raises(OutputError, match="cannot be written"):
        exporting.save_labels(result_of(BY_HAND), tmp_path / "labels.tif")
    assert list(tmp_path.iterdir()) == []


def test_no_crystallites_leave_out_the_masks_and_give_empty_tables(result_of: ResultOf, tmp_path: Path) -> None:
    result = result_of(np.zeros((4, 5)))
    files, notes = exporting.planned_exports(result, tmp_path, "au", KINDS)
    exporting.write_exports(files)
    assert [note for note in notes if "au.masks.tif" in note] == notes
    assert len(notes) == 1
    assert not (tmp_path / "au.masks.tif").exists()
    np.testing.assert_array_equal(tifffile.imread(tmp_path / "au.labels.tif"), np.zeros((4, 5)))
    full = exporting.export_tables(result_of(BY_HAND))
    for name in ("crystallites", "boundaries", "reflections"):
        table = pd.read_csv(tmp_path / f"au.{name}.csv")
        assert list(table.columns) == list(full[name].columns)
        assert len(table) == 0
    assert json.loads((tmp_path / "au.outlines.geojson").read_text())["features"] == []


def test_masks_of_crystallites_that_may_overlap_are_what_is_exported(
    mapped_as_overlaps: ge.CrystalliteMap, tmp_path: Path
) -> None:
    fractions = np.repeat(mapped_as_overlaps.overlapping.fractions, [1, 1, 2], axis=-1)
    fractions[2:5, 3:9, 3] = 0.4
    fractions[7:, :, 3] = 0
    overlapping = OverlappingCrystallites(fractions, np.zeros((4, len(mapped_as_overlaps.disks))), np.ones(4))
    result = replace(mapped_as_overlaps, overlapping=overlapping, known_mean_patterns=None)
    exporting.save_masks(result, tmp_path / "masks.tif")
    masks = tifffile.imread(tmp_path / "masks.tif")
    np.testing.assert_array_equal(masks, np.moveaxis(fractions >= 0.25, -1, 0))
    assert (masks.sum(axis=0) == 2).sum() == 18
    assert len(exporting.export_tables(result)["crystallites"]) == 4
    assert len(exporting.outline_features(result)["features"]) == 3, "the fourth is nowhere the largest"
