"""Which reflections a cubic crystal has, where, and how strongly they scatter, against textbooks."""

from collections import Counter

import numpy as np
import pytest

from graineye.simulate.crystal import reflections, scattering_factor, structure_factor, wavelength

GOLD = 0.408  # nm

# First reflections of each centring, as every textbook of crystallography lists them.
ALLOWED = {
    "primitive": ["100", "110", "111", "200", "210", "211", "220", "300", "221", "310"],
    "bcc": ["110", "200", "211", "220", "310", "222", "321", "400"],
    "fcc": ["111", "200", "220", "311", "222", "400", "331", "420"],
    "diamond": ["111", "220", "311", "400", "331", "422"],
}
FORBIDDEN = {
    "bcc": ["100", "111", "210", "300", "221"],
    "fcc": ["100", "110", "210", "211", "300", "221", "310"],
    "diamond": ["100", "110", "200", "210", "211", "222", "420"],
}


def indices(names: list[str]) -> np.ndarray:
    return np.array([[int(digit) for digit in name] for name in names])


def families(centring: str, most: int) -> Counter[str]:
    """Number of reflections by family up to h2 + k2 + l2 = `most`, as "311"."""
    found = reflections(GOLD, centring, np.sqrt(most) / GOLD + 1e-6, 300.0).hkl
    return Counter("".join(map(str, sorted(np.abs(hkl), reverse=True))) for hkl in found.tolist())


@pytest.mark.parametrize(("centring", "most"), [("primitive", 10), ("bcc", 16), ("fcc", 20), ("diamond", 24)])
def test_a_crystal_shows_the_reflections_that_its_centring_allows_and_no_other(centring: str, most: int) -> None:
    assert set(families(centring, most)) == set(ALLOWED[centring])


@pytest.mark.parametrize("centring", FORBIDDEN)
def test_atoms_extinguish_what_their_centring_forbids(centring: str) -> None:
    np.testing.assert_allclose(structure_factor(indices(FORBIDDEN[centring]), centring), 0, atol=1e-12)


@pytest.mark.parametrize(
    ("centring", "name", "atoms"),
    [
        ("primitive", "210", 1),
        ("bcc", "110", 2),
        ("fcc", "111", 4),
        ("fcc", "200", 4),
        ("diamond", "220", 8),
        ("diamond", "111", 4 * np.sqrt(2)),
    ],
)
def test_so_many_atoms_of_the_cell_scatter_in_phase(centring: str, name: str, atoms: float) -> None:
    np.testing.assert_allclose(structure_factor(indices([name]), centring), atoms, rtol=1e-12)


def test_each_family_of_fcc_is_complete() -> None:
    assert families("fcc", 12) == {"111": 8, "200": 6, "220": 12, "311": 24, "222": 8}


def test_planes_are_a_over_root_of_the_squares_apart() -> None:
    found = reflections(GOLD, "fcc", 12.0, 300.0)
    spacing = {
        "".join(map(str, hkl)): 1 / np.linalg.norm(g)
        for hkl, g in zip(np.abs(found.hkl).tolist(), found.g, strict=True)
    }
    # Gold's lines in X-ray tables, nm.
    for name, expected in {"111": 0.2355, "200": 0.2039, "220": 0.1442, "311": 0.1230}.items():
        assert spacing[name] == pytest.approx(expected, rel=2e-3)


@pytest.mark.parametrize(("kilovolts", "picometres"), [(80, 4.18), (100, 3.70), (200, 2.51), (300, 1.97)])
def test_the_electrons_have_the_wavelength_of_the_tables(kilovolts: float, picometres: float) -> None:
    assert 1e3 * wavelength(kilovolts) == pytest.approx(picometres, abs=0.006)


def test_gold_scatters_as_its_x_ray_form_factor_says_by_mott_and_bethe() -> None:
    # Cromer and Mann 1968 for neutral gold, s in 1/A: fx = sum a exp(-b s2) + c.
    a, b, c = [16.8819, 18.5913, 25.5582, 5.86], [0.4611, 8.6216, 1.4826, 36.3956], 12.0658
    s = np.array([0.2, 0.3, 0.4, 0.6, 0.8])  # 1/A; 111 of gold stands at 0.21
    x_ray = (np.array(a) * np.exp(-np.outer(s**2, b))).sum(1) + c
    electrons = 0.023934 * (79 - x_ray) / s**2  # A
    at_room_temperature = electrons * np.exp(-0.62 * s**2)  # B of gold in A2
    np.testing.assert_allclose(10 * scattering_factor(20 * s), at_room_temperature, rtol=0.05)


@pytest.mark.parametrize(("name", "nanometres"), [("111", 17.0), ("200", 19.0)])
def test_gold_at_100_kv_has_the_extinction_distances_of_the_textbook(name: str, nanometres: float) -> None:
    """16 to 18 and 18 to 20 nm, as tables differ in the heat of the atoms."""
    found = reflections(0.40786, "fcc", 6.0, 100.0)
    at = (np.abs(found.hkl) == indices([name])[0]).all(1)
    assert at.any()
    np.testing.assert_allclose(found.extinction_distance[at], nanometres, rtol=0.15)


def test_faster_electrons_need_a_thicker_crystal() -> None:
    """The extinction distance goes as the electrons' velocity: 0.548 c at 100 kV, 0.776 c at 300 kV."""
    slow, fast = (reflections(GOLD, "fcc", 6.0, kilovolts).extinction_distance for kilovolts in (100.0, 300.0))
    np.testing.assert_allclose(fast / slow, 0.7765 / 0.5482, rtol=1e-3)
