"""The file lies in the legacy EMD tree, and opens with its axes and its probe in graineye and in LiberTEM."""

from pathlib import Path

import h5py
import numpy as np
import pytest

import graineye as ge
from graineye.progress import silent

OPTIONS = ge.SimulationOptions(
    scan="4x6", detector=64, scan_step=0.7, detector_pixel=0.4, spot_radius=1.4, ring_inner=4, ring_outer=5.75,
    bar_width=1.5, descan=1.0, dose=5e3, dead=3, hot=2, seed=5,
)  # fmt: skip
SCAN = "4DSTEM_experiment/data/datacubes/simulated"
PROBE = "4DSTEM_experiment/data/diffractionslices/probe"


@pytest.fixture(scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return ge.simulate_scan(tmp_path_factory.mktemp("scan") / "scan.h5", OPTIONS, silent).path


def test_the_frames_lie_where_the_published_scan_has_them_contiguous_for_readers_that_map(simulated: Path) -> None:
    with h5py.File(simulated) as file:
        frames = file[f"{SCAN}/data"]
        assert frames.shape == (4, 6, 64, 64)
        assert frames.dtype == np.uint16
        assert frames.chunks is None
        assert frames.id.get_offset() is not None


@pytest.mark.parametrize(
    ("number", "name", "units", "length", "step"),
    [
        (1, b"R_x", b"[n_m]", 4, 0.7),
        (2, b"R_y", b"[n_m]", 6, 0.7),
        (3, b"Q_x", b"[n_m^-1]", 64, 0.4),
        (4, b"Q_y", b"[n_m^-1]", 64, 0.4),
    ],
)
def test_each_axis_is_a_full_vector_with_name_and_units(
    simulated: Path, number: int, name: bytes, units: bytes, length: int, step: float
) -> None:
    with h5py.File(simulated) as file:
        axis = file[f"{SCAN}/dim{number}"]
        assert axis.attrs["name"] == name
        assert axis.attrs["units"] == units
        np.testing.assert_allclose(axis[()], step * np.arange(length))


def test_every_group_of_the_tree_says_what_it_is(simulated: Path) -> None:
    with h5py.File(simulated) as file:
        assert file["4DSTEM_experiment"].attrs["emd_group_type"] == 2
        assert file[SCAN].attrs["emd_group_type"] == 1
        assert file[PROBE].attrs["emd_group_type"] == 1


def test_the_probe_is_one_whole_disk_of_the_dose_at_the_centre(simulated: Path) -> None:
    truth = np.load(simulated.with_name("scan.truth.npz"))
    with h5py.File(simulated) as file:
        probe = file[f"{PROBE}/data"][()]
    assert probe.shape == (64, 64)
    assert probe.sum() == pytest.approx(OPTIONS.dose, rel=1e-5)
    y, x = np.mgrid[:64, :64]
    middle = (probe * y).sum() / probe.sum(), (probe * x).sum() / probe.sum()
    np.testing.assert_allclose(middle, truth["centre"], atol=0.09)


def test_graineye_opens_it_with_its_axes_in_nm_and_its_probe(simulated: Path) -> None:
    scan = ge.open_scan(simulated)
    calibration = scan.calibration
    assert scan.shape == (4, 6, 64, 64)
    for axis, unit, step in (("y", "nm", 0.7), ("x", "nm", 0.7), ("qy", "1/nm", 0.4), ("qx", "1/nm", 0.4)):
        assert getattr(calibration, axis).unit == unit
        assert getattr(calibration, axis).step == pytest.approx(step)
    with h5py.File(simulated) as file:
        np.testing.assert_array_equal(scan.probe, file[f"{PROBE}/data"][()])
        np.testing.assert_array_equal(scan.frame(2, 5), file[f"{SCAN}/data"][2, 5])


def test_libertem_finds_the_frames_by_itself(simulated: Path) -> None:
    import libertem.api as lt
    from libertem.udf.sum import SumUDF

    with lt.Context.make_with("inline") as ctx, h5py.File(simulated) as file:
        dataset = ctx.load("auto", path=str(simulated))
        assert tuple(dataset.shape) == (4, 6, 64, 64)
        total = np.array(ctx.run_udf(dataset=dataset, udf=SumUDF())["intensity"].data)
        np.testing.assert_array_equal(total, file[f"{SCAN}/data"][()].sum((0, 1)))
