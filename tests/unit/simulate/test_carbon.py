"""The halo of a carbon support: where its rings stand, how much of the beam goes into it, that it has no disks."""

from pathlib import Path

import h5py
import numpy as np
import pytest
from scipy.signal import argrelmax

import graineye as ge
from graineye.progress import silent
from graineye.simulate.amorphous import halo, interference
from graineye.simulate.scattering import scattering_factor

POINT = np.ones((1, 1))


def test_its_rings_stand_where_diffraction_finds_them() -> None:
    """Amorphous carbon shows diffuse rings of about 0.21 and 0.12 nm."""
    g = np.linspace(3, 12, 2000)
    rings = g[argrelmax(interference(g) * scattering_factor(g, 6) ** 2)[0]]
    assert len(rings) == 2
    np.testing.assert_allclose(1 / rings, [0.21, 0.12], rtol=0.05)


def test_far_out_and_straight_ahead_atoms_do_not_interfere() -> None:
    assert interference(np.array([0.0]))[0] == pytest.approx(0, abs=1e-5)
    assert interference(np.linspace(20, 25, 50)).mean() == pytest.approx(1, abs=0.15)


@pytest.mark.parametrize(("kilovolts", "nanometres"), [(100, 149), (200, 239), (300, 297)])
def test_electrons_fly_as_far_as_known_before_they_are_scattered(kilovolts: float, nanometres: float) -> None:
    """Elastic mean free path of Langmore and Smith 1992 (Ultramicroscopy 46, 349) for 2.0 g/cm3."""
    share = halo((250, 250), 10.0, kilovolts, 0.1667, POINT).share
    assert -10 / np.log(1 - share) == pytest.approx(nanometres, rel=0.15)


def test_a_thicker_support_takes_from_the_beam_what_the_layers_before_left() -> None:
    thin, thick = (halo((64, 64), t, 300.0, 0.5, POINT).share for t in (10.0, 20.0))
    assert 1 - thick == pytest.approx((1 - thin) ** 2)


def test_the_halo_is_round_and_smeared_by_the_aperture() -> None:
    disk = np.hypot(*np.mgrid[-5:6, -5:6]) <= 5
    sharp, smeared = (halo((64, 64), 10.0, 300.0, 0.3, image).image for image in (POINT, disk / disk.sum()))
    for image in (sharp, smeared):
        assert image.sum() == pytest.approx(1)
        inside = image[9:-8, 9:-8]  # about the middle, away from the border
        np.testing.assert_allclose(inside, inside[::-1, ::-1], atol=1e-12)
        np.testing.assert_allclose(image, image.T, atol=1e-12)
    assert smeared.max() < sharp.max()


def test_a_support_without_specimen_shows_the_beam_and_its_halo_alone(tmp_path: Path) -> None:
    options = ge.SimulationOptions(
        scan="2x3", detector=128, detector_pixel=0.25, probe="disk", ring_outer=2.0, empty=True, carbon=30.0, dose=0.0,
        dead=0, hot=0, descan=0.0, descan_wave=0.0, offset=0.0,
    )  # fmt: skip
    simulated = ge.simulate_scan(tmp_path / "scan.h5", options, silent)
    with h5py.File(simulated.path) as file:
        frames = file["4DSTEM_experiment/data/datacubes/simulated/data"][()]
        probe = file["4DSTEM_experiment/data/diffractionslices/probe/data"][()]
    np.testing.assert_array_equal(frames, np.broadcast_to(frames[0, 0], frames.shape))
    share = halo((128, 128), 30.0, 300.0, 0.25, POINT).share
    rest = frames[0, 0] - (1 - share) * probe
    assert rest.min() > -1e-7
    assert rest.sum() == pytest.approx(share, rel=0.15)  # some of the halo is beside the detector
    y, x = np.mgrid[:128, :128] - 64
    radius = np.round(np.hypot(y, x)).astype(int)
    profile = (np.bincount(radius.ravel(), rest.ravel()) / np.bincount(radius.ravel()))[12:40] * np.arange(12, 40)
    rings = 0.25 * np.arange(12, 40)[argrelmax(profile)[0]]
    np.testing.assert_allclose(rings[:2], [1 / 0.21, 1 / 0.12], atol=0.4)
