"""What the report shows: the notebook's frame and dark fields where they exist, and images of a bounded size."""

import base64
import dataclasses
import io

import numpy as np
import pytest
from PIL import Image

import graineye as ge
from graineye.figures.interactive import Plane, averaged_down
from graineye.report.contents import entries, shown_disks
from graineye.report.thumbnails import thumbnail


@pytest.mark.parametrize(
    ("count", "disks"),
    [
        (500, [0, 1, 120, 149]),
        (150, [0, 1, 120, 149]),
        (149, [0, 49, 98, 148]),
        (4, [0, 1, 2, 3]),
        (2, [0, 1]),
        (0, []),
    ],
)
def test_dark_fields_are_the_notebooks_or_four_spread_evenly(count: int, disks: list[int]) -> None:
    assert shown_disks(count) == disks


def test_a_large_image_is_averaged_down_in_place() -> None:
    image = np.zeros((1030, 1100), np.float32)
    image[300:303, 600:603] = 9.0
    small, plane = averaged_down(image, Plane((0.1, 0.2), "1/nm"))
    assert small.shape == (343, 366)
    assert plane.pixel == pytest.approx((0.3, 0.6))
    assert small[100, 200] == pytest.approx(9.0)
    assert small.sum() == pytest.approx(9.0)


def test_a_small_image_stays_as_it_is() -> None:
    image = np.arange(12.0).reshape(3, 4)
    same, plane = averaged_down(image, Plane((1.0, 1.0), "px"))
    np.testing.assert_array_equal(same, image)
    assert plane.pixel == (1.0, 1.0)


def test_a_thumbnail_is_a_small_picture_that_shows_where_the_counts_are() -> None:
    pattern = np.full((200, 250), 1.0, np.float32)
    pattern[20:60, 30:70] = 1000.0
    address = thumbnail(pattern)
    picture = Image.open(io.BytesIO(base64.b64decode(address.split(",")[1]))).convert("L")
    assert picture.size[0] == 84
    brightness = np.asarray(picture, float)
    assert brightness[13, 16] > 200
    assert brightness[-5, -5] < 30
    assert len(address) < 20_000


def test_a_dark_pattern_has_a_thumbnail_too() -> None:
    assert thumbnail(np.zeros((50, 50), np.float32)).startswith("data:image/png")


def test_what_belongs_to_a_cut_or_to_overlap_is_shown_for_these_alone(
    overlapping: ge.CrystalliteMap, cut: ge.CrystalliteMap
) -> None:
    of_overlap, of_cut = ({entry.name for entry in entries(result, None)[0]} for result in (overlapping, cut))
    assert of_overlap - of_cut == {"overlap", "largest-share", "confidence", "confidence-asked"}
    assert of_cut - of_overlap == {"merges"}
    assert {"beam", "beam-left", "significance"} <= of_overlap & of_cut


def test_captions_have_the_numbers(overlapping: ge.CrystalliteMap) -> None:
    captions = {entry.name: entry.caption for entry in entries(overlapping, None)[0]}
    assert overlapping.descan is not None
    assert overlapping.overlapping is not None
    confidence = overlapping.overlapping.confidence
    assert f"Of {len(confidence)}, {confidence.sum():.0f} are expected to be." in captions["confidence"]
    assert f"{overlapping.descan.residual:.3f} px rms" in captions["beam-left"]
    y, x = np.ptp(overlapping.descan.beam, axis=(1, 2))
    assert f"{y:.2f} px in y and {x:.2f} px in x" in captions["beam"]
    assert f"{len(overlapping.disks)} local maxima above 6.5 standard errors" in captions["significance"]
    assert "false-discovery rate is at most" in captions["significance"]


def test_without_descan_there_is_no_section_on_it(overlapping: ge.CrystalliteMap) -> None:
    still = dataclasses.replace(overlapping, descan=None, significance=None)
    names = {entry.name for entry in entries(still, None)[0]}
    assert not names & {"beam", "beam-left", "significance"}
    assert {"correlation-of-log-std", "disks"} <= names
