"""EMPAD: headers of every age, or none; the two rows behind each frame are no image."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from writers import empad_header, empad_scan_parameters

import graineye as ge
from graineye.errors import ScanError

Frames = NDArray[np.uint16]
Refused = Callable[..., object]
Holds = Callable[[ge.Scan, NDArray[np.generic]], None]
WriteEMPAD = Callable[[Path, Frames], NDArray[np.float32]]


def test_a_file_that_says_its_scan_positions_in_its_name_needs_no_header(
    small: Frames, write_empad: WriteEMPAD, tmp_path: Path, holds: Holds
) -> None:
    stored = write_empad(tmp_path / "scan_x5_y6.raw", small)
    scan = ge.open_scan(tmp_path / "scan_x5_y6.raw")
    assert (scan.format, scan.dtype) == ("EMPAD", np.float32)
    holds(scan, stored)


@pytest.mark.parametrize("opened", ["a.xml", "a.raw"])
def test_a_header_says_the_scan_positions(
    opened: str, small: Frames, write_empad: WriteEMPAD, tmp_path: Path, holds: Holds
) -> None:
    stored = write_empad(tmp_path / "a.raw", small)
    (tmp_path / "a.xml").write_text(empad_header("a.raw", empad_scan_parameters("acquire", 6, 5)))
    holds(ge.open_scan(tmp_path / opened), stored)


def test_an_old_header_means_its_pixels_not_the_last_acquisition(
    small: Frames, write_empad: WriteEMPAD, tmp_path: Path, holds: Holds
) -> None:
    stored = write_empad(tmp_path / "a.raw", small)
    pixels = "<pix_x>5</pix_x><pix_y>6</pix_y>"
    other = empad_scan_parameters("acquire", 5, 6) + empad_scan_parameters("search", 64, 64)
    (tmp_path / "a.xml").write_text(empad_header("a.raw", pixels, other))
    holds(ge.open_scan(tmp_path / "a.xml"), stored)


def test_a_scan_that_was_recorded_as_a_search_is_found(
    small: Frames, write_empad: WriteEMPAD, tmp_path: Path, holds: Holds
) -> None:
    stored = write_empad(tmp_path / "a.raw", small)
    told = empad_scan_parameters("acquire", 64, 64) + empad_scan_parameters("search", 6, 5)
    (tmp_path / "a.xml").write_text(empad_header("a.raw", told))
    holds(ge.open_scan(tmp_path / "a.xml"), stored)


def test_a_file_that_was_renamed_with_its_header_is_found(
    small: Frames, write_empad: WriteEMPAD, tmp_path: Path, holds: Holds
) -> None:
    stored = write_empad(tmp_path / "gold.raw", small)
    (tmp_path / "gold.xml").write_text(empad_header(r"C:\data\scan.raw", empad_scan_parameters("acquire", 6, 5)))
    holds(ge.open_scan(tmp_path / "gold.xml"), stored)


def test_the_calibration_of_a_header_is_read(small: Frames, write_empad: WriteEMPAD, tmp_path: Path) -> None:
    write_empad(tmp_path / "a.raw", small)
    view = "<optics.get_full_scan_field_of_view>[1.2e-8, 2.5e-8]</optics.get_full_scan_field_of_view>"
    measured = f"<iom_measurements>{view}<calibrated_pixelsize>2e-10</calibrated_pixelsize></iom_measurements>"
    (tmp_path / "a.xml").write_text(empad_header("a.raw", empad_scan_parameters("acquire", 6, 5), measured))
    calibration = ge.open_scan(tmp_path / "a.xml").calibration
    assert calibration.scan_unit == "nm"
    np.testing.assert_allclose(calibration.scan_step, (12 / 6, 25 / 5))
    assert calibration.detector_unit == "1/nm"
    np.testing.assert_allclose(calibration.detector_pixel, (0.2, 0.2))


def test_a_file_that_was_cut_off_is_refused(
    small: Frames, write_empad: WriteEMPAD, tmp_path: Path, refused: Refused
) -> None:
    path = tmp_path / "a.raw"
    write_empad(path, small)
    (tmp_path / "a.xml").write_text(empad_header("a.raw", empad_scan_parameters("acquire", 6, 5)))
    whole = path.read_bytes()
    path.write_bytes(whole[:-1000])
    with refused(ScanError, path, "frame 30", "truncated"):
        ge.open_scan(tmp_path / "a.xml")
    path.write_bytes(whole[: 20 * 130 * 128 * 4])
    with refused(ScanError, path, "20 frames", "6 x 5", "--nav-shape"):
        ge.open_scan(tmp_path / "a.xml")


def test_scan_positions_may_be_given_where_nothing_says_them(
    small: Frames, write_empad: WriteEMPAD, tmp_path: Path, holds: Holds
) -> None:
    stored = write_empad(tmp_path / "a.raw", small)
    holds(ge.open_scan(tmp_path / "a.raw", nav_shape="6,5"), stored)


def test_a_header_without_its_frames_says_which_file_is_missing(tmp_path: Path, refused: Refused) -> None:
    (tmp_path / "a.xml").write_text(empad_header("gone.raw", empad_scan_parameters("acquire", 6, 5)))
    with refused(ScanError, tmp_path / "a.xml", "gone.raw", "missing", "put that file beside it"):
        ge.open_scan(tmp_path / "a.xml")


def test_a_header_that_leads_out_of_its_folder_is_not_followed(
    small: Frames, write_empad: WriteEMPAD, tmp_path: Path, refused: Refused
) -> None:
    (tmp_path / "in").mkdir()
    write_empad(tmp_path / "scan_x5_y6.raw", small)
    (tmp_path / "in" / "a.xml").write_text(empad_header("../scan_x5_y6.raw", empad_scan_parameters("acquire", 6, 5)))
    with refused(ScanError, tmp_path / "in" / "a.xml", "missing"):
        ge.open_scan(tmp_path / "in" / "a.xml")


def test_a_header_with_entities_is_not_read(tmp_path: Path, refused: Refused) -> None:
    bomb = '<!DOCTYPE r [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><root><raw_file filename="a.raw"/>&b;</root>'
    (tmp_path / "a.xml").write_text(bomb)
    with refused(ScanError, tmp_path / "a.xml", "--nav-shape"):
        ge.open_scan(tmp_path / "a.xml")
