"""A bent crystal: its lattice turns evenly over the field, which the brightness of its reflections shows."""

from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pytest

import graineye as ge
from graineye.progress import silent
from graineye.simulate import SimulationOptions
from graineye.simulate.aperture import aperture
from graineye.simulate.bending import bend_over
from graineye.simulate.crystal import reflections, wavelength
from graineye.simulate.diffraction import GrainDisks, disk_shares, grain_disks
from graineye.simulate.frames import Patterns, patterns_of
from graineye.simulate.specimen import specimen_of

OPTIONS = SimulationOptions(
    scan="21x17", detector=128, detector_pixel=0.3333, probe="disk", ring_outer=1.5, descan=1.0, descan_wave=0.2,
    single=True, bend=4.0, thickness=30.0, dose=0.0, background=0.0, dead=0, hot=0,
)  # fmt: skip


def patterns(options: SimulationOptions, orientation: np.ndarray | None = None) -> Patterns:
    """What the specimen of the options diffracts, its crystal in the orientation given."""
    specimen = specimen_of(options, 0.1)
    if orientation is not None:
        specimen = replace(specimen, columns=replace(specimen.columns, orientation=orientation[None]))
    return patterns_of(specimen, options, aperture(options), 1.0)


def laue_tilt(found: Patterns, angle: float, thickness: float) -> np.ndarray:
    """Tilt (2,) of a zone axis near the beam, degrees as (y, x), from where the bright disks lie.

    A reflection g of the zone is at Bragg where tilt.g = wavelength g2 / 2; disks count as they are bright, far ones more,
    since near ones are bright in any case.
    """
    disks = found.at(0, angle)
    brightness = disk_shares(disks, np.array([thickness]))[0]
    g = disks.position * found.optics.detector_pixel
    length = np.hypot(*g.T)
    zone = length < 30
    weight = (np.sqrt(brightness) * length)[zone]
    bragg = found.optics.wavelength * length[zone] ** 2 / 2
    return np.rad2deg(np.linalg.lstsq(weight[:, None] * g[zone], weight * bragg, rcond=None)[0])


def test_the_turn_grows_evenly_across_the_field_about_an_axis_in_its_plane() -> None:
    for seed in range(4):
        bend = bend_over((21, 17), 4.0, seed)
        assert bend.axis[2] == 0
        assert np.linalg.norm(bend.axis) == pytest.approx(1)
        assert np.ptp(bend.angle) == pytest.approx(4)
        assert bend.angle.min() == pytest.approx(-2)
        y, x = np.mgrid[:21, :17]
        plane = np.stack([y.ravel(), x.ravel(), np.ones(21 * 17)], 1)
        slope, residual, *_ = np.linalg.lstsq(plane, bend.angle, rcond=None)
        assert residual == pytest.approx(0, abs=1e-12)
        assert slope[:2] @ bend.axis[:2] == pytest.approx(0, abs=1e-12)  # along the axis nothing turns


@pytest.mark.parametrize("degrees", [2.0, 3.0])
def test_the_two_ends_of_the_field_differ_by_the_bend_as_their_bright_disks_show(degrees: float) -> None:
    """Along [001] in the middle: the ring of bright disks stands to one side at one end, to the other at the other."""
    options = replace(OPTIONS, bend=degrees, detector_pixel=0.5)
    found = patterns(options, np.eye(3))
    ends = [laue_tilt(found, angle, options.thickness) for angle in (-degrees / 2, degrees / 2)]
    moved = ends[1] - ends[0]
    assert np.linalg.norm(moved) == pytest.approx(degrees, rel=0.05)
    assert abs(moved @ found.specimen.bend.axis[:2]) < 0.05 * degrees


def test_each_position_of_a_bent_crystal_is_a_flat_crystal_turned_so_far(tmp_path: Path) -> None:
    bent = patterns(OPTIONS)
    orientation = bent.specimen.columns.orientation[0]
    thickness = np.array([OPTIONS.thickness])
    for angle in (-2.0, -0.73, 0.0, 2.0):
        turned = patterns(replace(OPTIONS, bend=0.0), bent.specimen.bend.rotation(angle) @ orientation)
        expected, found = turned.at(0, 0.0), bent.at(0, angle)
        np.testing.assert_allclose(found.position, expected.position, atol=1e-9)
        np.testing.assert_allclose(disk_shares(found, thickness), disk_shares(expected, thickness), atol=1e-9)


def test_no_reflection_that_shows_between_the_ends_is_forgotten() -> None:
    bent = patterns(replace(OPTIONS, bend=12.0))
    orientation = bent.specimen.columns.orientation[0]
    crystal = reflections(0.408, "fcc", 40.0, 300.0)
    assert len(bent.bent[0].g) < len(crystal.g)
    for angle in np.random.default_rng(0).uniform(-6, 6, 25):
        turned = bent.specimen.bend.rotation(float(angle)) @ orientation
        expected = grain_disks(crystal, turned, OPTIONS.thickness, bent.optics)
        assert len(bent.at(0, float(angle)).position) == len(expected.position)


def test_the_truth_holds_the_turn_of_every_position(tmp_path: Path) -> None:
    with np.load(ge.simulate_scan(tmp_path / "scan.h5", OPTIONS, silent).truth_path) as truth:
        assert truth["bend"].shape == (21, 17)
        assert np.ptp(truth["bend"]) == pytest.approx(4)
        assert truth["bend_axis"].shape == (3,)
        assert truth["orientation"].shape == (1, 3, 3)
        assert truth["visible"].tolist() == [True]
        assert (truth["labels"] == 1).all()


def test_frames_of_a_bent_crystal_change_from_end_to_end_and_hardly_between_neighbours(tmp_path: Path) -> None:
    still = replace(OPTIONS, descan=0.0, descan_wave=0.0)
    path = ge.simulate_scan(tmp_path / "scan.h5", still, silent).path
    with h5py.File(path) as file:
        frames = file["4DSTEM_experiment/data/datacubes/simulated/data"][()].reshape(21 * 17, -1)
    order = np.argsort(bend_over((21, 17), 4.0, still.seed).angle)
    frames = frames[order]
    near = np.abs(frames[1:] - frames[:-1]).sum(1).mean()
    far = np.abs(frames[-1] - frames[0]).sum()
    assert far > 10 * near


def test_grains_of_a_bent_polycrystal_turn_with_the_foil(tmp_path: Path) -> None:
    options = replace(OPTIONS, single=False, grain_size=4.0, scan="8x8", columnar=True, precession=10.0)
    with np.load(ge.simulate_scan(tmp_path / "scan.h5", options, silent).truth_path) as truth:
        assert len(truth["visible"]) > 1
        assert truth["visible"].any()


def test_an_excited_reflection_dims_as_the_crystal_turns_away() -> None:
    """The 200 of gold, from Bragg up to nearly the first zero, which a thickness t has at s = g turn = 1 / t."""
    thickness, g = 8.0, 2 / 0.408
    options = replace(OPTIONS, bend=12.0, thickness=thickness)
    bend = patterns(options).specimen.bend
    across = np.array([bend.axis[1], -bend.axis[0], 0.0])
    upright = np.stack([across, bend.axis, np.cross(across, bend.axis)], 1)  # [100] in the plane, across the axis
    bragg = np.rad2deg(wavelength(300.0) * g / 2)
    found = patterns(options, bend.rotation(bragg) @ upright)
    steps = np.rad2deg(np.linspace(0, 0.9 / thickness / g, 8))
    brightness = [brightness_at(found, found.at(0, step), across[:2] * g, thickness) for step in steps]
    assert (np.diff(brightness) < 0).all()
    assert brightness[-1] < 0.2 * brightness[0]


def brightness_at(found: Patterns, disks: GrainDisks, place: np.ndarray, thickness: float) -> float:
    """Share of the beam in the disk nearest to a place (2,) in 1/nm from the beam."""
    away = np.hypot(*(disks.position * found.optics.detector_pixel - place).T)
    assert away.min() < 0.1
    return float(disk_shares(disks, np.array([thickness]))[0][away.argmin()])
