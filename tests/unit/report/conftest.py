"""A map of crystallites that overlap, and a cut of the same scan."""

import pytest

import graineye as ge


@pytest.fixture(scope="session")
def overlapping(tmp_path_factory: pytest.TempPathFactory) -> ge.CrystalliteMap:
    path = tmp_path_factory.mktemp("scan") / "grains.h5"
    ge.simulate_scan(path, ge.SimulationOptions(scan="16x14", detector=128, grain_size=4, dead=2, hot=1))
    return ge.map_crystallites(ge.open_scan(path))


@pytest.fixture(scope="session")
def cut(overlapping: ge.CrystalliteMap) -> ge.CrystalliteMap:
    return overlapping.cut(count=7)
