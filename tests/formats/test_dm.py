"""DigitalMicrograph's DM3 and DM4: scans in both orders of axes, stacks, calibration, and what is refused."""

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

# Test modules have no package here (import mode importlib), so that `vendor_files` is found only this way.
sys.path.insert(0, str(Path(__file__).parent))

from vendor_files import Scales, dm_image, dm_tags, write_dm

import graineye as ge
from graineye.errors import GraineyeError, ScanError, SeveralScans
from graineye.scan.calibration import AxisScale
from graineye.scan.formats import npy

Frames = NDArray[np.uint16]
Refused = Callable[..., object]
Holds = Callable[[ge.Scan, NDArray[np.generic]], None]
SCALES: Scales = ((2.0, "nm"), (2.5, "nm"), (0.125, "1/nm"), (0.25, "1/nm"))
TURNED = (2, 3, 0, 1)

both = pytest.mark.parametrize("version", [3, 4])


def scan_first(frames: Frames) -> Frames:
    """As older programs store it: an image of the scan for each detector pixel."""
    return np.ascontiguousarray(frames.transpose(TURNED))


@both
@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("swapped", [True, 1, "true"])
@pytest.mark.usefixtures("small_partitions")
def test_newer_programs_write_frame_after_frame(
    swapped: bool | int | str, order: str, version: int, small: Frames, tmp_path: Path, holds: Holds
) -> None:
    path = write_dm(tmp_path / "a.dm", dm_image(small, tags=dm_tags(swapped)), version=version, order=order)
    scan = ge.open_scan(path)
    assert scan.format == "DigitalMicrograph"
    assert len(list(scan.dataset.get_partitions())) > 1
    holds(scan, small)


@both
@pytest.mark.parametrize("swapped", [None, False])
@pytest.mark.usefixtures("small_partitions")
def test_older_programs_write_an_image_of_the_scan_for_each_detector_pixel(
    swapped: bool | None, version: int, small: Frames, tmp_path: Path, holds: Holds
) -> None:
    stored = dm_image(scan_first(small), [SCALES[i] for i in TURNED], dm_tags(swapped))
    scan = ge.open_scan(write_dm(tmp_path / "a.dm", stored, version=version))
    assert "detector's axes come first" in " ".join(scan.notes)
    assert (scan.calibration.y.step, scan.calibration.qx.step) == (2.0, 0.25)
    holds(scan, small)
    holds(ge.open_scan(tmp_path / "a.dm", roi="2:4,1:3"), small[2:4, 1:3])


@both
def test_without_a_tag_the_units_tell_the_scan_axes(version: int, small: Frames, tmp_path: Path, holds: Holds) -> None:
    path = write_dm(tmp_path / "a.dm", dm_image(small, SCALES, dm_tags(None)), version=version)
    holds(ge.open_scan(path), small)


def test_without_tag_and_units_the_shapes_that_are_given_tell(
    small: Frames, tmp_path: Path, holds: Holds, refused: Refused
) -> None:
    in_order = write_dm(tmp_path / "a.dm4", dm_image(small, tags=dm_tags(None)))
    turned = write_dm(tmp_path / "b.dm4", dm_image(scan_first(small), tags=dm_tags(None)))
    for path in (in_order, turned):
        with refused(ScanError, path, "--nav-shape NY,NX and --sig-shape QY,QX"):
            ge.open_scan(path)
        with refused(ScanError, path, "does not say which axes"):
            ge.open_scan(path, nav_shape="5,6")
        holds(ge.open_scan(path, nav_shape="6,5"), small)
        holds(ge.open_scan(path, sig_shape="32,40"), small)


def test_axes_of_equal_lengths_are_never_guessed(small: Frames, tmp_path: Path, refused: Refused) -> None:
    path = write_dm(tmp_path / "a.dm4", dm_image(small[:5, :, :5, :5], tags=[]))
    with refused(ScanError, path, "RosettaSciIO"):
        ge.open_scan(path, nav_shape="5,5", sig_shape="5,5")


def test_large_scattered_scans_are_refused_with_a_way(
    small: Frames, tmp_path: Path, refused: Refused, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("graineye.scan.formats.dm.LARGEST_REVERSED", small.nbytes - 1)
    assert npy.LARGEST_REVERSED > 2**30
    path = write_dm(tmp_path / "a.dm4", dm_image(scan_first(small), tags=dm_tags(False)))
    with refused(ScanError, path, "convert_dm4_transposed"):
        ge.open_scan(path)


@both
def test_a_stack_takes_its_scan_positions_from_the_user(
    version: int, small: Frames, tmp_path: Path, holds: Holds, refused: Refused
) -> None:
    stack = dm_image(small.reshape(30, 32, 40), SCALES[1:], dm_tags(None))
    path = write_dm(tmp_path / "a.dm", stack, version=version)
    with refused(ScanError, path, "30 frames", "--nav-shape NY,NX"):
        ge.open_scan(path)
    scan = ge.open_scan(path, nav_shape="6,5")
    holds(scan, small)
    assert (scan.calibration.y, scan.calibration.qy) == (AxisScale(), AxisScale(0.125, "1/nm"))
    holds(ge.open_scan(path, nav_shape="5,5", sync_offset=5), small[1:])


def test_a_stack_along_the_last_axis_is_refused(small: Frames, tmp_path: Path, refused: Refused) -> None:
    turned = np.ascontiguousarray(small[0].transpose(1, 2, 0))
    path = write_dm(tmp_path / "a.dm4", dm_image(turned, (*SCALES[2:], SCALES[0]), dm_tags(None)))
    with refused(ScanError, path, "no stack of frames"):
        ge.open_scan(path, nav_shape="4,8")


@pytest.mark.parametrize("kind", ["uint8", "int8", "int16", "uint16", "int32", "uint32", "float32", "float64"])
def test_every_number_type_is_read(kind: str, small: Frames, tmp_path: Path, holds: Holds) -> None:
    frames = (small % 120).astype(kind)
    if kind[0] in "if":
        frames -= np.array(7, kind)
    scan = ge.open_scan(write_dm(tmp_path / "a.dm4", dm_image(frames, tags=dm_tags())))
    assert scan.dtype == np.dtype(kind)
    holds(scan, frames)


@both
@pytest.mark.parametrize(
    ("scan_unit", "detector_unit", "nm", "pixel"),
    [
        ("nm", "1/nm", 1.0, AxisScale(0.125, "1/nm")),
        ("µm", "mrad", 1000.0, AxisScale(0.125, "mrad")),
        ("Å", "1/Å", 0.1, AxisScale(1.25, "1/nm")),
    ],
)
def test_calibration_and_microscope_come_from_the_tags(
    scan_unit: str, detector_unit: str, nm: float, pixel: AxisScale, version: int, small: Frames, tmp_path: Path
) -> None:
    scales = ((2.0, scan_unit), (2.5, scan_unit), (0.125, detector_unit), (0.125, detector_unit))
    found = ge.open_scan(write_dm(tmp_path / "a.dm", dm_image(small, scales, dm_tags()), version=version)).calibration
    assert (found.y.step, found.x.step) == (pytest.approx(2.0 * nm), pytest.approx(2.5 * nm))
    assert (found.y.unit, found.qy.unit, found.qx.unit) == ("nm", pixel.unit, pixel.unit)
    assert (found.qy.step, found.qx.step) == (pytest.approx(pixel.step), pytest.approx(pixel.step))
    assert (found.beam_energy, found.camera_length) == (200.0, 135.0)


def test_units_that_say_nothing_stay_px(small: Frames, tmp_path: Path) -> None:
    found = ge.open_scan(write_dm(tmp_path / "a.dm4", dm_image(small, tags=dm_tags()))).calibration
    assert (found.scan_unit, found.detector_unit) == ("px", "px")


def test_other_images_and_arrays_in_the_file_are_not_the_scan(small: Frames, tmp_path: Path, holds: Holds) -> None:
    """Such as the survey image, and tags whose names end like those of images."""
    tags = [*dm_tags(), ("Reference Data", np.zeros(5000, np.uint16)), ("many", [(f"t{i}", i) for i in range(300)])]
    path = write_dm(tmp_path / "a.dm4", dm_image(small[0, 0], tags=tags), dm_image(small, tags=tags))
    scan = ge.open_scan(path)
    assert scan.dataset_path == "ImageList/2"
    holds(scan, small)


def test_of_several_scans_one_is_named(small: Frames, tmp_path: Path, holds: Holds, refused: Refused) -> None:
    path = write_dm(tmp_path / "a.dm4", dm_image(small, tags=dm_tags()), dm_image(small[:4], tags=dm_tags()))
    with refused(SeveralScans, path, "ImageList/1", "ImageList/2", "--ds-path"):
        ge.open_scan(path)
    holds(ge.open_scan(path, ds_path="ImageList/2"), small[:4])
    with refused(ScanError, path, "no image ImageList/0"):
        ge.open_scan(path, ds_path="ImageList/0")


def test_what_is_no_scan_is_refused(small: Frames, tmp_path: Path, refused: Refused) -> None:
    single = write_dm(tmp_path / "a.dm4", dm_image(small[0, 0]))
    with refused(ScanError, single, "images of (32, 40)", "as a stack"):
        ge.open_scan(single, nav_shape="1,1")
    spectra = write_dm(tmp_path / "b.dm4", dm_image(small[0], tags=dm_tags(None, "Spectrum image")))
    with refused(ScanError, spectra, "spectrum image"):
        ge.open_scan(spectra, nav_shape="5,1")
    empty = write_dm(tmp_path / "c.dm4")
    with refused(ScanError, empty, "no image"):
        ge.open_scan(empty)


def test_a_file_that_contradicts_itself_is_refused(small: Frames, tmp_path: Path, refused: Refused) -> None:
    image = dm_image(small, tags=dm_tags())
    image[0][1][1] = ("Data", small.reshape(-1)[:-1])
    path = write_dm(tmp_path / "a.dm4", image)
    with refused(ScanError, path, "is the file whole?"):
        ge.open_scan(path)


def test_it_is_known_without_its_suffix(small: Frames, tmp_path: Path, holds: Holds) -> None:
    holds(ge.open_scan(write_dm(tmp_path / "scan", dm_image(small, tags=dm_tags()))), small)


@pytest.mark.parametrize("content", [b"no tags at all", bytes(4) + b"\0\0\0\5" + bytes(600)])
def test_what_only_its_name_says_is_refused(
    content: bytes, tmp_path: Path, refused: Refused, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.dm4").write_bytes(content)
    with refused(ScanError, tmp_path / "a.dm4", "does not begin as DM3 and DM4 do"):
        ge.open_scan(tmp_path / "a.dm4")
    assert capfd.readouterr() == ("", "")


@both
@pytest.mark.parametrize("stored", ["frame after frame", "scan first"])
def test_rosettasciio_reads_the_same_numbers_and_scales(
    stored: str, version: int, small: Frames, tmp_path: Path
) -> None:
    """It gives the axes as they are named in the file, whichever are the scan's."""
    reader = pytest.importorskip("rsciio.digitalmicrograph").file_reader
    image = dm_image(small, SCALES, dm_tags())
    if stored == "scan first":
        image = dm_image(scan_first(small), [SCALES[i] for i in TURNED], dm_tags(None))
    path = write_dm(tmp_path / "a.dm", image, version=version)
    (signal,) = reader(str(path))
    axes = signal["axes"]
    order = (0, 1, 2, 3) if stored == "frame after frame" else TURNED
    scan = ge.open_scan(path)
    theirs = signal["data"].transpose(order)
    np.testing.assert_array_equal(theirs, [[scan.frame(y, x) for x in range(5)] for y in range(6)])
    ours = [getattr(scan.calibration, name) for name in ("y", "x", "qy", "qx")]
    for axis, scale in zip((axes[i] for i in order), ours, strict=True):
        assert (axis["scale"], axis["units"]) == (pytest.approx(scale.step), scale.unit)


def test_libertem_reads_the_same_frames(small: Frames, tmp_path: Path) -> None:
    lt, pick = pytest.importorskip("libertem.api"), pytest.importorskip("libertem.udf.raw").PickUDF
    path = write_dm(tmp_path / "a.dm4", dm_image(small, tags=dm_tags()))
    with lt.Context.make_with("inline") as context:
        dataset = context.load("dm", path=str(path))
        for y, x in ((0, 0), (2, 3), (5, 4)):
            chosen = np.zeros((6, 5), bool)
            chosen[y, x] = True
            found = context.run_udf(dataset, pick(), roi=chosen)["intensity"].data
            np.testing.assert_array_equal(found[0], small[y, x])


@both
def test_a_file_that_was_cut_off_anywhere_is_refused(
    version: int, small: Frames, tmp_path: Path, refused: Refused
) -> None:
    path = write_dm(tmp_path / "a.dm", dm_image(small, SCALES, dm_tags()), version=version)
    whole = path.read_bytes()
    for kept in (*range(1, 60), *range(60, len(whole) - 8, len(whole) // 200), len(whole) - 9):
        path.write_bytes(whole[:kept])
        with refused(ScanError, path):
            ge.open_scan(path)


@both
def test_flipped_bits_are_refused_in_one_line_or_leave_a_scan(version: int, small: Frames, tmp_path: Path) -> None:
    path = write_dm(tmp_path / "a.dm", dm_image(small[:2, :3], SCALES, dm_tags()), version=version)
    whole = path.read_bytes()
    random = np.random.default_rng(version)
    outcomes = set()
    for _ in range(300):
        broken = bytearray(whole)
        start = len(whole) - 700 if random.random() < 0.4 else 0
        for place in random.integers(start, start + 1900 if not start else len(whole), random.integers(1, 4)):
            broken[place] ^= 1 << random.integers(8)
        path.write_bytes(broken)
        try:
            scan = ge.open_scan(path)
            assert ge.statistics(scan).total_counts.shape == scan.scan_shape
            outcomes.add("sound")
        except GraineyeError as error:
            outcomes.add("several lines" if "\n" in str(error) else "refused")
    assert outcomes == {"sound", "refused"}
