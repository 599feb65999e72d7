"""Atoms scatter electrons as X-ray form factors say by the formula of Mott and Bethe."""

import numpy as np
import pytest

from graineye.simulate import scattering
from graineye.simulate.phases import PRESETS
from graineye.simulate.scattering import scattering_factor

S = np.array([0.2, 0.3, 0.4, 0.6, 0.8, 1.0])  # 1/A

# Cromer and Mann 1968, neutral atoms: fx = sum a exp(-b s2) + c.
CROMER_MANN = {
    6: ([2.31, 1.02, 1.5886, 0.865], [20.8439, 10.2075, 0.5687, 51.6512], 0.2156),
    13: ([6.4202, 1.9002, 1.5936, 1.9646], [3.0387, 0.7426, 31.5472, 85.0886], 1.1151),
    14: ([6.2915, 3.0353, 1.9891, 1.541], [2.4386, 32.3337, 0.6785, 81.6937], 1.1407),
    24: ([10.6406, 7.3537, 3.324, 1.4922], [6.1038, 0.392, 20.2626, 98.7399], 1.1832),
    26: ([11.7695, 7.3573, 3.5222, 2.3045], [4.7611, 0.3072, 15.3535, 76.8805], 1.0369),
    28: ([12.8376, 7.292, 4.4438, 2.38], [3.8785, 0.2565, 12.1763, 66.3421], 1.0341),
    29: ([13.338, 7.1676, 5.6158, 1.6735], [3.5828, 0.247, 11.3966, 64.8126], 1.191),
    46: ([19.3319, 15.5017, 5.29537, 0.605844], [0.698655, 7.98929, 25.2052, 76.8986], 5.26593),
    47: ([19.2808, 16.6885, 4.8045, 1.0463], [0.6446, 7.4726, 24.6605, 99.8156], 5.179),
    74: ([29.0818, 15.43, 14.4327, 5.11982], [1.72029, 9.2259, 0.321703, 57.056], 9.8875),
    78: ([27.0059, 17.7639, 15.7131, 5.7837], [1.51293, 8.81174, 0.424593, 38.6103], 11.6883),
    79: ([16.8819, 18.5913, 25.5582, 5.86], [0.4611, 8.6216, 1.4826, 36.3956], 12.0658),
}


def by_mott_and_bethe(atomic_number: int) -> np.ndarray:
    """At `S`, A: 0.023934 (Z - fx) / s2."""
    a, b, c = CROMER_MANN[atomic_number]
    assert sum(a) + c == pytest.approx(atomic_number, abs=0.06)  # all electrons are counted
    x_ray = (np.array(a) * np.exp(-np.outer(S**2, b))).sum(1) + c
    return 0.023934 * (atomic_number - x_ray) / S**2


@pytest.mark.parametrize("atomic_number", sorted(CROMER_MANN))
def test_an_atom_scatters_as_its_x_ray_form_factor_says(atomic_number: int) -> None:
    found = 10 * scattering_factor(20 * S, atomic_number, at_rest=True)
    np.testing.assert_allclose(found, by_mott_and_bethe(atomic_number), rtol=0.06)


def test_every_preset_has_coefficients_of_its_own() -> None:
    assert {phase.atomic_number for phase in PRESETS.values()} <= set(CROMER_MANN) & set(scattering._GAUSSIANS)


@pytest.mark.parametrize("atomic_number", sorted(CROMER_MANN))
def test_an_atom_without_coefficients_is_rough_at_the_first_reflections_and_right_further_out(
    atomic_number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scattering, "_GAUSSIANS", {})
    ratio = 10 * scattering_factor(20 * S, atomic_number, at_rest=True) / by_mott_and_bethe(atomic_number)
    np.testing.assert_allclose(ratio, 1, atol=0.45)
    np.testing.assert_allclose(ratio[S >= 0.3], 1, atol=0.25)
    np.testing.assert_allclose(ratio[S >= 0.6], 1, atol=0.1)


@pytest.mark.parametrize(("atomic_number", "b"), [(13, 0.81), (79, 0.62), (74, 0.161), (42, 0.5)])
def test_heat_takes_away_what_the_debye_waller_factor_says(atomic_number: int, b: float) -> None:
    ratio = scattering_factor(20 * S, atomic_number) / scattering_factor(20 * S, atomic_number, at_rest=True)
    np.testing.assert_allclose(ratio, np.exp(-b * S**2), rtol=1e-12)
