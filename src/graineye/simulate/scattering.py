"""How strongly an atom scatters electrons, for the elements whose published coefficients stand here and, roughly, for all others.

Coefficients are kept in the papers' units, s = |g| / 2 in 1/A; functions take and give nm.
"""

import numpy as np
from numpy.typing import NDArray

from graineye.simulate.phases import GOLD

Floats = NDArray[np.float64]

CARBON = 6

# f(s) = sum a exp(-b s2), pairs (a in A, b in A2): Peng, Ren, Dudarev and Whelan 1996 (Acta Cryst. A52, 257), the fit for s up to
# 6 1/A (International Tables C, table 4.3.2.3); gold: Doyle and Turner 1968 (Acta Cryst. A24, 390), s up to 2 1/A.
_GAUSSIANS = {
    6: ((0.0489, 0.1140), (0.2091, 1.0825), (0.7537, 5.4281), (1.1420, 17.8811), (0.3555, 51.1341)),
    13: ((0.1165, 0.1295), (0.5504, 1.2619), (1.0179, 6.8242), (2.6295, 28.4577), (1.5711, 88.4750)),
    14: ((0.0567, 0.0582), (0.3365, 0.6155), (0.8104, 3.2522), (2.4960, 16.7929), (2.1186, 57.6767)),
    24: ((0.1970, 0.1197), (0.8228, 1.1985), (2.0200, 5.4097), (2.1717, 25.2361), (1.7516, 94.4290)),
    26: ((0.1929, 0.1087), (0.8239, 1.0806), (1.8689, 4.7637), (2.3694, 22.8500), (1.9060, 76.7309)),
    28: ((0.2313, 0.1210), (1.0657, 1.2691), (1.8229, 5.6870), (2.2609, 27.0917), (1.1883, 83.0285)),
    29: ((0.3501, 0.1867), (1.6558, 1.9917), (1.9582, 11.3396), (0.2134, 53.2619), (1.4109, 63.2520)),
    46: ((0.2003, 0.0659), (0.8779, 0.6111), (2.6135, 3.5563), (2.8594, 12.7638), (1.0258, 44.4283)),
    47: ((0.2739, 0.0881), (1.0503, 0.8028), (3.1564, 4.4451), (2.7543, 18.7011), (1.4328, 79.2633)),
    74: ((0.3661, 0.0761), (1.6191, 0.7543), (3.2455, 4.0952), (4.0856, 18.2886), (3.2064, 68.0967)),
    78: ((0.3083, 0.0609), (1.4158, 0.5993), (2.9662, 3.1921), (3.9349, 12.5285), (2.1709, 49.7675)),
    79: ((2.3880, 42.866), (4.2260, 9.7430), (2.6890, 2.2640), (1.2550, 0.3070)),
}

# B of exp(-B s2) at room temperature, A2: Sears and Shelley 1991 (Acta Cryst. A47, 441).
_DEBYE_WALLER = {
    13: 0.81, 14: 0.52, 24: 0.263, 26: 0.34, 28: 0.34, 29: 0.56, 46: 0.45, 47: 0.73, 74: 0.161, 78: 0.37, 79: 0.62,
}  # fmt: skip
_USUAL_DEBYE_WALLER = 0.5

_BOHR_RADIUS = 0.529177  # A
# Moliere 1947 (Z. Naturforsch. 2a, 133): the screening of a nucleus by its electrons as three exponentials.
_MOLIERE = ((0.1, 6.0), (0.55, 1.2), (0.35, 0.3))


def scattering_factor(g: Floats, atomic_number: int = GOLD, at_rest: bool = False) -> Floats:
    """How strongly an atom at room temperature scatters electrons of low energy to |g|.

    A sum of Gaussians times the Debye-Waller factor exp(-B g2 / 4). For elements without coefficients of their own it is the
    Born amplitude of Moliere's atom: up to 45 % off at |g| = 4 1/nm, 25 % at 6 and 10 % from 12 1/nm on.

    Parameters
    ----------
    g
        1/nm.
    atomic_number
        Of the atom.
    at_rest
        Without the Debye-Waller factor.

    Returns
    -------
    nm, in the shape of `g`.
    """
    s2 = (g[..., None] / 20) ** 2  # 1/A2
    heat = 0.0 if at_rest else _DEBYE_WALLER.get(atomic_number, _USUAL_DEBYE_WALLER)
    if atomic_number in _GAUSSIANS:
        a, b = np.array(_GAUSSIANS[atomic_number]).T
        return np.asarray((a * np.exp(-(b + heat) * s2)).sum(-1) / 10)
    share, screening = np.array(_MOLIERE).T
    thomas_fermi = 0.88534 * _BOHR_RADIUS * atomic_number ** (-1 / 3)
    terms = share / ((4 * np.pi) ** 2 * s2 + (screening / thomas_fermi) ** 2)
    return np.asarray(2 * atomic_number / _BOHR_RADIUS * terms.sum(-1) * np.exp(-heat * s2[..., 0]) / 10)
