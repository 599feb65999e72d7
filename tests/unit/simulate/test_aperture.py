"""Disks are drawn where they are asked for, whole where they are inside, cut where they are not."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graineye.errors import TemplateError
from graineye.simulate import SimulationOptions
from graineye.simulate.aperture import Aperture, add_disks, add_disks_slow, aperture

SHAPE = (61, 54)
OPTIONS = SimulationOptions(detector=64, spot_radius=1.4, ring_inner=4, ring_outer=5.75, bar_width=1.5, descan=1)
BULLSEYE, DISK = aperture(OPTIONS), aperture(replace(OPTIONS, probe="disk"))


def drawn(shown: Aperture, centres: list[tuple[float, float]], shares: list[float]) -> np.ndarray:
    image = np.zeros(SHAPE)
    add_disks(image, shown.shifted, np.array(centres, float).reshape(-1, 2), np.array(shares))
    return image


@settings(max_examples=60, deadline=None)  # the first drawing compiles
@given(
    st.lists(
        st.tuples(st.floats(-25, 85), st.floats(-25, 80), st.floats(0, 1e6)),
        max_size=5,
    ),
    st.booleans(),
)
def test_the_fast_drawing_is_the_slow_one_also_outside_the_image(
    disks: list[tuple[float, float, float]], bullseye: bool
) -> None:
    shifted = (BULLSEYE if bullseye else DISK).shifted
    centres = np.array([(y, x) for y, x, _ in disks]).reshape(-1, 2)
    shares = np.array([share for _, _, share in disks])
    fast, slow = np.ones(SHAPE), np.ones(SHAPE)
    add_disks(fast, shifted, centres, shares)
    add_disks_slow(slow, shifted, centres, shares)
    np.testing.assert_allclose(fast, slow, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(("shown", "tolerance"), [(BULLSEYE, 0.09), (DISK, 0.02)], ids=["bullseye", "disk"])
@pytest.mark.parametrize("centre", [(30, 27), (30.5, 27.25), (29.93, 27.61), (8.0, 8.0), (52.2, 45.7)])
def test_a_disk_inside_has_its_whole_share_about_its_centre(
    shown: Aperture, tolerance: float, centre: tuple[float, float]
) -> None:
    image = drawn(shown, [centre], [3.5])
    assert image.sum() == pytest.approx(3.5)
    y, x = np.mgrid[: SHAPE[0], : SHAPE[1]]
    # Pixels beside a bullseye's supports belong to them or not, whole: its middle moves by up to 0.08 px.
    np.testing.assert_allclose([(image * y).sum() / 3.5, (image * x).sum() / 3.5], centre, atol=tolerance)


def test_a_disk_is_flat_inside_its_radius_and_empty_outside() -> None:
    image = drawn(DISK, [(30, 27)], [1.0])
    y, x = np.mgrid[: SHAPE[0], : SHAPE[1]]
    distance = np.hypot(y - 30, x - 27)
    level = image[30, 27]
    np.testing.assert_allclose(image[distance <= 5.25], level)
    assert (image[distance >= 6.25] == 0).all()
    assert 1 / level == pytest.approx(np.pi * 5.75**2, rel=0.02)


def test_a_bullseye_has_a_spot_a_dark_ring_a_bright_ring_and_a_cross_of_supports() -> None:
    image = drawn(BULLSEYE, [(30, 27)], [1.0])
    level = image[30, 27]
    along_diagonal = [image[30 + k, 27 + k] for k in range(6)]  # 0, 1.4, 2.8, 4.2, 5.7, 7.1 px
    np.testing.assert_allclose(np.array(along_diagonal) / level, [1, 0.486, 0, 0.743, 0.593, 0], atol=0.01)
    assert image[30, 27 + 5] == 0, "the ring is shaded along x"
    assert image[30 + 5, 27] == 0, "and along y"


def test_half_of_a_disk_on_the_border_is_lost() -> None:
    # Its middle row of pixels is inside, half of it should not be.
    row = drawn(DISK, [(30, 27)], [1.0])[30].sum()
    assert drawn(DISK, [(0, 27)], [1.0]).sum() == pytest.approx((1 + row) / 2)
    assert drawn(DISK, [(0, 0)], [1.0]).sum() == pytest.approx(
        0.25 + row / 2 + drawn(DISK, [(30, 27)], [1.0])[30, 27] / 4
    )


def test_disks_add_up() -> None:
    one, other = drawn(BULLSEYE, [(20, 20)], [2.0]), drawn(BULLSEYE, [(24, 21)], [3.0])
    np.testing.assert_allclose(drawn(BULLSEYE, [(20, 20), (24, 21)], [2.0, 3.0]), one + other)


def test_an_image_of_a_probe_is_drawn_as_it_is(tmp_path: Path) -> None:
    image = drawn(DISK, [(30.0, 27.0)], [1e6])
    np.save(tmp_path / "probe.npy", image)
    shown = aperture(replace(OPTIONS, probe=str(tmp_path / "probe.npy")))
    assert shown.radius == pytest.approx(5.75, abs=0.5)
    found = drawn(shown, [(30.0, 27.0)], [1.0])
    np.testing.assert_allclose(found, image / image.sum(), atol=0.02 * found.max())


def test_an_aperture_that_lets_nothing_through_is_refused() -> None:
    dark = replace(OPTIONS, spot_radius=0.0, ring_inner=5.0, ring_outer=5.0)
    with pytest.raises(TemplateError, match=r"nothing of the aperture is bright: give it .*"):
        aperture(dark)
